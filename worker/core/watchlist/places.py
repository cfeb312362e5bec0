"""Places in a text: which overlap, and how many words lie between two. Does not know what stands there."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from worker.core.text import fold, words

#: start and end in the original text
Span = tuple[int, int]


class Places:
    """A set of spans that others are held against.

    Args:
        spans: in any order.
        word_starts: where the words of the text begin, ascending; empty where no distance is asked for.
    """

    def __init__(self, spans: Iterable[Span], word_starts: Sequence[int] = ()) -> None:
        self._words = word_starts
        ordered = sorted(set(spans))
        self._starts = [start for start, _ in ordered]
        self._ends = sorted(end for _, end in ordered)
        #: how far the spans up to each one reach
        self._reach: list[int] = []
        for _, end in ordered:
            self._reach.append(max(end, self._reach[-1]) if self._reach else end)

    def overlaps(self, span: Span) -> bool:
        """Tell whether a character of `span` belongs to one of the spans too."""
        before = bisect_left(self._starts, span[1])
        return before > 0 and self._reach[before - 1] > span[0]

    def has_near(self, span: Span, gap: int) -> bool:
        """Tell whether one of the spans stands beside `span`, not over it, with at most `gap` words between."""
        start, end = span
        following = bisect_left(self._starts, end)
        if following < len(self._starts) and self._between(end, self._starts[following]) <= gap:
            return True
        leading = bisect_right(self._ends, start)
        return leading > 0 and self._between(self._ends[leading - 1], start) <= gap

    def _between(self, left: int, right: int) -> int:
        return bisect_left(self._words, right) - bisect_left(self._words, left)


def word_starts(text: str) -> list[int]:
    """Return where each word of `text` begins, ascending."""
    folded = fold(text)
    places = (folded.original(start, start + 1) or folded.original(start, end) for _, start, end in words(folded))
    return [place[0] for place in places if place]
