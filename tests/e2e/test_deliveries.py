"""Mail servers and receivers that refuse, hang or vanish: who is told when, in which words, and with which id."""

import contextlib
import io
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e import story
from tests.e2e.conftest import House
from tests.e2e.servers import Answer
from worker.bootstrap import Watch, open_watch
from worker.jobs.deliver import DeliveryAttempted
from worker.log import configure

_DESKS = "".join(
    f"""
[[recipient]]
name = "{name}"
email = "{name}@paper.example"
digest = {{ at = "00:00" }}
"""
    for name in ("desk", "night-desk")
)
_HOOKS = "".join(
    f"""
[[recipient]]
name = "{name}"
webhook = "SITE/{name}"
secret = {{ file = "hook-secret" }}
alerts = true
"""
    for name in ("hook", "other-hook")
)


class Clock:
    """A clock that the test sets."""

    now = datetime(2026, 3, 2, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def log() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The log lines so far."""
    stream = io.StringIO()
    configure(stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    configure()


@pytest.fixture
def clock() -> Clock:
    return Clock()


Deliver = Callable[..., list[DeliveryAttempted]]


@pytest.fixture
def deliver(house: House, clock: Clock, trusting: ssl.SSLContext) -> Iterator[Deliver]:
    """Have something to tell, and deliver what is due."""
    with contextlib.ExitStack() as stack:
        watches: list[Watch] = []

        def attempt(recipients: str | None = None) -> list[DeliveryAttempted]:
            if recipients is not None:
                settings = house.furnish(story.tables(story.FISHERIES), recipients)
                watches.append(stack.enter_context(open_watch(settings, clock=clock, tls_context=trusting)))
                for number in (1, 2):
                    house.site.pages.update(story.pages(number, story.FISHERIES))
                    assert not [check.error for check in watches[0].check(lambda: False) if check.error]
                    clock.now += timedelta(minutes=1)
                assert len(list(watches[0].digests())) == recipients.count("digest")
            return list(watches[0].deliver(lambda: False))

        yield attempt


def outcomes(attempts: list[DeliveryAttempted]) -> list[tuple[str, str]]:
    return sorted((attempt.recipient, attempt.state) for attempt in attempts)


def test_a_wrong_mail_password_is_one_clear_line_and_a_later_try(
    house: House, clock: Clock, deliver: Deliver, log: Callable[[], list[dict[str, Any]]]
) -> None:
    house.mail.password = "changed by the administrator"

    (attempt,) = deliver(_DESKS.split("[[recipient]]")[1].join(["[[recipient]]", ""]))

    assert (attempt.state, attempt.failed) == ("waiting", True)
    assert "refused user 'watchword' or the password: 535" in attempt.outcome.detail
    (line,) = [line for line in log() if line["event"] == "delivery_attempted"]
    assert (line["level"], line["recipient"], line["attempt"]) == ("warning", "desk", 1)
    again = datetime.fromisoformat(line["next_attempt_at"])
    assert timedelta(minutes=1) <= again - clock.now <= timedelta(minutes=1.2)

    house.mail.password = "correct horse battery"
    assert deliver() == []  # not before its time
    clock.now = again
    assert outcomes(deliver()) == [("desk", "sent")]
    assert len(house.mail.received) == 1


def test_a_greylisted_mail_comes_through_later_and_the_other_desk_at_once(
    house: House, clock: Clock, deliver: Deliver
) -> None:
    house.mail.refused["desk@paper.example"] = "451 4.7.1 try again later"

    assert outcomes(deliver(_DESKS)) == [("desk", "waiting"), ("night-desk", "sent")]

    house.mail.refused.clear()
    clock.now += timedelta(minutes=2)
    assert outcomes(deliver()) == [("desk", "sent")]
    assert [to for to, _ in house.mail.received] == ["night-desk@paper.example", "desk@paper.example"]


def test_an_unknown_address_is_given_up_and_the_other_desk_told(
    house: House, deliver: Deliver, log: Callable[[], list[dict[str, Any]]]
) -> None:
    house.mail.refused["desk@paper.example"] = "550 5.1.1 no such user"

    assert outcomes(deliver(_DESKS)) == [("desk", "dead"), ("night-desk", "sent")]

    (line,) = [line for line in log() if line["level"] == "error"]
    assert line["detail"] == "the mail server localhost refused the recipient: 550 5.1.1 no such user"


def test_a_mail_cut_off_before_its_answer_is_sent_again_with_the_same_id(
    house: House, clock: Clock, deliver: Deliver
) -> None:
    house.mail.data_answers = ["cut"]

    assert outcomes(deliver(_DESKS.split("\n\n")[0])) == [("desk", "waiting")]
    clock.now += timedelta(minutes=2)
    assert outcomes(deliver()) == [("desk", "sent")]

    first, second = house.mail.ids("desk@paper.example")
    assert first == second


def test_a_webhook_that_failed_is_posted_again_with_the_same_id(house: House, clock: Clock, deliver: Deliver) -> None:
    house.site.hook_answers["/hook"] = [Answer(500, b"out of order")]

    attempts = deliver(_HOOKS)

    # after the failure the other alerts for this receiver wait with it; the other receiver has them all
    assert outcomes(attempts) == [("hook", "waiting"), *[("other-hook", "sent")] * 3]
    failed = next(attempt for attempt in attempts if attempt.failed)
    assert "500" in failed.outcome.detail
    assert "out of order" in failed.outcome.detail
    assert deliver() == []
    clock.now += timedelta(seconds=6)
    assert outcomes(deliver()) == [("hook", "sent")] * 3
    here = [hook for hook in house.site.hooks if hook.id == f"msg_{failed.delivery_id}"]
    assert len(here) == 2
    assert here[0].body == here[1].body
    assert len({hook.id for hook in house.site.hooks}) == 6


def test_a_receiver_that_hangs_costs_one_timeout_a_round(
    house: House, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.bootstrap._WEBHOOK_TIMEOUT", timedelta(seconds=0.3))
    silent = threading.Event()
    house.site.hook_answers["/hook"] = [Answer(204, hold=silent)] * 4
    try:
        attempts = deliver(_HOOKS)
    finally:
        silent.set()

    assert outcomes(attempts) == [("hook", "waiting"), *[("other-hook", "sent")] * 3]
    assert "did not answer within" in next(attempt for attempt in attempts if attempt.failed).outcome.detail


def test_once_says_by_its_exit_code_that_a_message_did_not_arrive(house: House) -> None:
    house.furnish(story.tables(story.FISHERIES))
    house.mail.password = "another one"
    codes = []
    for number in (1, 2):
        house.site.pages.update(story.pages(number, story.FISHERIES))
        ended = house.run("once")
        codes.append(ended.code)

    assert codes == [0, 1]
    assert ended.out.endswith("1 digests made, 3 messages sent, 1 failures\n")
    (line,) = [line for line in ended.logged("delivery_attempted") if line["level"] != "info"]
    assert (line["recipient"], line["kind"], line["state"]) == ("desk", "digest", "waiting")
    assert "correct horse" not in ended.err
