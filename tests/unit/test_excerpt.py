"""Marking, comparing and cutting texts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.excerpt import GAP, clean, mark_edit, mark_text, one_line, shorten
from worker.core.models import Excerpt

_TEXTS = st.text(st.sampled_from("ab .,\nЖ…é1"), max_size=120)
_SPANS = st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), max_size=6)


def _joined(pieces: tuple[Excerpt, ...], *, without: str | None = None) -> str:
    return "".join(piece.text for piece in pieces if without is None or piece.change != without)


def test_marks_stand_where_the_matches_are() -> None:
    assert mark_text("the CIS summit", [(4, 7)]) == (
        Excerpt("the "),
        Excerpt("CIS", marked=True),
        Excerpt(" summit"),
    )


def test_overlapping_matches_become_one_mark() -> None:
    assert mark_text("abcdef", [(3, 5), (1, 4)]) == (Excerpt("a"), Excerpt("bcde", marked=True), Excerpt("f"))


@given(text=_TEXTS, spans=_SPANS)
@settings(max_examples=60)
def test_marking_changes_no_text(text: str, spans: list[tuple[int, int]]) -> None:
    assert _joined(mark_text(text, spans)) == text


def test_a_changed_word_is_shown_before_and_after() -> None:
    assert mark_edit("due on 27 May.", "due on 28 May.", [(10, 13)]) == (
        Excerpt("due on "),
        Excerpt("27", change="removed"),
        Excerpt("28", change="inserted"),
        Excerpt(" "),
        Excerpt("May", marked=True),
        Excerpt("."),
    )


def test_a_changed_number_is_one_change() -> None:
    pieces = mark_edit("1,200 at 7:30", "2,100 at 7:45", [])
    assert [piece.text for piece in pieces if piece.change] == ["1,200", "2,100", "7:30", "7:45"]


def test_neighbouring_changes_are_told_as_one() -> None:
    pieces = mark_edit("on 27 ноября here", "on 4 декабря here", [])
    assert [piece.text for piece in pieces if piece.change] == ["27 ноября", "4 декабря"]


@given(before=_TEXTS, after=_TEXTS, spans=_SPANS)
@settings(max_examples=80)
def test_a_comparison_holds_both_texts(before: str, after: str, spans: list[tuple[int, int]]) -> None:
    pieces = mark_edit(before, after, spans)
    assert _joined(pieces, without="inserted") == before
    assert _joined(pieces, without="removed") == after


@pytest.mark.parametrize("joint", [" ", "\n"])
def test_huge_texts_are_compared_too(joint: str) -> None:
    before = joint.join(f"word{number}" for number in range(20_000))
    after = before.replace("word777", "changed", 1)
    pieces = mark_edit(before, after, [])
    assert _joined(pieces, without="inserted") == before
    assert _joined(pieces, without="removed") == after


def test_what_fits_stays_as_it_is() -> None:
    pieces = (Excerpt("short "), Excerpt("text", marked=True))
    assert shorten(pieces, 600) == pieces


def test_a_long_text_is_cut_around_its_match_and_keeps_its_first_sentence() -> None:
    text = "A headline stands first. " + "Filler goes on and on. " * 80 + "Then BRICS is named. " + "More filler. " * 80
    start = text.index("BRICS")
    pieces = shorten(mark_text(text, [(start, start + 5)]), 300)
    shown = _joined(pieces)
    assert shown.startswith("A headline stands first.")
    assert "Then BRICS is named." in shown
    assert GAP in shown
    assert shown.endswith("…")
    assert Excerpt("BRICS", marked=True) in pieces


def test_a_long_edit_is_cut_around_its_change() -> None:
    before = "Filler stays. " * 100 + "It opens in May. " + "Filler stays. " * 100
    pieces = shorten(mark_edit(before, before.replace("May", "June"), []), 200)
    assert Excerpt("May", change="removed") in pieces
    assert Excerpt("June", change="inserted") in pieces


@given(text=_TEXTS.map(lambda text: text * 12), spans=_SPANS, most=st.integers(20, 300))
@settings(max_examples=80)
def test_a_cut_text_is_never_much_longer_than_allowed(text: str, spans: list[tuple[int, int]], most: int) -> None:
    pieces = shorten(mark_text(text, spans), most)
    shown = _joined(pieces)
    gaps = shown.count("…") * len(GAP)
    assert len(shown) <= most + gaps
    assert shorten(pieces, max(len(shown), 24 * shown.count("\n"), 1)) == pieces


@given(text=_TEXTS.map(lambda text: text * 12), most=st.integers(20, 300))
@settings(max_examples=40)
def test_the_first_match_is_always_shown(text: str, most: int) -> None:
    text = text + " BRICS " + text
    start = text.index("BRICS")
    shown = _joined(tuple(p for p in shorten(mark_text(text, [(start, start + 5)]), most) if p.marked))
    # a mark may stand on the border of two stretches; its first half is shown then
    assert shown
    assert "BRICS".startswith(shown)


def test_a_word_of_a_hundred_thousand_letters_is_cut() -> None:
    assert len(_joined(shorten(mark_text("x" * 100_000, [(50_000, 50_004)]), 600))) < 620


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("a\u202eb\u2066c", "abc"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\x00b\x1bc\x9b", "abc"),
        ("half \ud83d", "half \ufffd"),
        ("tab\tand é ё 👩\u200d🚀 stay", "tab\tand é ё 👩\u200d🚀 stay"),
    ],
)
def test_what_could_mislead_is_taken_out(hostile: str, harmless: str) -> None:
    assert clean(hostile) == harmless


@given(text=st.text(st.characters(), max_size=60), most=st.integers(2, 40))
@settings(max_examples=60)
def test_one_line_is_one_line(text: str, most: int) -> None:
    line = one_line(text, most)
    assert len(line) <= most
    assert len(line.splitlines()) <= 1


def test_a_post_of_very_short_lines_does_not_fill_the_screen() -> None:
    shortened = shorten(mark_text("one\n" * 100 + "lock\n" + "two\n" * 100, [(400, 404)]), 600)
    written = "".join(piece.text for piece in shortened)
    assert written.count("\n") <= 600 // 24
    assert "lock" in written
