"""Going through stored posts again: to try a watchlist on them, to count what one has found. Reads only.

Each batch is a transaction of its own, so that going through a long history holds up neither checks nor the
database's own tidying; a post that is stored or edited meanwhile may be met in its old or in its new state.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from worker.adapters.store.base import Transactions
from worker.adapters.store.bulk import MOST_LISTED
from worker.adapters.store.schema import match, post
from worker.core.models import Match, Media, Post
from worker.core.past import PastPost
from worker.core.watchlist.facts import facts_of

#: a post is hardly dated later than we have seen it: clocks of sources are wrong by hours, seldom by more
_CLOCKS = timedelta(days=2)
#: when a post came out; when we first saw it, where nobody says
_OUT_AT = func.coalesce(post.c.published_at, post.c.first_seen_at)
_COLUMNS = (
    post.c.row_id,
    post.c.channel,
    post.c.post_id,
    post.c.url,
    post.c.published_at,
    post.c.first_seen_at,
    post.c.text,
    post.c.revision,
    post.c.edited,
    post.c.forwarded_from,
    post.c.author,
    post.c.links,
    post.c.media,
    post.c.story,
)
_MATCHES = (match.c.post_row, match.c.watchlist, match.c.term, match.c.start, match.c.end)


class Bench(Transactions):
    """The part of the store that shows the past once more."""

    def count_past(self, since: datetime) -> int:
        """Return how many posts with a text came out since a time."""
        with self._reading() as connection:
            return int(connection.execute(select(func.count()).select_from(post).where(*_came_out(since))).scalar_one())

    def past_posts(self, since: datetime, *, watchlist: str | None = None) -> Iterator[tuple[PastPost, ...]]:
        """Yield the posts with a text that came out since a time, in batches, in the order they were first seen.

        Args:
            since: a time.
            watchlist: whose stored matches come with the posts; None: none do.
        """
        last: Any = None
        while True:
            with self._reading() as connection:
                rows = connection.execute(_batch(since, last)).all()
                hits = _hits(connection, [row.row_id for row in rows], watchlist) if watchlist else {}
            if rows:
                yield tuple(past_post(row, hits.get(row.row_id, ())) for row in rows)
            if len(rows) < MOST_LISTED:
                return
            last = rows[-1]

    def posts_in_rows(self, rows: Sequence[int]) -> dict[int, PastPost]:
        """Return the posts in these rows, `MOST_LISTED` at most, with all stored matches of their present texts.

        Posts whose texts were removed are left out.
        """
        there = (post.c.row_id.in_(rows), post.c.pruned_at.is_(None))
        with self._reading() as connection:
            found = connection.execute(select(*_COLUMNS).where(*there)).all()
            hits = _hits(connection, [row.row_id for row in found], None)
        return {row.row_id: past_post(row, hits.get(row.row_id, ())) for row in found}

    def count_tagged(self, since: datetime) -> dict[str, int]:
        """Return watchlist -> how many posts that came out since a time carry it."""
        statement = (
            select(match.c.watchlist, func.count(match.c.post_row.distinct()))
            .join(post, and_(post.c.row_id == match.c.post_row, post.c.revision == match.c.revision))
            .where(*_came_out(since))
            .group_by(match.c.watchlist)
        )
        with self._reading() as connection:
            return {name: count for name, count in connection.execute(statement)}  # noqa: C416 - rows are no pairs


def past_post(row: Any, hits: Sequence[Match]) -> PastPost:
    """Return a row with the columns of `post` as a past post."""
    media = tuple(Media(each["kind"], each["title"]) for each in row.media or ())
    shown = Post(
        text=row.text,
        edited=row.edited,
        forwarded_from=row.forwarded_from,
        author=row.author,
        links=tuple(row.links or ()),
        media=media,
    )
    return PastPost(
        row=row.row_id,
        channel=row.channel,
        id=row.post_id or f"row-{row.row_id}",
        url=row.url,
        at=row.published_at or row.first_seen_at,
        text=row.text,
        facts=facts_of(shown, row.channel, is_edited=row.revision > 1),
        matches=tuple(hits),
        is_repeat=row.story is not None and row.story != row.row_id,
    )


def _came_out(since: datetime) -> list[ColumnElement[bool]]:
    # there is an index of these times, of posts that have a text
    return [post.c.first_seen_at >= since - _CLOCKS, post.c.pruned_at.is_(None), since <= _OUT_AT]


def _batch(since: datetime, last: Any) -> Select[Any]:
    """Return what reads the posts behind `last`; None: the first ones."""
    statement = select(*_COLUMNS).where(*_came_out(since))
    if last is not None:
        seen = post.c.first_seen_at
        behind = or_(seen > last.first_seen_at, and_(seen == last.first_seen_at, post.c.row_id > last.row_id))
        statement = statement.where(seen >= last.first_seen_at, behind)
    return statement.order_by(post.c.first_seen_at, post.c.row_id).limit(MOST_LISTED)


def _hits(connection: Connection, rows: Sequence[int], watchlist: str | None) -> dict[int, list[Match]]:
    """Return the matches of the present texts of these posts; `watchlist` None: of every watchlist."""
    statement = (
        select(*_MATCHES)
        .join(post, and_(post.c.row_id == match.c.post_row, post.c.revision == match.c.revision))
        .where(match.c.post_row.in_(rows))
        .order_by(match.c.start, match.c.end, match.c.watchlist, match.c.term)
    )
    if watchlist is not None:
        statement = statement.where(match.c.watchlist == watchlist)
    found: dict[int, list[Match]] = {}
    for row in connection.execute(statement):
        found.setdefault(row.post_row, []).append(Match(row.watchlist, row.term, row.start, row.end))
    return found
