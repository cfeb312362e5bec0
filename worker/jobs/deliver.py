"""Deliveries: claim (the attempt is committed before it is made), send, record how it ended. Decides no content.

What is written is written by one thread; the others only send. So the deliveries of one recipient leave in the order in
which they were made, and a recipient that is slow delays nobody else.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue

from worker.adapters.store import Store
from worker.core.hook import broken_payload, gone_payload, mail_refused_payload
from worker.core.models import Outcome, Result
from worker.core.record import Delivery
from worker.core.resting import rest_after
from worker.core.schedule import next_attempt
from worker.errors import TemplateError, WatchwordError
from worker.log import logger

#: deliveries that may be on one lane at the same time; mail servers count connections too
MOST_ON_LANE = 8
#: seconds that what is being sent may still take after a stop was asked for
_GRACE_SECONDS = 3.0
#: seconds between two looks at whether a stop was asked for, and at what else is due, while something is being sent
_LOOK_SECONDS, _DUE_SECONDS = 0.1, 1.0
_STOPPED = "stopped before the answer was known"


@dataclass(frozen=True, slots=True)
class Way:
    """How one recipient is reached."""

    #: (delivery, now) -> outcome; may raise WatchwordError for what an operator can mend (a template, a secret).
    #: Called in a thread of its own
    send: Callable[[Delivery, datetime], Outcome]
    #: waits between the attempts
    backoff: tuple[timedelta, ...]
    #: what it has in common with other ways: one mail server that hangs must not take the room of webhooks
    lane: str = ""


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
    operators: Sequence[str] = (),
    stopping: Callable[[], bool] = lambda: False,
) -> Iterator[DeliveryAttempted]:
    """Try what is due until nothing is; yield one result for each attempt.

    Recipients are served side by side, each with its oldest delivery, one after the other. After a failure that may
    pass, the recipient rests. One without a way is sent nothing: its deliveries wait. When a stop is asked for, what is
    being sent gets a few seconds; afterwards it is due again, under the same id.

    Args:
        ways: by the recipient's name; the store must know them (`Store.set_up_ways`).
        store: where the outbox is.
        clock: the time.
        jitter: draws numbers from 0 to 1, which spread the attempts.
        operators: who is told when a way is closed because the other side is gone, or something is theirs to mend.
        stopping: whether a stop was asked for.
    """
    round_ = _Round(ways, store, clock, jitter, operators)
    while not stopping():
        claimed = round_.claim()
        round_.start(claimed)
        if not round_.under_way:
            return
        yield from round_.record(round_.ended(_LOOK_SECONDS))
    deadline = time.monotonic() + _GRACE_SECONDS
    while round_.under_way and (left := deadline - time.monotonic()) > 0:
        yield from round_.record(round_.ended(left))
    round_.abandon()


@dataclass(frozen=True, slots=True)
class _Ended:
    """A delivery whose attempt has ended."""

    claimed: Delivery
    outcome: Outcome


class _Round:
    """What is under way in one round of `deliver_due`; only the results cross from one thread to another."""

    def __init__(
        self,
        ways: Mapping[str, Way],
        store: Store,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        operators: Sequence[str],
    ) -> None:
        self._ways = ways
        self._store = store
        self._clock = clock
        self._jitter = jitter
        self._operators = operators
        self._results: SimpleQueue[_Ended] = SimpleQueue()
        #: recipients that may have something due, each once
        self._ready: deque[str] = deque()
        self._looked_at = -_DUE_SECONDS
        #: by recipient
        self.under_way: dict[str, Delivery] = {}

    def claim(self) -> list[Delivery]:
        """Take one delivery for each recipient that is free, as far as there is room on its lane."""
        self._look()
        lanes = Counter(self._ways[name].lane for name in self.under_way)
        chosen, later = [], deque[str]()
        while self._ready:
            name = self._ready.popleft()
            lane = self._ways[name].lane
            if lanes[lane] >= MOST_ON_LANE:
                later.append(name)
            else:
                lanes[lane] += 1
                chosen.append(name)
        self._ready = later
        if not chosen:
            return []
        now = self._clock()
        with self._store.together():
            found = [self._store.claim_delivery(now, recipient=name) for name in chosen]
        return [claimed for claimed in found if claimed is not None]

    def _look(self) -> None:
        """Ask who has something due, now and then; those who had something are asked again without this."""
        now = time.monotonic()
        idle = not self._ready and not self.under_way
        if not idle and now - self._looked_at < _DUE_SECONDS:
            return
        self._looked_at = now
        taken = {*self._ready, *self.under_way}
        due = self._store.due_recipients(self._clock())
        self._ready.extend(sorted(name for name in due if name in self._ways and name not in taken))

    def start(self, claimed: Sequence[Delivery]) -> None:
        """Send, each delivery in a thread that does not keep the program from ending."""
        for one in claimed:
            self.under_way[one.recipient] = one
            threading.Thread(target=self._send, args=(one,), name=f"deliver-{one.recipient}", daemon=True).start()

    def _send(self, claimed: Delivery) -> None:
        self._results.put(_Ended(claimed, _outcome(self._ways[claimed.recipient], claimed, self._clock())))

    def ended(self, seconds: float) -> list[_Ended]:
        """Wait so long for one result at most, and return all that are there."""
        found = []
        try:
            found.append(self._results.get(timeout=seconds))
            while True:
                found.append(self._results.get_nowait())
        except Empty:
            return found

    def record(self, ended: Sequence[_Ended]) -> Iterator[DeliveryAttempted]:
        """Keep how attempts ended, all or none, and yield them."""
        if not ended:
            return
        with self._store.together():
            kept = [self._keep(one) for one in ended]
        for attempted, again in kept:
            del self.under_way[attempted.recipient]
            outcome = attempted.outcome
            if outcome.broken or (outcome.result is not Result.TEMPORARY and not outcome.gone):
                self._ready.append(attempted.recipient)
            _log(attempted, again)
            yield attempted

    def _keep(self, ended: _Ended) -> tuple[DeliveryAttempted, datetime | None]:
        claimed, outcome, now = ended.claimed, ended.outcome, self._clock()
        again = rest = None
        if outcome.result is Result.TEMPORARY:
            backoff, wait = self._ways[claimed.recipient].backoff, outcome.retry_after
            # what only an operator can mend is never given up; a template keeps nothing else back
            waits_for_operator = outcome.broken or outcome.trouble is not None
            turn = min(claimed.turn, len(backoff)) if waits_for_operator else claimed.turn
            again = next_attempt(now, turn, backoff, jitter=self._jitter(), wait=wait)
            rest = None if outcome.broken else rest_after(now, turn, again, wait=wait)
        state = self._store.record_attempt(
            claimed,
            outcome,
            at=now,
            next_attempt_at=again,
            rest_until=rest,
            notices=self._notices(claimed.recipient, outcome, now),
        )
        return (
            DeliveryAttempted(claimed.id, claimed.recipient, claimed.kind, claimed.attempt, outcome, state),
            again,
        )

    def _notices(self, recipient: str, outcome: Outcome, now: datetime) -> list[tuple[str, Mapping[str, object]]]:
        """Return what operators have to know of an attempt; the store leaves out what they have been told."""
        if outcome.broken:
            broken = broken_payload(outcome.detail, now)
            return [(name, broken) for name in self._operators]
        if outcome.trouble is not None:
            refused = mail_refused_payload(outcome.detail, now)
            return [(name, refused) for name in self._operators]
        if not outcome.gone:
            return []
        gone = gone_payload(recipient, outcome.detail, now)
        return [(name, gone) for name in self._operators if name != recipient]

    def abandon(self) -> None:
        """Give back what is still being sent: nobody will hear how it ended."""
        for claimed in self.under_way.values():
            self._store.release_delivery(claimed, at=self._clock(), detail=_STOPPED)
            logger().warning("delivery_released", delivery=claimed.id, recipient=claimed.recipient, kind=claimed.kind)
        self.under_way.clear()


def _outcome(way: Way, claimed: Delivery, now: datetime) -> Outcome:
    try:
        return way.send(claimed, now)
    except TemplateError as error:
        return Outcome(Result.TEMPORARY, str(error), broken=True)
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
