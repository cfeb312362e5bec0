"""Changes as they are told: rows of several tables made into one frozen value each."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from worker.adapters.store.bulk import pieces
from worker.adapters.store.schema import change, channel, match, post, revision
from worker.core.models import ChangeKind, Match, Media, Told

_COLUMNS = (
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


def read_told(connection: Connection, chosen: ColumnElement[bool]) -> dict[int, Told]:
    """Return the chosen changes by number, in the order they were found, each with the text of its own revision."""
    statement = (
        select(*_COLUMNS)
        .select_from(change)
        .join(post, post.c.row_id == change.c.post_row)
        .join(channel, channel.c.name == change.c.channel)
        .where(chosen)
        .order_by(change.c.change_id)
    )
    rows = connection.execute(statement).all()
    touched = list({row.post_row for row in rows})
    texts, hits = _past_texts(connection, touched), _matches(connection, touched)
    for row in rows:
        texts[row.post_row, row.present] = row.text
    return {row.change_id: _told(row, texts, hits) for row in rows}


def _past_texts(connection: Connection, rows: Sequence[int]) -> dict[tuple[int, int], str]:
    texts: dict[tuple[int, int], str] = {}
    for chunk in pieces(rows):
        statement = select(revision.c.post_row, revision.c.number, revision.c.text).where(
            revision.c.post_row.in_(chunk)
        )
        texts.update(((row.post_row, row.number), row.text) for row in connection.execute(statement))
    return texts


def _matches(connection: Connection, rows: Sequence[int]) -> dict[tuple[int, int], list[Match]]:
    hits: dict[tuple[int, int], list[Match]] = {}
    for chunk in pieces(rows):
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
