"""Exports that are kept as evidence: what is known of them beside their bytes, which lie in the evidence folder."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, union_all, update

from worker.adapters.store.base import Transactions
from worker.adapters.store.bulk import MOST_LISTED, pieces
from worker.adapters.store.schema import change, export, post, revision
from worker.core.models import ChangeKind
from worker.core.proof import LACKED, SHOWED, Fact, StoredExport
from worker.core.record import KeptExport

_THERE = export.c.pruned_at.is_(None)


#: what is written of each, in the order of the table
EXPORT = tuple(column.name for column in export.columns)


def export_rows(channel: str, kept: Sequence[KeptExport], numbers: Sequence[int]) -> list[tuple[object, ...]]:
    """Return the values of `EXPORT` for the exports of a check, under the `numbers` given."""
    return [
        (
            number,
            channel,
            one.url,
            one.fetched_at,
            one.status,
            [list(header) for header in one.headers] or None,
            one.sha256,
            one.size,
            one.packed,
            None,
        )
        for number, one in zip(numbers, kept, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class PrunedExports:
    """A batch of exports whose bytes are given up."""

    #: how many; 0: there is nothing more to prune
    exports: int = 0
    #: of bytes that no other export needs
    unneeded: tuple[str, ...] = ()


class Evidence(Transactions):
    """The evidence's part of the store."""

    def prune_exports(self, now: datetime, *, before: datetime | None, most_bytes: int | None) -> PrunedExports:
        """Give up the bytes of a batch of the oldest exports; what is known of them otherwise stays.

        Their files are to be removed afterwards: in the other order a death in between would leave an export whose
        bytes are said to be there.

        Args:
            now: when they are given up.
            before: those fetched before this time; None: age does not matter.
            most_bytes: the oldest, until all others together take at most so much on the disk; None: size does not
                matter.
        """
        with self._writing() as connection:
            excess = 0 if most_bytes is None else evidence_taken(connection)["bytes"] - most_bytes
            oldest = connection.execute(
                select(export.c.export_id, export.c.sha256, export.c.packed, export.c.fetched_at)
                .where(_THERE)
                .order_by(export.c.fetched_at, export.c.export_id)
                .limit(MOST_LISTED)
            ).all()
            needed = _needed(connection, {row.sha256 for row in oldest})
            pruned, unneeded = [], []
            for row in oldest:
                if excess <= 0 and (before is None or row.fetched_at >= before):
                    break
                pruned.append(row.export_id)
                needed[row.sha256] -= 1
                if not needed[row.sha256]:
                    unneeded.append(row.sha256)
                    excess -= row.packed
            for chunk in pieces(pruned):
                connection.execute(update(export).where(export.c.export_id.in_(chunk)).values(pruned_at=now))
        return PrunedExports(len(pruned), tuple(unneeded))

    def unreferenced_evidence(self, hashes: Collection[str]) -> set[str]:
        """Return those of some SHA-256 whose bytes no export needs: what a check left that died before it was done."""
        with self._reading() as connection:
            return set(hashes) - _needed(connection, hashes).keys()

    def proving_exports(self, row: int) -> tuple[tuple[StoredExport, tuple[Fact, ...]], ...]:
        """Return the exports that prove something of a post, in the order of fetching, with what they prove."""
        with self._reading() as connection:
            facts: dict[int, list[Fact]] = {}
            for number, fact in _facts(connection, row):
                if number is not None:
                    facts.setdefault(number, []).append(fact)
            rows: list[Any] = []
            for chunk in pieces(sorted(facts)):
                rows += connection.execute(select(export).where(export.c.export_id.in_(chunk)))
        rows.sort(key=lambda one: (one.fetched_at, one.export_id))
        return tuple((_stored(one), tuple(dict.fromkeys(facts[one.export_id]))) for one in rows)


def _facts(connection: Connection, row: int) -> Iterator[tuple[int | None, Fact]]:
    """Yield the number of an export with what it proves; None: it was not kept."""
    past = select(revision.c.number, revision.c.export_id).where(revision.c.post_row == row)
    present = select(post.c.revision.label("number"), post.c.export_id).where(post.c.row_id == row)
    for state in connection.execute(union_all(past, present)):
        yield state.export_id, Fact(SHOWED, revision=state.number)
    turns = (ChangeKind.DELETED.value, ChangeKind.RESTORED.value)
    changes = select(change).where(change.c.post_row == row, change.c.kind.in_(turns)).order_by(change.c.change_id)
    for turn in connection.execute(changes):
        yield turn.lacking_export_id, Fact(LACKED, at=turn.at)
        yield turn.export_id, Fact(turn.kind, at=turn.at)


def _stored(row: Any) -> StoredExport:
    return StoredExport(
        url=row.url,
        fetched_at=row.fetched_at,
        status=row.status,
        headers=tuple((name, value) for name, value in row.headers or ()),
        sha256=row.sha256,
        size=row.size,
        pruned_at=row.pruned_at,
    )


def evidence_taken(connection: Connection) -> dict[str, int]:
    """Return the files of the evidence and their bytes on the disk; the same bytes lie there once only.

    Reads no folder, so that it takes little time for however many files.
    """
    files = select(func.max(export.c.packed).label("packed")).where(_THERE).group_by(export.c.sha256).subquery()
    count, total = connection.execute(select(func.count(), func.coalesce(func.sum(files.c.packed), 0))).one()
    return {"files": int(count), "bytes": int(total)}


def _needed(connection: Connection, hashes: Collection[str]) -> Counter[str]:
    """Return how many exports need the bytes, for those that any needs."""
    counts: Counter[str] = Counter()
    for chunk in pieces(list(hashes)):
        statement = (
            select(export.c.sha256, func.count().label("times"))
            .where(export.c.sha256.in_(chunk), _THERE)
            .group_by(export.c.sha256)
        )
        counts.update({row.sha256: row.times for row in connection.execute(statement)})
    return counts
