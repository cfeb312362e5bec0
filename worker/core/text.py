"""Text for comparing and for matching: normalising, folding and words with their places in the original text.

`normalise` answers "is this the same text?", `fold` answers "is this the same word?". Folding keeps an exact way back:
every stretch of the folded text can be cut from the original. Does not stem and knows no language.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from worker.core.address import plain_addresses

#: Characters that no reader sees, as ranges: soft hyphen, joiners, zero-width spaces, writing-direction marks, byte
#: order mark, and the variation selectors U+FE0E and U+FE0F that only choose between a grey and a coloured emoji.
_INVISIBLE = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x180E, 0x180E),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x2064),
    (0x2066, 0x2069),
    (0xFE0E, 0xFE0F),
    (0xFEFF, 0xFEFF),
)
#: Accents that may stand apart from their letter: they are composed with it, or dropped if they only mark the stress.
_MARKS = ((0x0300, 0x034E), (0x0350, 0x036F))
#: Letters in costume that NFKC maps one to one: full-width forms, mathematical alphabets, letters in circles, squares.
_COSTUMES = ((0xFF01, 0xFF5E), (0x1D400, 0x1D7FF), (0x24B6, 0x24E9), (0x1F130, 0x1F149))
#: Halves of characters, which no UTF-8 library takes; U+FFFD stands in for them.
_SURROGATES = ((0xD800, 0xDFFF),)

#: Where letters stand whose small form is not yet their folded form, such as ``ß``.
_FOLDED_FURTHER = (
    (0xB5, 0x587),
    (0x13A0, 0x13FF),
    (0x1C80, 0x1C8A),
    (0x1E96, 0x1FFF),
    (0xAB70, 0xABBF),
    (0xFB00, 0xFB17),
)
#: Grave and acute where they compose with nothing: the stress marks of Russian texts.
_STRESS = {0x0300: None, 0x0301: None}


def _class(ranges: tuple[tuple[int, int], ...]) -> str:
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)


_INVISIBLES = re.compile(f"[{_class(_INVISIBLE)}]+")
# Two flat classes and nothing more, because they are searched in every text: 3 nanoseconds a character, against 15 with
# a repetition after it, which costs the search its shortcut.
_INVISIBLE_ONE = re.compile(f"[{_class(_INVISIBLE)}]")
_UNUSUAL = re.compile(f"[{_class(_INVISIBLE + _MARKS + _COSTUMES + _SURROGATES)}]")
_UNUSUAL_RUN = re.compile(f"{_UNUSUAL.pattern}+")
_SPECIAL = re.compile(
    f"(?P<mark>[^{_class(_MARKS + _INVISIBLE)}]?(?:[{_class(_INVISIBLE)}]*+[{_class(_MARKS)}])+)"
    f"|(?P<invisible>[{_class(_INVISIBLE)}]+)"
    f"|(?P<costume>[{_class(_COSTUMES)}])"
    f"|(?P<surrogate>[{_class(_SURROGATES)}])"
)
_WORD = re.compile(rf"[\w{_class(_MARKS)}]+")


def normalise(text: str) -> str:
    """Return `text` as it is compared: what `collapse` makes of it, its addresses without what no reader needs.

    Raise the version in `worker.core.fingerprint` whenever this changes its answer for any text.
    """
    line = collapse(text)
    return plain_addresses(line) if "://" in line else line


def collapse(text: str) -> str:
    """Return `text` in NFC, without anything invisible, every run of white space one blank, none at the ends.

    White space is what `str.split` takes for it, no-break and ideographic blanks included.
    """
    # Nearly every text has no white space but blanks and line breaks and nothing invisible. Looking for that in the
    # whole takes half as long as cutting it into words and joining them again. `isprintable` refuses all other white
    # space and all invisible characters but three.
    line = text.replace("\n\n", "\n").replace("\n", " ")
    if not line.isprintable() or "\u034f" in line or "\ufe0e" in line or "\ufe0f" in line:
        return _collapse_unusual(text)
    while "  " in line:
        line = line.replace("  ", " ")
    line = line.strip(" ")
    return line if line.isascii() else unicodedata.normalize("NFC", line)


def _collapse_unusual(text: str) -> str:
    if not text.isascii():
        if _INVISIBLE_ONE.search(text):
            text = _INVISIBLES.sub("", text)
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.split())


@cache
def is_word_character(character: str) -> bool:
    """Tell whether `character` belongs to a word: a letter, a digit, an underscore or a combining mark."""
    return character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M"


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and the way back to the original."""

    text: str
    #: where each piece begins in the folded text, ascending; empty if every offset is the same in both texts
    _at: tuple[int, ...] = ()
    #: where each piece begins in the original
    _origin: tuple[int, ...] = ()
    #: length in the original of a piece that is one cluster; 0 for a run of characters that map one to one
    _width: tuple[int, ...] = ()

    def original(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where the folded stretch from `start` to `end` (at least one character) stands in the original.

        None if it begins or ends inside what is one character there, such as one half of the ``ss`` of ``ß``.
        """
        if not self._at:
            return start, end
        first = bisect_right(self._at, start) - 1
        if self._width[first] and start != self._at[first]:
            return None
        last = bisect_right(self._at, end - 1) - 1
        if self._width[last]:
            whole = end == (self._at[last + 1] if last + 1 < len(self._at) else len(self.text))
            stop = self._origin[last] + self._width[last] if whole else None
        else:
            stop = self._origin[last] + end - self._at[last]
        return None if stop is None else (self._origin[first] + start - self._at[first], stop)


def fold(text: str) -> Folded:
    """Fold `text` for matching: case, ё as е, no stress marks, nothing invisible, plain apostrophes, hyphens, letters.

    Accents are kept (``é`` is not ``e``); white space is kept as it stands. Any string is taken.
    """
    plain = _fold_letters(text)
    # casefold never shortens: an equal length proves that each character stands where it stood
    aligned = len(plain) == len(text)
    if aligned and not _UNUSUAL.search(plain):
        return Folded(plain)
    return _fold_with_map(text, plain if aligned else None)


def fold_roughly(text: str) -> str:
    """Return what `fold` makes of `text`, offsets unchanged, in half the time, where the answer holds no `REMAINDERS`.

    Halves of characters are left as they are.
    """
    small = text.lower()
    return small if small.isascii() else _straighten(small.replace("ё", "е").replace("ς", "σ"))


def _remainders() -> Iterator[str]:
    for low, high in _INVISIBLE + _MARKS + _COSTUMES:
        yield from map(chr, range(low, high + 1))
    for low, high in _FOLDED_FURTHER:
        # the final sigma is dealt with, and the iota below is among the marks
        yield from (
            letter
            for letter in map(chr, range(low, high + 1))
            if letter == letter.lower() != letter.casefold() and letter not in "ς\u0345"
        )


#: Characters that `fold_roughly` may leave: in a text with one of them it is not all of `fold`.
REMAINDERS = frozenset(_remainders())


def _fold_letters(text: str) -> str:
    folded = text.casefold().replace("ё", "е")
    return folded if folded.isascii() else _straighten(folded)


def _straighten(text: str) -> str:
    """Give the typographic apostrophes and hyphens the plain form that is on every keyboard."""
    text = text.replace("’", "'").replace("‘", "'").replace("ʼ", "'")
    return text.replace("\u2010", "-").replace("\u2011", "-")


def _plain_cluster(special: re.Match[str]) -> str:
    """Return what one match of `_SPECIAL` reads as, in its own case."""
    cluster = special[0]
    match special.lastgroup:
        case "invisible":
            return ""
        case "surrogate":
            return "\ufffd"
        case "costume":
            return unicodedata.normalize("NFKC", cluster)
    cluster = _INVISIBLES.sub("", cluster)
    base = _SPECIAL.sub(_plain_cluster, cluster[0]) if len(cluster) > 1 else cluster
    composed = unicodedata.normalize("NFC", base + cluster[1:])
    # once more: a mark that the stress kept from its letter
    return unicodedata.normalize("NFC", composed.translate(_STRESS))


def unstyle(text: str) -> str:
    """Return `text` folded in everything but case: what an acronym is compared with."""
    return _straighten(_SPECIAL.sub(_plain_cluster, text) if _UNUSUAL.search(text) else text)


def _fold_with_map(text: str, aligned: str | None) -> Folded:
    """Fold piece by piece: runs that map one to one, and clusters between them that do not.

    `aligned` is the text with its letters folded, where that changed no offset.
    """
    folded: list[str] = []
    at: list[int] = []
    origin: list[int] = []
    width: list[int] = []
    length = 0
    for piece, start, wide in _pieces(text, aligned):
        folded.append(piece)
        at.append(length)
        origin.append(start)
        width.append(wide)
        length += len(piece)
    return Folded("".join(folded), tuple(at), tuple(origin), tuple(width))


def _pieces(text: str, aligned: str | None) -> Iterator[tuple[str, int, int]]:
    """Yield what each piece folds to (never ""), where it begins, and its width if it is a cluster, else 0."""
    done = 0
    for special in _specials(text):
        start, end = special.span()
        if start > done:
            yield from _fold_run(text, done, start) if aligned is None else ((aligned[done:start], done, 0),)
        cluster = _fold_letters(_plain_cluster(special))
        if cluster:
            yield cluster, start, end - start
        done = end
    if done < len(text):
        yield from _fold_run(text, done, len(text)) if aligned is None else ((aligned[done:], done, 0),)


def _specials(text: str) -> Iterator[re.Match[str]]:
    """Yield each match of `_SPECIAL`, looked for only where something unusual stands."""
    done = 0
    while unusual := _UNUSUAL.search(text, done):
        run = _UNUSUAL_RUN.match(text, unusual.start()) or unusual
        # one character back, because a mark belongs to the letter before it
        yield from _SPECIAL.finditer(text, max(done, run.start() - 1), run.end())
        done = run.end()


def _fold_run(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Yield the pieces of a stretch without clusters; only letters such as ``ß`` that fold to several stand alone."""
    folded = _fold_letters(text[start:end])
    if len(folded) == end - start:
        yield folded, start, 0
        return
    done = start
    for place in range(start, end):
        letter = _fold_letters(text[place])
        if len(letter) != 1:
            if place > done:
                yield _fold_letters(text[done:place]), done, 0
            yield letter, place, 1
            done = place + 1
    if end > done:
        yield _fold_letters(text[done:end]), done, 0


def words(folded: Folded) -> Iterator[tuple[str, int, int]]:
    """Yield each word of a folded text with its place in the folded text; apostrophes and hyphens end a word."""
    for word in _WORD.finditer(folded.text):
        yield word[0], word.start(), word.end()
