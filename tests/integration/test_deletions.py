"""Deletions: what a second look proves is told, and what merely is not shown is not."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.integration.disappearing import (
    LANDING,
    NOT_FOUND,
    OTHER_PAGE,
    RULES,
    Answer,
    Gazette,
    Preview,
    Watch,
    status,
)
from worker.adapters.store import Store
from worker.adapters.store.engine import open_engine, upgrade
from worker.core.models import ChangeKind, NotModified, Validators
from worker.jobs.hold import approve, rebaseline


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables and nothing in them."""
    path = tmp_path_factory.mktemp("empty") / "watchword.db"
    made = open_engine(f"sqlite:///{path}")
    upgrade(made)
    made.dispose()
    return path


@pytest.fixture
def quick(empty_database: Path, tmp_path: Path) -> Iterator[Store]:
    """A store for what no database makes different."""
    engine = open_engine(f"sqlite:///{shutil.copy(empty_database, tmp_path)}")
    yield Store(engine)
    engine.dispose()


@pytest.fixture
def web() -> Preview:
    return Preview()


@pytest.fixture
def watch(quick: Store, web: Preview) -> Watch:
    return Watch(quick, web)


def test_a_post_taken_out_of_the_middle_is_suspected_and_deleted_after_the_second_look(
    store: Store, web: Preview
) -> None:
    watch = Watch(store, web)
    web.numbers.remove(12)
    first = watch.check()
    assert (first.missed, first.deleted, watch.deleted(), watch.kinds(), web.singles()) == (1, 0, [], [], [])

    second = watch.check()

    assert (second.missed, second.deleted) == (0, 1)
    assert web.singles() == ["https://t.me/harbour/12?embed=1&mode=tme"]
    assert (watch.deleted(), watch.kinds(), watch.suspects()) == (["12"], [("deleted", "12")], [])
    (told,) = watch.store.untold("desk").values()
    assert (told.kind, told.text, told.tags) == (
        ChangeKind.DELETED,
        "The ferry 12 leaves at 12 o'clock.",
        ("Ferries",),
    )
    assert told.matches[0].term == "ferry"
    assert told.last_seen_at == watch.now - timedelta(hours=2)
    ((kind, body),) = watch.sent()
    assert (kind, body["text"]) == ("post.deleted", told.text)
    assert watch.check().deleted == 0


def test_a_post_that_has_scrolled_out_is_not_missed(watch: Watch, web: Preview) -> None:
    web.numbers |= set(range(21, 31))
    for _ in range(3):
        assert watch.check().missed == 0
    assert watch.deleted() == []


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b"<!DOCTYPE html><html><body>no posts</body></html>", id="another page"),
        pytest.param(LANDING, id="banned"),
        pytest.param(status(429), id="limited"),
        pytest.param(status(503), id="broken"),
        pytest.param(NotModified(Validators('"a"')), id="not modified"),
    ],
)
def test_only_a_good_page_is_a_look(watch: Watch, web: Preview, bad: Answer) -> None:
    web.instead = [bad] * 3
    for _ in range(3):
        watch.check(timedelta(days=1))
    assert (watch.suspects(), watch.deleted()) == ([], [])

    web.numbers.remove(12)
    assert watch.check(timedelta(days=1)).missed == 1
    web.instead = [bad] * 4
    for _ in range(4):
        watch.check(timedelta(hours=7))
    assert (watch.suspects(), watch.deleted(), web.singles()) == (["12"], [], [])


def test_a_page_that_was_cut_off_misses_nothing(watch: Watch, web: Preview) -> None:
    whole = web("https://t.me/s/harbour")
    assert isinstance(whole, bytes)
    web.instead = [whole[: len(whole) * n // 7] for n in range(1, 7)]
    for _ in range(6):
        assert watch.check(timedelta(days=1)).failed
    assert watch.suspects() == []


def test_a_short_page_misses_nothing(watch: Watch, web: Preview) -> None:
    web.size = 4
    for _ in range(3):
        assert watch.check().missed == 0
    assert watch.deleted() == []


def test_a_post_that_was_missing_once_is_no_longer_suspected(watch: Watch, web: Preview) -> None:
    web.left_out = {12}
    assert watch.check().missed == 1
    web.left_out = set()
    assert watch.check().deleted == 0
    assert (watch.suspects(), watch.deleted(), web.singles()) == ([], [], [])


def test_a_post_that_only_its_own_page_shows_is_not_asked_for_again_and_again(watch: Watch, web: Preview) -> None:
    web.left_out = {12}
    for _ in range(30):
        watch.check()
    assert (watch.deleted(), len(web.singles())) == ([], 1)

    for _ in range(9):
        watch.check(timedelta(days=1))
    assert len(web.singles()) == 2

    web.left_out = set()
    watch.check()
    assert watch.suspects() == []


def test_where_posts_have_no_pages_the_second_good_page_decides(watch: Watch, web: Preview) -> None:
    web.numbers.remove(12)
    web.single = OTHER_PAGE
    watch.check()
    assert watch.check().deleted == 1


def test_a_site_that_answers_404_for_single_posts_has_no_pages_of_them(watch: Watch, web: Preview) -> None:
    web.numbers.remove(12)
    web.single = status(404)
    watch.check()
    assert watch.check().deleted == 1


@pytest.mark.parametrize("single", [status(429), status(503), LANDING, NOT_FOUND[:-20]])
def test_three_looks_decide_where_the_own_page_cannot_be_read(watch: Watch, web: Preview, single: Answer) -> None:
    web.numbers.remove(12)
    web.single = single
    assert [watch.check().deleted for _ in range(4)] == [0, 0, 0, 1]


def test_a_suspect_that_scrolls_out_is_only_deleted_on_its_own_pages_word(watch: Watch, web: Preview) -> None:
    web.numbers.remove(12)
    web.single = status(503)
    watch.check()
    web.numbers |= set(range(21, 60))
    for _ in range(5):
        assert watch.check().deleted == 0
    assert watch.suspects() == ["12"]

    web.single = None
    assert watch.check().deleted == 1


def test_a_suspicion_that_nothing_can_decide_is_dropped_after_a_week(watch: Watch, web: Preview) -> None:
    web.numbers.remove(12)
    web.single = OTHER_PAGE
    watch.check()
    web.numbers |= set(range(21, 60))
    watch.check(timedelta(days=6))
    assert watch.suspects() == ["12"]
    watch.check(timedelta(days=2))
    assert (watch.suspects(), watch.deleted()) == ([], [])


def test_few_pages_are_asked_in_one_check_and_none_any_more_of_a_site_that_limits(watch: Watch, web: Preview) -> None:
    web.left_out = set(range(3, 18))
    watch.check()
    watch.check()
    assert len(web.singles()) == 5
    web.single = status(429)
    watch.check()
    assert len(web.singles()) == 6


def test_a_hole_between_two_pages_proves_nothing(quick: Store) -> None:
    web = Preview(set(range(1, 41)), size=20)
    watch = Watch(quick, web)
    web.numbers |= set(range(41, 81))
    web.left_out = {59, 60, 61, 62}  # at the joint of the pages 41 to 60 and 61 to 80

    checked = watch.check()

    assert (checked.new, checked.pages) == (36, 3)
    web.left_out = set()
    assert watch.check().missed == 0
    assert watch.deleted() == []


# --------------------------------------------------------------------------- masses


def vanish(watch: Watch, web: Preview) -> None:
    web.numbers -= set(range(5, 13))
    watch.check()
    for _ in range(3):
        watch.check()
    assert watch.deleted() == [str(number) for number in range(5, 13)]


def test_a_mass_that_vanishes_is_held_and_told_on_approval(watch: Watch, web: Preview) -> None:
    vanish(watch, web)

    assert watch.store.untold("desk") == {}
    assert [(kind, body["deleted"]) for kind, body in watch.sent()] == [("channel.held", 5)]
    assert watch.store.status(["harbour"])["channels"][0]["held"] == 8

    assert approve("harbour", store=watch.store, subscriptions=RULES.subscriptions, now=watch.now) == 8
    assert {told.kind for told in watch.store.untold("desk").values()} == {ChangeKind.DELETED}
    assert [kind for kind, _ in watch.sent()] == ["post.deleted"] * 8


def test_a_mass_that_vanishes_can_be_taken_for_the_new_normal(watch: Watch, web: Preview) -> None:
    vanish(watch, web)

    assert rebaseline("harbour", store=watch.store) == 8

    assert (len(watch.deleted()), watch.kinds()) == (8, [])
    assert watch.check().deleted == 0


def test_a_mass_that_is_shown_again_was_never_gone(store: Store, web: Preview) -> None:
    watch = Watch(store, web)
    vanish(watch, web)
    web.numbers |= set(range(5, 13)) | {21}

    checked = watch.check()

    assert (checked.restored, checked.new, checked.held) == (8, 1, 0)
    assert (watch.deleted(), watch.kinds()) == ([], [("new", "21")])
    assert [told.text for told in watch.store.untold("desk").values()] == ["The ferry 21 leaves at 21 o'clock."]
    assert not watch.store.channel_state("harbour").is_held  # type: ignore[union-attr]


# --------------------------------------------------------------------------- back again


def test_a_deleted_post_that_is_shown_again_is_restored_and_told(watch: Watch, web: Preview) -> None:
    web.numbers.remove(12)
    watch.check()
    watch.check()
    web.numbers.add(12)

    assert watch.check().restored == 1

    assert (watch.deleted(), watch.kinds()) == ([], [("deleted", "12"), ("restored", "12")])
    assert [kind for kind, _ in watch.sent()] == ["post.deleted", "post.restored"]
    assert watch.check().restored == 0


def test_a_post_that_is_back_with_another_text_is_restored_and_edited(watch: Watch, web: Preview) -> None:
    web.numbers.remove(12)
    watch.check()
    watch.check()
    web.numbers.add(12)
    web.texts[12] = "The bridge is open at twelve."

    checked = watch.check()

    assert (checked.restored, checked.edited) == (1, 1)
    assert sorted(watch.kinds()) == [("deleted", "12"), ("edited", "12"), ("restored", "12")]
    restored = [told for told in watch.store.untold("desk").values() if told.kind is ChangeKind.RESTORED]
    assert [told.text for told in restored] == ["The bridge is open at twelve."]


def test_a_look_at_a_channel_says_what_would_be_missed_and_deleted(watch: Watch, web: Preview) -> None:
    web.numbers.remove(12)
    assert (watch.look().missed, watch.suspects()) == (1, [])

    watch.check()
    trial = watch.look()

    assert ([told.text for told in trial.deleted], trial.missed) == (["The ferry 12 leaves at 12 o'clock."], 0)
    assert (watch.deleted(), watch.suspects()) == ([], ["12"])


# --------------------------------------------------------------------------- feeds


@pytest.fixture(params=["feed", "rest"])
def gazette(request: pytest.FixtureRequest) -> Gazette:
    return Gazette(is_rest=request.param == "rest")


@pytest.fixture
def reader(quick: Store) -> Callable[[Gazette], Watch]:
    return lambda gazette: Watch(quick, gazette, "https://gazette.example/posts")


def test_what_a_feed_leaves_out_and_its_page_denies_is_deleted(gazette: Gazette, store: Store) -> None:
    watch = Watch(store, gazette, "https://gazette.example/posts")
    gazette.numbers.remove(5)
    gazette.pages = {5: 404}
    assert [watch.check().missed, watch.check().deleted] == [1, 1]
    assert len(watch.deleted()) == 1


def test_what_falls_off_the_end_of_a_feed_is_not_missed(gazette: Gazette, reader: Callable[[Gazette], Watch]) -> None:
    watch = reader(gazette)
    gazette.pages = dict.fromkeys(range(1, 20), 404)
    for newest in range(11, 20):
        gazette.numbers = [newest, *gazette.numbers[:-1]]
        assert watch.check().missed == 0
    assert watch.deleted() == []


def test_what_a_feed_leaves_out_and_its_page_shows_is_not_deleted(
    gazette: Gazette, reader: Callable[[Gazette], Watch]
) -> None:
    watch = reader(gazette)
    gazette.numbers.remove(5)
    for _ in range(4):
        watch.check()
    assert watch.deleted() == []
    assert sum(url.endswith("/n/5") for url in gazette.asked) == 1


def test_a_feed_that_has_not_changed_since_a_post_was_missed_is_no_second_look(
    gazette: Gazette, reader: Callable[[Gazette], Watch]
) -> None:
    watch = reader(gazette)
    gazette.numbers.remove(5)
    gazette.pages = {5: 410}
    watch.check()
    gazette.not_modified = True
    for _ in range(4):
        watch.check()
    assert watch.deleted() == []


def test_a_pinned_old_post_does_not_make_the_end_of_a_feed_its_middle(reader: Callable[[Gazette], Watch]) -> None:
    gazette = Gazette([1, *range(20, 10, -1)], pages=dict.fromkeys(range(1, 40), 403))
    watch = reader(gazette)
    for newest in range(21, 30):
        gazette.numbers = [1, newest, *gazette.numbers[1:-1]]
        assert watch.check().missed == 0
    assert watch.deleted() == []


def test_what_a_feed_itself_calls_deleted_is_deleted_at_once(reader: Callable[[Gazette], Watch]) -> None:
    gazette = Gazette()
    watch = reader(gazette)
    gazette.numbers.remove(5)
    gazette.deleted = [5, 77]

    assert watch.check().deleted == 1
    assert watch.kinds() == [("deleted", "tag:gazette.example,5")]
    assert watch.check().deleted == 0
