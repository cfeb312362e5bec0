"""``digest preview`` and ``digest send``: looking changes nothing, and what was sent by hand is told once."""

import json
from datetime import UTC, datetime

import pytest

from tests.e2e import story
from tests.e2e.conftest import House

_DESK = """
[[recipient]]
name = "desk"
email = "desk@paper.example"
watchlists = ["BRICS", "CIS", "Ukraine"]
digest = { at = "23:59" }
"""


@pytest.fixture
def news(house: House) -> House:
    """A house with three changes for the desk, whose digest is not due."""
    house.furnish(story.tables(story.FISHERIES), _DESK)
    for number in (1, 2):
        house.site.pages.update(story.pages(number, story.FISHERIES))
        assert house.run("once").code == 0
    assert house.mail.received == []
    return house


def test_a_preview_says_what_the_next_digest_would_say_and_writes_nothing(news: House) -> None:
    shown = news.run("digest", "preview", "desk")
    again = news.run("digest", "preview", "desk", "--html", "page.html", "--json")

    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith("Subject: Watchword: ")
    assert "forum on deep sea fishing" in shown.out
    told = json.loads(again.out)
    assert (told["recipient"], told["changes"], told["frozen"], told["sent"]) == ("desk", 3, False, True)
    assert "BRICS</mark> forum" in (news.folder / "page.html").read_text("utf-8")


def test_a_digest_sent_by_hand_goes_out_with_the_next_round_and_only_once(news: House) -> None:
    sent = news.run("digest", "send", "desk", "--now")
    assert (sent.code, sent.out.strip()) == (
        0,
        "a digest of 3 changes for desk is in the outbox: the next round sends it",
    )
    assert "there is nothing to tell" in news.run("digest", "send", "desk", "--now").out

    assert [news.run("once").code for _ in range(2)] == [0, 0]

    ((_, mail),) = news.mail.received
    shown = news.run("digest", "preview", "desk", "--date", datetime.now(UTC).date().isoformat(), "--json")
    frozen = json.loads(shown.out)
    assert (frozen["frozen"], frozen["changes"], frozen["subject"]) == (True, 3, mail["subject"])
    empty = news.run("digest", "preview", "desk")
    assert "would not be sent" in empty.err


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (("preview", "nobody"), 2, "there is no recipient 'nobody' with a digest, known are desk"),
        (("preview", "desk", "--date", "2020-01-01"), 1, "desk has had no digest on 2020-01-01"),
        (("preview", "desk", "--date", "yesterday"), 2, "'yesterday' is no date: write 2026-11-21"),
        (("send", "desk"), 2, "add --now"),
    ],
)
def test_a_mistake_is_answered_by_what_would_be_right(
    house: House, words: tuple[str, ...], code: int, complaint: str
) -> None:
    house.furnish(story.tables(story.FISHERIES), _DESK)
    house.site.pages.update(story.pages(1, story.FISHERIES))
    assert house.run("once").code == 0

    ended = house.run("digest", *words)

    assert (ended.code, "Traceback" in ended.err) == (code, False)
    # an error of usage is drawn in a box
    assert complaint in " ".join(ended.err.replace("│", " ").split())
