"""Stretches of a post for a reader: matches marked, edits shown word by word, long texts cut around what matters.

Every function is pure. Nothing here escapes for HTML: that is the templates' part; but what could turn a line around,
break a header or fail to encode is taken out here, once.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from worker.core.models import Excerpt
from worker.core.word_diff import EQUAL, REMOVED, word_diff

GAP = " … "

#: C0 and C1 controls but tab and line feed, bidirectional overrides and isolates (UAX 9), separators, lone surrogates
_HOSTILE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ud800-\udfff]")
_BREAKS = frozenset("\r\x0b\x0c\x85\u2028\u2029")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
_CHUNK_CHARS = 160
#: what a line takes at least: a post of very short ones would fill the screen
_LINE_CHARS = 24


def clean(text: str) -> str:
    """Return `text` without what could mislead a reader or break a message.

    Controls and bidirectional overrides go, other line ends become line feeds, half characters become U+FFFD.
    """
    if not _HOSTILE.search(text):
        return text
    return _HOSTILE.sub(_harmless, text.replace("\r\n", "\n"))


def _harmless(found: re.Match[str]) -> str:
    if found[0] in _BREAKS:
        return "\n"
    return "\ufffd" if "\ud800" <= found[0] <= "\udfff" else ""


def one_line(text: str, most: int) -> str:
    """Return the first words of `text` on one line of at most `most` characters, an ellipsis where words miss."""
    words = " ".join(clean(text).split())
    if len(words) <= most:
        return words
    head = words[: most - 1]
    # a word longer than half of the line is broken rather than left out
    space = head.rfind(" ")
    return (head[:space] if space > most // 2 else head).rstrip() + "…"


# --------------------------------------------------------------------------- marking


def mark_text(text: str, spans: Iterable[tuple[int, int]]) -> tuple[Excerpt, ...]:
    """Cut `text` at the `spans` (character offsets, in any order, overlapping or not) and mark what lies inside."""
    return _solid(_marked(text, 0, len(text), _merged(spans), None))


def mark_edit(before: str, after: str, spans: Iterable[tuple[int, int]]) -> tuple[Excerpt, ...]:
    """Show word by word (`word_diff`) what an edit did; `spans` are matches in `after`."""
    merged = _merged(spans)
    pieces: list[Excerpt] = []
    place = 0
    for piece in word_diff(before, after):
        if piece.kind == REMOVED:
            pieces.append(Excerpt(piece.text, change=REMOVED))
            continue
        change = None if piece.kind == EQUAL else piece.kind
        pieces.extend(_marked(after, place, place + len(piece.text), merged, change))
        place += len(piece.text)
    return _solid(pieces)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif start < end:
            merged.append((start, end))
    return merged


def _marked(
    text: str, start: int, end: int, merged: Sequence[tuple[int, int]], change: str | None
) -> Iterator[Excerpt]:
    place = start
    for left, right in merged:
        low, high = max(left, place), min(right, end)
        if low < high:
            yield Excerpt(text[place:low], change=change)
            yield Excerpt(text[low:high], marked=True, change=change)
            place = high
    yield Excerpt(text[place:end], change=change)


def _solid(pieces: Iterable[Excerpt]) -> tuple[Excerpt, ...]:
    """Clean the pieces, leave out the empty ones, join neighbours of one kind."""
    solid: list[Excerpt] = []
    for piece in pieces:
        text = clean(piece.text)
        if not text:
            continue
        if solid and (solid[-1].marked, solid[-1].change) == (piece.marked, piece.change):
            text = solid.pop().text + text
        solid.append(Excerpt(text, piece.marked, piece.change))
    return tuple(solid)


# --------------------------------------------------------------------------- cutting


def shorten(pieces: Sequence[Excerpt], most: int) -> tuple[Excerpt, ...]:
    """Keep about `most` characters of the pieces: what is marked or changed, the first sentence, then the neighbours.

    What is left out is shown as an ellipsis. Pieces that fit are returned as they are. A line counts 24
    characters at least.
    """
    text = "".join(piece.text for piece in pieces)
    if len(text) <= most and _LINE_CHARS * text.count("\n") <= most:
        return tuple(pieces)
    chunks = _chunks(text, min(_CHUNK_CHARS, most))
    kept: list[int] = []
    room = most
    for index in _by_weight(chunks, _focus(pieces)):
        start, end = chunks[index]
        taken = max(end - start, _LINE_CHARS) if "\n" in text[start:end] else end - start
        if taken > room and kept:
            break
        kept.append(index)
        room -= taken
    return _solid(_slices(pieces, _ranges(text, chunks, sorted(kept)), len(text.rstrip())))


def _chunks(text: str, size: int) -> list[tuple[int, int]]:
    """Cut at sentence ends, and longer sentences at blanks, so that no chunk is longer than `size`."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    chunks = []
    start = 0
    for end in (*ends, len(text)):
        while end - start > size:
            blank = text.rfind(" ", start + size // 2, start + size)
            cut = blank + 1 if blank >= 0 else start + size
            chunks.append((start, cut))
            start = cut
        if end > start:
            chunks.append((start, end))
            start = end
    return chunks


def _focus(pieces: Sequence[Excerpt]) -> Iterator[tuple[int, int]]:
    place = 0
    for piece in pieces:
        if piece.marked or piece.change:
            yield place, place + len(piece.text)
        place += len(piece.text)


def _by_weight(chunks: Sequence[tuple[int, int]], focus: Iterable[tuple[int, int]]) -> Iterable[int]:
    """Return the chunks' places, the most telling first, each once."""
    telling: list[int] = []
    index = 0
    for start, end in focus:
        while index < len(chunks) and chunks[index][1] <= start:
            index += 1
        stretch = index
        while stretch < len(chunks) and chunks[stretch][0] < end:
            telling.append(stretch)
            stretch += 1
    neighbours = chain.from_iterable((index + 1, index - 1) for index in telling)
    order = dict.fromkeys((*telling[:1], 0, *telling[1:], *neighbours, *range(len(chunks))))
    return [index for index in order if 0 <= index < len(chunks)]


def _ranges(text: str, chunks: Sequence[tuple[int, int]], kept: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Join neighbouring chunks and leave the blanks at the cuts out."""
    for place, index in enumerate(kept):
        if place and kept[place - 1] == index - 1:
            continue
        last = place
        while last + 1 < len(kept) and kept[last + 1] == kept[last] + 1:
            last += 1
        start, end = chunks[index][0], chunks[kept[last]][1]
        stretch = text[start:end]
        if stretch.strip():
            yield end - len(stretch.lstrip()), start + len(stretch.rstrip())


def _slices(pieces: Sequence[Excerpt], ranges: Iterable[tuple[int, int]], total: int) -> Iterator[Excerpt]:
    reached = 0
    for start, end in ranges:
        if start > reached:
            yield Excerpt(GAP if reached else GAP.lstrip())
        place = 0
        for piece in pieces:
            low, high = max(start - place, 0), min(end - place, len(piece.text))
            if low < high:
                yield Excerpt(piece.text[low:high], piece.marked, piece.change)
            place += len(piece.text)
        reached = end
    if reached < total:
        yield Excerpt(GAP.rstrip())
