"""Two texts word by word: what an edit took out, what it put in, what stands.

Works on any script: where words have no blanks between them (Chinese, Thai) a character with its marks stands in for a
word. The pieces always give both texts back, character by character. Says nothing of what an edit means
(`worker.core.revision` does), and cleans nothing: what could mislead a reader is in the pieces as it was in the texts.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, Literal

from rapidfuzz.distance import Indel

Kind = Literal["equal", "inserted", "removed"]

EQUAL: Final = "equal"
INSERTED: Final = "inserted"
REMOVED: Final = "removed"

#: what belongs to the character before it: accents, vowel signs, joiners, variation selectors, skin tones, tags
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd"
    "\u0a01-\u0a03\u0a3c-\u0a4d\u0a81-\u0a83\u0abc-\u0acd\u0b82\u0bbe-\u0bcd\u0c00-\u0c04\u0c3e-\u0c4d\u0d3e-\u0d4d"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u200c\u200d\u20d0-\u20ff\u302a-\u302f\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f"
    "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef"
)
#: scripts that put no blanks between words: Thai, Lao, Burmese, Khmer, kana, ideographs
_UNSPACED = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ec0-\u0ec6\u1000-\u102a\u1780-\u17b3"
    "\u3041-\u3096\u30a1-\u30fa\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
)
_LETTERS = rf"[^\W{_UNSPACED}]+"
#: 1,200 and 7:30 are one word each; so are both halves of a flag and what joiners make of several characters
_WORD = re.compile(
    rf"(\s*)(\d+(?:[.,:]\d+)+(?!\w)|{_LETTERS}(?:[{_MARKS}]+(?:{_LETTERS})?)*|[\U0001f1e6-\U0001f1ff]{{2}}"
    rf"|\S(?:\u200d\S|[{_MARKS}])*)"
)
_SENTENCE_ENDS = frozenset(".!?…。！？؟।")
#: a comparison of n with m words takes n times m bits: these are 18 MB and some 30 ms
_MOST_CELLS = 12_000 * 12_000
#: a word up to this length that stands alone between two changes is told with them
_SHORT_WORD = 3
_LONE_WORDS = 2
#: of two long changes, what stands between them is told with them if it is this many times shorter than either
_OVERWHELMED = 4
#: how far an insertion is moved to the start of its sentence, in words
_MOST_SHIFT = 200
_PASSES = 4

#: where the words from one place to another stand in both texts alike: (in the old, in the new, how many)
_Block = tuple[int, int, int]
#: words of one text, from one place up to another
_Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: ``equal`` stands in both texts, ``removed`` only in the first, ``inserted`` in the second."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class _Words:
    """A text in words, each with the white space before it."""

    gaps: Sequence[str]
    words: Sequence[str]
    #: the same words as numbers, equal ones alike: these are compared
    numbers: Sequence[int]
    #: the white space after the last word
    tail: str

    def text(self, start: int, end: int) -> str:
        pairs = zip(self.gaps[start:end], self.words[start:end], strict=True)
        return "".join([part for pair in pairs for part in pair])

    def starts_line(self, place: int) -> bool:
        return place >= len(self.words) or "\n" in self.gaps[place]


def split_words(text: str) -> list[str]:
    """Return the words of `text` and each other sign, without the white space: what is compared."""
    return [word for _, word in _WORD.findall(text.rstrip())]


def word_diff(before: str, after: str) -> tuple[Piece, ...]:
    """Return what an edit did, word by word, as few pieces as read well.

    The pieces but the inserted ones are `before`, those but the removed ones are `after`, exactly. At one place what
    was removed comes first; no two neighbours are of one kind. Texts of any size are taken: very long ones are
    compared by their sentences first, and a stretch that is too long even then is told as replaced.
    """
    if before == after:
        return (Piece(EQUAL, before),) if before else ()
    known: dict[str, int] = {}
    old, new = _read(before, known), _read(after, known)
    blocks = [block for block in _matching(old, new) if block[2]]
    for _ in range(_PASSES):
        kept = _without_confetti(blocks, old, new)
        if len(kept) == len(blocks):
            break
        blocks = kept
    return tuple(_joined(_pieces(_settled(blocks, old, new), old, new)))


def html_diff(pieces: Sequence[Piece]) -> str:
    """Return the pieces as HTML: escaped, what was put in as ``<ins>``, what was taken out as ``<del>``.

    White space is kept as it is: show it with ``white-space: pre-wrap``, or line ends are lost.
    """
    marks = {EQUAL: "{}", INSERTED: "<ins>{}</ins>", REMOVED: "<del>{}</del>"}
    return "".join(marks[piece.kind].format(escape(piece.text)) for piece in pieces)


def text_diff(pieces: Sequence[Piece]) -> str:
    """Return the pieces as plain text, marked as in a digest: ``[-taken out-]`` and ``[+put in+]``."""
    marks = {EQUAL: "{}", INSERTED: "[+{}+]", REMOVED: "[-{}-]"}
    return "".join(marks[piece.kind].format(piece.text) for piece in pieces)


def _read(text: str, known: dict[str, int]) -> _Words:
    read = text.rstrip()  # or the end would be searched for a word from each of its blanks on
    if not read:
        return _Words((), (), (), text)
    gaps, words = zip(*_WORD.findall(read), strict=True)
    numbers = [known.setdefault(word, len(known)) for word in words]
    return _Words(gaps, words, numbers, text[len(read) :])


# --------------------------------------------------------------------------- what is alike


def _matching(old: _Words, new: _Words) -> Iterator[_Block]:
    """Yield the stretches that stand in both, in order."""
    a, b = old.numbers, new.numbers
    head = _common(a, b)
    tail = _common(a[head:][::-1], b[head:][::-1])
    yield 0, 0, head
    first, second = (head, len(a) - tail), (head, len(b) - tail)
    if _cells(first, second) <= _MOST_CELLS:
        yield from _aligned(a, b, first, second)
    else:
        yield from _by_sentences(old, new, first, second)
    yield first[1], second[1], tail


def _common(a: Sequence[int], b: Sequence[int]) -> int:
    for place, (one, other) in enumerate(zip(a, b, strict=False)):
        if one != other:
            return place
    return min(len(a), len(b))


def _cells(first: _Stretch, second: _Stretch) -> int:
    return (first[1] - first[0]) * (second[1] - second[0])


def _aligned(a: Sequence[int], b: Sequence[int], first: _Stretch, second: _Stretch) -> Iterator[_Block]:
    for block in Indel.opcodes(a[slice(*first)], b[slice(*second)]).as_matching_blocks():
        if block.size:  # the last one is an empty one
            yield block.a + first[0], block.b + second[0], block.size


def _by_sentences(old: _Words, new: _Words, first: _Stretch, second: _Stretch) -> Iterator[_Block]:
    """Compare whole sentences, and the words only of those that differ, as far as they are few enough."""
    ours, theirs = _sentences(old, *first), _sentences(new, *second)
    known: dict[tuple[int, ...], int] = {}
    a = [known.setdefault(tuple(old.numbers[start:end]), len(known)) for start, end in ours]
    b = [known.setdefault(tuple(new.numbers[start:end]), len(known)) for start, end in theirs]
    alike: Iterable[_Block] = ()
    if len(a) * len(b) <= _MOST_CELLS:
        alike = _aligned(a, b, (0, len(a)), (0, len(b)))
    i, j = first[0], second[0]
    for place, other, size in (*alike, (len(a), len(b), 0)):
        start = ours[place][0] if place < len(ours) else first[1]
        begin = theirs[other][0] if other < len(theirs) else second[1]
        if 0 < _cells((i, start), (j, begin)) <= _MOST_CELLS:
            yield from _aligned(old.numbers, new.numbers, (i, start), (j, begin))
        if size:
            i, j = ours[place + size - 1][1], theirs[other + size - 1][1]
            yield start, begin, i - start


def _sentences(text: _Words, start: int, end: int) -> list[tuple[int, int]]:
    found = []
    begin = start
    for place in range(start + 1, end):
        if text.words[place - 1] in _SENTENCE_ENDS or "\n" in text.gaps[place]:
            found.append((begin, place))
            begin = place
    return [*found, (begin, end)] if begin < end else found


# --------------------------------------------------------------------------- what reads well


def _without_confetti(blocks: Sequence[_Block], old: _Words, new: _Words) -> list[_Block]:
    """Leave out a short stretch that stands alone between two changes: the changes are told as one."""
    kept: list[_Block] = []
    before = (0, 0)
    for place, (i, j, size) in enumerate(blocks):
        left = max(i - before[0], j - before[1])
        following = blocks[place + 1] if place + 1 < len(blocks) else (len(old.words), len(new.words), 0)
        right = max(following[0] - i - size, following[1] - j - size)
        if left and right and _is_confetti((i, j, size), left, right, new):
            continue
        kept.append((i, j, size))
        before = (i + size, j + size)
    return kept


def _is_confetti(block: _Block, left: int, right: int, new: _Words) -> bool:
    _, j, size = block
    if any(new.starts_line(place) for place in range(j, j + size + 1)):
        return False
    if size * _OVERWHELMED <= min(left, right):
        return True
    words = new.words[j : j + size]
    if size > _LONE_WORDS or max(left, right) < _LONE_WORDS or any(word in _SENTENCE_ENDS for word in words):
        return False
    return all(len(word) <= _SHORT_WORD and not word.isdigit() for word in words)


def _settled(blocks: Sequence[_Block], old: _Words, new: _Words) -> Sequence[_Block]:
    """Move what was only put in, or only taken out, to where a line or a sentence begins, if it reads the same."""
    settled = list(blocks)
    for place in range(1, len(settled)):
        (i, j, size), (k, m, following) = settled[place - 1], settled[place]
        if i + size == k:
            shift = _best_shift(new, (j + size, m), (size, following))
        elif j + size == m:
            shift = _best_shift(old, (i + size, k), (size, following))
        else:
            continue
        settled[place - 1] = (i, j, size + shift)
        settled[place] = (k + shift, m + shift, following - shift)
    return settled


def _best_shift(text: _Words, change: _Stretch, room: tuple[int, int]) -> int:
    """Return by how many words the change is moved (to the left: below 0), never over the whole of a neighbour."""
    numbers = text.numbers
    start, end = change
    best, shift = _boundary(text, start), 0
    for step in range(1, min(room[0], _MOST_SHIFT)):
        if numbers[start - step] != numbers[end - step]:
            break
        if _boundary(text, start - step) > best:
            best, shift = _boundary(text, start - step), -step
    for step in range(1, min(room[1], _MOST_SHIFT)):
        if numbers[start + step - 1] != numbers[end + step - 1]:
            break
        if _boundary(text, start + step) > best:
            best, shift = _boundary(text, start + step), step
    return shift


def _boundary(text: _Words, place: int) -> int:
    """Say how well a change begins at this word: on a new line, after a sentence, after a sign, or inside."""
    if text.starts_line(place):
        return 3
    word = text.words[place - 1]
    return 2 if word in _SENTENCE_ENDS else int(not word[0].isalnum())


# --------------------------------------------------------------------------- writing it down


def _pieces(blocks: Sequence[_Block], old: _Words, new: _Words) -> Iterator[Piece]:
    i = j = 0
    for k, m, size in blocks:
        yield from _change(old.text(i, k), new.text(j, m))
        yield from _standing(old, new, k, m, size)
        i, j = k + size, m + size
    yield from _change(old.text(i, len(old.words)) + old.tail, new.text(j, len(new.words)) + new.tail)


def _change(gone: str, come: str) -> Iterator[Piece]:
    """Yield what was taken out and what was put in; white space that both begin or end with stands."""
    low = 0
    most = min(len(gone), len(come))
    while low < most and gone[low] == come[low] and gone[low].isspace():
        low += 1
    high = 0
    while high < most - low and gone[-1 - high] == come[-1 - high] and gone[-1 - high].isspace():
        high += 1
    yield Piece(EQUAL, gone[:low])
    yield Piece(REMOVED, gone[low : len(gone) - high])
    yield Piece(INSERTED, come[low : len(come) - high])
    yield Piece(EQUAL, gone[len(gone) - high :])


def _standing(old: _Words, new: _Words, i: int, j: int, size: int) -> Iterator[Piece]:
    """Yield words that stand in both texts; the white space between them may have changed."""
    if old.gaps[i : i + size] == new.gaps[j : j + size]:
        yield Piece(EQUAL, old.text(i, i + size))
        return
    for step in range(size):
        yield from _change(old.gaps[i + step], new.gaps[j + step])
        yield Piece(EQUAL, old.words[i + step])


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Join neighbours of one kind and put what was removed at one place before what was inserted there."""
    texts: dict[Kind, list[str]] = {EQUAL: [], REMOVED: [], INSERTED: []}
    for piece in pieces:
        if not piece.text:
            continue
        if piece.kind == EQUAL:
            yield from _flushed(texts, (REMOVED, INSERTED))
        else:
            yield from _flushed(texts, (EQUAL,))
        texts[piece.kind].append(piece.text)
    yield from _flushed(texts, (EQUAL, REMOVED, INSERTED))


def _flushed(texts: dict[Kind, list[str]], kinds: Sequence[Kind]) -> Iterator[Piece]:
    for kind in kinds:
        if texts[kind]:
            yield Piece(kind, "".join(texts[kind]))
            texts[kind].clear()
