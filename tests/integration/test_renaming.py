"""Feeds whose posts get other ids: the stored posts take them, nobody is told, and what is another post stays one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from sqlalchemy import Engine, update
from structlog.testing import capture_logs

from tests.builders import NOON
from tests.checking import Checks
from tests.unit.feed_documents import item, rss
from worker.adapters.store import Store
from worker.adapters.store.schema import post
from worker.core.fingerprint import former_fingerprints

LONG = (
    "The ministry of canals has asked all skippers to pass the lock at Northbridge before noon, because the water "
    "is low and the gates close early."
)


@dataclass(frozen=True)
class Entry:
    text: str
    guid: str
    link: str | None = None
    at: datetime | None = None


def entries(count: int, site: str = "http://canals.example") -> list[Entry]:
    """Return posts, the newest first."""
    return [
        Entry(f"Lock {n} is closed today.", f"{site}/?p={n}", f"{site}/{n}/", NOON - timedelta(days=count - n))
        for n in range(count, 0, -1)
    ]


def feed(shown: Iterable[Entry]) -> bytes:
    return rss(
        "".join(
            item(
                f"<description>{one.text}</description>"
                + (f"<link>{one.link}</link>" if one.link else "")
                + (f"<pubDate>{format_datetime(one.at)}</pubDate>" if one.at else ""),
                one.guid,
            )
            for one in shown
        )
    )


@pytest.fixture
def checks(store: Store) -> Checks:
    return Checks(store)


def counts(checks: Checks, shown: Iterable[Entry]) -> tuple[int, int, int]:
    checked = checks.fetched(feed(shown))
    return checked.new, checked.edited, checked.unchanged


def test_a_feed_whose_ids_have_changed_has_no_new_posts(checks: Checks) -> None:
    before = entries(5)
    after = [replace(one, guid=f"tag:canals.example,2026:{n}", link=f"https://new.example/{n}")
             for n, one in enumerate(before)]  # fmt: skip
    assert counts(checks, before) == (5, 0, 0)

    with capture_logs() as lines:
        assert counts(checks, after) == (0, 0, 5)
        assert counts(checks, after) == (0, 0, 5)

    assert set(checks.posts()) == {one.guid for one in after}
    assert checks.kinds() == []
    assert [line["posts"] for line in lines if line["event"] == "ids_changed"] == [5]
    assert not checks.store.status(["canals"])["channels"][0]["gaps"]


def test_what_is_new_or_edited_among_changed_ids_is_found(checks: Checks) -> None:
    before = entries(4)
    counts(checks, before)
    after = [replace(one, guid=f"urn:{n}") for n, one in enumerate(before)]
    fresh = Entry("A lock that nobody knew.", "urn:fresh", "http://canals.example/fresh/", NOON + timedelta(hours=1))

    assert counts(checks, [fresh, *after]) == (1, 0, 4)
    assert counts(checks, [fresh, replace(after[0], text="Lock 4 is open today."), *after[1:]]) == (0, 1, 4)
    assert checks.kinds() == [("new", "urn:fresh"), ("edited", "urn:0")]


def test_two_posts_with_one_text_that_are_both_shown_stay_two(checks: Checks) -> None:
    first = Entry("The daily timetable.", "urn:1", "http://canals.example/1/", NOON - timedelta(days=1))
    second = replace(first, guid="urn:2", link="http://canals.example/2/", at=NOON)
    counts(checks, [first])

    assert counts(checks, [second, first]) == (1, 0, 1)


def test_a_text_that_is_posted_again_is_new_although_the_old_one_has_left_the_feed(checks: Checks) -> None:
    daily = [
        Entry("The daily timetable.", f"urn:{n}", f"http://canals.example/{n}/", NOON + timedelta(days=n))
        for n in range(3)
    ]
    counts(checks, [daily[1], daily[0]])

    assert counts(checks, [daily[2], daily[1]]) == (1, 0, 1)
    undated = [replace(one, guid=f"{one.guid}-undated", at=None) for one in daily]
    counts(checks, [undated[1], undated[0]])
    assert counts(checks, [undated[2], undated[1]]) == (1, 0, 1)


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        pytest.param(Entry(LONG, "urn:1"), Entry(LONG, "urn:2"), True, id="a long text without date and address"),
        pytest.param(Entry("Short.", "urn:1"), Entry("Short.", "urn:2"), False, id="a short one"),
        pytest.param(
            Entry("Short.", "urn:1", "http://c.example/1"), Entry("Short.", "urn:2", "http://c.example/1"), True,
            id="a short one at the same address",
        ),
        pytest.param(
            Entry(LONG, "urn:1", "http://c.example/1"), Entry(LONG, "urn:2", "http://c.example/2"), False,
            id="a long one at another address",
        ),
        pytest.param(Entry(LONG, "urn:1", at=NOON), Entry(LONG, "urn:2", at=NOON + timedelta(days=1)), False,
            id="a long one of another day",
        ),
        pytest.param(Entry("Short.", "urn:1", at=NOON), Entry("Short.", "urn:2", at=NOON), True,
            id="a short one of the same second",
        ),
    ],
)  # fmt: skip
def test_a_date_an_address_or_a_long_text_proves_that_it_is_the_same_post(
    checks: Checks, before: Entry, after: Entry, same: bool
) -> None:
    other = Entry("Nothing of interest.", "urn:other", "http://c.example/other")
    counts(checks, [before, other])

    assert counts(checks, [after, other]) == ((0, 0, 2) if same else (1, 0, 1))


def test_of_several_posts_with_one_text_each_keeps_its_place(checks: Checks) -> None:
    before = [Entry("The timetable.", f"urn:{n}", f"http://c.example/{n}", NOON) for n in range(3)]
    counts(checks, before)
    rows = {one["url"]: one["first_seen_at"] for one in checks.posts().values()}

    assert counts(checks, [replace(one, guid=f"new:{n}") for n, one in reversed([*enumerate(before)])]) == (0, 0, 3)
    assert {one["url"]: one["id"] for one in checks.posts().values()} == {
        f"http://c.example/{n}": f"new:{n}" for n in range(3)
    }
    assert {one["url"]: one["first_seen_at"] for one in checks.posts().values()} == rows


def test_a_post_of_an_earlier_version_is_known_under_its_new_id(checks: Checks, engine: Engine) -> None:
    (before,) = entries(1)
    counts(checks, [before])
    with engine.begin() as connection:
        connection.execute(update(post).values(fingerprint=former_fingerprints(before.text)[0]))

    assert counts(checks, [replace(before, guid="urn:1")]) == (0, 0, 1)
    assert counts(checks, [replace(before, guid="urn:1")]) == (0, 0, 1)


def test_links_that_change_while_the_ids_stay_make_nothing_new(checks: Checks) -> None:
    before = entries(3)
    counts(checks, before)

    assert counts(checks, [replace(one, link=f"https://moved.example/{one.at:%j}") for one in before]) == (0, 0, 3)
    assert checks.kinds() == []
