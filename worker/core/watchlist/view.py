"""One text as the matcher looks at it: folded, with its hashtags and the edges of words.

Offsets are those of the folded text; `View.original` leads back. Knows nothing of terms.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

from worker.core.text import fold, is_word_character, unstyle, words
from worker.core.watchlist.language import stemmer

# no look-behind: a pattern that begins with a literal is searched ten times as fast
_HASHTAG = re.compile(r"#([\w\u0300-\u036f]+)")


class View:
    """A text that is being searched.

    Args:
        text: the original.
    """

    def __init__(self, text: str) -> None:
        self._source = text
        self._folded = fold(text)
        #: the folded text
        self.text = self._folded.text
        #: where a stretch of it stands in the original; None if it cuts a character in two
        self.original = self._folded.original
        #: where the words of hashtags begin and end, without their ``#``, ascending
        self.hashtags = [found.span(1) for found in self._find_hashtags()] if "#" in self.text else []

    def _find_hashtags(self) -> Iterator[re.Match[str]]:
        for found in _HASHTAG.finditer(self.text):
            before = found.start() - 1
            if before < 0 or not is_word_character(self.text[before]):
                yield found

    def is_written(self, start: int, end: int, exact: str) -> bool:
        """Tell whether the original reads `exact` from `start` to `end`, typography apart."""
        written = self._source[start:end]
        return written == exact or (not written.isascii() and unstyle(written) == exact)

    def has_case(self, start: int, end: int, exact: str, *, begins: bool) -> bool:
        """Tell whether the original from `start` to `end`, blanks and typography apart, is `exact` or `begins` so."""
        written = " ".join(unstyle(self._source[start:end]).split())
        return written.startswith(exact) if begins else written == exact

    def hashtag_at(self, place: int) -> tuple[int, int] | None:
        """Return the hashtag, without its ``#``, whose characters `place` is one of."""
        if not self.hashtags:
            return None
        start, end = self.hashtags[bisect_right(self.hashtags, (place, len(self.text))) - 1]
        return (start, end) if start <= place < end else None

    def is_edge(self, place: int) -> bool:
        """Tell whether no word reaches over `place`: at least one of the two neighbours is no word character."""
        text = self.text
        return not (0 < place < len(text) and is_word_character(text[place - 1]) and is_word_character(text[place]))

    def is_part_edge(self, place: int) -> bool:
        """Tell whether a part of a hashtag begins or ends at `place`: an edge, an underscore, a digit, a capital."""
        if self.is_edge(place):
            return True
        before, after = self._cased(place - 1), self._cased(place)
        if "_" in (before, after) or before.isdigit() != after.isdigit():
            return True
        if before.islower():
            return after.isupper()
        # in #CISSummit the last capital begins the next part
        return before.isupper() and after.isupper() and self._cased(place + 1).islower()

    def next_edge(self, place: int, *, part: bool) -> int:
        """Return the first edge from `place` on; of a `part` of a hashtag, or of a word."""
        is_edge = self.is_part_edge if part else self.is_edge
        while not is_edge(place):
            place += 1
        return place

    @cached_property
    def words(self) -> tuple[tuple[str, int, int], ...]:
        """Every word with its place in the folded text; a hashtag gives its parts."""
        found: list[tuple[str, int, int]] = []
        for word, start, end in words(self._folded):
            if self.hashtag_at(start) is None:
                found.append((word, start, end))
            else:
                edges = [place for place in range(start, end + 1) if self.is_part_edge(place)]
                found.extend((self.text[low:high], low, high) for low, high in pairwise(edges))
        return tuple(found)

    def stems(self, language: str) -> list[str]:
        """Return the stem of each of `words` in `language`."""
        stem = stemmer(language)
        return [stem(word) for word, _, _ in self.words]

    def _cased(self, place: int) -> str:
        """Return the character of the original that stands at `place`, or a blank where that is only part of one."""
        span = self.original(place, place + 1) if place < len(self.text) else None
        return unstyle(self._source[slice(*span)])[:1] if span else " "
