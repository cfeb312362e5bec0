"""Readings: other ways in which a person would read a text whose words are oddly written.

- A word that mixes Latin and Cyrillic letters, as ``ВRICS`` with a Cyrillic В does, is read in each of the alphabets
  in which every letter of the other has a look-alike. A word of one alphabet is never read in the other.
- A word that is hyphenated at the end of a line is read as one, and as the compound with its hyphen.
- Emoji between two letters are passed over: ``Укра🔥ина``.

The text itself is searched all the same, so a reading only ever adds to what is found. Knows nothing of terms.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property

from worker.core.text import is_word_character

#: Cyrillic letters and the Latin ones that look like them, in small letters or in capitals.
_TWINS = dict(zip("авсенһіјкморѕтухԛԝԁӏ", "abcehhijkmopstyxqwdl", strict=True))
_LATIN = {
    **{ord(cyrillic): latin for cyrillic, latin in _TWINS.items()},
    **{ord(cyrillic.upper()): latin.upper() for cyrillic, latin in _TWINS.items()},
}
_CYRILLIC = {
    # of two that look like one the commoner, which comes first
    **{ord(latin): cyrillic for cyrillic, latin in reversed(_TWINS.items())},
    **{ord(latin.upper()): cyrillic.upper() for cyrillic, latin in reversed(_TWINS.items())},
}

_LATIN_LETTERS = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
_CYRILLIC_LETTERS = "\u0400-\u052f"
#: what may stand within a word and is no letter: stress marks, soft hyphens, and what no reader sees
_FAINT = r"\u00ad\u0300-\u036f\u200b-\u200f\u2060\ufe0e\ufe0f"
#: a part of a word: underscores end it
_PART = re.compile(rf"(?:[^\W_]|[{_FAINT}])+")
_IN_PART = re.compile(rf"[^\W_]|[{_FAINT}]")
#: where the alphabets meet in a word
_SEAM = re.compile(
    rf"[{_LATIN_LETTERS}](?=[{_FAINT}]*[{_CYRILLIC_LETTERS}])|[{_CYRILLIC_LETTERS}](?=[{_FAINT}]*[{_LATIN_LETTERS}])"
)
_NOT_LATIN = re.compile(f"(?![{''.join(map(chr, _LATIN))}])[{_CYRILLIC_LETTERS}]")
_NOT_CYRILLIC = re.compile(f"(?![{''.join(map(chr, _CYRILLIC))}])[{_LATIN_LETTERS}]")

_EMOJI = ((0x2600, 0x27BF), (0x1F1E6, 0x1F1FF), (0x1F300, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F900, 0x1F9FF))
_EMOJI_CLASS = "".join(f"{chr(low)}-{chr(high)}" for low, high in _EMOJI)
_EMOJI_RUN = rf"[{_EMOJI_CLASS}][{_EMOJI_CLASS}\u200d\ufe0e\ufe0f]*"
_LETTER = r"[^\W\d_]"
_JOINT = re.compile(rf"{_LETTER}[{_FAINT}]*({_EMOJI_RUN}|[-\u00ad\u2010]\r?\n)(?=[{_FAINT}]*{_LETTER})")
_BREAK = re.compile(rf"{_LETTER}[{_FAINT}]*[-\u2010](\r?\n)(?=[{_FAINT}]*{_LETTER})")


def _clues() -> Iterator[str]:
    """Yield every two small letters of which one can be read in the alphabet of the other."""
    latin, cyrillic = "abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюяђѓєѕіїјљњћќўџґһԛԝԁӏ"
    for one in latin:
        for other in cyrillic:
            if ord(one) in _CYRILLIC or ord(other) in _LATIN:
                yield one + other
                yield other + one


#: Where a folded text has one of these, it may have other readings.
CLUES = tuple(_clues())
#: Where a folded text has one of these between two letters, it has other readings.
JOINTS = ("-\n", "-\r\n", *(chr(place) for low, high in _EMOJI for place in range(low, high + 1)))
_FOLDED_JOINT = re.compile(rf"(?:{_EMOJI_RUN}|-\r?\n)\w")
_SOFT_BREAK = re.compile(r"\u00ad\r?\n")


def is_joint(text: str, place: int) -> bool:
    """Tell whether one of `JOINTS`, which stands at `place` of the folded `text`, seems to stand within a word."""
    return place > 0 and is_word_character(text[place - 1]) and _FOLDED_JOINT.match(text, place) is not None


def has_soft_break(text: str) -> bool:
    """Tell whether a line of `text`, which was not folded, ends with a soft hyphen."""
    return _SOFT_BREAK.search(text) is not None


class Reading:
    """A text to be searched in the place of another one, and the way back.

    Args:
        text: how the other is read.
        left_out: begin and end of each stretch of the other that has no part in `text`, ascending; looked at only
            when something was found.
    """

    def __init__(self, text: str, left_out: Iterable[tuple[int, int]]) -> None:
        self.text = text
        self._left_out = left_out

    @cached_property
    def _shifts(self) -> tuple[list[int], list[int]]:
        """Where the text goes on behind each stretch, and how much longer the other is up to there."""
        at: list[int] = []
        by: list[int] = []
        gone = 0
        for start, end in self._left_out:
            at.append(start - gone)
            gone += end - start
            by.append(gone)
        return at, by

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where the stretch from `start` to `end`, at least one character, stands in the other text."""
        at, by = self._shifts
        first, last = bisect_right(at, start), bisect_right(at, end - 1)
        return (start + by[first - 1] if first else start), (end + by[last - 1] if last else end)


def readings(text: str) -> Iterator[Reading]:
    """Yield every other reading of `text`, eight at most."""
    joints = [joint.span(1) for joint in _JOINT.finditer(text) if _is_one_word(text, *joint.span(1))]
    breaks = [line_break.span(1) for line_break in _BREAK.finditer(text)] if joints else []
    for left_out in ((), *filter(None, (joints, breaks))):
        whole = _without(text, left_out)
        if left_out:
            yield Reading(whole, left_out)
        for respelled in _respelled(whole):
            yield Reading(respelled, left_out)


def _is_one_word(text: str, start: int, end: int) -> bool:
    """Tell whether the letters beside a joint go on in the same case; after ``harbour-`` a capital begins a word."""
    return not (text[start - 1].islower() and text[end].isupper())


def _without(text: str, left_out: Iterable[tuple[int, int]]) -> str:
    kept: list[str] = []
    done = 0
    for start, end in left_out:
        kept.append(text[done:start])
        done = end
    return "".join([*kept, text[done:]])


def _respelled(text: str) -> Iterator[str]:
    """Yield `text` with its words of mixed letters in one alphabet and in the other, where that changes anything."""
    mixed = list(_mixed_parts(text))
    for foreign, table in ((_NOT_LATIN, _LATIN), (_NOT_CYRILLIC, _CYRILLIC)):
        kept: list[str] = []
        done = 0
        for start, end in mixed:
            if not foreign.search(text, start, end):
                kept += (text[done:start], text[start:end].translate(table))
                done = end
        if kept:
            yield "".join([*kept, text[done:]])


def _mixed_parts(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each part of a word begins and ends in which letters of both alphabets meet."""
    done = 0
    for seam in _SEAM.finditer(text):
        if seam.start() >= done:
            start = seam.start()
            while start > done and _IN_PART.match(text, start - 1):
                start -= 1
            part = _PART.match(text, start)
            done = part.end() if part else seam.end()
            yield start, done
