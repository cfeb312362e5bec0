"""Posts: what a diff needs to know of them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    bindparam,
    func,
    select,
)

from worker.adapters.store.bulk import listed, pieces
from worker.adapters.store.channels import Channels
from worker.adapters.store.identity import Identity
from worker.adapters.store.schema import (
    match,
    post,
    revision,
)
from worker.core.diff import StoredSequence
from worker.core.models import StoredPost
from worker.core.record import (
    Previous,
)

#: equal texts of which the newest may be the post in question
_MOST_TWINS = 5

_WINDOW = (post.c.row_id, post.c.post_id, post.c.fingerprint, post.c.position, post.c.text, post.c.pruned_at)

_STATES = select(revision.c.post_row, revision.c.fingerprint, revision.c.replaced_at)


def _fingerprints(length: int) -> Select[Any]:
    return select(post.c.row_id, post.c.post_id, post.c.fingerprint, post.c.state).where(
        post.c.channel == bindparam("of"), post.c.post_id.in_(listed(post.c.post_id, length))
    )


class Posts(Channels, Identity):
    """The posts' part of the store."""

    def fingerprints(self, name: str, ids: Collection[str]) -> dict[str, StoredPost]:
        """Return the stored posts among `ids`, by id."""
        found: dict[str, StoredPost] = {}
        with self._reading() as connection:
            for chunk in pieces(list(ids)):
                rows = self._run_listed(connection, _fingerprints, {"of": name}, chunk)
                for row, post_id, mark, state in rows.fetchall():
                    found[post_id] = StoredPost(row, post_id, mark, state=state)
        return found

    def sequence(self, name: str, fingerprints: Sequence[str]) -> StoredSequence:
        """Return the stretch of a channel's sequence of posts without ids that a dump may overlap.

        Reads the posts that the dump shows again and about as many neighbours as the dump is long, never the history.
        """
        own = (post.c.channel == name, post.c.position.is_not(None))
        with self._reading() as connection:
            ends = connection.execute(select(func.min(post.c.position), func.max(post.c.position)).where(*own)).one()
            if ends[1] is None:
                return StoredSequence()
            rows = {row.row_id: row for row in _twins(connection, name, fingerprints)}
            places = [row.position for row in rows.values()]
            low, high = (min(places), max(places)) if places else (ends[1], ends[0])
            margin = len(fingerprints) + 1
            newest_first = select(*_WINDOW).where(*own).order_by(post.c.position.desc())
            oldest_first = select(*_WINDOW).where(*own).order_by(post.c.position)
            for neighbours in (
                newest_first.where(post.c.position <= low).limit(margin),
                oldest_first.where(post.c.position >= high).limit(margin),
                newest_first.where(post.c.position > low, post.c.position < high).limit(4 * margin + 100),
            ):
                rows.update((row.row_id, row) for row in connection.execute(neighbours))
        stored = [
            StoredPost(row.row_id, None, row.fingerprint, row.position, row.text if row.pruned_at is None else None)
            for row in rows.values()
        ]
        stored.sort(key=lambda known: (known.position or 0.0, known.row))
        return StoredSequence(tuple(stored), ends[0], ends[1])

    def previous(self, rows: Sequence[int]) -> dict[int, Previous]:
        """Return the present text, tags and revision of posts that are about to be edited."""
        with self._reading() as connection:
            tags = tags_of(connection, rows)
            texts: list[Any] = []
            earlier: dict[int, list[tuple[str, datetime]]] = {}
            for chunk in pieces(rows):
                for past in connection.execute(_STATES.where(revision.c.post_row.in_(chunk))):
                    earlier.setdefault(past.post_row, []).append((past.fingerprint, past.replaced_at))
                texts += connection.execute(
                    select(post.c.row_id, post.c.text, post.c.revision, post.c.last_seen_at, post.c.pruned_at).where(
                        post.c.row_id.in_(chunk)
                    )
                )
        return {
            row.row_id: Previous(
                row.text,
                tags.get(row.row_id, ()),
                row.revision,
                row.last_seen_at,
                tuple(earlier.get(row.row_id, ())),
                row.pruned_at is not None,
            )
            for row in texts
        }


def tags_of(connection: Connection, rows: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return row -> watchlists that match the post's present revision."""
    tags: dict[int, list[str]] = {}
    current = match.join(post, (match.c.post_row == post.c.row_id) & (match.c.revision == post.c.revision))
    for chunk in pieces(rows):
        statement = (
            select(match.c.post_row, match.c.watchlist)
            .select_from(current)
            .where(match.c.post_row.in_(chunk))
            .distinct()
            .order_by(match.c.watchlist)
        )
        for row, watchlist in connection.execute(statement):
            tags.setdefault(row, []).append(watchlist)
    return {row: tuple(names) for row, names in tags.items()}


def _twins(connection: Connection, name: str, fingerprints: Iterable[str]) -> list[Any]:
    """Return the newest few stored posts of each fingerprint."""
    same = (post.c.channel == name, post.c.fingerprint == bindparam("mark"), post.c.position.is_not(None))
    statement = select(*_WINDOW).where(*same).order_by(post.c.position.desc()).limit(_MOST_TWINS)
    return [row for mark in dict.fromkeys(fingerprints) for row in connection.execute(statement, {"mark": mark})]
