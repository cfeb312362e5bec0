"""The counts of a backtest: consistent whatever the posts are, and the same whatever their order."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import NOON
from worker.core.backtest import Findings, Tally
from worker.core.models import Facts, Match
from worker.core.past import PastPost, Sample

#: a post, what was found in it before, what is found now
Compared: TypeAlias = tuple[PastPost, tuple[Match, ...], tuple[Match, ...]]
TERMS = ("ferry", "quay*", "#harbour", '"grain ship"')


def past(row: int, channel: str = "harbour", days: int = 0) -> PastPost:
    return PastPost(row, channel, str(row), None, NOON - timedelta(days=days), f"text {row}", Facts(channel=channel))


def hits(*terms: str) -> tuple[Match, ...]:
    return tuple(Match("Boats", term, place, place + 1) for place, term in enumerate(terms))


def tally(posts: Sequence[Compared], most: int = 3) -> Findings:
    made = Tally(TERMS, NOON, most)
    for post, before, now in posts:
        made.add(post, before, now)
    return made.findings()


_HITS = st.lists(st.sampled_from(TERMS), max_size=4).map(lambda terms: hits(*terms))
_TRIED = st.lists(
    st.tuples(st.sampled_from(("harbour", "quay", "mill")), st.integers(-3, 100), _HITS, _HITS), max_size=25
).map(lambda rows: [(past(n, channel, days), before, now) for n, (channel, days, before, now) in enumerate(rows)])


@settings(max_examples=60)
@given(_TRIED)
def test_terms_channels_and_weeks_add_up_to_the_whole(
    tried: list[Compared],
) -> None:
    found = tally(tried)

    assert found.posts == len(tried)
    assert found.before + found.added - found.removed == found.tagged
    assert found.before == sum(bool(before) for _, before, _ in tried)
    for parts in (found.channels, found.weeks):
        for name in ("posts", "tagged", "added", "removed"):
            assert sum(getattr(part, name) for part in parts) == getattr(found, name)
        assert sum(part.hits for part in parts) == sum(term.hits for term in found.terms)
    assert {term.term for term in found.terms} | set(found.never) == set(TERMS)
    assert sum(term.alone for term in found.terms) <= found.tagged <= sum(term.posts for term in found.terms)


@settings(max_examples=40)
@given(_TRIED, st.randoms(use_true_random=False))
def test_the_order_of_the_posts_makes_no_difference(tried: list[Compared], random: Random) -> None:
    shuffled = list(tried)
    random.shuffle(shuffled)

    assert tally(shuffled) == tally(tried)


@settings(max_examples=40)
@given(_TRIED)
def test_a_watchlist_that_is_as_it_was_adds_and_removes_nothing(
    tried: list[Compared],
) -> None:
    found = tally([(post, now, now) for post, _, now in tried])

    assert (found.added, found.removed, found.added_sample, found.removed_sample) == (0, 0, (), ())
    assert found.before == found.tagged


def test_a_term_counts_its_posts_its_places_and_where_it_was_alone() -> None:
    found = tally([(past(1), (), hits("ferry", "ferry")), (past(2), (), hits("ferry", "quay*")), (past(3), (), ())])

    counts = {term.term: (term.posts, term.hits, term.alone) for term in found.terms}
    assert counts == {"ferry": (2, 3, 1), "quay*": (1, 1, 0)}
    assert found.never == ("#harbour", '"grain ship"')


def test_weeks_begin_on_monday_and_none_between_is_left_out() -> None:
    # NOON is a Monday
    found = tally([(past(1, days=0), (), hits("ferry")), (past(2, days=1), (), ()), (past(3, days=20), (), ())])

    assert [(week.name, week.posts, week.tagged) for week in found.weeks] == [
        ("2026-02-09", 1, 0),
        ("2026-02-16", 0, 0),
        ("2026-02-23", 1, 0),
        ("2026-03-02", 1, 1),
    ]


def test_a_post_that_says_it_is_from_the_future_counts_in_this_week() -> None:
    found = tally([(past(1, days=-4000), (), hits("ferry"))])

    assert [week.name for week in found.weeks] == ["2026-03-02"]


def test_samples_show_the_matches_that_were_gained_or_lost() -> None:
    found = tally([(past(1), (), hits("ferry")), (past(2), hits("quay*"), ()), (past(3), hits("ferry"), hits("ferry"))])

    assert [(each.post.row, each.matches) for each in found.added_sample] == [(1, hits("ferry"))]
    assert [(each.post.row, each.matches) for each in found.removed_sample] == [(2, hits("quay*"))]
    assert {each.post.row for each in found.tagged_sample} == {1, 3}


def test_a_sample_holds_as_many_as_asked_for_and_prefers_none() -> None:
    rows = range(4_000)
    chosen: list[int] = []
    for begin in range(0, 4_000, 40):
        sample = Sample(4)
        for row in rows[begin : begin + 40]:
            sample.add(past(row), ())
        assert len(sample.posts) == 4
        chosen += [each.post.row % 40 for each in sample.posts]
    # four of forty, a hundred times: about half of them from the first half
    assert 150 < sum(place < 20 for place in chosen) < 250


def test_no_sample_is_kept_where_none_is_asked_for() -> None:
    found = tally([(past(1), (), hits("ferry"))], most=0)

    assert (found.tagged, found.tagged_sample) == (1, ())
