"""Digests: what a recipient is still to be told, and the ledger that tells it once."""

import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update

from worker.adapters.store.base import Transactions
from worker.adapters.store.bulk import pieces
from worker.adapters.store.channels import new_delivery
from worker.adapters.store.schema import change, channel, delivery, digest, gap, wanted
from worker.adapters.store.told import read_told
from worker.core.models import ChangeKind, Told
from worker.core.record import ChannelHealth, Gap, LedgerLine

#: more than lies between two digests of a week
_LATELY = timedelta(days=16)


class _ToldMeanwhile(Exception):  # noqa: N818 - no error, another process was quicker
    """Some of the changes of a digest stand in another one."""


@dataclass(frozen=True, slots=True)
class FrozenDigest:
    """A digest that was made."""

    since: datetime
    until: datetime
    changes: int
    #: None: there was nothing to tell, or the retention has removed it
    payload: Mapping[str, object] | None


class Digests(Transactions):
    """The digests' part of the store."""

    def ledger(self, recipient: str, now: datetime) -> list[LedgerLine]:
        """Return the lines of a recipient that matter now: those of the last days, and the newest one before.

        Lines from the future, which a clock that was ahead has left behind, are among them.
        """
        columns = (digest.c.local_date, digest.c.until, digest.c.name)
        lately = (now - _LATELY).date().isoformat()
        mine = select(*columns).where(digest.c.recipient == recipient)
        with self._reading() as connection:
            rows = list(connection.execute(mine.where(digest.c.local_date >= lately)))
            before = mine.where(digest.c.local_date < lately).order_by(digest.c.local_date.desc()).limit(1)
            rows += connection.execute(before)
        return [LedgerLine(row.local_date, row.until, row.name) for row in rows]

    def untold(self, recipient: str) -> dict[int, Told]:
        """Return the changes that the recipient's next digest has to tell, by number, in the order they were found."""
        waiting = select(wanted.c.change_id).where(wanted.c.recipient == recipient, wanted.c.digest_id.is_(None))
        with self._reading() as connection:
            return read_told(connection, change.c.change_id.in_(waiting))

    def record_digest(
        self,
        recipient: str,
        name: str,
        local_date: date,
        *,
        since: datetime,
        until: datetime,
        changes: Sequence[int],
        payload: Mapping[str, object] | None,
    ) -> bool:
        """Enter a digest into the ledger, put it into the outbox and mark its changes as told: all or nothing.

        Without a payload there was nothing to tell: only the ledger is written. Returns False, and writes nothing, if
        the ledger has this digest already, or if some of the changes were told meanwhile: another process was quicker.
        """
        with contextlib.suppress(_ToldMeanwhile), self._writing() as connection:
            (number,) = self._numbers(connection, "digest", 1)
            line = {"recipient": recipient, "name": name, "local_date": local_date.isoformat()}
            period = {"since": since, "until": until, "changes": len(changes)}
            enter = self._upsert()(digest).values(digest_id=number, **line, **period).on_conflict_do_nothing()
            if connection.execute(enter.returning(digest.c.digest_id)).first() is None:
                return False
            if payload is not None:
                message = new_delivery(recipient, "digest", payload, until)
                connection.execute(delivery.insert(), [message])
                mine = digest.c.digest_id == number
                connection.execute(update(digest).where(mine).values(delivery_id=message["delivery_id"]))
            for chunk in pieces(changes):
                untold = wanted.c.digest_id.is_(None)
                marked = connection.execute(
                    update(wanted)
                    .where(wanted.c.recipient == recipient, wanted.c.change_id.in_(chunk), untold)
                    .values(digest_id=number)
                )
                if marked.rowcount != len(chunk):
                    raise _ToldMeanwhile
            return True
        return False

    def frozen_digest(self, recipient: str, local_date: date) -> FrozenDigest | None:
        """Return the last digest of a recipient on a local date that was made, as it was frozen; None: there is none.

        One that had something to tell goes before one that had not.
        """
        columns = (digest.c.since, digest.c.until, digest.c.changes, delivery.c.payload, delivery.c.pruned_at)
        statement = (
            select(*columns)
            .select_from(digest)
            .outerjoin(delivery, delivery.c.delivery_id == digest.c.delivery_id)
            .where(digest.c.recipient == recipient, digest.c.local_date == local_date.isoformat())
            .order_by(digest.c.delivery_id.is_(None), digest.c.until.desc())
            .limit(1)
        )
        with self._reading() as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            return None
        return FrozenDigest(row.since, row.until, row.changes, None if row.pruned_at else row.payload)

    def channel_health(self, names: Sequence[str], *, since: datetime) -> ChannelHealth:
        """Return what checks of these channels there were after `since`."""
        with self._reading() as connection:
            columns = select(channel.c.name, channel.c.last_ok_at, channel.c.last_check_at)
            rows = {row.name: row for row in connection.execute(columns)}
        known = [rows[name] for name in names if name in rows]
        good = {row.name for row in known if row.last_ok_at and row.last_ok_at > since}
        tried = sum(row.last_check_at is not None and row.last_check_at > since for row in known)
        return ChannelHealth(len(good), tuple(name for name in names if name not in good), tried)

    def count_edits(
        self,
        grades: Collection[str],
        watchlists: Collection[str],
        channels: Collection[str],
        *,
        after: datetime,
        until: datetime,
    ) -> dict[str, int]:
        """Return how many edits of these grades there were, by grade, found after `after` and up to `until`.

        Those that brought one of the watchlists to a post, or took it away, are told for that, and not counted here.
        """
        if not grades:
            return {}
        columns = change.c
        statement = select(columns.grade, columns.channel, columns.tags, columns.term_changes).where(
            columns.at > after,
            columns.at <= until,
            columns.kind == ChangeKind.EDITED.value,
            columns.grade.in_(grades),
            columns.held.is_(False),
        )
        counts = dict.fromkeys(grades, 0)
        with self._reading() as connection:
            for row in connection.execute(statement):
                turned = {turn["watchlist"] for turn in row.term_changes or ()}
                ours = not set(watchlists).isdisjoint(row.tags or ()) and turned.isdisjoint(watchlists)
                counts[row.grade] += ours and row.channel in channels
        return counts

    def gaps(self, names: Collection[str], *, after: datetime, until: datetime) -> list[tuple[str, Gap]]:
        """Return the gaps of these channels that were found after `after` and up to `until`."""
        statement = select(gap).where(gap.c.found_at > after, gap.c.found_at <= until).order_by(gap.c.gap_id)
        with self._reading() as connection:
            rows = [row for row in connection.execute(statement) if row.channel in names]
        return [
            (
                row.channel,
                Gap(row.after_id, row.before_id, row.from_at or row.found_at, row.to_at or row.found_at, row.at_most),
            )
            for row in rows
        ]
