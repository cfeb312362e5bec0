"""Searching stored posts, on both databases: found in every form, after an edit by its new text, never by an error."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from tests.builders import NOON, make_found, make_new, make_record
from worker.adapters.store import Store
from worker.adapters.store.finding import ChangesWanted, PostsWanted
from worker.core.diff import Edit
from worker.core.models import ChangeKind, Match
from worker.core.post_language import detect
from worker.core.record import Announcement, EditedPost
from worker.core.revision import Grade
from worker.core.search import query
from worker.jobs.index import index_posts

TEXTS = (
    "Министерство портов отменило часть санкций",
    "Norvania lifts its sanctions on grain ships",
    "Les ministres sanctionnés ont quitté Selmouth",
    "The CIS summit of 2026",
    "a cis-lunar orbit",
    "新港口开放 – ein neuer Hafen, groß und schön",
)


@pytest.fixture
def store(engine: Engine) -> Store:
    made = Store(engine)
    made.set_up_channels({"harbour": "https://t.me/s/harbour", "quay": "/srv/quay/*.txt"}, NOON)
    return made


def index(store: Store) -> int:
    return sum(batch.posts for batch in index_posts(store, most=10_000))


def remember(store: Store, texts: Iterable[str] = TEXTS, **more: object) -> None:
    store.record_check(make_record(*(make_new(text, n) for n, text in enumerate(texts, 1)), **more))  # type: ignore[arg-type]


def edit(store: Store, number: int, text: str, announcement: Announcement | None = None) -> None:
    known = store.fingerprints("harbour", [str(number)])[str(number)]
    before = store.previous([known.row])[known.row]
    edited = EditedPost(Edit(known, make_found(text, number)), before.revision + 1, (), announcement)
    store.record_check(make_record(edited=(edited,), at=NOON + timedelta(hours=1)))


def found(store: Store, words: str, **more: object) -> list[str]:
    wanted = PostsWanted(words=query(words), **more)  # type: ignore[arg-type]
    return sorted(post["id"] for post in store.find_listed(wanted))


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("санкции", ["1"]),
        ("sanction", ["2", "3"]),
        ("sanctions -grain", ["3"]),
        ('"grain ship"', ["2"]),
        ('"ship grain"', []),
        ("CIS", ["4"]),
        ("cis", ["4", "5"]),
        ("санкц*", ["1"]),
        ("san*", ["2", "3"]),
        ("2026", ["4"]),
        ("港口", ["6"]),
        ("gross", ["6"]),
        ("ministere", []),
        ("selmouth*", ["3"]),
        ("it's", []),
        ("l'it\\", []),
    ],
)
def test_a_post_is_found_by_every_form_of_its_words(store: Store, words: str, ids: list[str]) -> None:
    remember(store)
    assert store.count_unsearched() == len(TEXTS)
    assert index(store) == len(TEXTS)
    assert store.count_unsearched() == 0
    assert found(store, words) == ids


def test_an_edited_post_is_found_by_its_new_text_only(store: Store) -> None:
    remember(store)
    index(store)
    edit(store, 2, "The fees for barges are unchanged")
    assert store.count_unsearched() == 1
    assert index(store) == 1

    assert (found(store, "barge"), found(store, "grain"), store.count_unsearched()) == (["2"], [], 0)
    assert index(store) == 0


def test_an_edit_between_reading_and_writing_the_index_is_taken_up_later(store: Store) -> None:
    remember(store)
    read = store.unsearched(100)
    edit(store, 2, "barges")
    store.record_searchable([(one, ["stale"]) for one in read])

    assert store.count_unsearched() == 1
    index(store)
    assert found(store, "barge") == ["2"]


def test_an_edit_of_an_edit_that_was_read_stays_due(store: Store) -> None:
    remember(store)
    index(store)
    edit(store, 2, "first")
    read = store.unsearched(100)
    edit(store, 2, "second")
    store.record_searchable([(one, ["first"]) for one in read])

    assert [(one.revision, one.text) for one in store.unsearched(100)] == [(3, "second")]
    index(store)
    assert found(store, "second") == ["2"]


def test_new_posts_are_taken_up_in_bounded_batches(store: Store) -> None:
    remember(store, (f"ship {n}" for n in range(1, 1201)))
    assert [batch.posts for batch in index_posts(store, most=700)] == [500, 200]
    assert store.count_unsearched() == 500
    assert list(index_posts(store, most=700, stopping=lambda: True)) == []
    assert index(store) == 500
    assert len(found(store, "ships")) == 1200


def test_other_stems_make_a_new_index(store: Store, engine: Engine) -> None:
    remember(store)
    index(store)
    with engine.begin() as connection:
        connection.execute(text("UPDATE counter SET value = 0 WHERE name = 'search_stems'"))
    assert store.count_unsearched() == len(TEXTS)
    assert index(store) == len(TEXTS)
    assert found(store, "sanction") == ["2", "3"]


def test_what_is_found_comes_from_the_newest_on_and_is_limited(store: Store) -> None:
    remember(store, ("ship one", "boat", "ship two"))
    index(store)
    wanted = PostsWanted(words=query("ship"), limit=1)
    assert [post["id"] for post in store.find_listed(wanted)] == ["3"]
    assert [post["id"] for post in store.find_listed(PostsWanted(limit=2))] == ["3", "2"]


def test_posts_are_chosen_by_what_is_known_of_them(store: Store) -> None:
    hit = Match("BRICS", "BRICS", 0, 5)
    news = Announcement(ChangeKind.NEW, ("BRICS",))
    store.record_check(make_record(make_new("The quay of the BRICS house is open", 1, matches=(hit,))))
    store.record_check(make_record(make_new("Новый причал уже открыт", 2, announcement=news), at=NOON))
    index(store)

    def ids(**wanted: object) -> list[str]:
        return [post["id"] for post in store.find_listed(PostsWanted(**wanted))]  # type: ignore[arg-type]

    assert ids() == ["1", "2"]
    assert ids(tag="BRICS") == ["1"]
    assert ids(kind="new") == ["2"]
    assert ids(channel="quay") == []
    assert ids(state="deleted") == []
    assert ids(accepts=lambda text: detect(text) == "ru") == ["2"]
    assert ids(since=NOON - timedelta(hours=1)) == ["1", "2"]
    assert ids(since=NOON) == []
    assert ids(until=NOON - timedelta(hours=1)) == []
    assert found(store, "quay", tag="BRICS") == ["1"]
    assert found(store, "quay", tag="CIS") == []


def test_changes_are_chosen_by_kind_channel_watchlist_and_grade(store: Store) -> None:
    remember(store, ("one", "two"))
    edit(store, 1, "one!", Announcement(ChangeKind.EDITED, (), grade="cosmetic"))
    edit(store, 2, "BRICS", Announcement(ChangeKind.EDITED, ("BRICS",), grade="substantive"))
    store.record_check(make_record(make_new("three", 3, announcement=Announcement(ChangeKind.NEW, ()))))

    def posts(**wanted: object) -> list[str]:
        return [change["post"] for change in store.list_changes(ChangesWanted(**wanted))]  # type: ignore[arg-type]

    assert posts() == ["1", "2", "3"]
    assert posts(kind="edited") == ["1", "2"]
    assert posts(grade=Grade.MINOR) == ["2", "3"]
    assert posts(grade=Grade.COSMETIC) == ["1", "2", "3"]
    assert posts(tag="BRICS") == ["2"]
    assert posts(channel="quay") == []
    assert posts(since=NOON + timedelta(hours=1)) == ["1", "2"]
