"""Grading edits as an editor would."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.e2e import pages
from tests.unit.edit_pairs import EDITS, HARDER, UNSEEN
from worker.core.revision import Grade, grade, word_diff

_AGREEMENT = 0.95
_ALL = EDITS + UNSEEN + HARDER
_TEXTS = st.one_of(
    st.text(st.characters(), max_size=50),
    st.lists(
        st.sampled_from(
            ["the", "not", "12", "3 млн", "порт", "#CIS", "@x", "https://a.example/?utm_a=1", "Rome", ".\n"]
        ),
        max_size=12,
    ).map(" ".join),
)


@pytest.mark.parametrize("table", [EDITS, UNSEEN, HARDER], ids=["tuned", "unseen", "harder"])
def test_the_grades_are_those_of_an_editor(table: tuple[tuple[str, str, str], ...]) -> None:
    misses = [
        f"{given} instead of {wanted}: {before!r} -> {after!r}"
        for wanted, before, after in table
        if (given := grade(before, after)) != wanted
    ]
    assert len(misses) <= (1 - _AGREEMENT) * len(table), "\n".join(misses)


def test_the_table_has_every_grade_and_no_pair_twice() -> None:
    assert {wanted for wanted, _, _ in EDITS} == set(Grade)
    assert len({pair[1:] for pair in _ALL}) == len(_ALL)


def test_no_substantive_edit_is_taken_for_less() -> None:
    missed = [
        (before, after)
        for wanted, before, after in _ALL
        if wanted == "substantive" and grade(before, after) != Grade.SUBSTANTIVE
    ]
    assert not missed


def test_a_grade_knows_which_is_more() -> None:
    assert [one.rank for one in Grade] == [0, 1, 2, 3]
    for less, more in pairwise(Grade):
        assert more.at_least(less)
        assert more.at_least(more)
        assert not less.at_least(more)


def test_a_change_of_watchlists_is_always_substantive() -> None:
    assert grade("Our #CIS partners", "Our CIS partners", terms_changed=True) is Grade.SUBSTANTIVE
    assert grade("Our #CIS partners", "Our CIS partners") is Grade.COSMETIC


@given(text=_TEXTS)
@settings(max_examples=60, deadline=None)
def test_a_text_is_the_same_as_itself(text: str) -> None:
    assert grade(text, text) is Grade.SAME


@given(before=_TEXTS, after=_TEXTS)
@settings(max_examples=80, deadline=None)
def test_taking_an_edit_back_is_graded_alike(before: str, after: str) -> None:
    assert grade(before, after) is grade(after, before)


@given(number=st.integers(2, 10_000), other=st.integers(2, 10_000))
@settings(max_examples=40, deadline=None)
def test_another_number_anywhere_is_substantive(number: int, other: int) -> None:
    before, after = (f"The council of Selmouth has {count} members, as it says." for count in (number, other))
    assert grade(before, after) is (Grade.SAME if number == other else Grade.SUBSTANTIVE)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("1,000 tonnes", "1000 tonnes"),
        ("1 000 000 tonnes", "1.000.000 tonnes"),
        ("5 %", "5%"),
        ("1,5 млн", "1.5 млн"),
        ("2026-05-12", "12.05.2026"),
        ("14 h 30", "14:30"),
        ("+7 (495) 123-45-67", "+74951234567"),
    ],
)
def test_a_number_may_be_written_in_several_ways(first: str, second: str) -> None:
    assert grade(f"It says {first} here", f"It says {second} here") is Grade.COSMETIC


@pytest.mark.parametrize(
    ("first", "second"),
    [("1.5", "15"), ("5", "-5"), ("1,000", "1,00"), ("7:30", "7:40"), ("№ 5", "№ 6"), ("G7", "G20"), ("0.5", "0,05")],
)
def test_punctuation_inside_a_number_is_no_decoration(first: str, second: str) -> None:
    assert grade(f"It says {first} here", f"It says {second} here") is Grade.SUBSTANTIVE


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("twenty-five ships", "25 ships"),
        ("quatre-vingt-dix navires", "90 navires"),
        ("сто двадцать судов", "120 судов"),
        ("2,5 млрд рублей", "2 500 000 000 рублей"),
        ("the first round", "the 1st round"),
        ("five per cent", "5%"),
    ],
)
def test_numbers_in_words_have_their_value(first: str, second: str) -> None:
    assert grade(f"Here {first} wait", f"Here {second} wait") is Grade.MINOR


def test_texts_without_words_are_told_apart() -> None:
    assert grade("🔴", "🟢") is Grade.COSMETIC
    assert grade("", "Text here.") is Grade.SUBSTANTIVE
    assert grade("Text here.", "") is Grade.SUBSTANTIVE


def test_long_texts_are_graded_in_bounded_time() -> None:
    before = " ".join(f"word{number}x" for number in range(20_000))
    assert grade(before, before + " end") is Grade.SUBSTANTIVE


@pytest.mark.parametrize(
    ("filler", "times"),
    [
        *((filler, 50_000) for filler in (" ", "\n", "[", "#", "Ж", "\u0301")),
        *((filler, 5_000) for filler in ("1 ", "+1 ", "Anna and ", "1.\n", "https://", "@a ", "not ")),
    ],
)
def test_hostile_texts_are_graded_in_bounded_time(filler: str, times: int) -> None:
    # where the time grows with the square of the length, these take minutes
    before = "start" + filler * times
    assert grade(before, before + " end.") is not Grade.SAME
    assert "".join(piece.text for piece in word_diff(before, before + " end.") if piece.kind != "inserted") == before


def test_the_examples_in_the_page_have_the_grades_it_says() -> None:
    rows = list(pages.rows(pages.section("docs/edits.md", "Examples")))
    assert len(rows) > 10
    for name, before, after in rows:
        assert f"`{grade(before, after)}`" == name, (before, after)
