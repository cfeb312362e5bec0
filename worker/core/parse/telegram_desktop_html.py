"""HTML exports of Telegram Desktop: one page (``messages.html``), or all the pages of a chat.

The pages say nothing of edits, and neither the channel's id nor its public name. What one message says is read in
`worker.core.parse.telegram_desktop_block`. Opens nothing; the list of chats of a whole account is no page of messages.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo

from selectolax.lexbor import LexborHTMLParser, LexborNode

from worker.core.models import Coverage, Post, Snapshot
from worker.core.parse.html import to_utf8
from worker.core.parse.nesting import check_nesting
from worker.core.parse.telegram_desktop_block import Run, mark_breaks, node_text, read_post
from worker.core.parse.telegram_desktop_words import clean_name, post_url
from worker.errors import ParseError

FORMAT = "telegram-desktop-html"

#: bytes; a page holds 1,000 messages, which with many reactions are more than the usual 5 MB
MAX_PAGE = 32_000_000

_OTHER_FORMAT = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:[{\[\"]|<\?xml|<rss|<feed)")
_MARKUP = re.compile(
    rb'class="page_body chat_page"|class="message (?:default|service)[^"<>]{0,100}" id="message-?\d',
)
_MESSAGE = re.compile(r"message(-?\d{1,18})", re.ASCII)
_DAY = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}", re.ASCII)
_PAGE_NAME = re.compile(r"(?:.*[/\\])?[A-Za-z]+(\d*)\.html?", re.IGNORECASE)

_UNSUPPORTED = "This message is not supported by this version of Telegram Desktop"
_EMPTY = "No exported messages"


def looks_like(body: bytes) -> bool:
    """Tell whether these bytes are a page of messages."""
    return _OTHER_FORMAT.match(body) is None and _MARKUP.search(body) is not None


def parse(
    body: bytes,
    *,
    url: str | None = None,  # noqa: ARG001 - all formats share one signature
    timezone: tzinfo | None = None,
    username: str | None = None,
) -> Snapshot:
    """Read one page.

    Args:
        body: the bytes.
        url: unused; a page does not say where the channel is found.
        timezone: of the computer that exported, for exports from before 2022, which tell the time by its clock;
            None: unknown, and so are then the times of their posts.
        username: the channel's public name, from which the posts' addresses are made; None: they have none.

    Raises:
        ParseError: this is no such page, it is cut off, or it cannot be read safely.
    """
    return _snapshot([_Page(body, Run(), timezone, username)], whole=True)


def parse_pages(
    pages: Sequence[tuple[str, bytes]], *, timezone: tzinfo | None = None, username: str | None = None
) -> Snapshot:
    """Read all the pages of one chat.

    The snapshot has no coverage if a page in the middle is missing: which one, `missing_pages` tells from the names.

    Args:
        pages: name and bytes of each, in any order; the numbers in their names give the order.
        timezone: as for `parse`.
        username: as for `parse`.

    Raises:
        ParseError: as for `parse`; the message names the page. Or a name is not one of a page.
    """
    if not pages:
        raise ParseError(f"{FORMAT}: no pages were given; an export has at least messages.html")
    run, last, read = Run(), None, []
    for number, name, body in sorted((_page_number(name), name, body) for name, body in pages):
        if last is not None and number != last + 1:
            run = Run()
        try:
            read.append(_Page(body, run, timezone, username))
        except ParseError as error:
            raise ParseError(f"{name}: {error}") from error
        last = number
    return _snapshot(read, whole=not missing_pages([name for name, _ in pages]))


def stream_pages(
    pages: Iterable[tuple[str, bytes]], *, timezone: tzinfo | None = None, username: str | None = None
) -> Iterator[Post]:
    """Yield the posts of all the pages of one chat; never holds more than one page.

    Args:
        pages: name and bytes of each, in the order of their numbers.
        timezone: as for `parse`.
        username: as for `parse`.

    Raises:
        ParseError: as for `parse_pages`; the posts of the pages before that one were yielded.
    """
    run, last = Run(), None
    for name, body in pages:
        number = _page_number(name)
        if last is not None and number != last + 1:
            run = Run()
        try:
            page = _Page(body, run, timezone, username)
        except ParseError as error:
            raise ParseError(f"{name}: {error}") from error
        yield from page.posts
        last = number


def missing_pages(names: Iterable[str]) -> tuple[str, ...]:
    """Name the pages that are missing before the last of these, in order.

    Raises:
        ParseError: a name is not one of a page.
    """
    numbers = {_page_number(name) for name in names}
    missing = sorted(set(range(1, max(numbers, default=0))) - numbers)
    return tuple(f"messages{number if number > 1 else ''}.html" for number in missing)


def _page_number(name: str) -> int:
    """Return the number of a page: the first has none, and is often renamed to ``index.html``."""
    found = _PAGE_NAME.fullmatch(name)
    if found is None or len(found[1]) > 6:
        raise ParseError(
            f"{name}: this is no name of a page of an export, which would be messages.html, messages2.html"
        )
    return int(found[1] or 1)


class _Page:
    """What one page says."""

    def __init__(self, body: bytes, run: Run, zone: tzinfo | None, username: str | None) -> None:
        tree = _tree(body)
        header = tree.css_first(".page_header .text")
        self.title = clean_name(node_text(header)) if header is not None else None
        self.posts: list[Post] = []
        #: also of what is no post
        self.ids: list[int] = []
        self._run, self._zone, self._username = run, zone, username
        for node in tree.css(".message"):
            self._read(node)

    def _read(self, node: LexborNode) -> None:
        attributes = node.attributes
        found = _MESSAGE.fullmatch(attributes.get("id") or "")
        if found is None:
            return
        number = int(found[1])
        if "service" in (attributes.get("class") or "").split():
            self._read_service(node, number)
            return
        self.ids.append(number)
        self.posts.append(
            read_post(node, number, self._run, title=self.title, username=self._username, zone=self._zone)
        )

    def _read_service(self, node: LexborNode, number: int) -> None:
        body = node.css_first(".body")
        sentence = node_text(body) if body is not None else ""
        # a date between two messages has an id below 0, as have the messages of a group that was made a supergroup
        if sentence == _EMPTY or (number < 0 and _DAY.fullmatch(sentence)):
            return
        self.ids.append(number)
        if not sentence.startswith(_UNSUPPORTED):
            self.posts.append(Post(sentence, id=str(number), url=post_url(self._username, number), service=True))


def _tree(body: bytes) -> LexborHTMLParser:
    if len(body) > MAX_PAGE:
        raise ParseError(f"{FORMAT}: {len(body)} bytes are more than the {MAX_PAGE} of the largest page")
    markup = to_utf8(body)
    if not looks_like(markup):
        raise ParseError(f"{FORMAT}: there are no messages in it; a page of an export has a class chat_page")
    if b"<html" in markup and b"</html" not in markup:
        raise ParseError(f"{FORMAT}: the page is cut off (no closing </html>); export it again")
    check_nesting(markup)
    tree = LexborHTMLParser(markup)
    mark_breaks(tree)
    return tree


def _snapshot(pages: Sequence[_Page], *, whole: bool) -> Snapshot:
    ids = frozenset(number for page in pages for number in page.ids)
    return Snapshot(
        FORMAT,
        tuple(post for page in pages for post in page.posts),
        coverage=Coverage(min(ids), max(ids), ids) if ids and whole else None,
        title=next((page.title for page in pages if page.title is not None), None),
    )
