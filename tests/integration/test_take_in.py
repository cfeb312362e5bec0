"""Imports on both databases: they merge with what checks found, tell nobody, go on, and leave the channel alone."""

import gzip
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from tests.builders import NOON
from tests.checking import Checks
from tests.e2e import story
from tests.one_channel import SOURCES
from tests.unit.telegram_desktop_samples import (
    MESSAGES,
    NAME,
    chat,
    html_message,
    html_service,
    html_text,
    message,
    own_layout,
    page,
    service,
)
from worker.adapters.files import FileExport, FileProblem, find_exports, read_new
from worker.adapters.store import Store
from worker.adapters.store.schema import post
from worker.core.announce import EVERYTHING, Subscription
from worker.core.fingerprint import fingerprint
from worker.core.models import Fetched, NotModified, Term, Validators, Watchlist
from worker.core.watchlist.matcher import Matcher
from worker.demo.pages import preview_page
from worker.demo.story import DemoChannel, DemoPost
from worker.jobs.check import Channel, ChannelChecked, Rules, Sources, check_channels
from worker.jobs.take_in import Choice, Step, Target, Terms, take_in

URL = "https://t.me/s/canals"
MATCHER = Matcher([Watchlist("Locks", (Term("lock"),))])
SUBSCRIBED = (Subscription("desk", frozenset({"Locks"})), Subscription("hook", frozenset({"Locks"}), alerts=EVERYTHING))


def sentence(number: int) -> str:
    return f"The lock number {number} opens at {number} o'clock."


@dataclass
class World:
    """A channel with a live page of its newest posts, and files to take in."""

    store: Store
    folder: Path
    now: datetime = NOON
    newest: int = 40
    #: texts of the live page that are not as `sentence` says
    edited: dict[int, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    channel: Channel = Channel("canals", URL, timedelta(minutes=10), host="t.me")  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        self.store.set_up_channels({"canals": URL}, NOON)

    def file(self, name: str, body: bytes, age: timedelta = timedelta(days=1)) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(body)
        written = (self.now - age).timestamp()
        os.utime(path, (written, written))
        return path

    def export(self, numbers: Sequence[int], name: str = "result.json", **more: Any) -> Path:
        return self.file(name, own_layout(chat(message(n, sentence(n)) for n in numbers)), **more)

    def steps(self, *files: Path, announce: bool = False, size: int = 7, **choice: Any) -> Iterator[Step]:
        return take_in(
            Target("canals", "Canals", URL),
            find_exports(files, {}, now=self.now, settle=timedelta(0)),
            store=self.store,
            terms=Terms(MATCHER, SUBSCRIBED if announce else None),
            choice=Choice(**choice),
            clock=lambda: self.now,
            max_bytes=1_000_000,
            size=size,
        )

    def take_in(self, *files: Path, **more: Any) -> Step:
        *_, end = self.steps(*files, **more)
        assert end.is_end
        return end

    def fetch(self, url: str, _validators: Validators | None) -> Fetched | NotModified:
        self.asked.append(url)
        last = int(url.rpartition("=")[2]) - 1 if "before=" in url else self.newest
        first = max(1, last - 9)
        posts = tuple(
            DemoPost(n, 1, timedelta(minutes=n), self.edited.get(n, sentence(n))) for n in range(first, last + 1)
        )
        body = preview_page(DemoChannel("canals", "Canals", posts), 1, NOON - timedelta(days=10))
        if first > 1:
            link = f'href="/s/canals?before={first}" data-before="{first}"'
            more = f'<a class="tme_messages_more js-messages_more" {link}></a>'
            body = body.replace(
                b'<section class="tgme_channel_history', f'{more}<section class="tgme_channel_history'.encode()
            )
        return Fetched(url, body, validators=Validators('"a"'))

    def check(self, after: timedelta = timedelta(hours=1)) -> ChannelChecked:
        self.now += after
        self.asked.clear()
        sources = Sources(self.fetch, lambda *_: iter(()), known=self.store.seen_by_checks)
        rules = Rules(MATCHER, SUBSCRIBED)
        (checked,) = check_channels(
            {"canals": self.channel}, store=self.store, sources=sources, rules=rules, clock=lambda: self.now,
            jitter=float,
        )  # fmt: skip
        assert not checked.failed, checked.error
        return checked

    def posts(self) -> dict[str, dict[str, Any]]:
        found = [*self.store.list_posts()]
        assert len({post["id"] for post in found}) == len(found)
        return {post["id"]: post for post in found}

    def channel_state(self) -> Any:
        return self.store.channel_state("canals")

    def told(self) -> tuple[int, int, int]:
        """Changes, deliveries, and what digests have still to tell."""
        changes, outbox = len([*self.store.list_changes()]), self.store.status(["canals"])["outbox"]
        return changes, outbox["waiting"], len(self.store.untold("desk"))


@pytest.fixture
def world(store: Store, tmp_path: Path) -> World:
    return World(store, tmp_path)


def test_an_import_stores_and_tags_and_tells_nobody(world: World) -> None:
    end = world.take_in(world.file("result.json", own_layout(chat(MESSAGES))), username="canals")

    assert (end.outcome, end.posts, end.progress, end.error) == ("done", 5, 1.0, None)
    assert (end.counts.new, end.counts.service, end.counts.tagged) == (5, 1, 1)
    posts = world.posts()
    assert set(posts) == {"1", "2", "3", "5", "6"}
    assert posts["2"]["tags"] == ["Locks"]
    assert posts["2"]["url"] == "https://t.me/canals/2"
    assert world.told() == (0, 0, 0)


def test_with_announce_what_is_new_is_told_and_what_is_known_is_not(world: World) -> None:
    world.take_in(world.export(range(1, 4)))
    world.take_in(world.export(range(1, 6), "later.json", age=timedelta(hours=1)), announce=True)
    assert world.told() == (2, 2, 2)


def test_an_import_leaves_all_that_is_known_of_the_channel_as_it_is(world: World) -> None:
    world.check()
    before = world.channel_state()
    world.take_in(world.export(range(1, 100)))
    assert world.channel_state() == before


def test_a_second_import_says_so_and_changes_nothing(world: World) -> None:
    path = world.export(range(1, 20))
    first = world.take_in(path)
    before = world.posts()

    again = world.take_in(path)

    assert (again.outcome, again.posts, again.counts) == ("already", 19, first.counts)
    assert world.posts() == before


def test_a_file_that_has_changed_is_taken_in_again_and_doubles_nothing(world: World) -> None:
    world.take_in(world.export(range(1, 20)))
    end = world.take_in(world.export(range(1, 23), age=timedelta(hours=1)))
    assert (end.outcome, end.counts.new, end.counts.unchanged) == ("done", 3, 19)


def test_what_a_check_has_stored_is_not_stored_again(world: World) -> None:
    world.check()
    end = world.take_in(world.export(range(1, 41)))
    assert (end.counts.new, end.counts.edited, end.counts.unchanged) == (30, 0, 10)
    assert len(world.posts()) == 40
    checked = world.check()
    assert (checked.new, checked.edited, checked.unchanged) == (0, 0, 10)


def test_a_text_that_a_check_has_seen_later_than_the_export_stays(world: World) -> None:
    world.edited[35] = "The lock number 35 is closed until further notice."
    world.check()

    end = world.take_in(world.export([34, 35]))

    assert (end.counts.new, end.counts.edited, end.counts.unchanged, end.counts.kept) == (0, 0, 1, 1)
    assert world.posts()["35"]["text"].endswith("until further notice.")
    assert world.posts()["35"]["revisions"] == 1
    assert world.check().edited == 0


def test_a_text_that_is_newer_than_the_last_check_is_an_edit(world: World) -> None:
    world.check()
    world.now += timedelta(days=1)
    changed = own_layout(chat([message(35, "The lock number 35 is closed.")]))

    end = world.take_in(world.file("result.json", changed, age=timedelta(hours=1)))

    assert (end.counts.edited, end.counts.kept, end.counts.tagged) == (1, 0, 1)
    assert world.posts()["35"]["text"] == "The lock number 35 is closed."
    assert world.posts()["35"]["revisions"] == 2
    assert world.told() == (0, 0, 0)


def test_of_two_exports_the_later_made_wins_in_whatever_order_they_come(world: World) -> None:
    old = world.file("old.json", own_layout(chat([message(1, "before")])), age=timedelta(days=9))
    young = world.file("young.json", own_layout(chat([message(1, "after")])), age=timedelta(days=2))
    world.take_in(young)
    assert world.take_in(old).counts.kept == 1
    assert world.posts()["1"]["text"] == "after"


def test_an_import_before_the_first_check_replaces_no_baseline(world: World) -> None:
    world.take_in(world.export(range(1, 36)))
    checked = world.check()
    assert (checked.baseline, checked.new, checked.unchanged, checked.pages) == (True, 5, 5, 1)
    world.newest = 42
    assert world.check().new == 2
    assert world.told() == (2, 2, 2)


def test_paging_back_ends_at_what_a_check_has_seen_not_at_what_was_imported(world: World) -> None:
    world.check()
    world.take_in(world.export([*range(1, 31), *range(70, 85)]))
    world.newest = 90

    checked = world.check(timedelta(days=1))

    assert len(world.asked) == 5  # 81-90, 71-80, 61-70, 51-60, 41-50
    assert (checked.new, checked.unchanged) == (35, 15)
    assert set(world.posts()) == {str(n) for n in range(1, 91)}
    assert world.channel_state().open_gap is None


def test_only_what_a_check_has_seen_counts_as_met(world: World) -> None:
    world.check()
    world.take_in(world.export(range(1, 36)))
    ids = [str(n) for n in range(1, 50)]
    assert world.store.seen_by_checks("canals", ids) == {str(n) for n in range(31, 41)}
    world.newest = 31
    world.check()
    assert world.store.seen_by_checks("canals", ids) == {str(n) for n in range(22, 41)}


def test_an_export_of_a_range_deletes_nothing(world: World) -> None:
    world.take_in(world.export(range(1, 30)))
    world.take_in(world.export([10, 20], "range.json", age=timedelta(hours=1)))
    assert len(world.posts()) == 29
    assert {post["state"] for post in world.posts().values()} == {"live"}


def test_the_same_chat_as_json_and_as_html_is_stored_once(world: World) -> None:
    known = [message(n, sentence(n)) for n in range(2, 31)]
    world.take_in(world.file("result.json", own_layout(chat([service(1, "create_channel", title=NAME), *known]))))
    pages = [
        html_service(1, f"Channel «{NAME}» created"),
        *(html_message(n, html_text(sentence(n))) for n in range(2, 31)),
    ]
    world.file("html/messages.html", page(*pages[:15]), age=timedelta(hours=2))
    world.file("html/messages2.html", page(*pages[15:]), age=timedelta(hours=1))

    end = world.take_in(world.folder / "html")

    assert (end.outcome, end.posts) == ("done", 30)
    assert (end.counts.new, end.counts.edited, end.counts.unchanged) == (0, 0, 30)


def test_a_packed_export_is_taken_in_like_the_file_itself(world: World) -> None:
    packed = gzip.compress(own_layout(chat(message(n, sentence(n)) for n in range(1, 30))))
    end = world.take_in(world.file("result.json.gz", packed))
    assert (end.outcome, end.counts.new, end.progress) == ("done", 29, 1.0)


def test_dumps_without_ids_find_their_place_among_those_that_are_stored(world: World) -> None:
    def dump(*numbers: int) -> bytes:
        return story.dump(*numbers).encode()

    whole = world.take_in(world.file("1.txt", dump(2, 3)))
    assert (whole.counts.new, whole.counts.unchanged) == (2, 0)
    older = world.take_in(world.file("2.txt", dump(0, 1, 2, 3), age=timedelta(hours=1)))
    assert (older.counts.new, older.counts.unchanged) == (2, 2)
    titles = [dump(number).decode().split("\n", 1)[0] for number in range(4)]
    assert [post["text"].split("\n", 1)[0] for post in world.store.list_posts()] == titles


def test_a_live_page_that_was_saved_is_taken_in(world: World) -> None:
    saved = world.fetch(URL, None)
    assert isinstance(saved, Fetched)
    end = world.take_in(world.file("page.html", saved.body))
    assert end.counts.new == 10
    assert world.check().unchanged == 10


def test_of_a_file_that_is_cut_off_all_that_is_whole_is_taken_in(world: World) -> None:
    whole = own_layout(chat(message(n, sentence(n)) for n in range(1, 31)))
    path = world.file("result.json", whole[: len(whole) * 2 // 3])

    end = world.take_in(path)

    assert end.failed
    assert end.error
    assert "result.json: telegram-desktop-json: the file is cut off after 19 whole posts" in end.error
    assert end.counts.new == end.posts == len(world.posts()) == 19
    again = world.take_in(path)
    assert (again.outcome, again.posts, again.counts) == (end.outcome, end.posts, end.counts)
    end = world.take_in(world.file("result.json", whole, age=timedelta(hours=1)))
    assert (end.outcome, end.counts.new, end.counts.unchanged) == ("done", 11, 19)


def test_what_is_no_export_is_told_and_the_next_file_is_taken_in(world: World) -> None:
    bad = world.file("a.json", b'{"messages": [{"type": "message", "id": "x"}]}')
    good = world.export(range(1, 4), "b.json")
    ends = [step for step in world.steps(bad, world.folder / "c*.json", good) if step.is_end]
    assert [step.outcome for step in ends] == ["failed", "failed", "done"]
    assert all(step.error and "\n" not in step.error for step in ends[:2])


def test_one_chat_of_a_whole_account_goes_into_the_channel_that_is_named(world: World) -> None:
    chats = [chat([message(1, "ours")]), chat([message(1, "theirs")], name="Other", number=7)]
    body = own_layout({"about": "x", "chats": {"about": "y", "list": chats}})
    path = world.file("result.json", body)
    several = world.take_in(path)
    assert several.error
    assert "choose one" in several.error
    assert world.take_in(path, chat=NAME).counts.new == 1
    assert world.posts()["1"]["text"] == "ours"


def test_an_interrupted_import_goes_on_and_comes_to_the_same(world: World, tmp_path: Path) -> None:
    path = world.export(range(1, 61))
    steps = world.steps(path)
    done = [next(steps) for _ in range(3)]
    steps.close()  # type: ignore[attr-defined]
    assert [step.posts for step in done] == [7, 14, 21]
    assert len(world.posts()) == 21

    end = world.take_in(path)

    assert (end.outcome, end.resumed_at, end.posts, end.counts.new) == ("done", 21, 60, 60)
    assert set(world.posts()) == {str(n) for n in range(1, 61)}


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(stops=st.lists(st.integers(1, 5), max_size=3), size=st.integers(1, 9))
def test_however_often_it_is_interrupted_the_counts_are_those_of_one_go(
    world: World, stops: list[int], size: int
) -> None:
    stamp = timedelta(days=1, seconds=size * 100 + sum(stops) + len(stops) * 10)
    path = world.export(range(1, 26), f"{size}-{stops}.json", age=stamp)
    for stop in stops:
        steps = world.steps(path, size=size)
        for _, _step in zip(range(stop), steps, strict=False):
            pass
        steps.close()  # type: ignore[attr-defined]
    end = world.take_in(path, size=size)
    assert end.posts == 25
    assert end.counts.new + end.counts.unchanged == 25
    assert len(world.posts()) == 25


def test_a_check_of_dropped_files_takes_large_json_in_pieces(world: World) -> None:
    world.export(range(1, 1_201))
    channel = Channel("canals", str(world.folder / "*.json"), timedelta(minutes=10), host="file", is_files=True)

    def files(pattern: str, seen: Any) -> Iterator[FileExport | FileProblem]:
        return read_new(pattern, seen, now=world.now, max_bytes=10_000)

    def check() -> list[ChannelChecked]:
        world.now += timedelta(hours=1)
        return list(
            check_channels(
                {"canals": channel},
                store=world.store,
                sources=Sources(world.fetch, files, known=world.store.seen_by_checks),
                rules=Rules(MATCHER, SUBSCRIBED),
                clock=lambda: world.now,
                jitter=float,
            )
        )

    pieces = check()
    assert [piece.new for piece in pieces] == [500, 500, 200]
    assert all(piece.baseline and not piece.failed for piece in pieces)
    assert [piece.outcome for piece in check()] == ["not_modified"]
    assert world.told() == (0, 0, 0)


def test_times_of_old_exports_are_told_by_the_given_zone(world: World) -> None:
    old = message(1, "old", date_unixtime=..., date="2021-06-01T12:00:00")
    path = world.file("result.json", own_layout(chat([old])))
    world.take_in(path, timezone=UTC)
    assert world.posts()["1"]["published_at"] == "2021-06-01T12:00:00+00:00"


def test_posts_of_another_version_of_the_fingerprint_are_refreshed_by_an_import(world: World, engine: Engine) -> None:
    world.take_in(world.export(range(1, 6)))
    with engine.begin() as connection:
        connection.execute(update(post).values(fingerprint=f"1:{0:032x}"))

    end = world.take_in(world.export(range(1, 6), age=timedelta(hours=1)))

    assert (end.counts.new, end.counts.edited, end.counts.unchanged) == (0, 0, 5)
    with engine.connect() as connection:
        assert set(connection.execute(select(post.c.fingerprint)).scalars()) == {
            fingerprint(sentence(n)) for n in range(1, 6)
        }


def test_an_export_of_what_checks_have_found_elsewhere_brings_nothing_but_what_is_older(world: World) -> None:
    checks = Checks(world.store, url=URL)
    checks.fetched(SOURCES["preview"]())

    end = world.take_in(world.file("result.json", SOURCES["json"](), age=timedelta(minutes=-90)))

    assert (end.counts.new, end.counts.edited, end.counts.kept) == (0, 0, 0)
