"""One text as the engine looks at it: folded, with its hashtags and the edges of words.

Offsets are those of the folded text; `View.original` leads back. Knows nothing of terms.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import pairwise

from worker.core.text import Folded, unstyle, words

# no look-behind: a pattern that begins with a literal is searched ten times as fast
_HASHTAG = re.compile(r"#([\w\u0300-\u036f]+)")
#: letters, digits and underscores; combining marks are not among them
REST_OF_WORD = re.compile(r"\w*")


class _WordCharacters(dict[str, bool]):
    """Whether a character belongs to a word: a letter, a digit, an underscore or a combining mark."""

    # a dictionary, because asking one costs half of calling a function, and this is asked of every candidate
    def __missing__(self, character: str) -> bool:
        belongs = character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M"
        self[character] = belongs
        return belongs


class _PlainCharacters(dict[str, str]):
    """What `unstyle` makes of a character."""

    def __missing__(self, character: str) -> str:
        plain = self[character] = unstyle(character)[:1]
        return plain


#: `worker.core.text.is_word_character` as a dictionary
IS_WORD = _WordCharacters()
_PLAIN = _PlainCharacters()


class View:
    """A text that is being searched.

    Args:
        source: the original.
        folded: what it was folded to.
        original: where a stretch of that, at least one character, stands in the original; None if it cuts a character
            in two.
    """

    __slots__ = ("_hashtags", "_letters", "original", "source", "text")

    def __init__(self, source: str, folded: str, original: Callable[[int, int], tuple[int, int] | None]) -> None:
        self.source = source
        #: the folded text and a blank, so that there is a character on either side of every place
        self.text = folded + " "
        self.original = original
        #: where the words of hashtags begin and end, without their ``#``, ascending; None: not looked for yet
        self._hashtags: list[tuple[int, int]] | None = None
        #: the first and the last letter of hashtags that were looked at
        self._letters: dict[tuple[int, int], tuple[int, int]] = {}

    def _find_hashtags(self) -> Iterator[re.Match[str]]:
        for found in _HASHTAG.finditer(self.text):
            if not IS_WORD[self.text[found.start() - 1]]:
                yield found

    def is_written(self, start: int, end: int, exact: str) -> bool:
        """Tell whether the original of what stands from `start` to `end` reads `exact`, typography apart."""
        written = self._written(start, end)
        return written == exact or (not written.isascii() and unstyle(written) == exact)

    def has_case(self, start: int, end: int, exact: str, *, begins: bool) -> bool:
        """Tell whether the original, blanks and typography apart, is `exact` from `start` to `end`, or `begins` so."""
        written = " ".join(unstyle(self._written(start, end)).split())
        return written.startswith(exact) if begins else written == exact

    def hashtag_at(self, place: int) -> tuple[int, int] | None:
        """Return the hashtag, without its ``#``, whose characters `place` is one of."""
        hashtags = self._hashtags
        if hashtags is None:
            hashtags = self._hashtags = [found.span(1) for found in self._find_hashtags()]
        if not hashtags:
            return None
        start, end = hashtags[bisect_right(hashtags, (place, len(self.text))) - 1]
        return (start, end) if start <= place < end else None

    def has_letters_beside(self, hashtag: tuple[int, int], start: int, end: int) -> bool:
        """Tell whether more than digits and underscores stand beside a word in its hashtag."""
        letters = self._letters.get(hashtag)
        if letters is None:
            places = [place for place in range(*hashtag) if not (self.text[place] == "_" or self.text[place].isdigit())]
            # remembered, because a hashtag of a megabyte may hold the word a hundred thousand times
            letters = self._letters[hashtag] = (places[0], places[-1]) if places else (start, start)
        return letters[0] < start or letters[1] >= end

    def is_edge(self, place: int) -> bool:
        """Tell whether no word reaches over `place`: at least one of the two neighbours is no word character."""
        return not (IS_WORD[self.text[place - 1]] and IS_WORD[self.text[place]])

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
        """Return the first edge of a word, or of a `part` of a hashtag, from `place` on; it is inside one or behind."""
        if part:
            while not self.is_part_edge(place):
                place += 1
            return place
        while IS_WORD[self.text[place]]:
            rest = REST_OF_WORD.match(self.text, place + 1)
            place = rest.end() if rest else place + 1
        return place

    def words(self) -> tuple[tuple[str, int, int], ...]:
        """Every word with its place in the folded text; a hashtag gives its parts."""
        found: list[tuple[str, int, int]] = []
        for word, start, end in words(Folded(self.text)):
            if self.hashtag_at(start) is None:
                found.append((word, start, end))
            else:
                edges = [place for place in range(start, end + 1) if self.is_part_edge(place)]
                found.extend((self.text[low:high], low, high) for low, high in pairwise(edges))
        return tuple(found)

    def _written(self, start: int, end: int) -> str:
        """Return the original of what stands from `start` to `end`; "" where that cuts a character in two."""
        span = self.original(start, end)
        return self.source[slice(*span)] if span else ""

    def _cased(self, place: int) -> str:
        """Return the character of the original that stands at `place`, or a blank where that is only part of one."""
        span = self.original(place, place + 1) if place < len(self.text) - 1 else None
        written = self.source[span[0] : span[1]] if span else " "
        return _PLAIN[written] if len(written) == 1 else unstyle(written)[:1]
