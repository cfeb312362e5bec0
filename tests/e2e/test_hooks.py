"""A receiver made with a third party's library: whatever it answers, each message arrives once, in order, and verified.

And what an operator sees and does where it does not.
"""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from standardwebhooks import Webhook

from tests.e2e import story
from tests.e2e.conftest import SECRET, House
from tests.e2e.pages import ROOT
from tests.e2e.servers import Answer, Hook
from worker.bootstrap import open_watch
from worker.jobs.deliver import DeliveryAttempted

_NEW_SECRET = "whsec_" + "bmV3IHNlY3JldCBvZiB0aGlydHktdHdvIGJ5dGVzISE="
_HOOK = """
[[recipient]]
name = "hook"
webhook = "SITE/hook"
secret = { file = "hook-secret" }
alerts = true
digest = { at = "00:00" }

[[recipient]]
name = "ops"
webhook = "SITE/ops"
secret = { file = "hook-secret" }
notices = true
"""
_STOP_SECONDS = 8


class Clock:
    """A clock that the test sets."""

    now = datetime(2026, 3, 2, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


Deliver = Callable[[], list[DeliveryAttempted]]


@pytest.fixture
def deliver(house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deliver]:
    """Have three changes to tell at once, and deliver what is due."""
    monkeypatch.setattr("worker.bootstrap._WEBHOOK_TIMEOUT", timedelta(seconds=0.4))
    settings = house.furnish(story.tables(story.FISHERIES), _HOOK)
    with open_watch(settings, clock=clock) as watch:
        for number in (1, 2):
            house.site.pages.update(story.pages(number, story.FISHERIES))
            assert not [check.error for check in watch.check(lambda: False) if check.error]
            clock.now += timedelta(minutes=1)
        yield lambda: list(watch.deliver(lambda: False))


def verified(hook: Hook, at: datetime, secret: str = SECRET) -> Any:
    """Return the body as the library hands it on, five minutes around the time of sending."""
    with time_machine.travel(at, tick=False):
        return Webhook(secret).verify(hook.body, dict(hook.headers))


@pytest.mark.parametrize(
    ("answer", "wait", "words"),
    [
        (Answer(500, b"out of order"), timedelta(seconds=6), "answered 500: out of order"),
        (Answer(503, headers={"Retry-After": "900"}), timedelta(minutes=15), "answered 503"),
        (Answer(429, headers={"Retry-After": "120"}), timedelta(minutes=2), "too many requests"),
        (Answer(302, headers={"Location": "/elsewhere"}), timedelta(seconds=6), "redirects are not followed"),
    ],
    ids=["500", "503", "429", "redirect"],
)
def test_after_a_bad_answer_everything_arrives_in_order_and_signed_anew(
    house: House, clock: Clock, deliver: Deliver, answer: Answer, wait: timedelta, words: str
) -> None:
    house.site.hook_answers["/hook"] = [answer]
    (failed,) = deliver()
    assert words in failed.outcome.detail
    clock.now += wait - timedelta(seconds=2)
    assert deliver() == []
    clock.now += timedelta(seconds=3)
    assert [attempt.state for attempt in deliver()] == ["sent"] * 3

    first, *rest = house.site.hooks
    assert len({hook.id for hook in rest}) == 3
    assert (rest[0].id, rest[0].body) == (first.id, first.body)
    assert rest[0].headers["webhook-timestamp"] > first.headers["webhook-timestamp"]
    assert [verified(hook, clock.now)["version"] for hook in rest] == [1, 1, 1]


def test_after_a_timeout_everything_arrives(house: House, clock: Clock, deliver: Deliver) -> None:
    silent = threading.Event()
    house.site.hook_answers["/hook"] = [Answer(204, hold=silent)]
    (failed,) = deliver()
    silent.set()
    assert "did not answer" in failed.outcome.detail
    clock.now += timedelta(seconds=6)
    assert [attempt.state for attempt in deliver()] == ["sent"] * 3
    assert len({hook.id for hook in house.site.hooks}) == 3


def test_both_secrets_verify_while_one_is_changed_for_the_other(house: House, clock: Clock, deliver: Deliver) -> None:
    (house.folder / "hook-secret").write_text(f"{_NEW_SECRET} {SECRET}\n", "ascii")
    assert [attempt.state for attempt in deliver()] == ["sent"] * 3

    for hook in house.site.hooks:
        assert len(hook.headers["webhook-signature"].split()) == 2
        assert verified(hook, clock.now, SECRET) == verified(hook, clock.now, _NEW_SECRET)


def test_a_receiver_that_is_gone_is_asked_once_and_named_until_it_is_back(house: House) -> None:
    house.furnish(story.tables(story.FISHERIES), _HOOK)
    house.site.hook_answers["/hook"] = [Answer(410, b"closed for good")]
    for number in (1, 2):
        house.site.pages.update(story.pages(number, story.FISHERIES))
        house.run("once")
    house.run("once")

    here = [hook for hook in house.site.hooks if "post." in hook.body or "term_removed" in hook.body]
    assert len(here) == 1
    (notice,) = [json.loads(hook.body) for hook in house.site.hooks if hook not in here and "gone" in hook.body]
    assert (notice["type"], notice["data"]["recipient"]) == ("recipient.gone", "hook")
    status = house.run("status").out
    assert "! hook: the receiver is gone for good, 2 deliveries wait" in status
    listed = house.run("deliveries", "list", "--recipient", "hook").out
    assert "closed for good" in listed
    assert listed.count("nothing is sent until its address is changed") == 2

    dead = [json.loads(line) for line in house.run("deliveries", "list", "--state", "dead", "--json").out.splitlines()]
    assert [one["recipient"] for one in dead] == ["hook"]
    shown = house.run("deliveries", "show", dead[0]["id"]).out
    assert "attempt 1" in shown
    assert "permanent: the receiver answered 410" in shown
    assert house.run("deliveries", "retry", dead[0]["id"]).out == "1 deliveries are due now\n"
    assert house.run("once").code == 0
    assert len({hook.id for hook in house.site.hooks if "post." in hook.body or "term_removed" in hook.body}) == 3
    assert "! hook" not in house.run("status").out


def test_a_new_address_gets_what_the_old_one_did_not_take(house: House) -> None:
    house.furnish(story.tables(story.FISHERIES), _HOOK)
    house.site.hook_answers["/hook"] = [Answer(410)]
    for number in (1, 2):
        house.site.pages.update(story.pages(number, story.FISHERIES))
        house.run("once")
    house.furnish(story.tables(story.FISHERIES), _HOOK.replace("SITE/hook", "SITE/moved"))
    assert house.run("once").code == 0
    assert house.run("deliveries", "list", "--state", "waiting").out == ""


def test_what_waits_for_a_recipient_who_left_is_named_and_can_be_dropped(house: House) -> None:
    house.furnish(story.tables(story.FISHERIES), _HOOK)
    house.site.hook_answers["/hook"] = [Answer(500)]
    for number in (1, 2):
        house.site.pages.update(story.pages(number, story.FISHERIES))
        house.run("once")
    house.furnish(story.tables(story.FISHERIES), _HOOK.replace('"hook"', '"another"', 1))
    assert house.run("once").code == 0
    assert "! hook: no longer in the configuration, 3 deliveries wait" in house.run("status").out

    refused = house.run("deliveries", "drop", "--recipient", "hook")
    assert (refused.code, "--yes" in refused.err) == (2, True)
    assert house.run("deliveries", "drop", "--recipient", "hook", "--yes").out == "3 deliveries are dropped\n"
    assert "! hook" not in house.run("status").out
    assert house.run("deliveries", "list", "--state", "dropped").out.count("dropped") == 3
    assert house.run("deliveries", "show", "0000").err.startswith("watchword: no delivery has an id")


def test_a_digest_for_a_hook_is_told_by_its_counts(house: House, clock: Clock) -> None:
    settings = house.furnish(story.tables(story.FISHERIES), _HOOK.replace("alerts = true\n", "", 1))
    with open_watch(settings, clock=clock) as watch:
        for number in (1, 2):
            house.site.pages.update(story.pages(number, story.FISHERIES))
            list(watch.check(lambda: False))
            clock.now += timedelta(minutes=1)
        assert len(list(watch.digests())) == 1
        assert [attempt.kind for attempt in watch.deliver(lambda: False)] == ["digest"]

    (hook,) = house.site.hooks
    body = verified(hook, clock.now)
    assert (body["type"], body["data"]["total"], len(body["data"]["posts"])) == ("digest.ready", 3, 3)


def test_a_hook_on_a_private_network_is_not_reached(house: House, clock: Clock) -> None:
    house.furnish(story.tables(story.FISHERIES), _HOOK)
    for number in (1, 2):
        house.site.pages.update(story.pages(number, story.FISHERIES))
        house.site.hook_answers["/hook"] = [Answer(500)]
        house.run("once")
    before = len(house.site.hooks)
    settings = house.furnish(story.tables(story.FISHERIES), _HOOK, allow="[]")
    clock.now = datetime.now(UTC) + timedelta(minutes=1)
    with open_watch(settings, clock=clock) as watch:
        (attempt,) = watch.deliver(lambda: False)

    assert "loopback" in attempt.outcome.detail
    assert attempt.state == "waiting"
    assert len(house.site.hooks) == before


def test_a_stop_does_not_wait_for_a_receiver_that_hangs(house: House) -> None:
    held = threading.Event()
    house.furnish(story.tables(story.FISHERIES), _HOOK)
    house.site.pages.update(story.pages(1, story.FISHERIES))
    house.run("once")
    house.site.pages.update(story.pages(2, story.FISHERIES))
    house.site.hook_answers["/hook"] = [Answer(204, hold=held)]
    process = subprocess.Popen(  # a real start and a real end: threads that send are left behind only there
        [sys.executable, "-m", "worker", "run", "--config", house.config], stderr=subprocess.PIPE, cwd=ROOT, text=True
    )
    try:
        assert house.site.holding.wait(20)
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
        took = time.monotonic() - asked
    finally:
        held.set()
        process.kill()

    assert process.returncode == 0, err
    assert took < _STOP_SECONDS
    events = [json.loads(line)["event"] for line in err.splitlines()]
    assert (events[-1], "delivery_released" in events) == ("daemon_stopped", True)
    assert house.run("once").code == 0
    assert len({hook.id for hook in house.site.hooks}) == 3
