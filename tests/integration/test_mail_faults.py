"""Mail servers that go wrong at every step: each message arrives, none under two ids, and nobody waits for another."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from tests.builders import NOON, make_new, make_record
from tests.integration.fault_mail import CUT, DRIP, ENDLESS, KEPT_AND_CUT, STALL, FaultyServer, faulty_server
from worker.adapters.mail import Mailer, Patience, message_id
from worker.adapters.store import Store
from worker.core.models import ChangeKind, Outcome, Rendered, Result
from worker.core.record import Announcement, Delivery
from worker.core.schedule import MAIL_BACKOFF
from worker.jobs.deliver import DeliveryAttempted, Way, deliver_due

_DATE = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
_SOON = Patience(answer=0.3, message=0.3, whole=2)


@pytest.fixture
def faulty() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server


def mailer(faulty: FaultyServer, patience: Patience = _SOON) -> Mailer:
    return Mailer(
        host="127.0.0.1",
        port=faulty.port,
        security="none",
        user=None,
        password=None,
        sender="Watchword <watch@paper.example>",
        patience=patience,
    )


def send(faulty: FaultyServer, to: str = "desk", patience: Patience = _SOON) -> Outcome:
    rendered = Rendered("fog", "<p>fog</p>", "fog\n.\n..dots\n" * 2000)
    identity = message_id("one", "paper.example")
    return mailer(faulty, patience).send(to=f"{to}@paper.example", rendered=rendered, message_id=identity, date=_DATE)


@pytest.mark.parametrize(
    ("step", "fault", "words"),
    [
        ("connect", CUT, "the connection was cut before its greeting"),
        ("connect", STALL, "no answer in time, before its greeting"),
        ("connect", DRIP, "no answer in time, before its greeting"),
        ("connect", ENDLESS, "no answer in time, before its greeting"),
        ("connect", "554 5.7.1 not you", "refused this machine: 554 5.7.1 not you; it does not serve this machine"),
        ("connect", "421 4.3.2 full house", "refused this machine: 421 4.3.2 full house; the server is busy"),
        ("connect", "hello", "refused this machine: -1"),
        ("ehlo", CUT, "the connection was cut after its greeting"),
        ("mail", CUT, "the connection was cut after its greeting"),
        ("mail", DRIP, "no answer in time, after its greeting"),
        ("rcpt", CUT, "the connection was cut after the sender"),
        ("rcpt", STALL, "no answer in time, after the sender"),
        ("data", CUT, "the connection was cut before the mail was sent"),
        ("data", "421 4.3.2 going down", "refused the message: 421 4.3.2 going down"),
        ("content", CUT, "the connection was cut"),
        ("end", CUT, "the connection was cut after the whole mail, which it may have taken"),
        ("end", KEPT_AND_CUT, "it is sent again under the same Message-ID"),
        ("end", STALL, "no answer in time, after the whole mail"),
        ("end", DRIP, "no answer in time, after the whole mail"),
    ],
)
def test_a_connection_that_goes_wrong_is_tried_again_and_told_where(
    faulty: FaultyServer, step: str, fault: str, words: str
) -> None:
    to = "" if step in {"connect", "ehlo", "mail"} else "desk"
    faulty.play(step, fault, to=to)

    began = time.monotonic()
    failed = send(faulty)
    took = time.monotonic() - began

    assert failed.result is Result.TEMPORARY
    assert words in failed.detail
    assert len(failed.detail.splitlines()) == 1
    assert took < 5
    assert send(faulty).result is Result.SENT
    assert set(faulty.ids("desk")) == {message_id("one", "paper.example")}


def test_all_answers_together_may_take_so_long_and_no_longer(faulty: FaultyServer) -> None:
    faulty.play("end", DRIP, to="desk")
    began = time.monotonic()
    outcome = send(faulty, patience=Patience(answer=10, message=10, whole=0.3))
    assert outcome.result is Result.TEMPORARY
    assert time.monotonic() - began < 3


def test_a_goodbye_that_never_comes_changes_nothing(faulty: FaultyServer) -> None:
    outcome = send(faulty)
    assert (outcome.result, outcome.detail) == (Result.SENT, "250 2.0.0 kept")
    (mail,) = [mail for _, mail in faulty.kept]
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == ["fog", ".", "..dots"] * 2000


# --------------------------------------------------------------------------- through the outbox

_DESKS = ("well", "grey", "later", "nobody", "full", "spam", "in-data", "unsaid", "slow")


class Round:
    """A store with one alert for each recipient, and a clock that goes on to the next try."""

    def __init__(self, engine: Engine, faulty: FaultyServer, operators: tuple[str, ...] = ()) -> None:
        self._operators = operators
        self.store = Store(engine)
        self.store.set_up_channels({"harbour": "https://t.me/s/harbour"}, NOON)
        self.store.set_up_ways({name: name for name in _DESKS})
        self.now = NOON
        self._mailer = mailer(faulty, Patience(answer=1, message=1, whole=5))

    def tell(self, text: str) -> None:
        alerts = tuple((name, {"says": text}) for name in _DESKS)
        told = Announcement(ChangeKind.NEW, (), alerts=alerts)
        self.store.record_check(make_record(make_new(text, announcement=told), at=self.now))

    def send(self, delivery: Delivery, now: datetime) -> Outcome:
        said = str(delivery.payload.get("says", delivery.payload))
        return self._mailer.send(
            to=f"{delivery.recipient}@paper.example",
            rendered=Rendered(said, f"<p>{said}</p>", said),
            message_id=message_id(delivery.id, self._mailer.domain),
            date=now,
        )

    def deliver(self) -> list[DeliveryAttempted]:
        ways = {name: Way(self.send, MAIL_BACKOFF, lane="mail") for name in _DESKS}
        due = deliver_due(ways, store=self.store, clock=lambda: self.now, jitter=lambda: 0.0, operators=self._operators)
        return list(due)


def test_every_message_arrives_once_or_under_one_id_and_nobody_waits_for_another(
    store: Store, engine: Engine, faulty: FaultyServer
) -> None:
    faulty.play("rcpt", "451 4.7.1 greylisted, try again in 120 seconds", to="grey")
    faulty.play("rcpt", "450 4.2.0 busy", "451 4.3.0 still busy", "452 4.3.1 and now", to="later")
    faulty.play("rcpt", "550 5.1.1 no such user", to="nobody")
    faulty.play("end", "552 5.2.2 mailbox full", "552 mailbox full", to="full")
    faulty.play("end", "554 5.7.1 looks like spam", to="spam")
    faulty.play("content", CUT, CUT, to="in-data")
    faulty.play("end", KEPT_AND_CUT, KEPT_AND_CUT, to="unsaid")
    faulty.play("rcpt", STALL, to="slow")
    round_ = Round(engine, faulty)
    round_.tell("first")
    round_.tell("second")

    attempts = round_.deliver()

    assert {one.recipient for one in attempts if not one.failed} == {"well", "nobody", "spam"}
    assert len(faulty.ids("well")) == 2  # at once, whatever the others do
    dead = {one.recipient: one.outcome.detail for one in attempts if one.state == "dead"}
    assert set(dead) == {"nobody", "spam"}
    for _ in range(60):
        round_.now += timedelta(minutes=7)
        attempts += round_.deliver()

    arrived = {name: faulty.ids(name) for name in _DESKS}
    assert {name: len(set(ids)) for name, ids in arrived.items()} == {name: 1 if name in dead else 2 for name in _DESKS}
    assert {name: len(ids) for name, ids in arrived.items() if len(ids) != len(set(ids))} == {"unsaid": 4}
    assert [one["state"] for name in dead for one in store.list_deliveries(recipient=name)].count("dead") == 2
    retried = [one for one in attempts if one.recipient == "grey" and one.attempt == 2]
    assert [one.state for one in retried] == ["sent"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_refused_sender_kills_no_delivery_and_operators_are_told_once(engine: Engine, faulty: FaultyServer) -> None:
    refusals = [f"553 5.7.1 sender not owned by user, request {n}" for n in range(500)]
    faulty.play("mail", *refusals)
    round_ = Round(engine, faulty, operators=("well",))
    round_.tell("first")

    attempts = round_.deliver()
    for _ in range(14):
        round_.now += timedelta(days=1)
        attempts += round_.deliver()

    assert {one.state for one in attempts} == {"waiting"}
    assert max(one.attempt for one in attempts) > len(MAIL_BACKOFF) + 2
    assert all("mend mail.from or mail.user" in one.outcome.detail for one in attempts)
    faulty.faults.clear()
    for _ in range(3):
        round_.now += timedelta(days=2)
        assert {one.state for one in round_.deliver()} <= {"sent"}
    notices = [line for line in round_.store.list_deliveries(recipient="well") if line["kind"] == "notice"]
    assert [line["state"] for line in notices] == ["sent"]
    assert {name: len(faulty.ids(name)) for name in _DESKS} == {name: 1 + (name == "well") for name in _DESKS}

    faulty.play("mail", "535 5.7.8 now the login", to="")
    round_.tell("second")
    round_.deliver()
    assert len([1 for line in round_.store.list_deliveries(recipient="well") if line["kind"] == "notice"]) == 2


@pytest.mark.parametrize(
    ("step", "fault", "trouble"),
    [
        ("connect", "554 5.7.1 not you", "the mail server 127.0.0.1 refused this machine:"),
        ("connect", "421 4.3.2 full house", None),
        ("mail", "553 5.7.1 not your address", "the mail server 127.0.0.1 refused the sender:"),
        ("mail", "451 4.3.0 lookup failed", None),
        ("rcpt", "554 5.7.1 relay access denied", None),
        ("rcpt", CUT, None),
    ],
)
def test_what_an_operator_has_to_mend_is_told_from_what_one_recipient_meets(
    faulty: FaultyServer, step: str, fault: str, trouble: str | None
) -> None:
    faulty.play(step, fault, to="desk" if step == "rcpt" else "")
    outcome = send(faulty)
    assert outcome.trouble == trouble
    assert outcome.detail.startswith(trouble or "")
