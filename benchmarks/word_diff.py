"""Comparing two long texts word by word, against splitting both into words and nothing else.

The texts are invented: one in twenty words is another one, or every word is. Grading the same edits is measured beside.
"""

import re
from collections.abc import Sequence

from benchmarks.measure import ROUNDS, Row, compare, take_turns, timed
from worker.core.revision import grade
from worker.core.word_diff import word_diff

GOAL = 30.0
_WORD = re.compile(r"\w+|[^\w\s]")
_VOCABULARY = 3_000
_SENTENCE = 15


def run(*, count: int = 8_000, rounds: int = ROUNDS) -> list[Row]:
    """Measure texts of `count` words: one word in twenty changed, and rewritten from end to end."""
    numbers = [number * 7919 % _VOCABULARY for number in range(count)]
    before = _text(numbers)
    changed = _text([number + _VOCABULARY if place % 20 == 0 else number for place, number in enumerate(numbers)])
    rewritten = _text([number * 31 % 2_003 + _VOCABULARY // 2 for number in numbers])
    return [*_compare("1 word in 20", before, changed, rounds), *_compare("rewritten", before, rewritten, rounds)]


def _text(numbers: Sequence[int]) -> str:
    words = (f"word{number}" + ("." if place % _SENTENCE == 0 else "") for place, number in enumerate(numbers))
    return " ".join(words)


def _compare(name: str, before: str, after: str, rounds: int) -> list[Row]:
    costs = take_turns(
        {
            "read": lambda: timed(lambda: (_WORD.findall(before), _WORD.findall(after))),
            "diff": lambda: timed(lambda: word_diff(before, after)),
            "grade": lambda: timed(lambda: grade(before, after)),
        },
        rounds,
    )
    return [
        compare(f"word diff, {name}", "pair", 1, work=costs["diff"], limit=costs["read"], goal=GOAL),
        compare(f"grade, {name}", "pair", 1, work=costs["grade"], limit=costs["read"]),
    ]
