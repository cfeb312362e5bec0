"""Deliveries: claim (the attempt is committed before it is made), send, record how it ended. Decides no content."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.adapters.store import Store
from worker.core.models import Outcome, Result
from worker.core.record import Delivery
from worker.core.schedule import next_attempt
from worker.errors import WatchwordError
from worker.log import logger


@dataclass(frozen=True, slots=True)
class Way:
    """How one recipient is reached."""

    #: (delivery, now) -> outcome; may raise WatchwordError for what an operator can mend (a template, a secret)
    send: Callable[[Delivery, datetime], Outcome]
    #: waits between the attempts
    backoff: tuple[timedelta, ...]


@dataclass(frozen=True, slots=True)
class DeliveryAttempted:
    """How one attempt ended."""

    delivery_id: str
    recipient: str
    kind: str
    attempt: int
    outcome: Outcome
    #: ``sent``, ``waiting`` or ``dead``
    state: str

    @property
    def failed(self) -> bool:
        """Whether the message has not arrived (yet)."""
        return self.outcome.result is not Result.SENT


def deliver_due(
    ways: Mapping[str, Way],
    *,
    store: Store,
    clock: Callable[[], datetime],
    jitter: Callable[[], float],
    stopping: Callable[[], bool] = lambda: False,
) -> Iterator[DeliveryAttempted]:
    """Try what is due, the delivery that waits longest first; yield one result for each attempt.

    After a failure that may pass, the recipient's other deliveries wait for the next round: a receiver that does not
    answer costs one time-out in a round, not one for each of its deliveries, and so delays nobody else.
    """
    avoiding: set[str] = set()
    while not stopping() and (claimed := store.claim_delivery(clock(), avoiding=avoiding)) is not None:
        way = ways.get(claimed.recipient)
        outcome = _send(way, claimed, clock())
        now = clock()
        again = None
        if way is not None and outcome.result is Result.TEMPORARY:
            again = next_attempt(now, claimed.attempt, way.backoff, jitter=jitter(), wait=outcome.retry_after)
            avoiding.add(claimed.recipient)
        state = store.record_attempt(claimed, outcome, at=now, next_attempt_at=again)
        attempted = DeliveryAttempted(claimed.id, claimed.recipient, claimed.kind, claimed.attempt, outcome, state)
        _log(attempted, again)
        yield attempted


def _send(way: Way | None, claimed: Delivery, now: datetime) -> Outcome:
    if way is None:
        return Outcome(Result.PERMANENT, "this recipient is no longer in the configuration")
    try:
        return way.send(claimed, now)
    except WatchwordError as error:
        return Outcome(Result.TEMPORARY, str(error))
    except Exception as error:  # noqa: BLE001 - a defect met by one recipient must not stop the others
        return Outcome(Result.TEMPORARY, f"internal error, please report it: {type(error).__name__}: {error}")


def _log(attempted: DeliveryAttempted, again: datetime | None) -> None:
    write = {"sent": logger().info, "waiting": logger().warning, "dead": logger().error}[attempted.state]
    write(
        "delivery_attempted",
        delivery=attempted.delivery_id,
        recipient=attempted.recipient,
        kind=attempted.kind,
        attempt=attempted.attempt,
        outcome=attempted.outcome.result.value,
        state=attempted.state,
        detail=attempted.outcome.detail,
        next_attempt_at=again.isoformat() if again else None,
    )
