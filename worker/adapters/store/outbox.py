"""The outbox: deliveries still to be made, each attempt committed before it is made, each result kept.

The deliveries of one recipient are handed out one at a time, in the order in which they were made. What is listed,
tried anew or dropped by hand stands in `deliveries`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, func, literal_column, or_, select, update

from worker.adapters.store.base import Transactions
from worker.adapters.store.channels import enqueue_notices
from worker.adapters.store.schema import UTCDateTime, attempt, delivery, way
from worker.core.models import Outcome, Result
from worker.core.record import Delivery

#: longer than any single attempt may take; afterwards another process may try
_LEASE = timedelta(minutes=10)
_CUT_OFF = "the process ended before the answer was known"

#: written out, not bound: the databases use an index of only some rows where they can read that these are meant
_WAITING = delivery.c.state == literal_column("'waiting'")
_SENDING = delivery.c.state == literal_column("'sending'")


def _oldest_due(*whose: ColumnElement[bool]) -> tuple[Select[Any], Select[Any]]:
    """Return what finds the oldest delivery whose lease has run out, and the oldest that waits and is due."""
    columns, other = delivery.c, delivery.alias("other")
    now = bindparam("now", type_=UTCDateTime())
    shut = exists().where(
        way.c.recipient == columns.recipient, or_(way.c.closed_at.is_not(None), way.c.rest_until > now)
    )
    being_sent = exists().where(
        other.c.recipient == columns.recipient,
        other.c.state == literal_column("'sending'"),
        other.c.lease_until >= now,
    )
    asked = (columns.recipient, columns.kind, columns.payload, columns.attempts, columns.retried_after)
    oldest = (
        select(columns.delivery_id, *asked)
        .where(*whose, ~shut)
        .order_by(columns.created_at, columns.delivery_id)
        .limit(1)
        .with_for_update(skip_locked=True, of=delivery)
    )
    return (
        oldest.where(_SENDING, columns.lease_until < now),
        oldest.where(_WAITING, columns.hold_until.is_(None), columns.next_attempt_at <= now, ~being_sent),
    )


# Built once: building them takes longer than running them.
_OF_ONE = _oldest_due(delivery.c.recipient == bindparam("named"))
_OF_ALL = _oldest_due()
_CLAIM = (
    update(delivery)
    .where(delivery.c.delivery_id == bindparam("named"))
    .values(state="sending", attempts=bindparam("number"), lease_until=bindparam("lease"))
)
_BEGIN_ATTEMPT = attempt.insert().values(
    delivery_id=bindparam("named"), number=bindparam("counted"), started_at=bindparam("now")
)
_END_ATTEMPT = (
    update(attempt)
    .where(attempt.c.delivery_id == bindparam("named"), attempt.c.number == bindparam("counted"))
    .values(finished_at=bindparam("now"), result=bindparam("how"), detail=bindparam("words"))
)
_END = (
    update(delivery)
    .where(delivery.c.delivery_id == bindparam("named"))
    .values(
        state=bindparam("becomes"),
        lease_until=None,
        last_detail=bindparam("words"),
        next_attempt_at=func.coalesce(bindparam("again", type_=UTCDateTime()), delivery.c.next_attempt_at),
        finished_at=bindparam("ended"),
    )
)


class Outbox(Transactions):
    """The deliveries' part of the store."""

    def set_up_ways(self, addresses: Mapping[str, str]) -> None:
        """Take up how recipients are reached: a hash of the address by name.

        A way that is closed or rests is open again as soon as it leads to another address.
        """
        if not addresses:
            return
        rows = [{"recipient": name, "address": address} for name, address in addresses.items()]
        insert = self._upsert()(way)
        fresh = {"address": insert.excluded.address, "rest_until": None, "closed_at": None, "detail": None}
        with self._writing() as connection:
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=[way.c.recipient], set_=fresh, where=way.c.address != insert.excluded.address
                ),
                rows,
            )

    def release_abandoned(self, now: datetime) -> int:
        """Give back deliveries whose process died in the middle; only for the process that holds the database alone."""
        with self._writing() as connection:
            cut_off = list(connection.execute(select(delivery.c.delivery_id).where(_SENDING)).scalars())
            for number in cut_off:
                _give_back(connection, number, now, _CUT_OFF)
        return len(cut_off)

    def release_delivery(self, claimed: Delivery, *, at: datetime, detail: str) -> None:
        """Give back a claimed delivery of which it is not known how it ended: it is due again, under the same id."""
        with self._writing() as connection:
            _give_back(connection, claimed.id, at, detail)

    def due_recipients(self, now: datetime) -> list[str]:
        """Return who has something due and can be sent something, in no order; only those that were set up."""
        theirs = delivery.c.recipient == way.c.recipient
        due = or_(
            exists().where(theirs, _WAITING, delivery.c.hold_until.is_(None), delivery.c.next_attempt_at <= now),
            exists().where(theirs, _SENDING, delivery.c.lease_until < now),
        )
        rested = or_(way.c.rest_until.is_(None), way.c.rest_until <= now)
        with self._reading() as connection:
            return list(
                connection.execute(select(way.c.recipient).where(way.c.closed_at.is_(None), rested, due)).scalars()
            )

    def claim_delivery(self, now: datetime, *, recipient: str | None = None) -> Delivery | None:
        """Take the oldest delivery that is due, its attempt committed before it is made; None: there is none.

        There is none either while another one of the recipient is being sent, or the way there rests or is closed.
        Without a recipient the oldest of all is taken.
        """
        statements, values = (
            (_OF_ALL, {"now": now}) if recipient is None else (_OF_ONE, {"now": now, "named": recipient})
        )
        with self._writing() as connection:
            found = (connection.execute(statement, values).one_or_none() for statement in statements)
            row = next(filter(None, found), None)
            if row is None:
                return None
            number = row.attempts + 1
            claim = {"named": row.delivery_id, "state": "sending", "number": number, "lease": now + _LEASE}
            self._run(connection, _CLAIM, claim)
            self._run(connection, _BEGIN_ATTEMPT, {"named": row.delivery_id, "counted": number, "now": now})
        return Delivery(row.delivery_id, row.recipient, row.kind, row.payload, number, turn=number - row.retried_after)

    def record_attempt(
        self,
        claimed: Delivery,
        outcome: Outcome,
        *,
        at: datetime,
        next_attempt_at: datetime | None,
        rest_until: datetime | None = None,
        notices: Sequence[tuple[str, Mapping[str, object]]] = (),
    ) -> str:
        """Keep how an attempt ended and return the delivery's new state; without a next attempt it is sent or dead.

        Args:
            claimed: as `claim_delivery` gave it.
            outcome: one that says that the other side is gone closes the way there.
            at: when it ended.
            next_attempt_at: None: there is none.
            rest_until: nothing is sent to the recipient before; None: the next one may follow at once.
            notices: messages to operators, each with its recipient, if this is what closes the way; or if an
                operator has to mend something, and nothing else waits for the same.
        """
        state = "sent" if outcome.result is Result.SENT else "waiting" if next_attempt_at else "dead"
        with self._writing() as connection:
            words = outcome.detail
            trouble = words if outcome.broken else outcome.trouble
            if trouble is not None and not _waits_for(connection, trouble):
                enqueue_notices(connection, notices, at)
            tried = {"named": claimed.id, "counted": claimed.attempt, "now": at, "how": outcome.result.value}
            self._run(connection, _END_ATTEMPT, {**tried, "words": words})
            ended = None if next_attempt_at else at
            end = {"named": claimed.id, "becomes": state, "words": words, "again": next_attempt_at, "ended": ended}
            self._run(connection, _END, {**end, "lease_until": None})
            here = way.c.recipient == claimed.recipient
            if rest_until is not None:
                connection.execute(update(way).where(here).values(rest_until=rest_until))
            if outcome.gone:
                closing = update(way).where(here, way.c.closed_at.is_(None))
                if connection.execute(closing.values(closed_at=at, detail=outcome.detail)).rowcount:
                    enqueue_notices(connection, notices, at)
        return state


def _give_back(connection: Connection, number: str, at: datetime, detail: str) -> None:
    unfinished = (attempt.c.delivery_id == number, attempt.c.finished_at.is_(None))
    connection.execute(update(attempt).where(*unfinished).values(finished_at=at, detail=detail))
    connection.execute(
        update(delivery)
        .where(delivery.c.delivery_id == number, delivery.c.state == "sending")
        .values(state="waiting", lease_until=None, next_attempt_at=at, last_detail=detail)
    )


def _waits_for(connection: Connection, words: str) -> bool:
    """Tell whether the last attempt at a delivery that is still to be made failed with words that begin like this."""
    columns = delivery.c
    waiting = select(columns.delivery_id).where(
        columns.state.in_(("waiting", "sending")),
        columns.last_detail.startswith(words, autoescape=True),
        columns.finished_at.is_(None),
    )
    return connection.execute(waiting.limit(1)).first() is not None
