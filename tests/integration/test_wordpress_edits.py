"""WordPress is asked for edits since the last good check: an edit of an old post is found, far below the first page."""

import json
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.builders import NOON
from worker.adapters.store import Store
from worker.core.models import Fetched, Term, Validators, Watchlist
from worker.core.watchlist.matcher import Matcher
from worker.errors import FetchError
from worker.jobs.check import Channel, ChannelChecked, Rules, Sources, check_channels

URL = "https://estuary.example/wp-json/wp/v2/posts?per_page=3"
CHANNEL = Channel("estuary", URL, timedelta(minutes=10), host="estuary.example")
RULES = Rules(Matcher([Watchlist("Ferries", (Term("ferry"),))]), [])


class Site:
    """The REST interface of a small site: posts 1 to `newest`, three on a page, newest first."""

    def __init__(self, newest: int) -> None:
        self.texts = {number: f"Notice {number} of the estuary office." for number in range(1, newest + 1)}
        self.modified: dict[int, datetime] = {}
        self.broken = False

    def edit(self, number: int, text: str, at: datetime) -> None:
        self.texts[number], self.modified[number] = text, at

    def fetch(self, url: str, _validators: Validators | None) -> Fetched:
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        numbers = sorted(self.texts, reverse=True)
        if since := query.get("modified_after"):
            if self.broken:
                raise FetchError("estuary.example failed")
            numbers = [n for n in numbers if self._modified(n) > datetime.fromisoformat(since)]
        first = 3 * (int(query.get("page", "1")) - 1)
        answer = [self._answer(number) for number in numbers[first : first + 3]]
        return Fetched(url, json.dumps(answer).encode(), total_pages=-(-len(numbers) // 3))

    def _modified(self, number: int) -> datetime:
        return self.modified.get(number, NOON - timedelta(days=100 - number))

    def _answer(self, number: int) -> dict[str, object]:
        return {
            "id": number,
            "date_gmt": f"{NOON - timedelta(days=100 - number):%Y-%m-%dT%H:%M:%S}",
            "modified_gmt": f"{self._modified(number):%Y-%m-%dT%H:%M:%S}",
            "link": f"https://estuary.example/?p={number}",
            "title": {"rendered": f"Notice {number}"},
            "content": {"rendered": f"<p>{self.texts[number]}</p>"},
        }


def check(store: Store, site: Site, now: datetime) -> ChannelChecked:
    sources = Sources(site.fetch, lambda _pattern, _seen: iter(()), known=store.seen_by_checks)
    (checked,) = check_channels(
        {"estuary": CHANNEL}, store=store, sources=sources, rules=RULES, clock=lambda: now, jitter=float
    )
    return checked


@pytest.fixture
def site(store: Store) -> Site:
    made = Site(12)
    store.set_up_channels({"estuary": URL}, NOON)
    check(store, made, NOON)
    for number in range(13, 22):
        made.texts[number] = f"Notice {number} of the estuary office."
    check(store, made, NOON + timedelta(hours=1))
    return made


def test_an_edit_far_below_the_first_page_is_found_once(store: Store, site: Site) -> None:
    site.edit(11, "Notice 11: the ferry is late.", NOON + timedelta(hours=2))

    checked = check(store, site, NOON + timedelta(hours=3))
    assert (checked.new, checked.edited) == (0, 1)

    checked = check(store, site, NOON + timedelta(hours=4))
    assert (checked.new, checked.edited) == (0, 0)


def test_more_edits_than_fit_on_a_page_are_all_found(store: Store, site: Site) -> None:
    for number in range(10, 20):
        site.edit(number, f"Notice {number}: the ferry is late.", NOON + timedelta(hours=2))

    assert check(store, site, NOON + timedelta(hours=3)).edited == 10


def test_an_edited_post_from_before_the_first_check_is_no_news(store: Store, site: Site) -> None:
    site.edit(2, "Notice 2: the ferry is late.", NOON + timedelta(hours=2))

    checked = check(store, site, NOON + timedelta(hours=3))
    assert (checked.new, checked.edited) == (0, 0)


def test_a_failure_while_asking_for_edits_loses_none(store: Store, site: Site) -> None:
    site.edit(11, "Notice 11: the ferry is late.", NOON + timedelta(hours=2))
    site.broken = True
    assert check(store, site, NOON + timedelta(hours=3)).failed

    site.broken = False
    assert check(store, site, NOON + timedelta(hours=9)).edited == 1
