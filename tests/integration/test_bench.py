"""Watchlists tried on stored posts, on both databases: what is read, in which order, and that nothing is written."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select

from tests.builders import NOON, make_found, make_new, make_record
from worker.adapters.store import Store
from worker.adapters.store.bulk import MOST_LISTED
from worker.adapters.store.schema import metadata
from worker.core.backtest import Findings
from worker.core.diff import Edit
from worker.core.models import Media, Post, Term, Watchlist
from worker.core.past import PastPost
from worker.core.record import EditedPost, NewPost
from worker.core.watchlist.matcher import Matcher
from worker.jobs.backtest import Backtested, Stretch, Suggested, Tried, backtest, suggest

BOATS = Watchlist("Boats", (Term("ferry"), Term("#quay"), Term("barge")))
CHANGED = Watchlist("Boats", (Term("ferry"), Term("lighthouse")))
MATCHER = Matcher([BOATS])
DAY = timedelta(days=1)
LONG_AGO = NOON - 1000 * DAY
TEXTS = ("The ferry is late", "At the #quay", "The lighthouse of Selmouth", "A market opens", "ferry and #quay")


@pytest.fixture
def store(engine: Engine) -> Store:
    made = Store(engine)
    made.set_up_channels({"harbour": "https://t.me/s/harbour", "quay": "https://t.me/s/quay"}, NOON)
    return made


def tagged(text: str, number: int) -> NewPost:
    return make_new(text, number, matches=MATCHER.match(text))


def remember(store: Store, texts: Iterable[str] = TEXTS, **more: object) -> None:
    store.record_check(make_record(*(tagged(text, n) for n, text in enumerate(texts, 1)), **more))  # type: ignore[arg-type]


def edit(store: Store, number: int, text: str) -> None:
    known = store.fingerprints("harbour", [str(number)])[str(number)]
    edited = EditedPost(Edit(known, make_found(text, number)), 2, MATCHER.match(text), None)
    store.record_check(make_record(edited=(edited,), at=NOON + timedelta(hours=1)))


def past(store: Store, **more: object) -> list[PastPost]:
    return [post for batch in store.past_posts(LONG_AGO, **more) for post in batch]  # type: ignore[arg-type]


def try_out(store: Store, watchlist: Watchlist, former: Watchlist | None = None, samples: int = 5) -> Findings:
    steps = list(
        backtest(
            watchlist,
            matcher=Matcher([watchlist]),
            former=Matcher([former]) if former else None,
            stretch=Stretch(LONG_AGO, NOON),
            store=store,
            samples=samples,
        )
    )
    assert isinstance(steps[-1], Backtested)
    return steps[-1].findings


def names(posts: Sequence[PastPost]) -> list[str]:
    return [post.name for post in posts]


def test_posts_are_gone_through_once_each_in_the_order_they_were_seen(store: Store) -> None:
    count = MOST_LISTED + 20
    remember(store, (f"quay {n}" for n in range(count)), channel="quay", at=NOON + DAY)
    remember(store, (f"harbour {n}" for n in range(30)))

    batches = list(store.past_posts(LONG_AGO))

    assert [len(batch) for batch in batches] == [MOST_LISTED, 50]
    assert names([post for batch in batches for post in batch]) == [
        *(f"harbour/{n}" for n in range(1, 31)),
        *(f"quay/{n}" for n in range(1, count + 1)),
    ]
    assert store.count_past(LONG_AGO) == count + 30


def test_a_batch_that_is_just_full_is_followed_by_nothing(store: Store) -> None:
    remember(store, (f"post {n}" for n in range(MOST_LISTED)))

    assert [len(batch) for batch in store.past_posts(LONG_AGO)] == [MOST_LISTED]


def test_only_what_came_out_since_is_read(store: Store) -> None:
    remember(store)
    # the posts of `make_post` came out an hour before noon
    assert store.count_past(NOON - timedelta(hours=1)) == len(TEXTS)
    assert store.count_past(NOON) == 0
    assert list(store.past_posts(NOON)) == []


def test_a_post_comes_with_its_facts_and_the_matches_of_its_present_text(store: Store) -> None:
    shown = Post(
        text="A barge",
        id="2",
        author="L. Ormond",
        forwarded_from="Estria Ports",
        links=("https://ports.example/",),
        media=(Media("photo"), Media("poll", "Which pier?")),
    )
    second = NewPost(replace(make_found("A barge", 2), post=shown), MATCHER.match("A barge"), None)
    store.record_check(make_record(tagged("The ferry is late", 1), second))
    edit(store, 1, "The #quay is closed")

    edited, forward = past(store, watchlist="Boats")

    assert (edited.text, [hit.term for hit in edited.matches]) == ("The #quay is closed", ["#quay"])
    assert (edited.facts.channel, edited.facts.is_edited, edited.facts.is_forward) == ("harbour", True, False)
    assert (forward.facts.is_edited, forward.facts.is_forward, forward.facts.author) == (False, True, "L. Ormond")
    assert (forward.facts.media, forward.facts.links) == (frozenset({"photo", "poll"}), ("https://ports.example/",))
    assert [hit.term for hit in forward.matches] == ["barge"]
    assert [post.matches for post in past(store)] == [(), ()]
    assert [post.matches for post in past(store, watchlist="Mills")] == [(), ()]


def test_a_post_whose_text_was_removed_is_not_gone_through(store: Store) -> None:
    remember(store)
    assert store.prune_texts(NOON + 30 * DAY, NOON + 40 * DAY) == len(TEXTS)

    assert past(store) == []
    assert store.count_past(LONG_AGO) == 0
    assert store.posts_in_rows([1, 2]) == {}


def test_tagged_posts_are_counted_by_their_present_texts(store: Store) -> None:
    remember(store)
    assert store.count_tagged(LONG_AGO) == {"Boats": 3}

    edit(store, 1, "Nothing of the kind")

    assert store.count_tagged(LONG_AGO) == {"Boats": 2}
    assert store.count_tagged(NOON) == {}


def test_the_present_watchlist_adds_and_removes_nothing(store: Store) -> None:
    remember(store)
    remember(store, TEXTS[:2], channel="quay", at=NOON + DAY)
    edit(store, 1, "The ferry is not late")

    found = try_out(store, BOATS)

    assert (found.posts, found.tagged, found.before, found.added, found.removed) == (7, 5, 5, 0, 0)
    assert [(term.term, term.posts, term.alone) for term in found.terms] == [("#quay", 3, 2), ("ferry", 3, 2)]
    assert found.never == ("barge",)
    assert [(part.name, part.tagged) for part in found.channels] == [("harbour", 3), ("quay", 2)]


def test_a_changed_watchlist_is_held_against_the_stored_matches(store: Store) -> None:
    remember(store)

    found = try_out(store, CHANGED)

    assert (found.tagged, found.before, found.added, found.removed) == (3, 3, 1, 1)
    assert [each.post.text for each in found.added_sample] == ["The lighthouse of Selmouth"]
    (removed,) = found.removed_sample
    assert (removed.post.text, [hit.term for hit in removed.matches]) == ("At the #quay", ["#quay"])


def test_a_changed_watchlist_is_held_against_another_definition_where_one_is_given(store: Store) -> None:
    remember(store)

    found = try_out(store, BOATS, former=CHANGED)

    assert (found.tagged, found.before, found.added, found.removed) == (3, 3, 1, 1)
    assert [each.post.text for each in found.removed_sample] == ["The lighthouse of Selmouth"]


def test_a_backtest_tells_how_far_it_is_and_writes_nothing(store: Store, engine: Engine) -> None:
    remember(store, (f"ferry {n}" for n in range(MOST_LISTED + 1)))
    before = sizes(engine)

    steps = list(
        backtest(
            CHANGED,
            matcher=Matcher([CHANGED]),
            former=None,
            stretch=Stretch(LONG_AGO, NOON),
            store=store,
            samples=1,
        )
    )

    assert steps[:-1] == [Tried(MOST_LISTED, MOST_LISTED + 1), Tried(MOST_LISTED + 1, MOST_LISTED + 1)]
    assert sizes(engine) == before


def sizes(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


def test_terms_that_a_watchlist_lacks_are_suggested_with_an_example(store: Store) -> None:
    words = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    for channel, day in (("harbour", 0), ("quay", 1)):
        texts = [f"The ferry passed: wooden breakwater {word} {channel}" for word in words[:5]]
        remember(store, [*texts, *(f"A market {word}" for word in words)], channel=channel, at=NOON + day * DAY)

    steps = list(suggest(BOATS, matcher=MATCHER, stretch=Stretch(LONG_AGO, NOON), store=store, least_posts=3, most=5))

    assert steps[:-1] == [Tried(30, 60), Tried(60, 60)]
    assert isinstance(steps[-1], Suggested)
    assert (steps[-1].tagged, steps[-1].untagged) == (10, 20)
    by_term = {each.term: (each, example) for each, example in steps[-1].suggestions}
    assert set(by_term) == {'"wooden breakwater"', "passed"}
    suggestion, example = by_term['"wooden breakwater"']
    assert (suggestion.posts, suggestion.others, suggestion.channels) == (10, 0, 2)
    assert example is not None
    (hit,) = example.matches
    assert example.post.text[hit.start : hit.end] == "wooden breakwater"


def test_posts_that_repeat_another_are_not_counted_for_suggestions(store: Store) -> None:
    remember(store, [*(f"The ferry passed: wooden breakwater {n}" for n in range(4)), "A market", "A fair"])
    repeated = [replace(tagged("The ferry passed: wooden breakwater 0", 90 + n), story=1) for n in range(20)]
    store.record_check(make_record(*repeated, channel="quay", at=NOON + DAY))

    *_, end = suggest(BOATS, matcher=MATCHER, stretch=Stretch(LONG_AGO, NOON), store=store, least_posts=2, most=5)

    assert end == Suggested("Boats", 4, 2, ())
    assert [post.is_repeat for post in past(store)] == [False] * 6 + [True] * 20


def test_nothing_is_suggested_for_a_watchlist_that_tags_nothing(store: Store) -> None:
    remember(store)
    mills = Watchlist("Mills", (Term("windmill"),))

    *_, end = suggest(
        mills, matcher=Matcher([mills]), stretch=Stretch(LONG_AGO, NOON), store=store, least_posts=1, most=5
    )

    assert end == Suggested("Mills", 0, 0, ())
