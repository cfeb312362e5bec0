"""WordPress has two names for a post: a channel that is moved from its feed to its interface keeps its posts."""

import json
from datetime import timedelta
from email.utils import format_datetime

import pytest

from tests.builders import NOON
from tests.checking import Checks
from tests.unit.feed_documents import item, rss
from worker.adapters.store import Store

SITE = "https://canals.example"
TEXTS = {308: "The lock is closed.", 311: "The weir is open.", 315: "The quay has a crane."}


def feed(guid: str) -> bytes:
    return rss(
        "".join(
            item(
                f"<title>Notice {n}</title><link>{SITE}/{n}/</link><description>{text}</description>"
                f"<pubDate>{format_datetime(NOON - timedelta(days=400 - n))}</pubDate>",
                guid.format(n),
            )
            for n, text in sorted(TEXTS.items(), reverse=True)
        ),
        f"<link>{SITE}</link>",
    )


def interface(**edits: str) -> bytes:
    return json.dumps(
        [
            {
                "id": n,
                "date_gmt": f"{NOON - timedelta(days=400 - n):%Y-%m-%dT%H:%M:%S}",
                "modified_gmt": f"{NOON - timedelta(days=400 - n):%Y-%m-%dT%H:%M:%S}",
                "link": f"{SITE}/{n}/",
                "title": {"rendered": f"Notice {n}"},
                "content": {"rendered": f"<p>{edits.get(f'_{n}', text)}</p>"},
            }
            for n, text in sorted(TEXTS.items(), reverse=True)
        ]
    ).encode()


def found(checks: Checks, body: bytes) -> tuple[int, int, int]:
    checked = checks.fetched(body)
    return checked.new, checked.edited, checked.unchanged


@pytest.mark.parametrize("guid", ["https://canals.example/?p={}", "http://www.canals.example/?p={}", "/?p={}"])
def test_a_channel_may_move_from_feed_to_interface_and_back(store: Store, guid: str) -> None:
    checks = Checks(store)
    assert found(checks, feed(guid)) == (3, 0, 0)

    assert found(checks, interface()) == (0, 0, 3)
    assert set(checks.posts()) == {"308", "311", "315"}
    assert found(checks, interface(_311="The weir is closed.")) == (0, 1, 2)
    assert found(checks, feed(guid)) == (0, 1, 2)
    assert set(checks.posts()) == {guid.format(n) for n in TEXTS}
    assert checks.kinds() == [("edited", guid.format(311))] * 2


def test_numbers_of_another_site_are_other_posts(store: Store) -> None:
    checks = Checks(store)
    found(checks, feed("https://weirs.example/?p={}").replace(b"Notice", b"Report"))

    assert checks.fetched(interface()).new == 3
