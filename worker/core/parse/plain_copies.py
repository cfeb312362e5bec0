"""Find the bodies that an extractor printed twice: a first line, a body, and the same body once more.

trafilatura up to 2.0.0 prints every run of text that follows the first line break of a post a second time, so a post
of n lines comes as ``1, 2..n, 2..n``. A line can be missing from either copy, quotes mostly from the first, so the
copies are aligned and the union of both is kept. Knows nothing of labels or of what the lines say.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.fuzz import ratio

from worker.core.parse.plain_chrome import is_tag_line, leading_marker

#: The longest body that is looked for, in lines.
LONGEST_COPY = 600
#: A line's next occurrences that are tried as the start of the second copy.
_TRIES = 4
#: Lines that one copy may lack in one place.
_HOLE = 4
#: Share of each copy that must be found in the other.
_LEAST_SHARED = 0.6
#: Two lines are the same line, edited by the extractor, from here on (of 100).
_ALIKE = 88
#: Alignments that are not exact may cost so many steps per stretch, so that hostile input takes bounded time. A real
#: page takes a few hundred.
_MOST_STEPS = 300_000

_NOT_WORD = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of lines as one whole: a doubled post, or a line that stands alone."""

    lines: tuple[str, ...]
    doubled: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """A doubled post that starts at some line."""

    #: index of the line after the second copy
    end: int
    #: the body once
    union: tuple[str, ...]
    #: lines that only one copy has
    extras: int


def find_sections(lines: Sequence[str]) -> list[Section]:
    """Cut lines into doubled posts and single lines so that the fewest posts explain all of them."""
    finder = _Finder(lines)
    count = len(lines)
    cost = [0.0] * (count + 1)
    best: list[_Found | None] = [None] * count
    for start in range(count - 1, -1, -1):
        cost[start] = 1 + cost[start + 1]
        for found in finder.find_at(start):
            price = 1 + 0.3 * found.extras + cost[found.end]
            if price < cost[start]:
                cost[start], best[start] = price, found
    sections: list[Section] = []
    at = 0
    while at < count:
        found_here = best[at]
        if found_here is None:
            sections.append(Section((lines[at],), doubled=False))
            at += 1
        else:
            sections.append(Section((lines[at], *found_here.union), doubled=True))
            at = found_here.end
    return sections


def _opens_like(line: str, title: str) -> bool:
    marker = leading_marker(title)
    return marker is not None and leading_marker(line) == marker


class _Finder:
    """Looks for second copies; built once per stretch."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._keys = [_NOT_WORD.sub("", line).casefold() or line for line in lines]
        self._steps = _MOST_STEPS
        self._next = self._find_next()
        #: for each line, distance -> how many lines from here on are repeated at that distance
        self._runs: list[dict[int, int]] = self._measure_runs()

    def _find_next(self) -> list[int]:
        """For each line the index of its next occurrence, or the number of lines."""
        count = len(self._keys)
        seen: dict[str, int] = {}
        following = [count] * count
        for index in range(count - 1, -1, -1):
            following[index] = seen.get(self._keys[index], count)
            seen[self._keys[index]] = index
        return following

    def _measure_runs(self) -> list[dict[int, int]]:
        count = len(self._keys)
        runs: list[dict[int, int]] = [{}] * (count + 1)
        for index in range(count - 1, -1, -1):
            after = runs[index + 1]
            here: dict[int, int] = {}
            other = self._next[index]
            while other < count and other - index <= LONGEST_COPY and len(here) < _TRIES:
                here[other - index] = 1 + after.get(other - index, 0)
                other = self._next[other]
            runs[index] = here
        return runs

    def find_at(self, start: int) -> list[_Found]:
        """Return the doubled posts that can begin with this line."""
        first = start + 1
        found: list[_Found] = []
        if first >= len(self._lines):
            return found
        for distance, run in (self._runs[first] or self._find_reworded(first)).items():
            if run >= distance:
                union = tuple(self._lines[first : first + distance])
                found.append(_Found(first + 2 * distance, union, extras=0))
            elif self._steps > 0:
                inexact = self._align(first, first + distance)
                if inexact is not None:
                    found.append(inexact)
        return found

    def _find_reworded(self, first: int) -> dict[int, int]:
        """Return the distances at which the second copy can begin with this line in slightly other words."""
        below = self._runs[first + 1]
        return {distance: 0 for distance in below if self._steps > 0 and self._is_alike(first, first + distance)}

    def _align(self, first: int, second: int) -> _Found | None:
        """Align the copy that starts at `first` with the one at `second`; None if they are no copies."""
        left, right = first, second
        union: list[str] = []
        shared = 0
        while left < second:
            self._steps -= 1
            run = min(self._run(left, right), second - left)
            if run:
                # The second copy can't reach beyond its own start again.
                union += self._lines[left : left + run]
                left, right, shared = left + run, right + run, shared + run
                continue
            hole = self._find_hole(left, right, second)
            if hole is None:
                break
            over_left, over_right, replaced = hole
            union += self._lines[left : left + over_left] if not replaced else ()
            union += self._lines[right : right + over_right]
            left, right, shared = left + over_left, right + over_right, shared + replaced
        rest = list(self._lines[left:second])
        if len(rest) > _HOLE or shared < _LEAST_SHARED * max(second - first, right - second) or not shared:
            return None
        if rest and _opens_like(rest[0], self._lines[first - 1]):
            return None  # two lists of links in a row with the same links, not two copies
        # What stands between the copies and in neither alignment opens the second copy (a quote that the first one
        # lacks), except for the closing hashtags, which end the first.
        opening = [line for line in rest if not is_tag_line(line)]
        closing = [line for line in rest if is_tag_line(line)]
        extras = (second - first - shared) + (right - second - shared)
        return _Found(right, (*opening, *union, *closing), extras)

    def _run(self, left: int, right: int) -> int:
        if right >= len(self._keys) or self._keys[left] != self._keys[right]:
            return 0
        # Only the nearest occurrences are measured; one line is always certain.
        return self._runs[left].get(right - left, 1)

    def _find_hole(self, left: int, right: int, second: int) -> tuple[int, int, int] | None:
        """Return how many lines to step over on each side to meet again, and whether they are one line reworded."""
        if right < len(self._lines) and self._is_alike(left, right):
            return 1, 1, 1
        for total in range(1, _HOLE + 1):
            for over_right in range(total, -1, -1):
                over_left = total - over_right
                self._steps -= 1
                if left + over_left < second and self._run(left + over_left, right + over_right):
                    return over_left, over_right, 0
        return None

    def _is_alike(self, left: int, right: int) -> bool:
        one, other = self._keys[left], self._keys[right]
        shorter, longer = sorted((len(one), len(other)))
        if shorter < 12 or longer > 2000 or shorter < 0.8 * longer:
            return False
        self._steps -= 1 + longer // 100
        return ratio(one, other, score_cutoff=_ALIKE) > 0
