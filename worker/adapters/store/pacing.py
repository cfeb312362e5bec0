"""Alerts that are held back: which wait for a decision, and what it made of them. Decides nothing itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, delete, or_, select, update

from worker.adapters.store.base import Transactions
from worker.adapters.store.bulk import pieces
from worker.adapters.store.channels import new_delivery
from worker.adapters.store.schema import alerted, delivery, pace
from worker.core.pace import HeldAlert, Release, hour_of

#: nothing is held longer: a clock that was ahead of it has written such a time
_LONGEST = timedelta(days=9)


class Pacing(Transactions):
    """The part of the store that holds alerts back. The first two and the last are meant for one transaction."""

    def recipients_of_held(self, now: datetime) -> list[str]:
        """Return whose held alerts are to be decided on, by name."""
        statement = select(delivery.c.recipient).where(*_due(now)).distinct().order_by(delivery.c.recipient)
        with self._reading() as connection:
            return list(connection.execute(statement).scalars())

    def held_alerts(self, recipient: str, now: datetime) -> tuple[list[HeldAlert], int]:
        """Return a recipient's alerts that are to be decided on, as they came, and how many went in this hour."""
        columns = (delivery.c.delivery_id, delivery.c.created_at, delivery.c.hold_until)
        statement = (
            select(*columns)
            .where(delivery.c.recipient == recipient, *_due(now))
            .order_by(delivery.c.created_at, delivery.c.delivery_id)
            .with_for_update()
        )
        with self._writing() as connection:
            rows = connection.execute(statement).all()
            mine = pace.c.recipient == recipient, pace.c.hour_at == hour_of(now)
            sent = connection.execute(select(pace.c.messages).where(*mine)).scalar_one_or_none()
        held = [HeldAlert(row.delivery_id, row.created_at, row.hold_until > row.created_at) for row in rows]
        return held, sent or 0

    def alert_payloads(self, numbers: Sequence[str]) -> list[Mapping[str, object]]:
        """Return what alerts tell, in the order of their numbers."""
        found: dict[str, Mapping[str, object]] = {}
        with self._reading() as connection:
            for chunk in pieces(numbers):
                statement = select(delivery.c.delivery_id, delivery.c.payload)
                for row in connection.execute(statement.where(delivery.c.delivery_id.in_(chunk))):
                    found[row.delivery_id] = row.payload
        return [found[number] for number in numbers]

    def record_release(
        self, recipient: str, decided: Release, *, payload: Mapping[str, object] | None, now: datetime
    ) -> None:
        """Carry out what was decided: all or nothing.

        Alerts that go together become one delivery with this payload, and are told by it; None: none go together.
        """
        with self._writing() as connection:
            for chunk in pieces(decided.apart):
                let_go = {"hold_until": None, "next_attempt_at": now}
                connection.execute(update(delivery).where(delivery.c.delivery_id.in_(chunk)).values(**let_go))
            for chunk in pieces(decided.later):
                held = {"hold_until": decided.until, "next_attempt_at": decided.until}
                connection.execute(update(delivery).where(delivery.c.delivery_id.in_(chunk)).values(**held))
            if payload is not None:
                one = new_delivery(recipient, "alert", payload, now)
                connection.execute(delivery.insert(), [one])
                for chunk in pieces(decided.together):
                    told = {"delivery_id": one["delivery_id"]}
                    connection.execute(update(alerted).where(alerted.c.delivery_id.in_(chunk)).values(**told))
                    connection.execute(delete(delivery).where(delivery.c.delivery_id.in_(chunk)))
            if decided.messages:
                insert = self._upsert()(pace).values(
                    recipient=recipient, hour_at=hour_of(now), messages=decided.messages
                )
                new = insert.excluded
                so_far = case((pace.c.hour_at == new.hour_at, pace.c.messages), else_=0)
                counted = {"hour_at": new.hour_at, "messages": so_far + new.messages}
                connection.execute(insert.on_conflict_do_update(index_elements=[pace.c.recipient], set_=counted))


def _due(now: datetime) -> list[ColumnElement[bool]]:
    until = delivery.c.hold_until
    return [until.is_not(None), or_(until <= now, until > now + _LONGEST), delivery.c.state == "waiting"]
