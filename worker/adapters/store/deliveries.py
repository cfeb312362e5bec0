"""Deliveries as a person sees them: listed, shown with every attempt, tried anew or dropped. Sends nothing."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from worker.adapters.store.base import Transactions
from worker.adapters.store.bulk import pieces
from worker.adapters.store.finding import iso
from worker.adapters.store.schema import attempt, delivery, way
from worker.errors import WatchwordError

#: states of what can still be done something about
_UNSENT = ("waiting", "dead")
#: rows of a listing that are read at a time
_AT_A_TIME = 500
_SHORTEST_NUMBER = 4
_COLUMNS = (
    delivery.c.delivery_id,
    delivery.c.recipient,
    delivery.c.kind,
    delivery.c.state,
    delivery.c.created_at,
    delivery.c.attempts,
    delivery.c.next_attempt_at,
    delivery.c.finished_at,
    delivery.c.last_detail,
    delivery.c.pruned_at,
    delivery.c.hold_until,
    way.c.rest_until,
    way.c.closed_at,
    way.c.detail.label("closed_detail"),
)


class Deliveries(Transactions):
    """What is asked of the outbox by hand."""

    def list_deliveries(
        self,
        *,
        states: Collection[str] = (),
        recipient: str | None = None,
        since: datetime | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Yield the deliveries in the order in which they were made; without states those of every state.

        Args:
            states: as in `schema.delivery`.
            recipient: None: of everybody.
            since: made at this time or later; None: ever.
        """
        which: list[ColumnElement[bool]] = []
        if states:
            which.append(delivery.c.state.in_(states))
            if not {"waiting", "sending"}.intersection(states):
                which.append(delivery.c.finished_at.is_not(None))  # there is an index of those
        if recipient is not None:
            which.append(delivery.c.recipient == recipient)
        if since is not None:
            which.append(delivery.c.created_at >= since)
        order = (delivery.c.created_at, delivery.c.delivery_id)
        with self._reading() as connection:
            rows = connection.execution_options(yield_per=_AT_A_TIME).execute(_joined().where(*which).order_by(*order))
            for row in rows:
                yield _line(row)

    def show_delivery(self, number: str) -> dict[str, Any]:
        """Return one delivery with its payload and its attempts.

        Args:
            number: its id or the beginning of it.

        Raises:
            WatchwordError: there is none, or more than one begins so.
        """
        with self._reading() as connection:
            columns = (*_COLUMNS, delivery.c.payload)
            whole = _find(connection, number)
            row = connection.execute(_joined(*columns).where(delivery.c.delivery_id == whole)).one()
            tries = connection.execute(select(attempt).where(attempt.c.delivery_id == whole).order_by(attempt.c.number))
            return {
                **_line(row),
                "payload": row.payload,
                "tries": [
                    {
                        "number": one.number,
                        "started_at": iso(one.started_at),
                        "finished_at": iso(one.finished_at),
                        "result": one.result,
                        "detail": one.detail,
                    }
                    for one in tries
                ],
            }

    def retry_deliveries(
        self, now: datetime, *, numbers: Sequence[str] = (), recipient: str | None = None, dead: bool = False
    ) -> int:
        """Make deliveries that wait or were given up due now, under the same ids; return how many.

        The back-off begins anew, and a way that rests or is closed is open again. What is too old to be there any more
        cannot be sent.

        Args:
            now: the time.
            numbers: ids or beginnings of ids; these.
            recipient: all of this one.
            dead: all that were given up; with a recipient, all of its that were.

        Raises:
            WatchwordError: an id is unknown, or what it means is sent, being sent, dropped or no longer there.
        """
        with self._writing() as connection:
            chosen = [_find(connection, number) for number in numbers]
            for number in chosen:
                _can_be_sent(connection, number)
            if not numbers:
                chosen = _chosen(connection, recipient, ("dead",) if dead else _UNSENT)
            recipients = set() if recipient is None else {recipient}
            for chunk in pieces(chosen):
                again = {
                    "state": "waiting",
                    "next_attempt_at": now,
                    "finished_at": None,
                    "lease_until": None,
                    "hold_until": None,
                    "retried_after": delivery.c.attempts,
                }
                these = delivery.c.delivery_id.in_(chunk)
                recipients |= set(connection.execute(select(delivery.c.recipient).where(these)).scalars())
                connection.execute(update(delivery).where(these).values(**again))
            opened = {"rest_until": None, "closed_at": None, "detail": None}
            connection.execute(update(way).where(way.c.recipient.in_(recipients)).values(**opened))
        return len(chosen)

    def drop_deliveries(self, now: datetime, *, numbers: Sequence[str] = (), recipient: str | None = None) -> int:
        """Mark deliveries that wait or were given up as dropped: they are kept and not sent. Return how many.

        Raises:
            WatchwordError: an id is unknown, or what it means is sent or being sent.
        """
        with self._writing() as connection:
            chosen = [_find(connection, number) for number in numbers]
            for number in chosen:
                _is_unsent(connection, number)
            if not numbers:
                chosen = _chosen(connection, recipient, _UNSENT)
            for chunk in pieces(chosen):
                these = delivery.c.delivery_id.in_(chunk)
                connection.execute(update(delivery).where(these).values(state="dropped", finished_at=now))
        return len(chosen)


def _joined(*columns: Any) -> Any:
    return select(*(columns or _COLUMNS)).select_from(delivery).outerjoin(way, way.c.recipient == delivery.c.recipient)


def _line(row: Any) -> dict[str, Any]:
    """Return what a listing says of a delivery; `rest_until` and `closed_at` are those of the way there."""
    return {
        "id": row.delivery_id,
        "recipient": row.recipient,
        "kind": row.kind,
        "state": row.state,
        "created_at": iso(row.created_at),
        "attempts": row.attempts,
        "next_attempt_at": iso(row.next_attempt_at) if row.state == "waiting" else None,
        "finished_at": iso(row.finished_at),
        "detail": row.last_detail,
        "pruned_at": iso(row.pruned_at),
        "hold_until": iso(row.hold_until),
        "rest_until": iso(row.rest_until),
        "closed_at": iso(row.closed_at),
        "closed_detail": row.closed_detail,
    }


def _find(connection: Connection, number: str) -> str:
    if len(number) < _SHORTEST_NUMBER or not number.isalnum():
        message = f"{number!r} is no id of a delivery: `watchword deliveries list` shows them"
        raise WatchwordError(message)
    statement = select(delivery.c.delivery_id).where(delivery.c.delivery_id.startswith(number)).limit(2)
    found = list(connection.execute(statement).scalars())
    if len(found) != 1:
        what = "more than one delivery has" if found else "no delivery has"
        message = f"{what} an id that begins with {number}: `watchword deliveries list` shows them"
        raise WatchwordError(message)
    return str(found[0])


def _can_be_sent(connection: Connection, number: str) -> None:
    if _is_unsent(connection, number):
        message = f"delivery {number} can no longer be sent: the retention has removed what it says"
        raise WatchwordError(message)


def _is_unsent(connection: Connection, number: str) -> bool:
    """Make sure that a delivery waits or was given up; return whether what it says has been removed."""
    columns = (delivery.c.state, delivery.c.pruned_at)
    row = connection.execute(select(*columns).where(delivery.c.delivery_id == number)).one()
    if row.state not in _UNSENT:
        is_so = {"sending": "is being sent right now", "sent": "has been sent", "dropped": "was dropped"}[row.state]
        message = f"delivery {number} {is_so}: only one that waits or is dead can be changed"
        raise WatchwordError(message)
    return row.pruned_at is not None


def _chosen(connection: Connection, recipient: str | None, states: Collection[str]) -> list[str]:
    whose = () if recipient is None else (delivery.c.recipient == recipient,)
    statement = select(delivery.c.delivery_id).where(
        delivery.c.state.in_(states), delivery.c.pruned_at.is_(None), *whose
    )
    return list(connection.execute(statement).scalars())
