"""Dumps of a whole Telegram page: its header, and posts that each stand between an author line and a footer.

That is what inscriptis (lines indented) and ``get_text`` of bs4 (every run of text on a line of its own) print. The
footer says where a post ends, so nothing has to be guessed; with bs4's dumps the runs are put together again as far as
their ends tell.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from worker.core.parse.plain_chrome import (
    AFTER_DOWNLOAD,
    DOWNLOAD,
    EMOJI,
    PREVIEW_SITES,
    Body,
    Kind,
    Line,
    classify_line,
    is_bulleted,
    leads_on,
    starts_lower,
)
from worker.core.parse.plain_stretch import cut_at_labels, merge_stretch

#: The page header ends within so many lines.
_LONGEST_HEADER = 80
_TITLE_SUFFIX = " – Telegram"
#: A name before a colon that its value follows on the next line.
_LONGEST_FIELD_NAME = 25

# --------------------------------------------------------------------------- the header


@dataclass(frozen=True, slots=True)
class Page:
    """A dump without its page header."""

    lines: tuple[Line, ...]
    #: the channel's name; None if the dump has no header
    title: str | None


def strip_header(lines: Sequence[Line]) -> Page:
    """Drop the page header: the channel's name, its counters, its description and the buttons."""
    head = lines[:_LONGEST_HEADER]
    counters = _leading_counters(head)
    if not counters:
        return Page(tuple(lines), None)
    title = lines[0].text.removesuffix(_TITLE_SUFFIX)
    end = counters[-1] + 1
    for index, line in enumerate(head):
        if line.text == DOWNLOAD and index > counters[0]:
            end = max(end, index + 1)
            break
    while end < len(lines) and _is_header_tail(lines, end, title):
        end += 1
    return Page(tuple(lines[end:]), title)


def _leading_counters(head: Sequence[Line]) -> list[int]:
    """Return the places of the counters in the header; none if the dump does not begin with one."""
    places = [index for index, line in enumerate(head) if line.kind is Kind.COUNTER]
    posts_begin = next(
        (index for index, line in enumerate(head) if line.kind not in {Kind.TEXT, Kind.COUNTER}), len(head)
    )
    places = [index for index in places if index < posts_begin]
    # The name, and in some dumps the page's title and the @name, stand above the first counter.
    return places if places and 1 <= places[0] <= 3 else []


def _is_header_tail(lines: Sequence[Line], index: int, title: str) -> bool:
    line = lines[index]
    if line.text in AFTER_DOWNLOAD or line.kind is Kind.COUNTER:
        return True
    followed = index + 1 < len(lines) and lines[index + 1].kind is Kind.COUNTER
    return line.text == title and followed


# --------------------------------------------------------------------------- the posts


def is_page(lines: Sequence[Line]) -> bool:
    """Tell whether the dump shows the footers with views and time."""
    return any(line.kind is Kind.FOOTER and "view" in line.text for line in lines)


def find_author(lines: Sequence[Line], title: str | None) -> str | None:
    """Return the line that stands above each post: the title, or what follows the footers; None if nothing does."""
    if title is not None and any(line.text == title for line in lines):
        return title
    below = Counter(
        line.text for above, line in pairwise(lines) if above.kind is Kind.FOOTER and line.kind is Kind.TEXT
    )
    if not below:
        return None
    name, times = below.most_common(1)[0]
    return name if times > 1 else None


def read_page(lines: Sequence[Line], author: str | None, *, in_runs: bool) -> list[Body]:
    """Return the posts of a page with footers.

    Args:
        lines: the page without its header.
        author: the line above each post; None if there is none.
        in_runs: whether every run of text is on a line of its own, so that lines have to be put together.
    """
    bodies: list[Body] = []
    for stretch in cut_at_labels(_drop_after_label(_drop_quotes(lines, author)), author):
        texts = [line.text for line in stretch.lines]
        text = _without_preview(_join_runs(texts) if in_runs else texts)
        bodies += merge_stretch(stretch, [text] if text else [])
    return bodies


def _drop_quotes(lines: Sequence[Line], author: str | None) -> list[Line]:
    """Drop the header of a reply to the channel itself: the author's name once more, and the quoted line."""
    kept: list[Line] = []
    skip = 0
    for index, line in enumerate(lines):
        if skip:
            skip -= 1
            continue
        above = lines[index - 1] if index else None
        if author is not None and line.text == author and above is not None and above.text == author:
            skip = 1
            continue
        kept.append(line)
    return kept


def _drop_after_label(lines: Sequence[Line]) -> list[Line]:
    """Drop what stands between "Please open Telegram..." and the footer: a link preview."""
    kept: list[Line] = []
    below_label = False
    for line in lines:
        if line.kind is Kind.LABEL_BELOW:
            below_label = True
        elif line.kind is not Kind.BUTTON and line.kind is not Kind.TEXT:
            below_label = False
        if not (below_label and line.kind is Kind.TEXT):
            kept.append(line)
    return kept


def _without_preview(texts: Sequence[str]) -> tuple[str, ...]:
    for index in range(max(1, len(texts) - 3), len(texts)):
        if texts[index] in PREVIEW_SITES:
            return tuple(texts[:index])
    return tuple(texts)


# --------------------------------------------------------------------------- runs of text

_CLOCK = re.compile(r"\d{1,2}:\d{2}")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?[KM]?")
_COUNTED = frozenset({"subscribers", "members", "photos", "videos", "files", "links", "views", "subscriber", "view"})
_ONLY_EMOJI = re.compile(rf"[{EMOJI}\ufe0f\u200d\U0001f1e6-\U0001f1ff]+")
#: How far below "views" the time can stand: signature, "edited".
_LONGEST_FOOTER = 4


def is_in_runs(lines: Sequence[Line]) -> bool:
    """Tell whether the dump prints every run of text on a line of its own: "views" stands alone."""
    return any(line.text == "views" for line in lines)


def join_furniture(lines: Sequence[Line]) -> list[Line]:
    """Put the page's furniture together again: counters, footers, reactions and forward headers."""
    joined: list[Line] = []
    index = 0
    while index < len(lines):
        size = _furniture_size(lines, index)
        text = " ".join(line.text for line in lines[index : index + size])
        if size > 1:
            joined.append(classify_line(text, lines[index].gap))
        else:
            joined.append(lines[index])
        index += size
    return joined


def _furniture_size(lines: Sequence[Line], index: int) -> int:
    """Return how many lines from here on are one line of the page."""
    texts = [line.text for line in lines[index : index + 2 + _LONGEST_FOOTER]]
    if lines[index].kind is Kind.FORWARD and not lines[index].value and len(texts) > 1:
        return 2
    if len(texts) > 1 and _NUMBER.fullmatch(texts[0]) and texts[1] in _COUNTED:
        if texts[1].startswith("view"):
            clock = next((place for place, text in enumerate(texts) if _CLOCK.fullmatch(text)), None)
            return clock + 1 if clock is not None else 2
        return 2
    size = 0
    while index + size + 1 < len(lines) and _is_reaction(lines[index + size].text, lines[index + size + 1].text):
        size += 2
    return size or 1


def _is_reaction(emoji: str, count: str) -> bool:
    return bool(_ONLY_EMOJI.fullmatch(emoji) and _NUMBER.fullmatch(count))


def _join_runs(texts: Sequence[str]) -> list[str]:
    joined: list[str] = []
    for text in texts:
        glue = _glue(joined[-1], text) if joined else None
        if glue is None:
            joined.append(text)
        else:
            joined[-1] += glue + text
    return joined


def _glue(above: str, below: str) -> str | None:
    """Return what stood between two runs of one line; None if they were two lines."""
    if below[0] in ".,;:!?)»”…%":
        return ""
    if is_bulleted(below) and below[0] not in "—–":
        return None
    if _ONLY_EMOJI.fullmatch(above) or starts_lower(below) or below[0] in "@—–":
        return " "
    if above[-1] in "(«“„":
        return ""
    if above.endswith(":"):
        return " " if len(above) <= _LONGEST_FIELD_NAME else None
    return " " if leads_on(above) else None


def drop_durations(lines: Sequence[Line]) -> list[Line]:
    """Drop the length of a video, which stands above its label."""
    return [
        line
        for index, line in enumerate(lines)
        if not (_CLOCK.fullmatch(line.text) and index + 1 < len(lines) and lines[index + 1].kind is Kind.LABEL_ABOVE)
    ]
