"""Suspects: stored posts that an export should have shown, and what is known of posts that are gone. Reads only.

What a check found out about them is written by `worker.adapters.store.absences`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, false, select

from worker.adapters.store.base import Transactions
from worker.adapters.store.bulk import listed, pieces
from worker.adapters.store.schema import change, channel, match, post, suspect
from worker.core.absence import Suspect
from worker.core.models import ChangeKind, Match, Media, Told

# Nothing is asked of the posts: SQLite would go through all of them and look whether one is suspected.
_SUSPECTS = (
    select(
        suspect.c.channel,
        suspect.c.missed_at,
        suspect.c.looks,
        post.c.row_id,
        post.c.post_id,
        post.c.url,
        post.c.published_at,
    )
    .join(post, post.c.row_id == suspect.c.post_row)
    .order_by(suspect.c.missed_at, suspect.c.post_row)
)


def _missable(length: int) -> Select[Any]:
    # An import may know posts that no page of the channel ever shows: only what a check has seen can be missed.
    return select(post.c.row_id).where(
        post.c.channel == bindparam("of"),
        post.c.post_id.in_(listed(post.c.post_id, length)),
        post.c.state == bindparam("live", type_=post.c.state.type),
        post.c.imported == false(),
    )


class Suspects(Transactions):
    """The part of the store that knows what is missed."""

    def suspects(self, name: str) -> tuple[Suspect, ...]:
        """Return the suspected posts of a channel, those missed first first."""
        with self._reading() as connection:
            return suspects_of(connection, name).get(name, ())

    def missable(self, name: str, ids: Sequence[str]) -> tuple[int, ...]:
        """Return the rows of the posts among `ids` that an export could lack: live ones that a check has seen."""
        rows: list[int] = []
        if not ids:
            return ()
        with self._reading() as connection:
            for chunk in pieces(ids):
                values = {"of": name, "live": "live"}
                rows += [row[0] for row in self._run_listed(connection, _missable, values, chunk).fetchall()]
        return tuple(rows)

    def last_known(self, rows: Sequence[int]) -> dict[int, tuple[int, Told]]:
        """Return row -> revision and last known state of posts that are gone, or are back; `found_at` is not set yet.

        It is `last_seen_at` of the state, and its kind is that of a deletion.
        """
        known: dict[int, tuple[int, Told]] = {}
        if not rows:
            return known
        with self._reading() as connection:
            for chunk in pieces(rows):
                statement = (
                    select(post, channel.c.title)
                    .join(channel, channel.c.name == post.c.channel)
                    .where(post.c.row_id.in_(chunk))
                )
                hits = _present_matches(connection, chunk)
                for row in connection.execute(statement):
                    known[row.row_id] = (row.revision, _told(row, hits.get(row.row_id, ())))
        return known

    def held_deletions(self, rows: Sequence[int]) -> set[int]:
        """Return those of the posts in `rows` whose deletion is held: nobody has been told of it."""
        held: set[int] = set()
        if not rows:
            return held
        with self._reading() as connection:
            for chunk in pieces(rows):
                is_held = (change.c.held, change.c.kind == ChangeKind.DELETED.value, change.c.post_row.in_(chunk))
                held.update(connection.execute(select(change.c.post_row).where(*is_held)).scalars())
        return held

    def is_held_beside(self, name: str, rows: Sequence[int]) -> bool:
        """Tell whether anything of a channel is held besides the deletions of the posts in `rows`."""
        these = (change.c.kind == ChangeKind.DELETED.value) & change.c.post_row.in_(rows)
        others = select(change.c.change_id).where(change.c.held, change.c.channel == name, ~these).limit(1)
        with self._reading() as connection:
            return connection.execute(others).first() is not None


def suspects_of(connection: Connection, name: str | None = None) -> Mapping[str, tuple[Suspect, ...]]:
    """Return the suspected posts by channel, those missed first first; `name`: of this channel only."""
    found: dict[str, list[Suspect]] = {}
    statement = _SUSPECTS if name is None else _SUSPECTS.where(suspect.c.channel == name)
    for row in connection.execute(statement):
        if row.post_id is None:
            continue
        one = Suspect(row.row_id, row.post_id, row.url, row.published_at, row.missed_at, row.looks)
        found.setdefault(row.channel, []).append(one)
    return {channel_name: tuple(ones) for channel_name, ones in found.items()}


def _present_matches(connection: Connection, rows: Sequence[int]) -> Mapping[int, Sequence[Match]]:
    """Return row -> matches of the present revision."""
    hits: dict[int, list[Match]] = {}
    present = (match.c.post_row == post.c.row_id) & (match.c.revision == post.c.revision)
    statement = select(match).join(post, present).where(match.c.post_row.in_(rows)).order_by(match.c.match_id)
    for row in connection.execute(statement):
        hits.setdefault(row.post_row, []).append(Match(row.watchlist, row.term, row.start, row.end))
    return hits


def _told(row: Any, hits: Sequence[Match]) -> Told:
    return Told(
        channel=row.channel,
        channel_title=row.title or row.channel,
        kind=ChangeKind.DELETED,
        text=row.text,
        tags=tuple(dict.fromkeys(sorted(hit.watchlist for hit in hits))),
        matches=tuple(hits),
        found_at=row.last_seen_at,
        published_at=row.published_at,
        url=row.url,
        forwarded_from=row.forwarded_from,
        media=tuple(Media(media["kind"], media["title"]) for media in row.media or ()),
        last_seen_at=row.last_seen_at,
        story=row.story,
    )
