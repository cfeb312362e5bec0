"""Changes as they are told: rows of several tables made into one frozen value each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
    change.c.grade,
    change.c.tags,
    change.c.term_changes,
    change.c.at,
    channel.c.title,
    post.c.revision.label("present"),
    post.c.text,
    post.c.published_at,
    post.c.url,
    post.c.forwarded_from,
    post.c.media,
    post.c.story,
    post.c.last_seen_at,
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
    states, hits = _past_states(connection, touched), _matches(connection, touched)
    for row in rows:
        states[row.post_row, row.present] = _State(row.text, row.last_seen_at)
    return {row.change_id: _told(row, states, hits) for row in rows}


@dataclass(frozen=True, slots=True)
class _State:
    """One revision of a post."""

    text: str
    last_seen_at: datetime | None


def _past_states(connection: Connection, rows: Sequence[int]) -> dict[tuple[int, int], _State]:
    states: dict[tuple[int, int], _State] = {}
    columns = (revision.c.post_row, revision.c.number, revision.c.text, revision.c.last_seen_at)
    for chunk in pieces(rows):
        there = revision.c.post_row.in_(chunk) & revision.c.pruned_at.is_(None)
        for row in connection.execute(select(*columns).where(there)):
            states[row.post_row, row.number] = _State(row.text, row.last_seen_at)
    return states


def _matches(connection: Connection, rows: Sequence[int]) -> dict[tuple[int, int], list[Match]]:
    hits: dict[tuple[int, int], list[Match]] = {}
    for chunk in pieces(rows):
        statement = select(match).where(match.c.post_row.in_(chunk)).order_by(match.c.match_id)
        for row in connection.execute(statement):
            hits.setdefault((row.post_row, row.revision), []).append(Match(row.watchlist, row.term, row.start, row.end))
    return hits


def _told(row: Any, states: Mapping[tuple[int, int], _State], hits: Mapping[tuple[int, int], list[Match]]) -> Told:
    state = (row.post_row, row.revision)
    kind = ChangeKind(row.kind)
    before = states.get((row.post_row, row.revision - 1)) if kind is ChangeKind.EDITED else None
    turns = row.term_changes or ()
    last_seen = before or (states[state] if kind is ChangeKind.DELETED else None)
    return Told(
        channel=row.channel,
        channel_title=row.title or row.channel,
        kind=kind,
        text=states[state].text,
        tags=tuple(row.tags or ()),
        matches=tuple(hits.get(state, ())),
        found_at=row.at,
        published_at=row.published_at,
        url=row.url,
        forwarded_from=row.forwarded_from,
        before=before.text if before else None,
        media=tuple(Media(media["kind"], media["title"]) for media in row.media or ()),
        grade=row.grade,
        gained=tuple(turn["watchlist"] for turn in turns if turn["kind"] == "gained"),
        lost=tuple(turn["watchlist"] for turn in turns if turn["kind"] == "lost"),
        last_seen_at=last_seen.last_seen_at if last_seen else None,
        reverted=before is not None and before.text == row.text,
        story=row.post_row if row.story is None else row.story,
    )
