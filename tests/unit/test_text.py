"""Normalising, folding and the way back to the original text."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.text import fold, is_word_character, normalise, unstyle, words

ANY_TEXT = st.text(st.characters(codec=None), max_size=60)
# letters that fold to several, marks, invisible characters, costumes and halves of characters, close together
AWKWARD_TEXT = st.text("aéßŉİﬁΐёЕе́̈й\u00ad\u200b\ufe0f\u0301\u0308\u0306’ Ａ𝐁\ud800\U0001f600#_1\n", max_size=20)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\u00a0 b\t\n\u3000c ", "a b c"),
        ("e\u0301t\u00e9", "\u00e9t\u00e9"),
        ("sun ☀\ufe0f", "sun ☀"),
        ("in\u00advisible\u200b", "invisible"),
        ("e\u200b\u0301", "\u00e9"),
        ("\ufeff \n", ""),
        ("Case And ё stay", "Case And ё stay"),
    ],
)
def test_normalising_removes_what_no_reader_sees(before: str, after: str) -> None:
    assert normalise(before) == after


def normalised_plainly(text: str) -> str:
    """Step by step what `normalise` does in short cuts."""
    seen = re.sub(
        "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe0e\ufe0f\ufeff]", "", text
    )
    return " ".join(unicodedata.normalize("NFC", seen).split())


@given(ANY_TEXT | AWKWARD_TEXT | st.text("ab  \n\n\t\u00a0é\u0301\u034f", max_size=20))
@settings(max_examples=200)
def test_a_text_is_normalised_as_if_done_step_by_step(text: str) -> None:
    assert normalise(text) == normalised_plainly(text)


def test_each_character_alone_and_among_others_is_normalised_as_if_done_step_by_step() -> None:
    for code in range(0x10000):
        text = f"{chr(code)}  x{chr(code)}\ny"
        assert normalise(text) == normalised_plainly(text), hex(code)


@given(ANY_TEXT | AWKWARD_TEXT)
@settings(max_examples=120)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ёлка", "елка"),
        ("Украи\u0301на", "украина"),
        ("У\u0301\u00adхо", "ухо"),
        ("l’Île", "l'île"),
        ("I\u0302le", "île"),
        ("E\u0308", "ë"),
        ("е\u0308ж", "еж"),
        ("и\u0306од", "йод"),
        ("STRASSE straße", "strasse strasse"),
        ("ＣＩＳ 𝐂𝐈𝐒", "cis cis"),
        ("co\u2011op", "co-op"),
        ("a\ud800b", "a\ufffdb"),
        ("no\u200bthing\ufe0f", "nothing"),
        ("two\n\u00a0lines", "two\n\u00a0lines"),
        ("", ""),
    ],
)
def test_folding_leaves_what_makes_a_word_the_same_word(text: str, folded: str) -> None:
    assert fold(text).text == folded


def test_a_stretch_of_the_folded_text_leads_back_to_the_original_with_its_stress_mark() -> None:
    text = "— на Украи\u0301не\u0301, straße"
    folded = fold(text)
    start = folded.text.index("украине")
    place = folded.original(start, start + len("украине"))
    assert place is not None
    assert text[slice(*place)] == "Украи\u0301не\u0301"


def test_half_of_a_letter_that_folds_to_two_has_no_place_in_the_original() -> None:
    folded = fold("groß")
    assert folded.original(3, 5) == (3, 4)
    assert folded.original(0, 4) is None
    assert folded.original(4, 5) is None


@given(ANY_TEXT | AWKWARD_TEXT, st.data())
@settings(max_examples=120)
def test_every_stretch_cut_from_the_original_folds_to_the_same_stretch(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    if not folded.text:
        return
    start = data.draw(st.integers(0, len(folded.text) - 1))
    end = data.draw(st.integers(start + 1, len(folded.text)))
    place = folded.original(start, end)
    if place is not None:
        assert 0 <= place[0] < place[1] <= len(text)
        assert fold(text[slice(*place)]).text == folded.text[start:end]


@given(ANY_TEXT | AWKWARD_TEXT)
@settings(max_examples=120)
def test_the_whole_folded_text_is_found_in_order_and_without_overlap(text: str) -> None:
    folded = fold(text)
    done = 0
    for place in range(len(folded.text)):
        span = folded.original(place, place + 1)
        if span is not None:
            assert span[0] >= done
            done = span[1]


@given(AWKWARD_TEXT)
@settings(max_examples=120)
def test_case_is_all_that_folding_changes_beyond_unstyling(text: str) -> None:
    assert fold(unstyle(text)).text == fold(text).text


@pytest.mark.parametrize(
    ("character", "belongs"), [("é", True), ("7", True), ("_", True), ("\u0306", True), ("'", False)]
)
def test_letters_digits_underscores_and_marks_belong_to_words(character: str, *, belongs: bool) -> None:
    assert is_word_character(character) is belongs


def test_words_end_at_apostrophes_hyphens_and_number_signs() -> None:
    folded = fold("l’Union, cis-lunar #СНГ a_b")
    assert [word for word, _, _ in words(folded)] == ["l", "union", "cis", "lunar", "снг", "a_b"]
    assert all(folded.text[start:end] == word for word, start, end in words(folded))
