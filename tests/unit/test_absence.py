"""What an absence proves: the decision on each suspected post, and the stretches that an export covers."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import NOON
from worker.core.absence import (
    SHOWN_APART,
    Absences,
    Suspect,
    Verdict,
    View,
    join_coverage,
    judge,
    left_out,
    missing_ids,
    shows_older,
    to_ask,
)
from worker.core.models import Coverage, Post

DAY = timedelta(days=1)


def suspect(row: int = 7, looks: int = 0, age: timedelta = DAY) -> Suspect:
    return Suspect(row, str(row), None, None, NOON - age, looks)


def view(
    *, shows: bool = False, inside: bool = False, verdict: Verdict | None = None, alone: bool = False, posts: int = 20
) -> View:
    return View(
        NOON,
        present=frozenset({7} if shows else ()),
        absent=frozenset({7} if inside else ()),
        posts=posts,
        verdicts={} if verdict is None else {7: verdict},
        stands_alone=alone,
    )


V = Verdict
INSIDE, OUTSIDE = True, False


@pytest.mark.parametrize(
    ("looks", "age", "inside", "verdict", "fate"),
    [
        # the own page says it: where the export ends does not matter
        (0, 1, INSIDE, V.GONE, "gone"),
        (0, 1, OUTSIDE, V.GONE, "gone"),
        (0, 9, OUTSIDE, V.GONE, "gone"),
        (0, 1, INSIDE, V.SHOWN, "shown_apart"),
        (2, 1, OUTSIDE, V.SHOWN, "shown_apart"),
        # there are no own pages: only a second absence inside the coverage decides
        (0, 1, INSIDE, V.NO_PAGE, "gone"),
        (0, 1, OUTSIDE, V.NO_PAGE, None),
        (0, 9, OUTSIDE, V.NO_PAGE, "cleared"),
        # the own page could not be read: the third absence inside the coverage decides
        (0, 1, INSIDE, V.UNREACHABLE, "undecided"),
        (1, 1, INSIDE, V.UNREACHABLE, "undecided"),
        (2, 1, INSIDE, V.UNREACHABLE, "gone"),
        (2, 1, OUTSIDE, V.UNREACHABLE, None),
        (2, 9, OUTSIDE, V.UNREACHABLE, "cleared"),
        # not asked in this check
        (0, 1, INSIDE, None, None),
        (0, 9, INSIDE, None, None),
        (2, 1, OUTSIDE, None, None),
        (0, 9, OUTSIDE, None, "cleared"),
        # its own page showed it before
        (SHOWN_APART, 1, INSIDE, None, None),
        (SHOWN_APART, 1, INSIDE, V.GONE, None),
        (SHOWN_APART, 9, INSIDE, None, "cleared"),
    ],
)
def test_what_becomes_of_a_suspected_post(
    looks: int, age: int, inside: bool, verdict: Verdict | None, fate: str | None
) -> None:
    found = judge([suspect(looks=looks, age=age * DAY)], view(inside=inside, verdict=verdict))
    assert found == (Absences(**{fate: (7,)}) if fate else Absences())  # type: ignore[arg-type]


@pytest.mark.parametrize("looks", [0, 2, SHOWN_APART])
@pytest.mark.parametrize("verdict", [None, *Verdict])
def test_a_post_that_the_export_shows_is_suspected_no_longer(looks: int, verdict: Verdict | None) -> None:
    assert judge([suspect(looks=looks)], view(shows=True, verdict=verdict)) == Absences(cleared=(7,))


def test_what_is_lacking_for_the_first_time_is_missed_and_nothing_more() -> None:
    found = judge([], view(inside=True, verdict=V.GONE, alone=True))
    assert found == Absences(missed=(7,))


def test_where_nothing_has_an_own_page_the_second_export_decides() -> None:
    assert judge([suspect()], view(inside=True, alone=True)) == Absences(gone=(7,))
    assert judge([suspect()], view(alone=True)) == Absences()


@pytest.mark.parametrize(
    ("vanished", "posts", "is_mass"), [(3, 5, False), (4, 5, True), (4, 20, False), (5, 20, True), (20, 100, False)]
)
def test_more_than_a_fifth_at_once_is_a_broken_source(vanished: int, posts: int, is_mass: bool) -> None:
    rows = range(vanished)
    first = judge([], View(NOON, absent=frozenset(rows), posts=posts))
    second = judge([suspect(row) for row in rows], View(NOON, absent=frozenset(rows), posts=posts, stands_alone=True))
    assert (first.is_mass, second.is_mass, len(second.gone)) == (is_mass, is_mass, vanished)


def test_posts_that_their_own_pages_show_have_not_vanished() -> None:
    rows = range(6)
    answers = dict.fromkeys(rows, V.SHOWN) | {0: V.GONE}
    found = judge([suspect(row) for row in rows], View(NOON, absent=frozenset(rows), posts=20, verdicts=answers))
    assert (found.gone, found.is_mass) == ((0,), False)


def test_those_that_have_waited_longest_are_asked_first() -> None:
    waiting = [suspect(row, looks=row % 2, age=row * DAY) for row in range(1, 9)]
    asked = to_ask([*waiting, suspect(99, SHOWN_APART)], {"8"}, 3)
    assert [one.row for one in asked] == [6, 4, 2]


# --------------------------------------------------------------------------- coverage


def covering(*ids: int) -> Coverage:
    return Coverage(min(ids), max(ids), frozenset(ids))


def test_only_ids_strictly_between_the_ends_are_missing() -> None:
    assert missing_ids(covering(3, 4, 7, 9)) == ["8", "6", "5"]
    assert missing_ids(covering(3)) == []


def test_a_hole_between_two_pages_is_not_missing() -> None:
    joined = join_coverage(covering(1, 3), covering(10, 12))
    assert missing_ids(joined) == ["11", "2"]
    assert (joined.lowest, joined.highest) == (1, 12)


def test_pages_that_overlap_are_one_stretch() -> None:
    joined = join_coverage(join_coverage(covering(1, 5), covering(20, 25)), covering(4, 22))
    assert joined.stretches == ()
    assert "10" in missing_ids(joined)


def test_a_wide_range_is_looked_at_only_so_far() -> None:
    missing = missing_ids(covering(1, 10**15))
    assert (len(missing), missing[0]) == (20_000, str(10**15 - 1))


windows = st.tuples(st.integers(1, 40), st.integers(1, 40)).map(sorted)


@settings(max_examples=60)
@given(st.lists(windows, min_size=1, max_size=5), st.sets(st.integers(1, 40)))
def test_pages_joined_miss_what_each_of_them_misses(pages: list[list[int]], there: set[int]) -> None:
    covered = [
        covering(*shown) for low, high in pages if (shown := [number for number in there if low <= number <= high])
    ]
    if not covered:
        return
    joined = covered[0]
    for other in covered[1:]:
        joined = join_coverage(joined, other)
    assert set(missing_ids(joined)) == {number for one in covered for number in missing_ids(one)}


# --------------------------------------------------------------------------- lists


def listed(*numbers: int) -> list[Post]:
    return [Post("", id=str(number), published_at=NOON + number * DAY) for number in numbers]


@pytest.mark.parametrize(
    ("before", "now", "lacking"),
    [
        ("54321", (5, 4, 2, 1), "3"),
        ("54321", (6, 5, 4, 3, 2), ""),
        ("54321", (7, 6, 5, 3), "4"),
        ("54321", (9, 8, 7), ""),
        ("54321", (), ""),
        # an old one pinned in front
        ("15432", (1, 6, 5, 4, 3), ""),
        # the oldest first
        ("12345", (2, 3, 4, 5, 6), ""),
        ("12345", (1, 2, 4, 5), "3"),
        ("", (5, 4), ""),
    ],
)
def test_what_is_left_out_of_a_list_has_older_ones_behind_it(before: str, now: tuple[int, ...], lacking: str) -> None:
    assert left_out(before, listed(*now)) == list(lacking)


def test_posts_without_dates_tell_nothing_of_what_is_older() -> None:
    undated = [Post("", id="5"), Post("", id="1")]
    assert left_out("531", undated) == []
    assert not shows_older(undated, NOON)
    assert not shows_older(listed(1), None)
    assert shows_older(listed(1), NOON + 2 * DAY)


# --------------------------------------------------------------------------- a life


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(windows, st.sampled_from([V.NO_PAGE, V.UNREACHABLE, None]), st.integers(0, 40)),
        min_size=1,
        max_size=25,
    )
)
def test_no_order_of_windows_deletes_a_post_that_the_source_still_has(
    looks: list[tuple[list[int], Verdict | None, int]],
) -> None:
    there, suspects, gone = set(range(1, 41)), dict[int, Suspect](), set[int]()
    for hour, ((low, high), verdict, taken) in enumerate(looks):
        there.discard(taken)
        shown = {number for number in there if low <= number <= high}
        if not shown:
            continue
        now = NOON + hour * timedelta(hours=9)
        absent = frozenset(int(name) for name in missing_ids(covering(*shown))) - gone
        verdicts = {} if verdict is None else dict.fromkeys(suspects, verdict)
        found = judge(list(suspects.values()), View(now, frozenset(shown & suspects.keys()), absent, 20, verdicts))
        for row in (*found.cleared, *found.gone):
            del suspects[row]
        for row in found.undecided:
            suspects[row] = Suspect(row, str(row), None, None, suspects[row].missed_at, suspects[row].looks + 1)
        suspects |= {row: Suspect(row, str(row), None, None, now) for row in found.missed}
        gone |= set(found.gone)
    assert not gone & there
