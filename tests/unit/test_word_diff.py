"""Two texts word by word."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.word_diff import Piece, html_diff, split_words, text_diff, word_diff

_WORDS = st.sampled_from(
    ["the", "port", "of", "порт", "港", "ท่า", "é", "e\u0301", "👩\u200d🚀", "1,200", ".", "\n", "  "]
)
_TEXTS = st.one_of(
    st.text(st.characters(), max_size=60),
    st.text(st.sampled_from("ab .,\n\u0301\u200d港ท่Ж1\ud83d"), max_size=60),
    st.lists(_WORDS, max_size=40).map(" ".join),
    st.lists(_WORDS, max_size=40).map("".join),
)


def _text(pieces: tuple[Piece, ...], *, without: str) -> str:
    return "".join(piece.text for piece in pieces if piece.kind != without)


def shown(before: str, after: str) -> str:
    return text_diff(word_diff(before, after))


@given(before=_TEXTS, after=_TEXTS)
@settings(max_examples=200, deadline=None)
def test_the_pieces_give_both_texts_back(before: str, after: str) -> None:
    pieces = word_diff(before, after)
    assert _text(pieces, without="inserted") == before
    assert _text(pieces, without="removed") == after


@given(before=_TEXTS, after=_TEXTS)
@settings(max_examples=100, deadline=None)
def test_no_two_neighbours_are_of_one_kind_and_removed_comes_first(before: str, after: str) -> None:
    kinds = [piece.kind for piece in word_diff(before, after)]
    for one, next_one in pairwise(kinds):
        assert one != next_one
        assert (one, next_one) != ("inserted", "removed")


@given(text=_TEXTS)
@settings(max_examples=60, deadline=None)
def test_an_unchanged_text_is_one_piece(text: str) -> None:
    assert word_diff(text, text) == ((Piece("equal", text),) if text else ())


@given(text=_TEXTS)
@settings(max_examples=100, deadline=None)
def test_words_leave_nothing_out_but_white_space(text: str) -> None:
    assert "".join(split_words(text)) == "".join(text.split())


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("due on 27 May.", "due on 28 May.", "due on [-27-][+28+] May."),
        ("1,200 at 7:30", "2,100 at 7:45", "[-1,200-][+2,100+] at [-7:30-][+7:45+]"),
        (
            "The minister of finance said no.",
            "A secretary of foreign trade said no.",
            "[-The minister of finance-][+A secretary of foreign trade+] said no.",
        ),
        ("It is open. It ends.", "It is open. It is big. It ends.", "It is open.[+ It is big.+] It ends."),
        ("One.\nTwo.", "One.\nTwo.\nTwo.", "One.\nTwo.[+\nTwo.+]"),
        ("порт открыт", "порт не открыт", "порт[+ не+] открыт"),
        ("这是一个测试", "这是两个测试", "这是[-一-][+两+]个测试"),
        ("الميناء مفتوح", "الميناء مغلق", "الميناء [-مفتوح-][+مغلق+]"),
        ("🇫🇷 open", "🇩🇪 open", "[-🇫🇷-][+🇩🇪+] open"),
        ("a  b", "a b", "a [- -]b"),
        ("gone", "", "[-gone-]"),
        ("", "here", "[+here+]"),
    ],
)
def test_a_person_can_read_what_has_changed(before: str, after: str, expected: str) -> None:
    assert shown(before, after) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [("cafe\u0301 noir", "cafe noir"), ("👩\u200d🚀 up", "👩\u200d🔬 up"), ("ท่าเรือ", "ทาเรือ"), ("👍🏽 x", "👍 x")],
)
def test_no_mark_is_torn_off_its_character(before: str, after: str) -> None:
    for piece in word_diff(before, after):
        assert unicodedata.category(piece.text[0])[0] != "M"
        assert not piece.text.startswith("\u200d")
        assert not piece.text.endswith("\u200d")


def test_half_a_surrogate_pair_survives() -> None:
    pieces = word_diff("half \ud83d here", "half \ud83d there")
    assert _text(pieces, without="removed") == "half \ud83d there"


def test_a_stretch_of_two_words_within_a_rewritten_sentence_is_no_piece_of_its_own() -> None:
    before = "Ships from the north waited a long time at the outer pier of the old town yesterday."
    after = "All flights of the national carrier to the capital are cancelled until further notice."
    assert len(word_diff(before, after)) <= 5


def test_html_is_escaped_and_marked() -> None:
    pieces = word_diff("<b>1</b> & 2", "<b>1</b> & 3")
    assert html_diff(pieces) == "&lt;b&gt;1&lt;/b&gt; &amp; <del>2</del><ins>3</ins>"


def test_the_words_of_a_long_text_with_many_changes_are_still_compared() -> None:
    sentences = [f"Ship {n} of {n * 7} lies at pier {n % 50}." for n in range(6_000)]
    changed = [text.replace("lies", "berths") if n % 500 == 3 else text for n, text in enumerate(sentences)]
    pieces = word_diff(" ".join(sentences), " ".join(changed))
    assert [piece.text for piece in pieces if piece.kind == "inserted"] == ["berths"] * 12
    assert _text(pieces, without="inserted") == " ".join(sentences)


def test_texts_of_a_hundred_thousand_words_without_sentences_end_too() -> None:
    before = " ".join(f"w{n % 977}" for n in range(100_000))
    after = " ".join(f"w{n * 31 % 1009}" for n in range(100_000))
    pieces = word_diff(before, after)
    assert _text(pieces, without="inserted") == before
    assert _text(pieces, without="removed") == after
