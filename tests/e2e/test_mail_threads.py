"""Conversations in a mailbox: what became of a post answers the alert of the post, and leaving is one click away."""

import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from tests.e2e.conftest import House
from tests.e2e.story import MIDNIGHT
from worker.bootstrap import open_watch
from worker.demo.pages import preview_page
from worker.demo.story import DemoChannel, DemoPost

_HARBOUR = '[[channel]]\nname = "harbour"\nurl = "SITE/s/harbour"\nevery = "1ms"\n'
_DESKS = """
[[recipient]]
name = "duty"
email = "duty@paper.example"
alerts = true

[[recipient]]
name = "night-desk"
email = "night@paper.example"
alerts = true
digest = { at = "00:00", all = true }
"""

Look = Callable[[datetime, dict[int, str]], None]


@pytest.fixture
def look(house: House, trusting: ssl.SSLContext) -> Look:
    """Check once, each time with a new process's state, and deliver."""
    settings = house.furnish(_HARBOUR, _DESKS)

    def once(now: datetime, texts: dict[int, str]) -> None:
        posts = tuple(DemoPost(n, 1, timedelta(hours=n), text) for n, text in texts.items())
        house.site.pages["/s/harbour"] = preview_page(DemoChannel("harbour", "Harbour", posts), 1, MIDNIGHT)
        with open_watch(settings, clock=lambda: now, tls_context=trusting) as watch:
            assert [check.error for check in watch.check(lambda: False)] == [None]
            list(watch.digests())
            list(watch.deliver(lambda: False))

    return once


def mails(house: House, to: str) -> list[EmailMessage]:
    return [mail for address, mail in house.mail.received if address == to]


def test_the_alert_of_an_edit_answers_that_of_the_post_for_each_recipient(house: House, look: Look) -> None:
    noon = MIDNIGHT + timedelta(hours=12)
    told = {1: "The harbour is open.", 2: "A ship from Ukraine is due.", 3: "A pilot from Ukraine came aboard."}
    look(noon, {1: told[1]})
    look(noon + timedelta(minutes=1), told)
    look(noon + timedelta(minutes=2), told | {2: "No ship from Ukraine is due before Monday morning, says the port."})

    for to in ("duty@paper.example", "night@paper.example"):
        first, other, edit = (one for one in mails(house, to) if one["List-Id"].split(".")[1] == "alert")
        assert edit["In-Reply-To"] == edit["References"] == first["Message-ID"]
        assert first["In-Reply-To"] is other["In-Reply-To"] is None
        assert len({one["Message-ID"] for one in (first, other, edit)}) == 3
    every = [str(mail["Message-ID"]) for _, mail in house.mail.received]
    assert len(set(every)) == len(every)


def test_a_first_alert_that_is_sent_twice_has_one_id(house: House, look: Look) -> None:
    house.mail.data_answers = ["cut", "cut"]
    noon = MIDNIGHT + timedelta(hours=12)
    look(noon, {1: "The harbour is open."})
    look(noon + timedelta(minutes=1), {1: "The harbour is open.", 2: "A ship from Ukraine is due."})
    look(noon + timedelta(minutes=9), {1: "The harbour is open.", 2: "A ship from Ukraine is due."})

    alerts = [one for one in mails(house, "duty@paper.example") if ".alert." in one["List-Id"]]
    assert len(alerts) == 2
    assert len({one["Message-ID"] for one in alerts}) == 1


def test_lists_are_named_by_recipient_and_kind(house: House, look: Look) -> None:
    noon = MIDNIGHT + timedelta(hours=12)
    look(noon, {1: "The harbour is open."})
    look(noon + timedelta(minutes=1), {1: "The harbour is open.", 2: "A ship from Ukraine is due."})
    look(noon + timedelta(days=1), {1: "The harbour is open.", 2: "A ship from Ukraine is due."})

    lists = {str(mail["List-Id"]).partition(".watchword.")[0] for _, mail in house.mail.received}
    assert lists == {"Watchword <duty.alert", "Watchword <night-desk.alert", "Watchword <night-desk.digest"}
    assert all(mail["Auto-Submitted"] == "auto-generated" for _, mail in house.mail.received)
