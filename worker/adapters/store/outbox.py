"""The outbox: deliveries still to be made, each attempt committed before it is made, each result kept."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select, true, update

from worker.adapters.store.base import Transactions
from worker.adapters.store.schema import attempt, delivery
from worker.core.models import Outcome, Result
from worker.core.record import Delivery

#: longer than any single attempt may take; afterwards another process may try
_LEASE = timedelta(minutes=10)
_CUT_OFF = "the process ended before the answer was known"


class Outbox(Transactions):
    """The deliveries' part of the store."""

    def release_abandoned(self, now: datetime) -> int:
        """Give back deliveries whose process died in the middle; only for the process that holds the database alone."""
        with self._writing() as connection:
            connection.execute(
                update(attempt).where(attempt.c.finished_at.is_(None)).values(finished_at=now, detail=_CUT_OFF)
            )
            return connection.execute(
                update(delivery)
                .where(delivery.c.state == "sending")
                .values(state="waiting", lease_until=None, next_attempt_at=now, last_detail=_CUT_OFF)
            ).rowcount

    def claim_delivery(self, now: datetime, *, avoiding: Collection[str] = ()) -> Delivery | None:
        """Take the delivery that has been due longest, its attempt committed before it is made; None: nothing is due.

        What was never tried comes before what has failed. Nothing is taken for the recipients in `avoiding`.
        """
        columns = delivery.c
        with self._writing() as connection:
            row = _longest_due(connection, now, avoiding, columns.attempts == 0) or _longest_due(
                connection, now, avoiding, true()
            )
            if row is None:
                return None
            number = row.attempts + 1
            connection.execute(
                update(delivery)
                .where(columns.delivery_id == row.delivery_id)
                .values(state="sending", attempts=number, lease_until=now + _LEASE)
            )
            connection.execute(attempt.insert().values(delivery_id=row.delivery_id, number=number, started_at=now))
        return Delivery(row.delivery_id, row.recipient, row.kind, row.payload, number)

    def record_attempt(
        self, claimed: Delivery, outcome: Outcome, *, at: datetime, next_attempt_at: datetime | None
    ) -> str:
        """Keep how an attempt ended and return the delivery's new state; without a next attempt it is sent or dead."""
        state = "sent" if outcome.result is Result.SENT else "waiting" if next_attempt_at else "dead"
        with self._writing() as connection:
            connection.execute(
                update(attempt)
                .where(attempt.c.delivery_id == claimed.id, attempt.c.number == claimed.attempt)
                .values(finished_at=at, result=outcome.result.value, detail=outcome.detail)
            )
            connection.execute(
                update(delivery)
                .where(delivery.c.delivery_id == claimed.id)
                .values(
                    state=state,
                    lease_until=None,
                    last_detail=outcome.detail,
                    **({"next_attempt_at": next_attempt_at} if next_attempt_at else {"finished_at": at}),
                )
            )
        return state


def _longest_due(
    connection: Connection, now: datetime, avoiding: Collection[str], which: ColumnElement[bool]
) -> Row[Any, Any, Any, Any, Any] | None:
    columns = delivery.c
    due = or_(
        (columns.state == "waiting") & (columns.next_attempt_at <= now),
        (columns.state == "sending") & (columns.lease_until < now),
    )
    return connection.execute(
        select(columns.delivery_id, columns.recipient, columns.kind, columns.payload, columns.attempts)
        .where(due, which, columns.recipient.not_in(avoiding))
        .order_by(columns.next_attempt_at, columns.delivery_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
