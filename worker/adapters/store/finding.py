"""Finding posts and changes by what a person asks for. Reads only; times come as ISO 8601 in UTC.

Decides in SQL whatever an index or a column can answer, and hands on rows in batches; what only the text can answer is
decided on the rows found.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select

from worker.adapters.store.bulk import pieces
from worker.adapters.store.schema import change, match, post
from worker.adapters.store.search_index import SearchIndex
from worker.core.revision import Grade
from worker.core.search import Query

#: rows fetched at a time, so that a long listing takes little memory
_BATCH = 500
#: a post is hardly dated later than we have seen it: clocks of sources are wrong by hours, seldom by more
_CLOCKS = timedelta(days=2)
#: when a post came out; when we first saw it, where nobody says
_OUT_AT = func.coalesce(post.c.published_at, post.c.first_seen_at)


@dataclass(frozen=True, slots=True)
class PostsWanted:
    """Which posts are asked for; None: whatever."""

    channel: str | None = None
    tag: str | None = None
    #: a change of this kind was found of it: ``new``, ``edited``, ``deleted``, ``restored``
    kind: str | None = None
    #: came out at this time or later, and has a text
    since: datetime | None = None
    #: came out before this time
    until: datetime | None = None
    #: ``live`` or ``deleted``
    state: str | None = None
    words: Query | None = None
    #: says of a text whether it is wanted; asked last
    accepts: Callable[[str], bool] | None = None
    #: most posts
    limit: int | None = None

    @property
    def newest_first(self) -> bool:
        """Whether the newest come first: the whole is listed channel by channel, a choice as a person reads it."""
        return self.words is not None or self.limit is not None


@dataclass(frozen=True, slots=True)
class ChangesWanted:
    """Which changes are asked for; None: whatever."""

    since: datetime | None = None
    kind: str | None = None
    channel: str | None = None
    tag: str | None = None
    #: edits below this grade are left out
    grade: Grade | None = None


class Finding(SearchIndex):
    """The part of the store that finds."""

    def list_posts(self, *, channel_name: str | None = None, tag: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield stored posts, oldest first; `tag` keeps those that the watchlist matches."""
        return self.find_listed(PostsWanted(channel=channel_name, tag=tag))

    def find_listed(self, wanted: PostsWanted) -> Iterator[dict[str, Any]]:
        """Yield the posts that are wanted, channel by channel from the oldest on, or the newest first."""
        left = wanted.limit
        with self._reading() as connection:
            for rows in self._found(connection, wanted):
                kept = [row for row in rows if _has_text(row.text, wanted)][:left]
                tags = _tags(connection, [row.row_id for row in kept])
                for row in kept:
                    yield listed_post(row, tags.get(row.row_id, {}))
                if left is not None:
                    left -= len(kept)
                    if not left:
                        return

    def list_changes(self, wanted: ChangesWanted | None = None) -> Iterator[dict[str, Any]]:
        """Yield the changes that are wanted, in the order they were found."""
        wanted = wanted or ChangesWanted()
        statement = (
            select(change, post.c.post_id, post.c.url)
            .join(post, post.c.row_id == change.c.post_row)
            .where(*_asked_of_changes(wanted))
            .order_by(change.c.change_id)
        )
        with self._reading() as connection:
            for rows in batches(connection, statement):
                for row in rows:
                    if wanted.tag is None or wanted.tag in (row.tags or ()):
                        yield _listed_change(row)

    def _found(self, connection: Connection, wanted: PostsWanted) -> Iterator[Sequence[Any]]:
        conditions = list(_asked_of_posts(wanted))
        if not wanted.newest_first:
            order = (post.c.channel, post.c.position, post.c.published_at, post.c.row_id)
            yield from batches(connection, select(post).where(*conditions).order_by(*order))
            return
        if wanted.words:
            conditions.append(self.is_candidate(wanted.words.lookups()))
        # only numbers are sorted: the texts of all that is found may be more than the memory holds
        numbers = select(post.c.row_id).where(*conditions).order_by(_OUT_AT.desc(), post.c.row_id.desc())
        for chunk in pieces(connection.execute(numbers).scalars().all()):
            rows = {row.row_id: row for row in connection.execute(select(post).where(post.c.row_id.in_(chunk)))}
            yield [rows[number] for number in chunk]


def batches(connection: Connection, statement: Select[Any]) -> Iterator[Sequence[Any]]:
    """Yield the rows of a long listing in pieces."""
    result = connection.execution_options(yield_per=_BATCH).execute(statement)
    yield from result.partitions()


def iso(at: datetime | None) -> str | None:
    """Write a time as listings do."""
    return at.isoformat() if at else None


def _tags(connection: Connection, rows: Sequence[int]) -> dict[int, dict[str, bool]]:
    """Return row -> watchlists of the present text, and of each whether it came when history was tagged anew."""
    tags: dict[int, dict[str, bool]] = {}
    current = match.join(post, (match.c.post_row == post.c.row_id) & (match.c.revision == post.c.revision))
    statement = select(match.c.post_row, match.c.watchlist, match.c.backfill).select_from(current).distinct()
    for chunk in pieces(rows):
        found = connection.execute(statement.where(match.c.post_row.in_(chunk)).order_by(match.c.watchlist))
        for row, watchlist, is_backfill in found:
            of_post = tags.setdefault(row, {})
            of_post[watchlist] = is_backfill and of_post.get(watchlist, True)
    return tags


def listed_post(row: Any, tags: Mapping[str, bool]) -> dict[str, Any]:
    """Return a row of `post` as listings show it; only one whose text was removed says when.

    Args:
        row: of the table.
        tags: and of each whether it came when history was tagged anew; only a post that has such ones names them.
    """
    later = [name for name, is_backfill in tags.items() if is_backfill]
    backfilled = {"backfilled": later} if later else {}
    removed = {"pruned_at": iso(row.pruned_at)} if row.pruned_at else {}
    return {
        "channel": row.channel,
        "id": row.post_id or f"row-{row.row_id}",
        "url": row.url,
        "published_at": iso(row.published_at),
        "text": row.text,
        "tags": list(tags),
        **backfilled,
        "state": row.state,
        "revisions": row.revision,
        "first_seen_at": iso(row.first_seen_at),
        "last_seen_at": iso(row.last_seen_at),
        **removed,
    }


def _has_text(text: str, wanted: PostsWanted) -> bool:
    return (wanted.words is None or wanted.words.matches(text)) and (wanted.accepts is None or wanted.accepts(text))


def _asked_of_posts(wanted: PostsWanted) -> Iterator[ColumnElement[bool]]:
    if wanted.channel is not None:
        yield post.c.channel == wanted.channel
    if wanted.tag is not None:
        yield exists().where(
            match.c.post_row == post.c.row_id, match.c.revision == post.c.revision, match.c.watchlist == wanted.tag
        )
    if wanted.kind is not None:
        yield exists().where(change.c.post_row == post.c.row_id, change.c.kind == wanted.kind)
    if wanted.since is not None:
        # there is an index of these times, of posts that have a text
        yield (post.c.first_seen_at >= wanted.since - _CLOCKS) & post.c.pruned_at.is_(None)
        yield wanted.since <= _OUT_AT
    if wanted.until is not None:
        yield wanted.until > _OUT_AT
    if wanted.state is not None:
        yield post.c.state == wanted.state


def _asked_of_changes(wanted: ChangesWanted) -> Iterator[ColumnElement[bool]]:
    if wanted.since is not None:
        yield change.c.at >= wanted.since
    if wanted.kind is not None:
        yield change.c.kind == wanted.kind
    if wanted.channel is not None:
        yield change.c.channel == wanted.channel
    if wanted.grade is not None:
        lower = [grade.value for grade in Grade if not grade.at_least(wanted.grade)]
        yield change.c.grade.is_(None) | change.c.grade.not_in(lower)


def _listed_change(row: Any) -> dict[str, Any]:
    return {
        "at": iso(row.at),
        "channel": row.channel,
        "post": row.post_id or f"row-{row.post_row}",
        "url": row.url,
        "kind": row.kind,
        "grade": row.grade,
        "term_changes": row.term_changes or [],
        "tags": row.tags or [],
        "seen_in": row.seen_in,
    }
