"""Digests: what a recipient is still to be told, and the ledger that tells it once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from worker.adapters.store.base import Transactions
from worker.adapters.store.posts import chunks, new_delivery
from worker.adapters.store.schema import change, channel, delivery, digest, gap, match, post, revision, wanted
from worker.core.models import ChangeKind, Match, Media, Told
from worker.core.record import Gap, LedgerLine


class Digests(Transactions):
    """The digests' part of the store."""

    def last_digest(self, recipient: str, name: str) -> LedgerLine | None:
        """Return the newest line of the ledger; None if this recipient has had no digest yet."""
        statement = (
            select(digest.c.local_date, digest.c.until)
            .where(digest.c.recipient == recipient, digest.c.name == name)
            .order_by(digest.c.local_date.desc())
            .limit(1)
        )
        with self._reading() as connection:
            row = connection.execute(statement).one_or_none()
        return LedgerLine(row.local_date, row.until) if row else None

    def untold(self, recipient: str) -> dict[int, Told]:
        """Return the changes that the recipient's next digest has to tell, by number, in the order they were found."""
        statement = (
            select(
                change.c.change_id,
                change.c.channel,
                change.c.post_row,
                change.c.kind,
                change.c.revision,
                change.c.tags,
                change.c.at,
                channel.c.title,
                post.c.revision.label("present"),
                post.c.text,
                post.c.published_at,
                post.c.url,
                post.c.forwarded_from,
                post.c.media,
            )
            .select_from(wanted)
            .join(change, change.c.change_id == wanted.c.change_id)
            .join(post, post.c.row_id == change.c.post_row)
            .join(channel, channel.c.name == change.c.channel)
            .where(wanted.c.recipient == recipient, wanted.c.digest_id.is_(None))
            .order_by(change.c.change_id)
        )
        with self._reading() as connection:
            rows = connection.execute(statement).all()
            touched = list({row.post_row for row in rows})
            texts, hits = _past_texts(connection, touched), _matches(connection, touched)
        for row in rows:
            texts[row.post_row, row.present] = row.text
        return {row.change_id: _told(row, texts, hits) for row in rows}

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
    ) -> None:
        """Enter a digest into the ledger, put it into the outbox and mark its changes as told: all or nothing.

        Without a payload there was nothing to tell: only the ledger is written.
        """
        with self._writing() as connection:
            (number,) = self._numbers(connection, "digest", 1)
            message = new_delivery(recipient, "digest", payload, until) if payload is not None else None
            if message:
                connection.execute(delivery.insert(), [message])
            connection.execute(
                digest.insert().values(
                    digest_id=number,
                    recipient=recipient,
                    name=name,
                    local_date=local_date.isoformat(),
                    since=since,
                    until=until,
                    changes=len(changes),
                    delivery_id=message["delivery_id"] if message else None,
                )
            )
            for chunk in chunks(changes):
                connection.execute(
                    update(wanted)
                    .where(wanted.c.recipient == recipient, wanted.c.change_id.in_(chunk))
                    .values(digest_id=number)
                )

    def channel_health(self, names: Sequence[str]) -> tuple[int, list[str]]:
        """Return how many of the channels are well, and the names of those that are not."""
        with self._reading() as connection:
            states = dict(connection.execute(select(channel.c.name, channel.c.state)).all())
        ill = [name for name in names if states.get(name, "new") not in {"ok", "quiet"}]
        return len(names) - len(ill), ill

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


def _past_texts(connection: Connection, rows: Sequence[int]) -> dict[tuple[int, int], str]:
    texts: dict[tuple[int, int], str] = {}
    for chunk in chunks(rows):
        statement = select(revision.c.post_row, revision.c.number, revision.c.text).where(
            revision.c.post_row.in_(chunk)
        )
        texts.update(((row.post_row, row.number), row.text) for row in connection.execute(statement))
    return texts


def _matches(connection: Connection, rows: Sequence[int]) -> dict[tuple[int, int], list[Match]]:
    hits: dict[tuple[int, int], list[Match]] = {}
    for chunk in chunks(rows):
        statement = select(match).where(match.c.post_row.in_(chunk)).order_by(match.c.match_id)
        for row in connection.execute(statement):
            hits.setdefault((row.post_row, row.revision), []).append(Match(row.watchlist, row.term, row.start, row.end))
    return hits


def _told(row: Any, texts: Mapping[tuple[int, int], str], hits: Mapping[tuple[int, int], list[Match]]) -> Told:
    state = (row.post_row, row.revision)
    kind = ChangeKind(row.kind)
    return Told(
        channel=row.channel,
        channel_title=row.title or row.channel,
        kind=kind,
        text=texts[state],
        tags=tuple(row.tags or ()),
        matches=tuple(hits.get(state, ())),
        found_at=row.at,
        published_at=row.published_at,
        url=row.url,
        forwarded_from=row.forwarded_from,
        before=texts.get((row.post_row, row.revision - 1)) if kind is ChangeKind.EDITED else None,
        media=tuple(Media(media["kind"], media["title"]) for media in row.media or ()),
    )
