"""Alerts that are held back: let go when their recipient's pace allows it, several as one message. Sends nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from worker.adapters.store import Store
from worker.core.alert import put_together
from worker.core.pace import Pace, Release, release
from worker.log import logger


@dataclass(frozen=True, slots=True)
class AlertsReleased:
    """What became of one recipient's held alerts."""

    recipient: str
    decided: Release


def release_alerts(paces: Mapping[str, Pace], *, store: Store, now: datetime) -> Iterator[AlertsReleased]:
    """Decide on all held alerts that are due, one recipient and transaction after the other.

    Who has no pace any more gets all that was held.
    """
    for recipient in store.recipients_of_held(now):
        with store.together():
            held, sent = store.held_alerts(recipient, now)
            decided = release(now, paces.get(recipient, Pace()), held, sent)
            one = put_together(store.alert_payloads(decided.together)) if decided.together else None
            store.record_release(recipient, decided, payload=one, now=now)
        logger().info(
            "alerts_released",
            recipient=recipient,
            apart=len(decided.apart),
            together=len(decided.together),
            held=len(decided.later),
            held_until=decided.until.isoformat() if decided.until else None,
        )
        yield AlertsReleased(recipient, decided)
