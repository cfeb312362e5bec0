"""Patterns: what they find in which place, and which are refused."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.watchlist.mistake import Mistake
from worker.core.watchlist.pattern import Pattern, PatternSet


def found(source: str, text: str, *, case: bool = False) -> list[str]:
    return [text[start:end] for start, end in Pattern(source, case=case).find(text)]


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        (r"\bозер\w+\b", "озеро озерцо приозерье, озерный", ["озеро", "озерцо", "озерный"]),
        (r"\b(a|ab)\b", "a ab aab a a", ["a", "ab", "a", "a"]),
        (r"\bла", "лад, лады; прилад", ["ла", "ла"]),
        (r"да\b", "да вода водами", ["да", "да"]),
        (r"(?i)\bДА\b", "да Да дань", ["да", "Да"]),
        (r"g-\d{2}", "G-12 g-1 G-٣٤", ["G-12", "G-٣٤"]),
        (r"[\w.]+@lac\s\w", "école.été@lac\u00a0à", ["école.été@lac\u00a0à"]),
        (r"x\Db|[\D]y", "xяb 1y яy", ["xяb", "яy"]),
        (r"[]a]+", "]a b", ["]a"]),
        (r"\\b\Q.*\E", r"\b.* b", [r"\b.*"]),
        ("^le|port$", "le port, le port", ["le", "port"]),
        ("ebb(|s)", "ebb ebbs 😀ebb", ["ebb", "ebb", "ebb"]),
        ("ь+", "\ud800ьь", ["ьь"]),
    ],
)
def test_a_pattern_is_found_where_it_fits(source: str, text: str, expected: list[str]) -> None:
    assert found(source, text) == expected


def test_capitals_count_only_where_that_is_asked() -> None:
    assert found("лес", "Лес лес ЛЕС") == ["Лес", "лес", "ЛЕС"]
    assert found("Лес", "Лес лес ЛЕС", case=True) == ["Лес"]


@pytest.mark.parametrize(
    ("source", "at", "message"),
    [
        ("a*", 0, "also matches where nothing stands"),
        ("a|^", 0, "also matches where nothing stands"),
        ("", 0, "also matches where nothing stands"),
        ("(?=a)b", 0, "looking ahead and behind is not possible"),
        (r"(a)\1", 0, "no such escape"),
        (r"a\bc", 1, r"\b can only stand at the beginning and at the end"),
        (r"[\b]", 1, r"\b can only stand at the beginning and at the end"),
        (r"a\B", 1, r"\b can only stand"),
        (r"ab|\bc", 3, r"\b can only stand"),
        (r"\ba|b", 3, r"with \b, alternatives stand in parentheses"),
        (r"a[\W]", 2, r"\W cannot stand in square brackets"),
        ("(a", 0, "a parenthesis is never closed"),
        ("a)", 0, "a closing parenthesis without an opening one"),
        ("a{2000}", 0, "a repetition may be 1000 at most"),
        ("((a{99}){99}){99}", 0, "too large|at most"),
        ("x" * 1001, 1000, "longer than 1,000 characters"),
    ],
)
def test_a_pattern_that_cannot_work_is_refused(source: str, at: int, message: str) -> None:
    with pytest.raises(Mistake) as refusal:
        Pattern(source)
    assert re.search(message.replace("\\", "\\\\").replace("(", r"\("), str(refusal.value))
    assert refusal.value.at == at


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("(a+)+$", "a" * 50_000 + "b"),
        ("x.*y|x", "x" * 1_000_000),
        (r"\b(a|aa)+\b", "a" * 100_000),
        ("[^a]b", "é" * 99_999),
    ],
)
def test_no_text_makes_a_pattern_slow(source: str, text: str) -> None:
    started = time.perf_counter()
    assert len(list(Pattern(source).find(text))) <= 1_000
    assert time.perf_counter() - started < 3


@given(st.text(alphabet="abé я\n😀-", max_size=30), st.sampled_from(["a", "b+", "é.", "[aя]", "(a|b)é", "a-", "я$"]))
@settings(max_examples=150)
def test_places_are_those_of_the_standard_library(text: str, source: str) -> None:
    wanted = [one.span() for one in re.finditer(source.replace("$", r"\Z"), text)]
    assert list(Pattern(source).find(text)) == wanted


@given(st.text(alphabet="aб-_ 1", max_size=20), st.sampled_from(["a", "aб", "б+", "[aб1]+"]))
@settings(max_examples=150)
def test_edges_are_those_of_the_standard_library(text: str, source: str) -> None:
    wanted = [one.span() for one in re.finditer(rf"\b(?:{source})\b", text)]
    assert list(Pattern(rf"\b({source})\b").find(text)) == wanted


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        (r"order no\. ?\d+", {"order no"}),
        (r"Постановлени[еяю] № ?\d+", {"постановлени"}),
        (r"\b(décret|arrêté) \d+\b", {"décret", "arrêté"}),
        ("abcd?efg", {"abc"}),
        ("abc{0,2}def", {"def"}),
        ("abc??def+", {"def"}),
        ("(abc)?def", {"def"}),
        # nothing is taken for granted where it may be missing, or where it is too short
        ("abc|def", set()),
        ("(abc|def)?x", set()),
        ("(abc|de)x", set()),
        (r"\Qabc\E", set()),
        ("[a[:alpha:]b]word", set()),
        (r"\x{41}bcd", set()),
        ("ab.*", set()),
    ],
)
def test_what_a_text_must_hold_for_a_pattern_is_known(source: str, needed: set[str]) -> None:
    assert set(Pattern(source).needed) == needed


def test_many_patterns_find_what_each_finds_alone() -> None:
    sources = ["lake", r"(river|sea) \d", r"\bisland\b", "q|z", "(?i)HARBOUR", *(rf"word{n}\d" for n in range(40))]
    text = "Lake river 7 island islands harbour word31 word399 q LAKE e\u0301lake z \ud800"
    patterns = [(number, Pattern(source, case=number % 2 == 1)) for number, source in enumerate(sources)]
    alone = sorted((number, *span) for number, pattern in patterns for span in pattern.find(text))
    assert sorted(PatternSet(patterns).find(text)) == alone
    assert len(alone) > 6
