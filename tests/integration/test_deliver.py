"""Rounds of deliveries: recipients side by side, each in order, rests, closed ways, and a stop that waits for none."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from tests.builders import NOON, make_new, make_record
from worker.adapters.store import Store
from worker.core.models import ChangeKind, Outcome, Result
from worker.core.record import Announcement, Delivery
from worker.core.schedule import WEBHOOK_BACKOFF
from worker.errors import TemplateError, WatchwordError
from worker.jobs import deliver
from worker.jobs.deliver import MOST_ON_LANE, DeliveryAttempted, Way, deliver_due

SENT = Outcome(Result.SENT, "204")
BUSY = Outcome(Result.TEMPORARY, "503", timedelta(minutes=20))
FAILED = Outcome(Result.TEMPORARY, "500")


@dataclass
class Receiver:
    """The other side of one recipient: what it got, what it answers, and whether it hangs."""

    #: answers to the next messages; afterwards they arrive
    answers: list[Outcome | Exception] = field(default_factory=list)
    #: nothing is answered before this is set
    hold: threading.Event | None = None
    got: list[object] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    reached: threading.Event = field(default_factory=threading.Event)

    def send(self, delivery: Delivery, now: datetime) -> Outcome:
        self.ids.append(delivery.id)
        self.reached.set()
        if self.hold:
            self.hold.wait(20)
        answer = self.answers.pop(0) if self.answers else SENT
        if isinstance(answer, Exception):
            raise answer
        if answer.result is Result.SENT:
            self.got.append(delivery.payload.get("says", delivery.payload))
        return answer


@dataclass
class House:
    """A store with recipients, each with a receiver."""

    store: Store
    receivers: dict[str, Receiver]
    now: datetime = NOON
    operators: tuple[str, ...] = ()
    lanes: dict[str, str] = field(default_factory=dict)

    def tell(self, *told: str, to: tuple[str, ...] = ()) -> None:
        for text in told:
            alerts = tuple((name, {"says": text}) for name in to or self.receivers)
            new = make_new(text, announcement=Announcement(ChangeKind.NEW, (), alerts=alerts))
            self.store.record_check(make_record(new, at=self.now))

    def deliver(self, stopping: Callable[[], bool] = lambda: False) -> Iterator[DeliveryAttempted]:
        ways = {
            name: Way(receiver.send, WEBHOOK_BACKOFF, lane=self.lanes.get(name, ""))
            for name, receiver in self.receivers.items()
        }
        return deliver_due(
            ways,
            store=self.store,
            clock=lambda: self.now,
            jitter=lambda: 0.0,
            operators=self.operators,
            stopping=stopping,
        )

    def states(self, recipient: str) -> list[str]:
        return [line["state"] for line in self.store.list_deliveries(recipient=recipient)]


@pytest.fixture
def house(engine: Engine) -> House:
    store = Store(engine)
    store.set_up_channels({"harbour": "https://t.me/s/harbour"}, NOON)
    names = ("hook", "other", "third")
    store.set_up_ways({name: name for name in names})
    return House(store, {name: Receiver() for name in names})


def test_each_recipient_gets_everything_in_the_order_in_which_it_was_found(house: House) -> None:
    told = [f"post {number}" for number in range(12)]
    house.tell(*told)

    attempts = list(house.deliver())

    assert len(attempts) == 36
    assert all(receiver.got == told for receiver in house.receivers.values())
    assert list(house.deliver()) == []


def test_a_receiver_that_hangs_delays_nobody_else_and_not_what_is_found_meanwhile(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "_DUE_SECONDS", 0.01)
    slow = house.receivers["hook"]
    slow.hold = threading.Event()
    house.tell("first", "second")
    seen: list[str] = []
    for attempt in house.deliver():
        seen.append(attempt.recipient)
        if len(seen) == 4:
            assert "hook" not in seen
            house.tell("third", to=("other",))
        if len(seen) == 5:
            assert house.receivers["other"].got == ["first", "second", "third"]
            slow.hold.set()

    assert slow.got == ["first", "second"]


def test_a_lane_that_is_full_leaves_the_others_free(engine: Engine) -> None:
    store = Store(engine)
    store.set_up_channels({"harbour": "https://t.me/s/harbour"}, NOON)
    desks = [f"desk-{number}" for number in range(MOST_ON_LANE + 4)]
    names = [*desks, "hook"]
    store.set_up_ways({name: name for name in names})
    held = threading.Event()
    receivers = {name: Receiver(hold=held if name != "hook" else None) for name in names}
    house = House(store, receivers, lanes=dict.fromkeys(desks, "mail"))
    house.tell("one")

    round_ = house.deliver()
    assert next(round_).recipient == "hook"
    assert sum(bool(receiver.ids) for name, receiver in receivers.items() if name != "hook") == MOST_ON_LANE
    held.set()
    assert len(list(round_)) == MOST_ON_LANE + 4


def test_a_short_outage_changes_no_order(house: House) -> None:
    receiver = house.receivers["hook"]
    receiver.answers = [FAILED, FAILED, FAILED]
    house.tell("one", "two", "three", to=("hook",))

    assert [attempt.failed for attempt in house.deliver()] == [True]
    for wait in WEBHOOK_BACKOFF[:2]:
        assert list(house.deliver()) == []
        house.now += wait
        assert [attempt.failed for attempt in house.deliver()] == [True]
    house.now += WEBHOOK_BACKOFF[2]
    assert [attempt.failed for attempt in house.deliver()] == [False] * 3

    assert receiver.got == ["one", "two", "three"]
    assert len(set(receiver.ids[:4])) == 1


def test_a_message_that_cannot_be_taken_holds_back_the_others_for_a_while_only(house: House) -> None:
    receiver = house.receivers["hook"]
    house.tell("poison", "one", "two", to=("hook",))
    (poison,) = [line["id"] for line in house.store.list_deliveries(recipient="hook")][:1]

    def refuse(delivery: Delivery, now: datetime) -> Outcome:
        if delivery.id == poison:
            return Outcome(Result.TEMPORARY, "400")
        receiver.got.append(delivery.payload["says"])
        return SENT

    receiver.send = refuse  # type: ignore[method-assign]
    began = house.now
    while len(receiver.got) < 2 and house.now - began < timedelta(hours=2):
        list(house.deliver())
        house.now += timedelta(minutes=1)

    assert receiver.got == ["one", "two"]
    assert house.now - began < timedelta(hours=1)
    assert house.states("hook") == ["waiting", "sent", "sent"]


def test_a_wish_for_quiet_is_kept_for_every_message_of_the_recipient(house: House) -> None:
    receiver = house.receivers["hook"]
    receiver.answers = [BUSY]
    house.tell("one", "two", to=("hook",))

    assert [attempt.failed for attempt in house.deliver()] == [True]
    house.now += timedelta(minutes=19)
    assert list(house.deliver()) == []
    house.now += timedelta(minutes=2)
    assert len(list(house.deliver())) == 2
    assert receiver.got == ["one", "two"]


def test_a_receiver_that_is_gone_is_asked_no_more_and_operators_are_told(house: House) -> None:
    house.operators = ("hook", "other")
    gone = house.receivers["hook"]
    gone.answers = [Outcome(Result.PERMANENT, "the receiver answered 410", gone=True)]
    house.tell("one", "two", to=("hook",))

    list(house.deliver())
    house.now += timedelta(days=30)
    list(house.deliver())

    assert len(gone.ids) == 1
    assert house.states("hook") == ["dead", "waiting"]
    (notice,) = house.receivers["other"].got
    assert isinstance(notice, dict)
    assert (notice["type"], notice["data"]["recipient"]) == ("recipient.gone", "hook")


def test_a_broken_template_delays_and_loses_nothing_and_operators_are_told_once(house: House) -> None:
    house.operators = ("hook", "other")
    broken = TemplateError("digest.txt.j2:3: 'digest' has no attribute 'totl'")
    hook, other, third = (house.receivers[name] for name in ("hook", "other", "third"))
    hook.answers, third.answers = [broken], [broken] * 20
    house.tell("one", to=("hook", "third"))

    for _ in range(20):
        list(house.deliver())
        house.now += timedelta(days=2)

    assert house.states("third") == ["waiting"]
    notice, late = hook.got  # its own message does not keep the notice back
    assert (late, other.got) == ("one", [notice])
    assert isinstance(notice, dict)
    assert (notice["type"], notice["data"]) == ("template.broken", {"detail": str(broken)})
    third.answers.clear()  # it is mended
    list(house.deliver())
    assert third.got == ["one"]
    assert len(set(third.ids)) == 1


def test_what_is_meant_for_somebody_who_left_the_configuration_waits(house: House) -> None:
    house.tell("one")
    left = house.receivers.pop("hook")

    assert {attempt.recipient for attempt in house.deliver()} == {"other", "third"}
    assert house.states("hook") == ["waiting"]

    house.receivers["hook"] = left
    list(house.deliver())
    assert left.got == ["one"]


@pytest.mark.parametrize("error", [WatchwordError("the secret cannot be read"), RuntimeError("a defect")])
def test_what_goes_wrong_on_our_side_is_a_failure_that_may_pass(house: House, error: Exception) -> None:
    house.receivers["hook"].answers = [error]
    house.tell("one", to=("hook",))

    (attempt,) = house.deliver()

    assert (attempt.state, str(error) in attempt.outcome.detail) == ("waiting", True)
    house.now += timedelta(minutes=1)
    assert [one.state for one in house.deliver()] == ["sent"]


def test_after_the_whole_table_a_message_is_given_up_and_can_be_tried_again(house: House) -> None:
    receiver = house.receivers["hook"]
    receiver.answers = [FAILED] * (len(WEBHOOK_BACKOFF) + 1)
    house.tell("one", to=("hook",))
    for wait in (*WEBHOOK_BACKOFF, timedelta()):
        list(house.deliver())
        house.now += wait

    assert house.states("hook") == ["dead"]
    assert house.store.retry_deliveries(house.now, dead=True) == 1
    receiver.answers = [FAILED]
    assert [attempt.state for attempt in house.deliver()] == ["waiting"]
    house.now += WEBHOOK_BACKOFF[0]
    assert [attempt.state for attempt in house.deliver()] == ["sent"]
    assert len(set(receiver.ids)) == 1


def test_a_stop_lets_what_is_nearly_done_be_recorded_and_begins_nothing_new(house: House) -> None:
    receiver = house.receivers["hook"]
    receiver.hold = threading.Event()
    house.tell("one", "two", to=("hook",))

    def stopping() -> bool:
        if receiver.reached.is_set():
            assert receiver.hold is not None
            receiver.hold.set()
            return True
        return False

    assert [attempt.state for attempt in house.deliver(stopping)] == ["sent"]
    assert house.states("hook") == ["sent", "waiting"]


def test_a_stop_waits_for_nobody_who_hangs_and_the_message_goes_out_under_the_same_id(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "_GRACE_SECONDS", 0.05)
    receiver = house.receivers["hook"]
    receiver.hold = threading.Event()
    house.tell("one", to=("hook",))

    began = time.monotonic()
    assert list(house.deliver(receiver.reached.is_set)) == []
    assert time.monotonic() - began < 5
    assert house.states("hook") == ["waiting"]
    receiver.hold.set()
    receiver.hold = None

    (attempt,) = house.deliver()
    assert (attempt.state, attempt.attempt) == ("sent", 2)
    assert len(set(receiver.ids)) == 1
    (line,) = house.store.list_deliveries(recipient="hook")
    tries = house.store.show_delivery(line["id"])["tries"]
    assert [one["result"] for one in tries] == [None, "sent"]
    assert tries[0]["detail"] == "stopped before the answer was known"
