"""Feeds of one's own: Atom files that any reader understands, written when something has changed, on both databases."""

import os
import stat
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import NOON, make_new, make_record
from worker.adapters.store import Store
from worker.adapters.templates import Translations
from worker.core.announce import Subscription, announce
from worker.core.atom import FeedHead, atom, tag_uri
from worker.core.models import ChangeKind, Match, Snapshot, Told
from worker.core.parse import parse
from worker.core.record import Announcement, CheckRecord
from worker.core.sample import sample_told
from worker.jobs.publish import FeedPlan, FeedWritten, publish_feeds

_ATOM = "{http://www.w3.org/2005/Atom}"
_NOBODY: Sequence[Subscription] = ()
_HEAD = FeedHead("tag:example.org,2026-03-02:watchword:ab", "Tides & <b>", NOON, "en", "https://example.org/a.atom?b&c")


def found(text: str, at: datetime, tags: tuple[str, ...]) -> Announcement:
    return announce(Told("harbour", "Harbour Office", ChangeKind.NEW, text, tags, (), at), _NOBODY)


def check(*numbers: int, tags: tuple[str, ...] = ("BRICS",), at: datetime = NOON, held: bool = False) -> CheckRecord:
    match = Match("BRICS", "BRICS", 0, 5)
    posts = [
        make_new(f"BRICS & <tides> {number}", number, announcement=found("", at, tags), matches=(match,))
        for number in numbers
    ]
    return make_record(*posts, at=at, held=held)


@pytest.fixture
def channel(store: Store) -> Store:
    """A store that knows the channel."""
    store.set_up_channels({"harbour": "https://t.me/s/harbour"}, NOON, parser_version=1)
    return store


@pytest.fixture
def plan(tmp_path: Path) -> FeedPlan:
    """A feed of one watchlist."""
    wanted = Subscription("", frozenset({"BRICS"}))
    return FeedPlan(str(tmp_path / "brics.atom"), "BRICS", wanted, ("BRICS",), link="https://example.org/brics.atom")


def publish(store: Store, plan: FeedPlan, at: datetime = NOON) -> list[FeedWritten]:
    return list(publish_feeds([plan], store=store, now=at))


def events(plan: FeedPlan) -> list[tuple[str, str]]:
    """Return id and title of what is in the file, by another reader than ours."""
    root = ElementTree.fromstring(Path(plan.path).read_bytes())
    return [
        (entry.findtext(f"{_ATOM}id") or "", entry.findtext(f"{_ATOM}title") or "")
        for entry in root.iter(f"{_ATOM}entry")
    ]


def test_a_new_change_is_written_once_and_a_restart_writes_nothing(channel: Store, plan: FeedPlan) -> None:
    assert [one.events for one in publish(channel, plan)] == [0]
    channel.record_check(check(1, 2))
    assert publish(channel, plan) == [FeedWritten(plan.path, 2)]
    body, stamp = Path(plan.path).read_bytes(), Path(plan.path).stat().st_mtime_ns
    assert publish(channel, plan, NOON + timedelta(days=3)) == []
    assert (Path(plan.path).read_bytes(), Path(plan.path).stat().st_mtime_ns) == (body, stamp)


def test_a_file_that_was_taken_away_comes_back_as_it_was(channel: Store, plan: FeedPlan) -> None:
    channel.record_check(check(1, 2))
    publish(channel, plan)
    body = Path(plan.path).read_bytes()
    Path(plan.path).unlink()
    assert publish(channel, plan, NOON + timedelta(days=3)) == [FeedWritten(plan.path, 2)]
    assert Path(plan.path).read_bytes() == body


def test_ids_stay_and_no_two_are_alike(channel: Store, plan: FeedPlan) -> None:
    channel.record_check(check(1, 2))
    publish(channel, plan)
    before = events(plan)
    channel.record_check(check(3, at=NOON + timedelta(hours=1)))
    publish(channel, plan, NOON + timedelta(hours=1))
    after = events(plan)
    assert after[1:] == before
    assert len({identity for identity, _ in after}) == 3
    assert all(identity.startswith("tag:example.org,2026-03-02:watchword:") for identity, _ in after)


def test_what_the_feed_does_not_want_writes_nothing(channel: Store, plan: FeedPlan) -> None:
    publish(channel, plan)
    channel.record_check(check(1, tags=("CIS",)))
    channel.record_check(check(2, tags=()))
    assert publish(channel, plan) == []


def test_only_the_newest_are_in_it(channel: Store, plan: FeedPlan) -> None:
    plan = replace(plan, most=3)
    for number in range(1, 6):
        channel.record_check(check(number, at=NOON + timedelta(minutes=number)))
        publish(channel, plan)
    assert [title.rpartition(" ")[2] for _, title in events(plan)] == ["5", "4", "3"]


def test_held_changes_come_when_they_are_approved(channel: Store, plan: FeedPlan) -> None:
    channel.record_check(check(1, held=True))
    channel.record_check(check(2, at=NOON + timedelta(minutes=1)))
    publish(channel, plan)
    assert len(events(plan)) == 1
    held = channel.held_changes("harbour")
    channel.record_approval([(number, found("", NOON, ("BRICS",))) for number in held], NOON)
    assert publish(channel, plan) == [FeedWritten(plan.path, 2)]
    assert [title.rpartition(" ")[2] for _, title in events(plan)] == ["2", "1"]


def test_another_wish_goes_through_what_is_stored(channel: Store, plan: FeedPlan) -> None:
    channel.record_check(check(1, tags=("CIS",)))
    channel.record_check(check(2))
    publish(channel, plan)
    (kept,) = events(plan)
    plan = replace(plan, wanted=Subscription("", frozenset({"BRICS", "CIS"})), watchlists=("BRICS", "CIS"))
    assert publish(channel, plan) == [FeedWritten(plan.path, 2)]
    assert kept in events(plan)


def test_a_missing_folder_is_said_and_delays_no_other_feed(channel: Store, plan: FeedPlan, tmp_path: Path) -> None:
    lost = replace(plan, path=str(tmp_path / "gone" / "brics.atom"))
    channel.record_check(check(1))
    error = f"{lost.path}: there is no folder {tmp_path / 'gone'}, make it"
    for _ in range(2):
        results = list(publish_feeds([lost, plan], store=channel, now=NOON))
        assert results[0] == FeedWritten(lost.path, 1, error)
    assert Path(plan.path).exists()
    (tmp_path / "gone").mkdir()
    assert publish(channel, lost) == [FeedWritten(lost.path, 1)]
    assert len(events(lost)) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_said(channel: Store, plan: FeedPlan, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    (result,) = publish(channel, plan)
    tmp_path.chmod(0o700)
    assert result.error == f"{plan.path}: cannot be written: permission denied"


def test_a_folder_at_its_place_is_said_and_nothing_is_left_beside_it(
    channel: Store, plan: FeedPlan, tmp_path: Path
) -> None:
    Path(plan.path).mkdir()
    (result,) = publish(channel, plan)
    assert result.error == f"{plan.path}: cannot be written: is a directory"
    assert not list(tmp_path.glob("*.new"))
    assert not list(tmp_path.glob(".brics*"))


def test_a_web_server_may_read_the_file(channel: Store, plan: FeedPlan) -> None:
    umask = os.umask(0o022)
    try:
        publish(channel, plan)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(Path(plan.path).stat().st_mode) == 0o644


def test_our_own_reader_understands_it() -> None:
    told = dict(enumerate(sample_told(), 1))
    body = atom(_HEAD, told, ["BRICS", "CIS", "Ukraine"], Translations("en"))
    snapshot = parse(body, url="https://example.org/a.atom")
    assert isinstance(snapshot, Snapshot)
    assert snapshot.title == "Tides & <b>"
    assert [post.id for post in snapshot.posts] == [f"{_HEAD.id}:{number}" for number in sorted(told, reverse=True)]
    assert {post.url for post in snapshot.posts} == {one.url for one in told.values()}


def test_words_are_marked_and_edits_shown() -> None:
    edited = next(one for one in sample_told() if one.lost)
    root = ElementTree.fromstring(atom(_HEAD, {7: edited}, ["BRICS"], Translations("fr")))
    assert "<del>agreed on with BRICS partners</del>" in (root.findtext(f".//{_ATOM}content") or "")
    told = sample_told()[0]
    root = ElementTree.fromstring(atom(_HEAD, {7: told}, ["BRICS"], Translations("fr")))
    assert "<mark>BRICS</mark>" in (root.findtext(f".//{_ATOM}content") or "")
    assert root.find(f".//{_ATOM}category[@term='BRICS']") is not None


@given(st.text(max_size=80), st.text(max_size=30), st.text(max_size=30), st.text(max_size=60))
@settings(max_examples=60)
def test_any_text_makes_a_valid_feed(text: str, title: str, name: str, path: str) -> None:
    told = Told("harbour", title, ChangeKind.NEW, text, (name,), (), NOON, url=f"https://example.org/{path}")
    body = atom(replace(_HEAD, title=title), {1: told}, [name], Translations("en"))
    root = ElementTree.fromstring(body)
    (entry,) = root.iter(f"{_ATOM}entry")
    assert [child.tag.removeprefix(_ATOM) for child in root][:3] == ["id", "title", "updated"]
    assert {"id", "title", "updated", "author", "link", "content"} <= {child.tag.removeprefix(_ATOM) for child in entry}
    assert entry.findtext(f"{_ATOM}author/{_ATOM}name")
    html = entry.findtext(f"{_ATOM}content") or ""
    assert "<script" not in html.lower()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://[", "data:text/html,x", "tides"])
def test_only_addresses_of_the_web_become_links(url: str) -> None:
    told = replace(sample_told()[0], url=url)
    root = ElementTree.fromstring(atom(_HEAD, {1: told}, [], Translations("en")))
    assert root.find(f".//{_ATOM}entry/{_ATOM}link") is None


def test_markup_in_a_post_is_text() -> None:
    told = replace(sample_told()[0], text="<script>alert(1)</script> ]]> &amp;", matches=())
    content = ElementTree.fromstring(atom(_HEAD, {1: told}, [], Translations("en"))).findtext(f".//{_ATOM}content")
    assert content is not None
    assert "&lt;script&gt;alert(1)&lt;/script&gt; ]]&gt; &amp;amp;" in content


def test_an_id_belongs_to_the_host_of_the_link() -> None:
    assert tag_uri("https://News.example.org/a", NOON, "ab") == "tag:news.example.org,2026-03-02:watchword:ab"
    assert tag_uri(None, NOON, "ab") == "tag:watchword.invalid,2026-03-02:watchword:ab"
    assert tag_uri("https://[::1]/a", NOON, "ab") == "tag:watchword.invalid,2026-03-02:watchword:ab"


def test_a_rare_watchlist_is_found_far_back(channel: Store, plan: FeedPlan) -> None:
    channel.record_check(check(1))
    channel.record_check(check(*range(2, 2_400), tags=("CIS",)))
    channel.record_check(check(2_400))
    assert publish(channel, plan) == [FeedWritten(plan.path, 2)]
    assert [title.rpartition(" ")[2] for _, title in events(plan)] == ["2400", "1"]
