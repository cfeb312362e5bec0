"""How it stands with what recipients were told and are still to be told: counts for a person. Changes nothing."""

from typing import Any

from sqlalchemy import func, select

from worker.adapters.store.base import Transactions
from worker.adapters.store.finding import iso
from worker.adapters.store.schema import delivery, way


class Tellings(Transactions):
    """What is asked of the outbox about recipients."""

    def tellings(self) -> dict[str, dict[str, Any]]:
        """Return by recipient what waits, what was given up, what was sent last, and whether its receiver is gone."""
        columns = delivery.c.recipient, delivery.c.state
        counted = select(*columns, func.count().label("count"), func.max(delivery.c.finished_at).label("last"))
        with self._reading() as connection:
            rows = connection.execute(counted.group_by(*columns)).all()
            closed = connection.execute(select(way.c.recipient).where(way.c.closed_at.is_not(None))).scalars().all()
        found: dict[str, dict[str, Any]] = {}
        for row in rows:
            one = found.setdefault(row.recipient, {"waiting": 0, "dead": 0, "last_sent_at": None, "gone": False})
            if row.state == "sent":
                one["last_sent_at"] = iso(row.last)
            elif row.state == "dead":
                one["dead"] = row.count
            elif row.state in {"waiting", "sending"}:
                one["waiting"] += row.count
        for name in closed:
            found.setdefault(name, {"waiting": 0, "dead": 0, "last_sent_at": None, "gone": False})["gone"] = True
        return found
