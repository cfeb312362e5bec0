"""Absences: posts that an export should have shown, and what a second look says of them. Part of `record_check`."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, select, update

from worker.adapters.store.bulk import pieces
from worker.adapters.store.schema import change, post, suspect
from worker.core.absence import SHOWN_APART
from worker.core.models import ChangeKind
from worker.core.record import CheckRecord


def keep_absences(connection: Connection, record: CheckRecord, exports: Sequence[int]) -> Mapping[int, int | None]:
    """Write what a check found out about posts that were missing, and about deleted ones that are back.

    Returns the export that lacked each deleted post first, by its row; None: it is not kept.
    """
    if record.missed:
        export = exports[0] if exports else None
        rows = [
            {"post_row": row, "channel": record.channel, "missed_at": record.at, "export_id": export, "looks": 0}
            for row in record.missed
        ]
        connection.execute(suspect.insert(), rows)
    for chunk in pieces(record.undecided):
        connection.execute(update(suspect).where(suspect.c.post_row.in_(chunk)).values(looks=suspect.c.looks + 1))
    for chunk in pieces(record.shown_apart):
        connection.execute(update(suspect).where(suspect.c.post_row.in_(chunk)).values(looks=SHOWN_APART))
    gone = [deleted.row for deleted in record.deleted]
    lacking: dict[int, int | None] = {}
    for chunk in pieces(gone):
        first = select(suspect.c.post_row, suspect.c.export_id).where(suspect.c.post_row.in_(chunk))
        lacking |= {row.post_row: row.export_id for row in connection.execute(first)}
    decided = [*record.cleared, *gone]
    for chunk in pieces(decided):
        connection.execute(delete(suspect).where(suspect.c.post_row.in_(chunk)))
    for chunk in pieces(gone):
        connection.execute(update(post).where(post.c.row_id.in_(chunk)).values(state="deleted"))
    for chunk in pieces([restored.row for restored in record.restored]):
        seen = {"state": "live", "last_seen_at": record.at}
        connection.execute(update(post).where(post.c.row_id.in_(chunk)).values(**seen))
        # what nobody was told of has not happened
        untold = (change.c.held, change.c.kind == ChangeKind.DELETED.value, change.c.post_row.in_(chunk))
        connection.execute(delete(change).where(*untold))
    return lacking
