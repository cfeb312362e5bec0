"""HTML -> the text a reader sees, the same for feeds, REST answers and web pages.

Lines follow what the HTML standard says of ``innerText`` (section 3.2.7): a block is a line of its own, a paragraph has
a blank line around it. Left out is what no reader takes for text: scripts, hidden elements, "read more" links, the
buttons of sharing plugins. Does not look for the body of a page, and keeps no mark-up.
"""

import codecs
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborNode

from worker.core.models import Media
from worker.core.parse.html import parse_html
from worker.core.parse.html_rules import (
    BLOCKS,
    UNREAD,
    breaks_around,
    counts_readers,
    emoji_of,
    is_hidden,
    is_invitation,
    run_blanks_together,
    tidy_lines,
)
from worker.core.parse.plain_markup import read_plain

_BLANKS = re.compile(r"[ \t\n\r\f]+")
#: element -> kind of media
_MEDIA = {"img": "photo", "video": "video", "audio": "audio"}
#: the line that WordPress SEO plugins append to each text of a feed, in the languages of their translations
_CREDIT = re.compile(
    r"The post .+ (?:first appeared|appeared first) on .+"
    r"|L[’'](?:article|entrée) .+ est apparue? en premier sur .+"
    r"|(?:Сообщение|Запись) .+ (?:появились?|появилась) сначала на .+"
    r"|Запис .+ спершу з[’'ʼ]явився на .+"
    r"|(?:Der Beitrag|Der Artikel) .+ erschien zuerst auf .+"
    r"|La entrada .+ (?:se publicó primero en|apareció primero en) .+"
    r"|L[’']articolo .+ proviene da .+"
    r"|O post .+ apareceu primeiro em .+"
    r"|(?:Artykuł|Wpis) .+ pochodzi z serwisu .+",
    re.IGNORECASE,
)
_NOT_FOLLOWED = ("javascript:", "data:", "about:", "mailto:", "tel:", "#")


def html_to_text(markup: str) -> str:
    """Return the text of a fragment of HTML (NFC, no blanks at line ends, at most one blank line in a row).

    The line that plugins append to say where a text appeared first is left out.

    Raises:
        ParseError: the fragment is too large, or nested too deep to be read safely.
    """
    if "<" not in markup and "&" not in markup:
        return without_credit(tidy_lines(run_blanks_together(scrub(markup))))
    return without_credit(read_markup(markup).text)


def parse_fragment(markup: str) -> LexborNode | None:
    """Return the body element of a fragment of HTML, halves of characters replaced; None only if there is none.

    Raises:
        ParseError: the fragment is too large, or nested too deep to be read safely.
    """
    # the mark says that it is UTF-8 whatever a <meta> in it, pasted from elsewhere, declares
    return parse_html(codecs.BOM_UTF8 + b"<!doctype html><body>" + scrub(markup).encode()).body


def scrub(text: str) -> str:
    """Return `text` with U+FFFD for what no database and no mail can take: halves of characters, and NUL."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "\ufffd")


class Shown(NamedTuple):
    """What a reader sees of an element."""

    text: str
    #: absolute addresses, once each, in order
    links: tuple[str, ...]
    #: pictures, films and sounds, in order; not those that only count readers
    media: tuple[Media, ...]


def read_markup(markup: str, *, base: str | None = None) -> Shown:
    """Read a fragment of HTML, the short way if it is plain markup.

    Args:
        markup: the fragment.
        base: address that relative links start from; None: those are left out.

    Raises:
        ParseError: the fragment is too large, or nested too deep to be read safely.
    """
    if (plain := read_plain(markup)) is None:
        root = parse_fragment(markup)
        return Shown("", (), ()) if root is None else read_shown(root, base=base)
    links = filter(None, [absolute(href, base) for href in plain.hrefs])
    media = [Media("photo") for attributes in plain.pictures if not counts_readers(attributes)]
    return Shown(plain.text, tuple(dict.fromkeys(links)), tuple(media))


def text_of(root: LexborNode, *, leave_out: Callable[[LexborNode], bool] | None = None) -> str:
    """Return the text of an element; see `read_shown`."""
    return read_shown(root, leave_out=leave_out).text


def read_shown(
    root: LexborNode, *, base: str | None = None, leave_out: Callable[[LexborNode], bool] | None = None
) -> Shown:
    """Read an element and everything in it that is shown.

    Args:
        root: itself never left out.
        base: address that relative links start from; None: those are left out.
        leave_out: told each element within; true if it is no part of the text. None: nothing more is left out.
    """
    lines = _Lines()
    links: dict[str, None] = {}
    media: list[Media] = []
    # an element, or what is due once all of its children are done
    waiting: list[LexborNode | _Close] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _Close):
            node.close(lines)
            continue
        tag = node.tag or ""
        if tag == "-text":
            lines.write(node.text_content or "")
        elif tag == "br":
            lines.end_line()
        elif node is not root and (is_hidden(node.attributes) or (leave_out is not None and leave_out(node))):
            continue
        elif kind := _MEDIA.get(tag):
            if character := emoji_of(node.attributes):
                lines.write(character)
            elif not counts_readers(node.attributes):
                media.append(Media(kind))
        elif node is root or not (tag in UNREAD or tag[:1] in "-!" or _invites(node, tag)):
            if tag == "a" and (address := absolute(node.attributes.get("href"), base)):
                links[address] = None
            closing = _Close(tag)
            closing.open(lines)
            children = list(node.iter(include_text=True))
            children.reverse()
            waiting.append(closing)
            waiting += children
    return Shown(tidy_lines("".join(lines.parts)), tuple(links), tuple(media))


def joined(parts: Iterable[Shown]) -> Shown:
    """Return what several elements show as one, with blank lines between their texts."""
    shown = list(parts)
    return Shown(
        "\n\n".join(each.text for each in shown if each.text),
        tuple(dict.fromkeys(link for each in shown for link in each.links)),
        tuple(each for part in shown for each in part.media),
    )


def absolute(href: str | None, base: str | None) -> str | None:
    """Return the web address that `href` means on a page at `base`; None if it is none, or relative to nothing."""
    written = _BLANKS.sub("", scrub(href or "")) if href else ""
    if not written or written.lower().startswith(_NOT_FOLLOWED):
        return None
    try:
        address = urljoin(base or "", written)
        host = urlsplit(address).netloc
    except ValueError:
        return None
    return address if host and address.startswith(("https://", "http://")) else None


def without_credit(text: str) -> str:
    """Return `text` without the "The post … appeared first on …" that plugins append, in any of its languages."""
    last = text.rfind("\n") + 1
    return text[:last].rstrip() if _CREDIT.fullmatch(text, last) else text


def with_title(title: str, body: str) -> str:
    """Return the text of a post that has a title: the title, a blank line, the body; only one of them if that is all.

    A title that the body begins with is not repeated.
    """
    if not title or not body:
        return title or body
    first = body.split("\n", 1)[0]
    return body if first == title else f"{title}\n\n{body}"


def _invites(node: LexborNode, tag: str) -> bool:
    """Tell whether an element is a link that only leads to the rest of the text."""
    return tag == "a" and is_invitation(node.text())


class _Lines:
    """Text as it is written down: blanks run together, breaks wait until something follows them."""

    __slots__ = ("block_first", "hard", "parts", "preformatted", "required")

    def __init__(self) -> None:
        self.parts: list[str] = []
        #: breaks that the edges of blocks need, and those that ``<br>`` makes, since the last text
        self.required = 0
        self.hard = 0
        #: the first of these was the edge of a block: a ``<br>`` behind it is a blank line
        self.block_first = False
        #: how many open elements keep the white space of the source
        self.preformatted = 0

    def write(self, text: str) -> None:
        if not self.preformatted:
            text = run_blanks_together(text)
            if self.required or self.hard or not self.parts or self.parts[-1][-1] in " \n":
                text = text.removeprefix(" ")
        if not text:
            return
        breaks = max(self.required, self.hard + (self.block_first and self.hard > 0))
        if breaks and self.parts:
            self.parts.append("\n" * min(breaks, 2))
        self.required = self.hard = 0
        self.block_first = False
        self.parts.append(text)

    def end_line(self) -> None:
        self.hard += 1

    def edge(self, breaks: int) -> None:
        self.block_first |= not self.hard
        self.required = max(self.required, breaks)


class _Close:
    """The two ends of an element."""

    __slots__ = ("tag",)

    def __init__(self, tag: str) -> None:
        self.tag = tag

    def open(self, lines: _Lines) -> None:
        self._edge(lines)
        lines.preformatted += self.tag == "pre"

    def close(self, lines: _Lines) -> None:
        lines.preformatted -= self.tag == "pre"
        self._edge(lines)
        if self.tag in {"td", "th"}:
            lines.write(" ")

    def _edge(self, lines: _Lines) -> None:
        if self.tag in BLOCKS:
            lines.edge(breaks_around(self.tag))
