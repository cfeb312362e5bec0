"""Alerts by e-mail from the page to the mailbox: at once, held back, as one message, and never told twice."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.conftest import House
from tests.e2e.story import MIDNIGHT
from worker.bootstrap import open_watch
from worker.demo.pages import preview_page
from worker.demo.story import DemoChannel, DemoPost

_HARBOUR = '[[channel]]\nname = "harbour"\nurl = "SITE/s/harbour"\nevery = "1ms"\n'
_DUTY = """
[[recipient]]
name = "duty"
email = "duty@paper.example"
alerts = true
alerts_per_hour = 2
quiet = { from = "22:00", to = "07:00" }
timezone = "Europe/Paris"
digest = { at = ["06:00", "18:00"], all = ALL }
"""


def paris(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a time of the first days of March in Paris, which is an hour ahead of UTC then."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=1)


def page(texts: dict[int, str]) -> bytes:
    posts = tuple(DemoPost(n, 1, timedelta(hours=n), text) for n, text in texts.items())
    return preview_page(DemoChannel("harbour", "Harbour of Selmouth", posts), 1, MIDNIGHT)


def notices(*numbers: int) -> dict[int, str]:
    return {n: f"Notice {n}: a ship from Ukraine and the harbour of the town number {n * 7919}." for n in numbers}


Round = Callable[[datetime, dict[int, str]], list[str]]


@pytest.fixture
def play(any_house: House, trusting: ssl.SSLContext) -> Callable[[bool], Round]:
    """Work for one round, started anew each time, and return the subjects of the mails that it brings."""

    def begin(repeats: bool) -> Round:
        settings = any_house.furnish(_HARBOUR, _DUTY.replace("ALL", str(repeats).lower()))

        def once(now: datetime, texts: dict[int, str]) -> list[str]:
            any_house.site.pages["/s/harbour"] = page(texts)
            before = len(any_house.mail.received)
            with open_watch(settings, clock=lambda: now, tls_context=trusting) as watch:
                assert [check.error for check in watch.check(lambda: False)] == [None]
                list(watch.digests())
                assert all(not attempt.failed for attempt in watch.deliver(lambda: False))
            return [str(mail["subject"]) for _, mail in any_house.mail.received[before:]]

        return once

    return begin


def test_each_change_is_told_once_at_once_or_with_those_that_waited(
    any_house: House, play: Callable[[bool], Round]
) -> None:
    once = play(False)
    assert once(paris(2, 12), notices(1)) == []

    first = once(paris(2, 12, 10), notices(1, 2, 3, 4, 5))
    assert [subject.split(":")[1] for subject in first] == [" Ukraine - Harbour of Selmouth"] * 2
    assert once(paris(2, 12, 59), notices(1, 2, 3, 4, 5)) == []
    listed = any_house.run("deliveries", "list", "--state", "waiting", "--json").objects()
    assert [(one["held_up"], one["next_attempt_at"]) for one in listed] == [("held", "2026-03-02T12:00:00+00:00")] * 2
    assert "waiting, next 2026-03-02 12:00\n  held back by" in any_house.run("deliveries", "list").out
    assert once(paris(2, 13), notices(1, 2, 3, 4, 5)) == ["Watchword: 2 Ukraine - 2 Mar"]

    edited = notices(1, 2, 3, 4, 5) | {2: "Notice 2: no ship at all, says the harbour of the town number 15838."}
    (edit,) = once(paris(2, 14), edited)
    assert edit.startswith("Watchword: edited, Ukraine - Harbour of Selmouth: Notice 2")
    assert once(paris(2, 18, 1), edited) == []  # all has been told: no digest

    night = edited | notices(6)
    assert once(paris(2, 23), night) == []
    assert once(paris(3, 6, 1), night) == []  # held, and no matter of the digest
    (held,) = once(paris(3, 7), night)
    assert held.startswith("Watchword: Ukraine - Harbour of Selmouth: Notice 6")
    assert once(paris(3, 8), night) == []

    told = " ".join(str(mail.get_body(("plain",)).get_content()) for _, mail in any_house.mail.received)  # type: ignore[union-attr]
    assert [told.count(f"Notice {n}: a") for n in range(1, 7)] == [0, 1, 1, 1, 1, 1]


def test_a_digest_that_wants_all_tells_what_was_told_at_once_too(play: Callable[[bool], Round]) -> None:
    once = play(True)
    once(paris(2, 12), notices(1))
    once(paris(2, 12, 10), notices(1, 2))  # the first digest comes with the first change
    assert len(once(paris(2, 12, 20), notices(1, 2, 3))) == 1

    assert once(paris(2, 18), notices(1, 2, 3)) == ["Watchword: 1 Ukraine - 2 Mar"]
    assert once(paris(3, 6), notices(1, 2, 3)) == []


def test_an_alert_made_for_a_webhook_is_given_up_in_words_where_the_recipient_has_an_email_now(
    house: House, trusting: ssl.SSLContext
) -> None:
    hook = '[[recipient]]\nname = "duty"\nwebhook = "SITE/hook"\nsecret = { file = "hook-secret" }\nalerts = true\n'
    mail = '[[recipient]]\nname = "duty"\nemail = "duty@paper.example"\nalerts = true\n'
    hours = iter((paris(2, 11), paris(2, 12)))
    now = next(hours)
    with open_watch(house.furnish(_HARBOUR, hook), clock=lambda: now, tls_context=trusting) as watch:
        for numbers in ((1,), (1, 2)):
            house.site.pages["/s/harbour"] = page(notices(*numbers))
            assert [check.error for check in watch.check(lambda: False)] == [None]
            now = next(hours, now)

    with open_watch(house.furnish(_HARBOUR, mail), clock=lambda: paris(2, 13), tls_context=trusting) as watch:
        (attempt,) = watch.deliver(lambda: False)

    assert (attempt.state, attempt.outcome.detail) == (
        "dead",
        "this alert was made for a webhook, the recipient has an email now",
    )
