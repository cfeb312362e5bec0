"""Plain-text dumps of channel pages, as extractors and browsers write them: no ids, no dates, no addresses.

Four makers are told apart by structure alone: pages with footers (`plain_page`), dumps without blank lines, whose
bodies may be doubled (`plain_doubled`), dumps that keep the layout (`plain_layout`) and category archives of news sites
(`plain_archive`). A dump proves no deletion: whole posts can be missing from it, so its snapshot has no coverage.
"""

import codecs
import re
import unicodedata

from worker.core.models import Media, Post, Snapshot
from worker.core.parse.plain_archive import is_archive, read_archive
from worker.core.parse.plain_chrome import Body, Line, clean_text, read_lines
from worker.core.parse.plain_doubled import read_doubled
from worker.core.parse.plain_layout import read_layout
from worker.core.parse.plain_page import (
    drop_durations,
    find_author,
    is_in_runs,
    is_page,
    join_furniture,
    read_page,
    strip_header,
)
from worker.core.parse.plain_reply import drop_reply_quotes
from worker.core.parse.plain_stretch import cut_at_labels
from worker.errors import ParseError

FORMAT = "plain-text"

#: The longest mark first: UTF-32's begins with UTF-16's.
_BYTE_ORDER_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MARKUP = re.compile(r"<(?:[!?]|[A-Za-z][\w:-]*[\s/>])")
_JSON = re.compile(r"\{\s*[\"}]|\[\s*[\[{\"\]\d-]")
#: Enough of a text to tell markup from prose.
_HEAD = 4096
#: A dump with fewer blank lines than one in so many has none: a stray one is a post's own.
_STRAY_BLANK = 25

_HASHTAG = re.compile(r"(?<![\w&/#])#(\w+)")
_LINK = re.compile(r"(?:https?://|www\.|(?<![\w.@/])t\.me/)[^\s<>\"“”«»]+", re.IGNORECASE)
_LINK_END = ".,;:!?)]}'’…"


def looks_like(body: bytes) -> bool:
    """Tell whether the bytes are text that is neither HTML, XML nor JSON."""
    try:
        _decode(body)
    except ParseError:
        return False
    return True


def parse(body: bytes, *, url: str | None = None) -> Snapshot:  # noqa: ARG001 - all formats share one signature
    """Read the posts of a dump.

    Args:
        body: the dump: UTF-8, or UTF-16 with a byte order mark.
        url: unused; a dump says nothing of where it comes from, and its posts have no addresses.

    Raises:
        ParseError: the bytes are empty, binary, in another encoding, or HTML, XML or JSON.
    """
    lines = read_lines(_decode(body))
    if not lines:
        raise ParseError("nothing to read: the dump has no text; check that the tool that writes it still works")
    title, bodies = _read_bodies(lines)
    return Snapshot(format=FORMAT, posts=tuple(_make_post(each) for each in bodies), title=title)


# --------------------------------------------------------------------------- bytes to text


def _decode(body: bytes) -> str:
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if body.startswith(mark)), "utf-8")
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise ParseError(
            f"not {encoding} text: byte {error.start} cannot be decoded ({error.reason}); save the dump as UTF-8"
        ) from error
    nul = text.find("\0")
    if nul >= 0:
        raise ParseError(f"not text: NUL at character {nul}; save the dump as UTF-8 text, without binary parts")
    text = unicodedata.normalize("NFC", text.removeprefix("\ufeff")).replace("\r\n", "\n").replace("\r", "\n")
    head = text[:_HEAD].lstrip()
    if not head and not text.strip():
        raise ParseError("nothing to read: the dump is empty; check that the tool that writes it still works")
    if _MARKUP.match(head) or _JSON.match(head):
        raise ParseError("not plain text: it begins like HTML, XML or JSON; let the format be detected")
    return text


# --------------------------------------------------------------------------- text to posts


def _read_bodies(lines: list[Line]) -> tuple[str | None, list[Body]]:
    """Tell the maker and let it read; also returns the channel's name, None if the dump has no header."""
    in_runs = is_in_runs(lines)
    page = strip_header(join_furniture(lines) if in_runs else lines)
    rest = drop_durations(page.lines)
    if is_page(rest):
        return page.title, read_page(rest, find_author(rest, page.title), in_runs=in_runs)
    if sum(line.gap > 0 for line in rest) * _STRAY_BLANK < len(rest):
        bodies = read_doubled(cut_at_labels(rest, page.title))
    elif is_archive(rest):
        bodies = read_archive(rest)
    else:
        bodies = read_layout(cut_at_labels(rest, page.title))
    return page.title, drop_reply_quotes(bodies)


def _make_post(body: Body) -> Post:
    text = "\n".join(body.lines)
    return Post(
        text=text,
        forwarded_from=body.forwarded_from,
        hashtags=_find_hashtags(text),
        links=_find_links(text),
        media=tuple(Media(kind) for kind in body.media),
    )


def _find_hashtags(text: str) -> tuple[str, ...]:
    found = (match.group() for match in _HASHTAG.finditer(text) if any(map(str.isalpha, match.group(1))))
    return tuple(dict.fromkeys(found))


def _find_links(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean_text(match.group()).rstrip(_LINK_END) for match in _LINK.finditer(text)))
