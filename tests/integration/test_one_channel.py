"""One channel read from different sources is one: the same posts, nothing new, edited or missed by the change."""

from itertools import permutations

import pytest

from tests.checking import Checks
from tests.one_channel import MESSAGES, NAME, SOURCES
from worker.adapters.store import Store
from worker.core.models import Refusal
from worker.core.parse import parse
from worker.jobs.check import ChannelChecked

URL = f"https://t.me/s/{NAME}"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def found(checked: ChannelChecked) -> tuple[int, int, int, int]:
    return checked.new, checked.edited, checked.deleted, checked.missed


@ON_SQLITE
@pytest.mark.parametrize(("first", "second"), [*permutations(SOURCES, 2)])
def test_another_source_of_a_channel_brings_nothing(store: Store, first: str, second: str) -> None:
    checks = Checks(store, url=URL)
    assert checks.fetched(SOURCES[first]()).new >= len(MESSAGES)

    assert found(checks.fetched(SOURCES[second]())) == (0, 0, 0, 0)
    assert found(checks.fetched(SOURCES[first]())) == (0, 0, 0, 0)
    assert checks.kinds() == []


@pytest.mark.parametrize("order", [tuple(SOURCES), tuple(SOURCES)[::-1]], ids=["forward", "backward"])
def test_all_sources_one_after_the_other_bring_nothing_after_the_first(store: Store, order: tuple[str, ...]) -> None:
    checks = Checks(store, url=URL)
    first, *others = [checks.fetched(SOURCES[name]()) for name in order]

    assert first.baseline
    assert [found(checked) for checked in others] == [(0, 0, 0, 0)] * len(others)


@pytest.mark.parametrize("name", SOURCES)
def test_a_text_says_nothing_that_changes_without_an_edit(name: str) -> None:
    snapshot = parse(SOURCES[name]())
    assert not isinstance(snapshot, Refusal)
    text = "\n".join(post.text for post in snapshot.posts)
    chrome = "3.1K|votes|7%|Anonymous|👍10|edited|sticker|telesco|attachments|Forwarded|The plan|timetable|In reply"

    assert not [word for word in chrome.split("|") if word in text]
    assert "Ships first.\nBoats later." in text
