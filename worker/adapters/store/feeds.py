"""Feeds of one's own: how far each has come, and the changes that it may tell. Decides and writes no file."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from worker.adapters.store.base import Transactions
from worker.adapters.store.bulk import pieces
from worker.adapters.store.schema import change, feed, post, revision
from worker.adapters.store.told import read_told
from worker.core.models import Told
from worker.core.record import FeedState

#: rows that are read at a time
_AT_A_TIME = 1_000


class Feeds(Transactions):
    """What a feed of one's own asks of the store."""

    def feed_state(self, path: str) -> FeedState | None:
        """Return how far a feed has come; None: it is new."""
        with self._reading() as connection:
            row = connection.execute(select(feed).where(feed.c.path == path)).one_or_none()
        if row is None:
            return None
        return FeedState(
            identity=row.identity,
            since=row.since,
            wishes=row.wishes,
            settled=row.settled,
            seen=row.seen,
            changes=tuple(row.changes),
            written=row.written,
            error=row.error,
        )

    def record_feed(self, path: str, state: FeedState) -> None:
        """Keep how far a feed has come."""
        values = {
            "identity": state.identity,
            "since": state.since,
            "wishes": state.wishes,
            "settled": state.settled,
            "seen": state.seen,
            "changes": list(state.changes),
            "written": state.written,
            "error": state.error,
        }
        with self._writing() as connection:
            enter = self._upsert()(feed).values(path=path, **values)
            connection.execute(enter.on_conflict_do_update(index_elements=[feed.c.path], set_=values))

    def newest_changes(self) -> tuple[int, int]:
        """Return the number of the newest change, and the one below which none is held: 0 and 0 if there is none."""
        with self._reading() as connection:
            newest = connection.execute(select(func.max(change.c.change_id))).scalar_one() or 0
            held = connection.execute(select(func.min(change.c.change_id)).where(change.c.held.is_(True))).scalar_one()
        return newest, newest if held is None else held - 1

    def changes_back_to(self, after: int, watchlists: Collection[str]) -> Iterator[tuple[int, Told]]:
        """Yield the changes with a number above `after`, the newest first, with their numbers.

        Only those are among them that have to do with one of the watchlists. Those that are held, and those whose text
        the retention has removed, are not.
        """
        names = frozenset(watchlists)
        above = change.c.change_id > after
        while True:
            with self._reading() as connection:
                statement = _readable().where(above).order_by(change.c.change_id.desc()).limit(_AT_A_TIME)
                rows = connection.execute(statement).all()
                numbers = [row.change_id for row in rows if not names.isdisjoint(row.tags or ())]
                told = read_told(connection, change.c.change_id.in_(numbers)) if numbers else {}
            yield from sorted(told.items(), reverse=True)
            if len(rows) < _AT_A_TIME:
                return
            above = and_(change.c.change_id > after, change.c.change_id < rows[-1].change_id)

    def told_again(self, numbers: Sequence[int]) -> dict[int, Told]:
        """Return these changes, without those whose text the retention has removed, or that are no longer there."""
        told: dict[int, Told] = {}
        with self._reading() as connection:
            for chunk in pieces(numbers):
                there = list(connection.execute(_readable().where(change.c.change_id.in_(chunk))).scalars())
                if there:
                    told |= read_told(connection, change.c.change_id.in_(there))
        return told


def _readable() -> Select[int, Any]:
    """Return what selects numbers and tags of the changes that may be told and whose text is there."""
    state = and_(revision.c.post_row == change.c.post_row, revision.c.number == change.c.revision)
    present = and_(post.c.revision == change.c.revision, post.c.pruned_at.is_(None))
    past = and_(revision.c.number.is_not(None), revision.c.pruned_at.is_(None))
    return (
        select(change.c.change_id, change.c.tags)
        .select_from(change)
        .join(post, post.c.row_id == change.c.post_row)
        .outerjoin(revision, state)
        .where(change.c.held.is_(False), or_(present, past))
    )
