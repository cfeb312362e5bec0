"""Doubles: texts of several channels that tell one story nearly word for word.

`sketch` gives a text a few keys, and doubles share one of them with near certainty, so that a store finds the few texts
worth comparing by an index; `is_double` compares two. A text with another signature, header, link, emoji or typo is a
double, and so is one that breaks off; a template with other numbers, days or names is none, nor is a translation, nor
the same news in other words. Everything is reckoned alike on every machine and in every run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from heapq import nsmallest

from rapidfuzz.distance import OSA, Indel

from worker.core.story_text import Places, StoryText, is_figure, places_of, read_story

#: shorter texts cannot be told from a template: they are doubles only with equal words
_FEW_WORDS = 6
#: words of one shingle
_SHINGLE = 3
#: keys besides the one of the whole text: two texts that share 60 % of their shingles miss each other once in 200
_KEYS = 6
_BITS = (1 << 64) - 1
#: odd numbers that make the order of a shingle's words count
_FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F
#: words looked at, of each text
_MOST_WORDS = 3_000
_SKETCHED_WORDS = 500

#: a text that breaks off must have this share of the other's words
_CUT_SHARE = 0.58
#: words that are other ones inside the text, and such as stand in one text only: one in so many
_WORDS_PER_CHANGE, _WORDS_PER_EXTRA = 25, 12
#: mistyped words, and small ones that stand in one text only
_WORDS_PER_TYPO = 15
_SMALL_WORDS = (
    "a an the of on in at to for and as by has have had is was were been that its his her le la les l de d du des et à "
    "au aux en un une que qui s a ont est во в на и с со о об к ко от по за из а же что это еще также уже"
)
_SMALL = frozenset(_SMALL_WORDS.split())
#: what may stand before or after a text: words at most, and the share of the text
_FRAME_WORDS, _FRAME_SHARE = 12, 0.35
#: the same for a title on a line of its own
_TITLE_SHARE = 0.55
#: the same without a line or sentence of its own
_TACKED_WORDS, _TACKED_SHARE = 4, 0.2
#: a signature in place of another
_SIGNATURE_WORDS = 8
_SIGNED_WORDS = 12
#: shorter words are not taken for each other's typos, longer ones may have two
_TYPO_CHARS, _TWO_TYPOS_CHARS = 5, 10


def sketch(text: str) -> tuple[int, ...]:
    """Return the keys of a text, signed 64-bit numbers: the first of its words as a whole, the others of parts.

    Doubles share a key: those with equal words always, others nearly always. () for a text that says nothing.
    """
    return sketch_story(read_story(text))


def sketch_story(story: StoryText) -> tuple[int, ...]:
    """Return the keys of a text that has been read, as `sketch` does."""
    words = story.words
    if not words:
        return (_key(story.bare),) if story.bare else ()
    exact = _key(" ".join(words))
    if len(words) < _FEW_WORDS:
        return (exact,)
    marks = [_mark(word) for word in words[:_SKETCHED_WORDS]]
    shingles = {
        (one * _FIRST + two * _SECOND + three) & _BITS
        for one, two, three in zip(marks, marks[1:], marks[2:], strict=False)
    }
    # the smallest of all: what is a part of the other text is among the smallest of both
    return (exact, *(_signed(key) for key in nsmallest(_KEYS, shingles)))


@lru_cache(maxsize=1 << 16)
def _mark(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _key(text: str) -> int:
    return _signed(_mark.__wrapped__(text))


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number


def is_double(first: str, second: str) -> bool:
    """Tell whether two texts are one story: the same whichever is named first, and True for equal texts with words."""
    return tell_the_same(read_story(first), read_story(second))


def tell_the_same(one: StoryText, other: StoryText) -> bool:
    """Tell whether two texts that have been read are one story, as `is_double` does."""
    if one.words == other.words:
        return bool(one.words) or one.bare == other.bare != ""
    if not one.words or not other.words:
        return False
    shorter, longer = sorted((one, other), key=lambda story: (len(story.words), story.words, story.cut))
    if len(shorter.words) < min(_FEW_WORDS, len(longer.words)):
        return "".join(shorter.words) == "".join(longer.words)
    if len(shorter.words) < len(longer.words) * _CUT_SHARE:
        return False
    return _Comparison(shorter, longer).is_double()


@dataclass(frozen=True, slots=True)
class _Gap:
    """Words that stand in only one text, or differ: from and up to, in the shorter and in the longer one."""

    start: int
    end: int
    other_start: int
    other_end: int


class _Comparison:
    """Two stories word by word: what differs before, inside and after what they have in common."""

    def __init__(self, shorter: StoryText, longer: StoryText) -> None:
        self._shorter, self._longer = shorter, longer
        self._size = len(shorter.words)
        #: so many words the text must have to be the same with all that was changed
        self._changed = 0
        self._typos = 0

    @cached_property
    def _places(self) -> Places:
        return places_of(self._shorter)

    @cached_property
    def _other_places(self) -> Places:
        return places_of(self._longer)

    def is_double(self) -> bool:
        gaps = list(_gaps(self._shorter.words[:_MOST_WORDS], self._longer.words[:_MOST_WORDS]))
        return all(self._is_slight(gap) for gap in gaps) and (
            self._changed <= self._size and self._typos <= max(1, self._size // _WORDS_PER_TYPO)
        )

    def _is_slight(self, gap: _Gap) -> bool:
        """Tell whether a difference leaves the story the same, as far as there are few of them."""
        ours = self._shorter.words[gap.start : gap.end]
        theirs = self._longer.words[gap.other_start : gap.other_end]
        if "".join(ours) == "".join(theirs):
            return True
        at_start = not gap.start and not gap.other_start
        at_end = gap.end >= min(self._size, _MOST_WORDS) and gap.other_end >= min(len(self._longer.words), _MOST_WORDS)
        if at_end and not at_start and self._breaks_off(gap):
            return True
        if ours and theirs:
            return (at_end and self._is_other_signature(gap)) or self._is_slight_change(gap, ours, theirs)
        words = ours or theirs
        if at_start or at_end:
            places = self._places if ours else self._other_places
            start, end = (gap.start, gap.end) if ours else (gap.other_start, gap.other_end)
            return self._is_frame(words, places, end if at_start else start, at_start=at_start)
        if any(is_figure(word) for word in words):
            return False
        if _SMALL.issuperset(words):
            self._typos += 1
        else:
            self._changed += len(words) * _WORDS_PER_EXTRA
        return True

    def _breaks_off(self, gap: _Gap) -> bool:
        """Tell whether the one text ends here because it was cut; its last word may be half a word."""
        ours, theirs = gap.end - gap.start, gap.other_end - gap.other_start
        if self._shorter.cut and ours <= 1:
            return not ours or self._begins(self._shorter.words[gap.start], self._longer.words, gap.other_start)
        if self._longer.cut and theirs <= 1:
            return not theirs or self._begins(self._longer.words[gap.other_start], self._shorter.words, gap.start)
        return False

    def _begins(self, half: str, words: Sequence[str], place: int) -> bool:
        return place < len(words) and words[place].startswith(half)

    def _is_frame(self, words: Sequence[str], places: Places, edge: int, *, at_start: bool) -> bool:
        """Tell whether words before or after all others are a header or a signature, not a comment or more news."""
        own_line = places.lines[edge - 1] != places.lines[edge]
        own_sentence = places.sentences[edge - 1] != places.sentences[edge]
        if own_line and at_start:
            return len(words) <= min(_FRAME_WORDS, self._size * _TITLE_SHARE)
        if any(is_figure(word) for word in words):
            return False
        if own_line or own_sentence:
            return len(words) <= min(_FRAME_WORDS, self._size * _FRAME_SHARE)
        return len(words) <= min(_TACKED_WORDS, self._size * _TACKED_SHARE)

    def _is_other_signature(self, gap: _Gap) -> bool:
        """Tell whether the last lines are two signatures under one text."""
        sides = (
            (self._shorter.words[gap.start : gap.end], self._places, gap.start),
            (self._longer.words[gap.other_start : gap.other_end], self._other_places, gap.other_start),
        )
        return gap.start >= _SIGNED_WORDS and all(
            len(words) <= _SIGNATURE_WORDS
            and places.lines[start - 1] != places.lines[start]
            and places.lines[start - 1] not in places.leading_on
            and not any(is_figure(word) for word in words)
            for words, places, start in sides
        )

    def _is_slight_change(self, gap: _Gap, ours: Sequence[str], theirs: Sequence[str]) -> bool:
        if any(is_figure(word) for word in (*ours, *theirs)):
            return False
        named = any(gap.start <= place < gap.end for place in self._places.names)
        names = named and any(gap.other_start <= place < gap.other_end for place in self._other_places.names)
        if len(ours) == len(theirs) and all(
            _is_typo(one, other, is_name=names) for one, other in zip(ours, theirs, strict=True)
        ):
            self._typos += len(ours)
            return True
        if names:
            return False
        self._changed += max(len(ours), len(theirs)) * _WORDS_PER_CHANGE
        return True


def _gaps(ours: Sequence[str], theirs: Sequence[str]) -> Iterator[_Gap]:
    numbers: dict[str, int] = {}
    one = [numbers.setdefault(word, len(numbers)) for word in ours]
    other = [numbers.setdefault(word, len(numbers)) for word in theirs]
    start = other_start = 0
    for block in Indel.opcodes(one, other).as_matching_blocks():
        if block.a > start or block.b > other_start:
            yield _Gap(start, block.a, other_start, block.b)
        start, other_start = block.a + block.size, block.b + block.size


def _is_typo(one: str, other: str, *, is_name: bool) -> bool:
    """Tell whether two words are one word, mistyped once; in a name, the ends must be the same."""
    if one == other:
        return True
    if one[0] != other[0] or (is_name and one[-1] != other[-1]):
        return False
    length = min(len(one), len(other))
    distance = OSA.distance(one, other, score_cutoff=2)
    if distance == 1:
        return length >= _TYPO_CHARS or sorted(one) == sorted(other)
    return distance == 2 and length >= _TWO_TYPOS_CHARS and not is_name
