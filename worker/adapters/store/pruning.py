"""What is given up when it is old enough: texts of posts, replaced texts, what was sent. Bytes are `evidence`'s.

A post whose text is removed stays as a tombstone: its id, fingerprint, state and times are there for ever, or it would
come back as a new one. Each method that writes takes a batch, so that no check waits long for its turn.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, func, or_, select, tuple_, update

from worker.adapters.store.base import Transactions
from worker.adapters.store.bulk import pieces
from worker.adapters.store.schema import change, counter, delivery, export, match, post, revision, search_due, sketch
from worker.adapters.store.schema import wanted as told
from worker.adapters.store.search_index import known_revisions, take_out
from worker.core.search import Unsearched, stems

#: texts in one transaction: their stems must be found once more to take them out of the index
_TEXTS = 100
_DELIVERIES = 500
#: name of the counter that says when the next pruning is due, in seconds since 1970
_DUE = "prune_due"
_FINISHED = ("sent", "dead", "dropped")


class Pruning(Transactions):
    """The part of the store that forgets."""

    def next_prune_at(self) -> datetime | None:
        """Return when the next pruning is due; None: there was none yet."""
        with self._reading() as connection:
            return read_next_prune(connection)

    def record_prune(self, next_at: datetime) -> None:
        """Keep that a pruning is done, and when the next one is due."""
        insert = self._upsert()(counter).values(name=_DUE, value=int(next_at.timestamp()))
        now = {"value": insert.excluded.value}
        with self._writing() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=[counter.c.name], set_=now))

    def prune_texts(self, before: datetime, now: datetime) -> int:
        """Remove the texts of a batch of posts about which nothing was found since `before`; return how many.

        With the texts go matches, replaced texts, attachments, keys and what the search knows. Posts that are still to
        be told, or held, are left.
        """
        with self._writing() as connection:
            rows = connection.execute(
                select(post.c.row_id).where(*_old_posts(before)).order_by(post.c.first_seen_at).limit(_TEXTS)
            ).scalars()
            chosen = list(rows)
            if chosen:
                _forget_search(connection, _texts_of(connection, chosen), whole=True)
                for table in (match, sketch, search_due):
                    connection.execute(delete(table).where(table.c.post_row.in_(chosen)))
                there = (revision.c.post_row.in_(chosen), revision.c.pruned_at.is_(None))
                connection.execute(update(revision).where(*there).values(text="", pruned_at=now))
                gone = {"links": None, "media": None, "author": None, "forwarded_from": None}
                connection.execute(update(post).where(post.c.row_id.in_(chosen)).values(text="", pruned_at=now, **gone))
        return len(chosen)

    def prune_revisions(self, before: datetime, now: datetime) -> int:
        """Remove a batch of texts that were replaced before a time, with their matches; return how many."""
        with self._writing() as connection:
            statement = select(revision.c.post_row, revision.c.number, revision.c.text)
            rows = connection.execute(statement.where(*_old_revisions(before)).limit(_TEXTS)).all()
            if rows:
                _forget_search(connection, [Unsearched(*row) for row in rows], whole=False)
                keys = [(row.post_row, row.number) for row in rows]
                connection.execute(delete(match).where(tuple_(match.c.post_row, match.c.revision).in_(keys)))
                chosen = tuple_(revision.c.post_row, revision.c.number).in_(keys)
                connection.execute(update(revision).where(chosen).values(text="", pruned_at=now))
        return len(rows)

    def prune_deliveries(self, before: datetime, now: datetime) -> int:
        """Remove the payloads of a batch of deliveries that were finished before a time; return how many."""
        with self._writing() as connection:
            old = select(delivery.c.delivery_id).where(*_old_deliveries(before)).limit(_DELIVERIES)
            chosen = list(connection.execute(old).scalars())
            if chosen:
                gone = {"payload": {}, "pruned_at": now}
                connection.execute(update(delivery).where(delivery.c.delivery_id.in_(chosen)).values(**gone))
        return len(chosen)

    def count_prunable(
        self,
        *,
        texts: datetime | None = None,
        revisions: datetime | None = None,
        deliveries: datetime | None = None,
        evidence: datetime | None = None,
    ) -> dict[str, int]:
        """Return how much is older than these times, by kind; None: that kind is kept."""
        old: dict[str, tuple[Any, list[ColumnElement[bool]]]] = {}
        if texts is not None:
            old["texts"] = (post, _old_posts(texts))
        if revisions is not None:
            old["revisions"] = (revision, _old_revisions(revisions))
        if evidence is not None:
            old["evidence"] = (export, [export.c.fetched_at < evidence, export.c.pruned_at.is_(None)])
        if deliveries is not None:
            old["deliveries"] = (delivery, _old_deliveries(deliveries))
        with self._reading() as connection:
            return {
                kind: int(connection.execute(select(func.count()).select_from(table).where(*which)).scalar_one())
                for kind, (table, which) in old.items()
            }


def read_next_prune(connection: Connection) -> datetime | None:
    """Return when the next pruning is due; None: there was none yet."""
    value = connection.execute(select(counter.c.value).where(counter.c.name == _DUE)).scalar_one_or_none()
    return None if value is None else datetime.fromtimestamp(value, UTC)


def _old_posts(before: datetime) -> list[ColumnElement[bool]]:
    of_post = change.c.post_row == post.c.row_id
    untold = exists().where(told.c.change_id == change.c.change_id, told.c.digest_id.is_(None))
    return [
        post.c.first_seen_at < before,
        post.c.pruned_at.is_(None),
        ~exists().where(revision.c.post_row == post.c.row_id, revision.c.replaced_at >= before),
        ~exists().where(of_post, or_(change.c.at >= before, change.c.held, untold)),
    ]


def _old_revisions(before: datetime) -> list[ColumnElement[bool]]:
    # the change that brought a text tells it, and so does the one that replaced it
    of_text = (change.c.post_row == revision.c.post_row) & (
        change.c.revision.in_([revision.c.number, revision.c.number + 1])
    )
    untold = exists().where(told.c.change_id == change.c.change_id, told.c.digest_id.is_(None))
    return [
        revision.c.replaced_at < before,
        revision.c.pruned_at.is_(None),
        ~exists().where(of_text, or_(change.c.held, untold)),
    ]


def _old_deliveries(before: datetime) -> list[ColumnElement[bool]]:
    return [
        delivery.c.state.in_(_FINISHED),
        delivery.c.finished_at < before,
        delivery.c.pruned_at.is_(None),
    ]


def _texts_of(connection: Connection, rows: Sequence[int]) -> list[Unsearched]:
    """Return all texts of posts that are there."""
    present = select(post.c.row_id, post.c.revision, post.c.text).where(post.c.row_id.in_(rows))
    past = select(revision.c.post_row, revision.c.number, revision.c.text)
    there = past.where(revision.c.post_row.in_(rows), revision.c.pruned_at.is_(None))
    return [Unsearched(*row) for statement in (present, there) for row in connection.execute(statement)]


def _forget_search(connection: Connection, texts: Sequence[Unsearched], *, whole: bool) -> None:
    known = known_revisions(connection, sorted({one.row for one in texts}))
    for chunk in pieces([one for one in texts if one.revision <= known[one.row]]):
        take_out(connection, [(one, stems(one.text)) for one in chunk], whole=whole)
