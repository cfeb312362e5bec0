"""The history of one post: its revisions, what was found out about it, and who was told. Reads only.

Everything comes in the documented shape, with times as ISO 8601 in UTC; what follows from the texts (word diffs) is not
in it, nor whether the bytes of an export can be read.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from worker.adapters.store.base import Transactions
from worker.adapters.store.bulk import pieces
from worker.adapters.store.finding import iso
from worker.adapters.store.schema import (
    alerted,
    attempt,
    change,
    channel,
    delivery,
    digest,
    export,
    match,
    post,
    revision,
    suspect,
    wanted,
)


class History(Transactions):
    """The part of the store that tells all it knows of a post."""

    def post_history(self, row: int) -> dict[str, Any]:
        """Return all that is known of the post in `row`, which there must be."""
        with self._reading() as connection:
            present = connection.execute(
                select(post, channel.c.title)
                .join(channel, channel.c.name == post.c.channel)
                .where(post.c.row_id == row)
            ).one()
            past = connection.execute(select(revision).where(revision.c.post_row == row).order_by(revision.c.number))
            states = [*past, present]
            changes = connection.execute(
                select(change).where(change.c.post_row == row).order_by(change.c.change_id)
            ).all()
            missed = connection.execute(select(suspect).where(suspect.c.post_row == row)).one_or_none()
            exports = _exports(connection, [one.export_id for one in (*states, *changes)])
            told = _told(connection, [one.change_id for one in changes])
            hits = _matches(connection, row)
            return {
                **_post(present),
                "story": _story(connection, present),
                "missed": {"at": iso(missed.missed_at), "looks": missed.looks} if missed else None,
                "revisions": _revisions(states, present, hits, exports),
                "changes": [_change(one, _last_seen(states, one), exports, told) for one in changes],
            }


def _post(row: Any) -> dict[str, Any]:
    return {
        "channel": row.channel,
        "title": row.title,
        "id": row.post_id or f"row-{row.row_id}",
        "url": row.url,
        "published_at": iso(row.published_at),
        "author": row.author,
        "forwarded_from": row.forwarded_from,
        "state": row.state,
        "imported": row.imported,
        "first_seen_at": iso(row.first_seen_at),
        "last_seen_at": iso(row.last_seen_at),
    }


def _story(connection: Connection, row: Any) -> dict[str, Any] | None:
    """Return the post that told the same first; None if this one did."""
    if row.story is None or row.story == row.row_id:
        return None
    columns = (post.c.row_id, post.c.channel, post.c.post_id, post.c.url)
    first = connection.execute(select(*columns).where(post.c.row_id == row.story)).one_or_none()
    if first is None:
        return None
    return {"channel": first.channel, "id": first.post_id or f"row-{first.row_id}", "url": first.url}


def _revisions(
    states: Sequence[Any],
    present: Any,
    hits: Mapping[int, Sequence[Any]],
    exports: Mapping[int, dict[str, Any]],
) -> list[dict[str, Any]]:
    shown = []
    begins_at = present.first_seen_at
    for state in states:
        is_present = state is present
        number = state.revision if is_present else state.number
        replaced_at = None if is_present else state.replaced_at
        shown.append(
            {
                "number": number,
                "text": state.text,
                "first_seen_at": iso(begins_at),
                "last_seen_at": iso(state.last_seen_at),
                "replaced_at": iso(replaced_at),
                "pruned_at": iso(state.pruned_at),
                "tags": list(dict.fromkeys(sorted(hit.watchlist for hit in hits.get(number, ())))),
                "matches": [_match(hit, state.text) for hit in hits.get(number, ())],
                "export": exports.get(state.export_id),
            }
        )
        begins_at = replaced_at
    return shown


def _match(hit: Any, text: str) -> dict[str, Any]:
    place = {"start": hit.start, "end": hit.end}
    return {
        "watchlist": hit.watchlist,
        "term": hit.term,
        **place,
        "text": text[hit.start : hit.end],
        "backfill": hit.backfill,
    }


def _matches(connection: Connection, row: int) -> dict[int, list[Any]]:
    hits: dict[int, list[Any]] = {}
    statement = select(match).where(match.c.post_row == row).order_by(match.c.revision, match.c.start, match.c.match_id)
    for hit in connection.execute(statement):
        hits.setdefault(hit.revision, []).append(hit)
    return hits


def _change(
    row: Any,
    missing_since: datetime | None,
    exports: Mapping[int, dict[str, Any]],
    told: Mapping[int, list[dict[str, Any]]],
) -> dict[str, Any]:
    return {
        "at": iso(row.at),
        "kind": row.kind,
        "revision": row.revision,
        "grade": row.grade,
        "term_changes": row.term_changes or [],
        "tags": row.tags or [],
        "seen_in": row.seen_in,
        "held": row.held,
        "missing_since": iso(missing_since),
        "export": exports.get(row.export_id),
        "told": told.get(row.change_id, []),
    }


def _last_seen(states: Sequence[Any], turn: Any) -> datetime | None:
    """Return when a deleted post was last shown; None for other changes, or if it was shown again since."""
    if turn.kind != "deleted":
        return None
    at: datetime | None = states[turn.revision - 1].last_seen_at
    return at if at and at <= turn.at else None


def _exports(connection: Connection, numbers: Sequence[int | None]) -> dict[int, dict[str, Any]]:
    chosen = sorted({number for number in numbers if number is not None})
    shown = {}
    for chunk in pieces(chosen):
        for row in connection.execute(select(export).where(export.c.export_id.in_(chunk))):
            shown[row.export_id] = {
                "url": row.url,
                "fetched_at": iso(row.fetched_at),
                "status": row.status,
                "sha256": row.sha256,
                "size": row.size,
                "pruned_at": iso(row.pruned_at),
            }
    return shown


def _told(connection: Connection, changes: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """Return change -> whom it is or was to be told, by which message."""
    told: dict[int, list[dict[str, Any]]] = {}
    columns = (delivery.c.delivery_id, delivery.c.state, delivery.c.last_detail, delivery.c.finished_at)
    in_digests = (
        select(wanted.c.change_id, wanted.c.recipient, digest.c.local_date, digest.c.digest_id, *columns)
        .outerjoin(digest, digest.c.digest_id == wanted.c.digest_id)
        .outerjoin(delivery, delivery.c.delivery_id == digest.c.delivery_id)
        .order_by(wanted.c.recipient)
    )
    at_once = (
        select(alerted.c.change_id, delivery.c.recipient, *columns)
        .join(delivery, delivery.c.delivery_id == alerted.c.delivery_id)
        .order_by(delivery.c.recipient)
    )
    for chunk in pieces(changes):
        digests = connection.execute(in_digests.where(wanted.c.change_id.in_(chunk))).all()
        alerts = connection.execute(at_once.where(alerted.c.change_id.in_(chunk))).all()
        tries = _attempts(connection, [row.delivery_id for row in (*digests, *alerts) if row.delivery_id])
        for row in digests:
            waits = "next_digest" if row.digest_id is None else row.state or "sent"
            line = {"recipient": row.recipient, "by": "digest", "local_date": row.local_date, "state": waits}
            told.setdefault(row.change_id, []).append({**line, **_delivered(row, tries)})
        for alert in alerts:
            line = {"recipient": alert.recipient, "by": "alert", "local_date": None, "state": alert.state}
            told.setdefault(alert.change_id, []).append({**line, **_delivered(alert, tries)})
    return told


def _delivered(row: Any, tries: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "finished_at": iso(row.finished_at),
        "detail": row.last_detail,
        "attempts": tries.get(row.delivery_id, []),
    }


def _attempts(connection: Connection, deliveries: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    tries: dict[str, list[dict[str, Any]]] = {}
    for chunk in pieces(deliveries):
        statement = select(attempt).where(attempt.c.delivery_id.in_(chunk)).order_by(attempt.c.number)
        for row in connection.execute(statement):
            tries.setdefault(row.delivery_id, []).append(
                {
                    "number": row.number,
                    "started_at": iso(row.started_at),
                    "finished_at": iso(row.finished_at),
                    "result": row.result,
                    "detail": row.detail,
                }
            )
    return tries
