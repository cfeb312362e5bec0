"""What a status says of the outbox; it counts by the indexes, so that it costs little however much was sent."""

from typing import Any

from sqlalchemy import Connection, func, literal_column, select

from worker.adapters.store.finding import iso
from worker.adapters.store.schema import delivery, way

#: of the deliveries that have failed and will be tried again
_MOST_FAILING = 20
#: written out, not bound, as in `outbox`
_WAITING = delivery.c.state == literal_column("'waiting'")
_SENDING = delivery.c.state == literal_column("'sending'")


def read_outbox(connection: Connection) -> dict[str, Any]:
    """Return the outbox in the documented shape.

    `held_up` names every recipient for whom something waits, with what is known of the way there: which of them are
    held up can only be told with the configuration.
    """
    columns = delivery.c
    finished = select(columns.state, func.count()).where(columns.finished_at.is_not(None)).group_by(columns.state)
    counts: dict[str, int] = dict(connection.execute(finished).all())
    waits = select(columns.recipient, func.count().label("number"), func.min(columns.created_at).label("oldest")).where(
        _WAITING
    )
    waiting = connection.execute(waits.group_by(columns.recipient).order_by(columns.recipient)).all()
    sending = connection.execute(
        select(func.count().label("number"), func.min(columns.created_at).label("oldest")).where(_SENDING)
    ).one()
    oldest = [row.oldest for row in (*waiting, sending) if row.oldest is not None]
    return {
        "waiting": sum(row.number for row in waiting) + sending.number,
        "sent": counts.get("sent", 0),
        "dead": counts.get("dead", 0),
        "dropped": counts.get("dropped", 0),
        "oldest_waiting_at": iso(min(oldest, default=None)),
        "failing": _failing(connection),
        "held_up": _ways(connection, {row.recipient: row.number for row in waiting}),
    }


def _failing(connection: Connection) -> list[dict[str, Any]]:
    columns = (delivery.c.recipient, delivery.c.attempts, delivery.c.next_attempt_at, delivery.c.last_detail)
    rows = connection.execute(
        select(*columns)
        .where(_WAITING, delivery.c.attempts > 0)
        .order_by(delivery.c.next_attempt_at)
        .limit(_MOST_FAILING)
    )
    return [
        {
            "recipient": row.recipient,
            "attempts": row.attempts,
            "next_attempt_at": iso(row.next_attempt_at),
            "detail": row.last_detail,
        }
        for row in rows
    ]


def _ways(connection: Connection, waiting: dict[str, int]) -> list[dict[str, Any]]:
    closed = {row.recipient: row for row in connection.execute(select(way).where(way.c.closed_at.is_not(None))).all()}
    return [
        {
            "recipient": name,
            "waiting": waiting.get(name, 0),
            "since": iso(closed[name].closed_at) if name in closed else None,
            "detail": closed[name].detail if name in closed else None,
        }
        for name in sorted({*waiting, *closed})
    ]
