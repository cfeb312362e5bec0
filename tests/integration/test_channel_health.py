"""What a channel's behaviour leads to: states, notices, held floods, gaps, checks that come less often."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.builders import NOON
from worker.adapters.store import Store
from worker.core.announce import Subscription
from worker.core.models import Fetched, NotModified, Outcome, Result, Term, Validators, Watchlist
from worker.core.watchlist.matcher import Matcher
from worker.demo.pages import preview_page
from worker.demo.story import DemoChannel, DemoPost
from worker.errors import FetchError, FetchProblem
from worker.jobs.check import Bounds, Channel, ChannelChecked, Rules, Sources, check_channels, try_channel
from worker.jobs.hold import approve, rebaseline

URL = "https://t.me/s/harbour"
CHANNEL = Channel("harbour", URL, timedelta(minutes=10), host="t.me")
DESK = Subscription("desk", frozenset({"Ferries"}))
RULES = Rules(Matcher([Watchlist("Ferries", (Term("ferry"),))]), [DESK], operators=["ops"], hold_above=30)


@dataclass
class Web:
    """A scripted source: posts 1 to `newest`, twenty on a page, or an error."""

    newest: int = 20
    error: FetchError | None = None
    not_modified: bool = False
    fresh_for: timedelta | None = None
    moved_to: str | None = None
    asked: list[tuple[str, Validators | None]] = field(default_factory=list)

    def fetch(self, url: str, validators: Validators | None) -> Fetched | NotModified:
        self.asked.append((url, validators))
        if self.error:
            raise self.error
        if self.not_modified:
            return NotModified(Validators('"b"'), fresh_for=self.fresh_for)
        last = int(url.rpartition("=")[2]) - 1 if "before=" in url else self.newest
        first = max(1, last - 19)
        posts = tuple(
            DemoPost(n, 1, timedelta(minutes=n), f"The ferry {n} leaves at {n} o'clock.")
            for n in range(first, last + 1)
        )
        page = preview_page(DemoChannel("harbour", "Harbour", posts), 1, NOON - timedelta(days=10))
        if first > 1:
            link = f'href="/s/harbour?before={first}" data-before="{first}"'
            more = f'<a class="tme_messages_more js-messages_more" {link}></a>'
            page = page.replace(
                b'<section class="tgme_channel_history', f'{more}<section class="tgme_channel_history'.encode()
            )
        return Fetched(url, page, validators=Validators('"a"'), fresh_for=self.fresh_for, moved_to=self.moved_to)


@dataclass
class World:
    store: Store
    web: Web
    now: datetime = NOON

    def check(self, after: timedelta = timedelta(hours=1), *, pages_back: int = 50) -> ChannelChecked:
        self.now += after
        sources = Sources(
            self.web.fetch, lambda _pattern, _seen: iter(()), known=self.store.fingerprints, pages_back=pages_back
        )
        (checked,) = check_channels(
            {"harbour": CHANNEL}, store=self.store, sources=sources, rules=RULES, clock=lambda: self.now, jitter=float
        )
        return checked

    def status(self) -> dict[str, Any]:
        channel: dict[str, Any] = self.store.status(["harbour"])["channels"][0]
        return channel

    def notices(self) -> Iterator[tuple[str, Any]]:
        while claimed := self.store.claim_delivery(self.now):
            self.store.record_attempt(claimed, Outcome(Result.SENT, "250"), at=self.now, next_attempt_at=None)
            yield str(claimed.payload["type"]), claimed.payload["data"]


@pytest.fixture
def world(store: Store) -> World:
    store.set_up_channels({"harbour": URL}, NOON)
    made = World(store, Web())
    made.check(timedelta())
    return made


def test_500_posts_while_we_were_away_are_all_found(world: World) -> None:
    world.web.newest = 520

    checked = world.check(timedelta(days=20))

    assert (checked.new, checked.pages, world.status()["gaps"]) == (500, 25, [])


def test_a_gap_is_recorded_closed_later_and_the_posts_in_it_are_told(world: World) -> None:
    world.web.newest = 220
    assert world.check(timedelta(days=20), pages_back=4).new == 100
    (gap,) = world.status()["gaps"]
    assert (gap["after"], gap["before"], gap["at_most"]) == ("20", "121", 100)

    assert world.check(pages_back=4).new == 80
    assert world.status()["gaps"][0]["at_most"] == 20
    assert world.check(pages_back=4).new == 20

    assert world.status()["gaps"] == []
    assert len(list(world.store.list_posts())) == 220


def test_operators_are_told_once_when_a_channel_fails_and_once_when_it_works_again(world: World) -> None:
    world.web.error = FetchError("t.me cannot be reached: no route", kind=FetchProblem.NETWORK)
    for _ in range(6):
        world.check(timedelta(hours=7))
    assert world.status()["state"] == "failing"
    assert [(kind, facts["state"]) for kind, facts in world.notices()] == [("channel.state", "failing")]

    world.web.error = None
    world.check(timedelta(hours=7))
    world.check()
    assert [(kind, facts["state"]) for kind, facts in world.notices()] == [("channel.state", "ok")]


def test_a_hiccup_is_nobodys_business(world: World) -> None:
    world.web.error = FetchError("t.me failed")
    world.check()
    world.web.error = None
    world.check()

    assert list(world.notices()) == []


def test_410_stops_and_tells(world: World) -> None:
    world.web.error = FetchError("t.me says that the page is gone", kind=FetchProblem.GONE, status=410)
    world.check()

    assert (world.status()["state"], world.status()["next_check_at"]) == ("gone", None)
    assert [facts["state"] for _, facts in world.notices()] == ["gone"]
    assert world.store.due_channels({"harbour"}, NOON + timedelta(days=3650)) == []
    world.store.set_up_channels({"harbour": "https://t.me/s/harbour2"}, world.now)
    assert len(world.store.due_channels({"harbour"}, world.now)) == 1


def test_a_servers_wish_to_wait_is_kept(world: World) -> None:
    world.web.error = FetchError(
        "t.me says that we ask too often", kind=FetchProblem.LIMITED, retry_after_seconds=90_000
    )
    world.check()

    assert world.status()["next_check_at"] == (world.now + timedelta(seconds=90_000)).isoformat()


def test_an_answer_is_not_asked_for_again_while_it_is_fresh(world: World) -> None:
    world.web.not_modified, world.web.fresh_for = True, timedelta(hours=5)
    world.check()

    assert world.status()["next_check_at"] == (world.now + timedelta(hours=5)).isoformat()
    assert world.web.asked[-1][1] == Validators('"a"')
    world.check(timedelta(hours=6))
    assert world.web.asked[-1][1] == Validators('"b"')


def test_a_permanent_move_is_reported_once(world: World) -> None:
    world.web.moved_to = "https://t.me/s/port"
    world.check()
    world.check()

    assert [kind for kind, _ in world.notices()] == ["channel.moved"]
    assert world.status()["moved_to"] == "https://t.me/s/port"


def test_a_channel_that_seldom_posts_is_asked_less_often(world: World) -> None:
    for _ in range(40):
        world.check(timedelta(days=1))

    pause = datetime.fromisoformat(world.status()["next_check_at"]) - world.now
    assert pause == timedelta(minutes=30)
    assert world.status()["state"] == "quiet"


def test_a_flood_is_held_asked_about_once_and_told_on_approval(world: World) -> None:
    world.web.newest = 420
    assert world.check().held == 400
    world.web.newest = 422
    assert world.check().held == 2
    assert world.store.untold("desk") == {}
    (notice,) = world.notices()
    assert (notice[0], notice[1]["new"]) == ("channel.held", 400)

    assert approve("harbour", store=world.store, subscriptions=[DESK], now=world.now) == 402

    assert len(world.store.untold("desk")) == 402
    world.web.newest = 423
    assert world.check().held == 0
    assert len(world.store.untold("desk")) == 403


def test_a_flood_that_is_the_new_normal_is_told_to_nobody(world: World) -> None:
    world.web.newest = 420
    world.check()

    assert rebaseline("harbour", store=world.store) == 400

    assert world.store.untold("desk") == {}
    assert len(list(world.store.list_posts())) == 420
    assert world.status()["held"] == 0


def test_one_host_gets_only_so_many_requests_in_a_round_so_that_others_are_not_delayed(store: Store) -> None:
    channels = {f"c{n}": Channel(f"c{n}", f"{URL}{n}", timedelta(minutes=10), host="t.me") for n in range(5)}
    channels["other"] = Channel("other", "https://news.example/s/x", timedelta(minutes=10), host="news.example")
    store.set_up_channels({channel.name: channel.source for channel in channels.values()}, NOON)
    sources = Sources(Web().fetch, lambda _pattern, _seen: iter(()), known=store.fingerprints)

    def round_of_three() -> set[str]:
        results = check_channels(
            channels,
            store=store,
            sources=sources,
            rules=RULES,
            clock=lambda: NOON,
            jitter=float,
            bounds=Bounds(per_host=3),
        )
        return {checked.channel for checked in results}

    first, second = round_of_three(), round_of_three()
    assert (len(first), "other" in first, len(second)) == (4, True, 2)
    assert first | second == set(channels)


def test_a_slow_host_is_left_after_its_time_and_its_other_channels_come_first_in_the_next_round(store: Store) -> None:
    names = [f"c{n}" for n in range(4)]
    channels = {name: Channel(name, f"{URL}/{name}", timedelta(minutes=10), host="t.me") for name in names}
    store.set_up_channels({channel.name: channel.source for channel in channels.values()}, NOON)
    now = NOON

    def fetch(url: str, validators: Validators | None) -> Fetched | NotModified:
        nonlocal now
        now += timedelta(seconds=40)
        raise FetchError("t.me did not finish its answer within 40 s", kind=FetchProblem.NETWORK)

    sources = Sources(fetch, lambda _pattern, _seen: iter(()), known=store.fingerprints)
    bounds = Bounds(host_time=timedelta(minutes=1))
    rounds = [
        [
            checked.channel
            for checked in check_channels(
                channels, store=store, sources=sources, rules=RULES, clock=lambda: now, jitter=float, bounds=bounds
            )
        ]
        for _ in range(2)
    ]

    assert rounds == [["c0", "c1"], ["c2", "c3"]]


def test_a_host_that_allows_it_is_read_by_several_threads_at_once(store: Store) -> None:
    channels = {f"c{n}": Channel(f"c{n}", f"{URL}{n}", timedelta(minutes=10), host="t.me") for n in range(3)}
    store.set_up_channels({channel.name: channel.source for channel in channels.values()}, NOON)
    together = threading.Barrier(3, timeout=10)

    def fetch(url: str, validators: Validators | None) -> Fetched | NotModified:
        together.wait()  # passes only when three ask at the same time
        return Web().fetch(url, validators)

    sources = Sources(fetch, lambda _pattern, _seen: iter(()), known=store.fingerprints)
    bounds = Bounds(parallel={"t.me": 3})
    results = check_channels(
        channels, store=store, sources=sources, rules=RULES, clock=lambda: NOON, jitter=float, bounds=bounds
    )

    assert {(checked.channel, checked.new) for checked in results} == {(name, 20) for name in channels}


@pytest.mark.parametrize(
    ("format_name", "known", "said"),
    [
        pytest.param("feed", False, True, id="another format is configured"),
        pytest.param(None, True, True, id="it was read before"),
        pytest.param(None, False, False, id="it may be meant to be a web page"),
        pytest.param("webpage", True, False, id="it is meant to be a web page"),
    ],
)
def test_a_web_page_in_place_of_a_feed_is_said_to_be_one(
    store: Store, format_name: str | None, known: bool, said: bool
) -> None:
    page = b"<!DOCTYPE html><html><head><title>Hotel Harbour</title></head><body>Welcome to our wireless</body></html>"
    feed = b'<rss version="2.0"><channel><title>H</title><item><guid>1</guid><title>One</title></item></channel></rss>'
    url = "https://harbour.example/feed"
    channel = Channel("harbour", url, timedelta(minutes=10), host="harbour.example", format=format_name)
    store.set_up_channels({"harbour": url}, NOON)

    def check(answer: Fetched, now: datetime) -> ChannelChecked:
        sources = Sources(lambda _url, _held: answer, lambda _pattern, _seen: iter(()), known=store.fingerprints)
        (checked,) = check_channels(
            {"harbour": channel}, store=store, sources=sources, rules=RULES, clock=lambda: now, jitter=float
        )
        return checked

    if known and format_name is None:
        assert check(Fetched(url, feed, "text/html"), NOON).error is None

    checked = check(Fetched("https://hotel.example/welcome", page, "text/html"), NOON + timedelta(days=1))

    assert checked.error
    assert (f"{url} answered with a web page of hotel.example instead" in checked.error) == said


def test_an_export_of_too_many_posts_is_refused_with_the_remedy(world: World) -> None:
    twice = "".join(f"Notice {n}\nThe ferry {n} is late.\nThe ferry {n} is late.\n" for n in range(11))
    dump = twice.encode()
    sources = Sources(
        lambda url, _: Fetched(url, dump),
        lambda _pattern, _seen: iter(()),
        known=world.store.fingerprints,
        most_posts=10,
    )

    (checked,) = check_channels(
        {"harbour": CHANNEL},
        store=world.store,
        sources=sources,
        rules=RULES,
        clock=lambda: NOON + timedelta(hours=1),
        jitter=float,
    )

    assert checked.error == (
        "11 posts in one export are more than the 10 that one check takes in: use `watchword import`"
    )


def test_a_look_at_a_channel_says_what_a_check_would_do_and_writes_nothing(world: World) -> None:
    before = list(world.store.list_posts())
    world.web.newest = 25
    sources = Sources(world.web.fetch, lambda _pattern, _seen: iter(()), known=world.store.fingerprints)

    (trial,) = try_channel(CHANNEL, store=world.store, sources=sources, rules=RULES, now=world.now)

    assert (len(trial.new), trial.unchanged, trial.error) == (5, 15, None)
    assert list(world.store.list_posts()) == before
