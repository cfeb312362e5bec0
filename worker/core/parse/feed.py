"""Feeds: RSS 0.9 to 2.0, RDF (RSS 1.0), Atom 0.3 and 1.0, JSON Feed. Bytes -> snapshot, or why there is none.

Read by a reader of our own, because identity hangs on what the usual ones lose (measured on fastfeedparser 0.6.5 and
feedparser 6.0.14): whether a guid is a link, whether there was a guid at all, ``xml:base``, deleted entries, the cut in
a document that was cut off; the one invents a date from a guid of one digit, the other rewrites ids. And a post must
have the same id and text whether its feed is well-formed today or not.

Does not fetch, and does not page: it only says where the older page is.
"""

import re

from worker.core.models import Refusal, RefusalReason, Snapshot
from worker.core.parse.feed_atom import read_atom
from worker.core.parse.feed_encoding import decode_feed, is_seven_bits
from worker.core.parse.feed_json import is_json_feed, read_json
from worker.core.parse.feed_model import WrittenFeed
from worker.core.parse.feed_post import read_snapshot
from worker.core.parse.feed_rss import read_rss
from worker.core.parse.feed_xml import read_elements, read_utf8, short_name
from worker.core.parse.html_text import absolute
from worker.errors import ParseError

FORMAT = "feed"

#: bytes; feeds with a thousand episodes of a podcast stay below this
MAX_SIZE = 10_000_000

#: characters; enough to find the root element behind comments, a document type and a warning of PHP's
_HEAD = 16_384
#: a feed that begins as nearly all do: nothing but a declaration and comments before its root, so no entity either
_USUAL_BEGINNING = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:<(?:\?[^<>]*+(?<=\?)|!--[^<>]*+(?<=--))>\s*+)*+<(?:[A-Za-z][\w.-]*+:)?(?:rss|feed|rdf)[\s>]",
    re.IGNORECASE,
)
_ROOT = re.compile(r"<(?:[A-Za-z][\w.-]*:)?(?:rss|feed|rdf)(?=[\s>])", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ALTERNATE = re.compile(r"<link\s[^<>]{0,1000}>", re.IGNORECASE)
_FEED_TYPE = re.compile(r"""type\s*=\s*["']?application/(?:rss\+xml|atom\+xml|feed\+json)""", re.IGNORECASE)
_HREF = re.compile(r"""href\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))""", re.IGNORECASE)
#: WordPress serves the comments of a site, and of each post, as feeds that look like those of posts
_COMMENT_ID = re.compile(r".*#comment-\d+", re.DOTALL)
_COMMENTS_ADDRESS = re.compile(r".*/comments/feed(?:/(?:atom|rss2?|rdf))?/?(?:\?.*)?")

_READERS = {"rss": read_rss, "rdf:rdf": read_rss, "rdf": read_rss, "channel": read_rss,
            "atom:feed": read_atom, "atom:entry": read_atom, "feed": read_atom}  # fmt: skip


def looks_like(body: bytes) -> bool:
    """Tell whether these bytes are a feed, by their beginning; the name of the file and the server do not matter."""
    if _USUAL_BEGINNING.match(body, 0, _HEAD):
        return True
    head = decode_feed(body[:_HEAD]).lstrip()
    if head.startswith("{"):
        return is_json_feed(head)
    without_comments = _COMMENT.sub("", head)
    root = _ROOT.search(without_comments)
    return root is not None and _PAGE.search(without_comments, 0, root.start()) is None


def parse(body: bytes, *, url: str | None = None) -> Snapshot | Refusal:
    """Read a feed.

    Args:
        body: the bytes, as fetched.
        url: the final address they came from, after redirects; None for a file. Relative links may start from it.

    Raises:
        ParseError: this is no feed, a feed of comments, or one that cannot be read safely.
    """
    if len(body) > MAX_SIZE:
        raise ParseError(f"feed: {len(body)} bytes are more than the {MAX_SIZE} that are read from one feed")
    written = _read_usual(body) or _read(decode_feed(body), url)
    if isinstance(written, Refusal):
        return written
    _refuse_comments(written)
    return read_snapshot(written, name=FORMAT, url=url)


def _read_usual(body: bytes) -> WrittenFeed | None:
    """Read a feed that is well-formed from its first byte on, and in UTF-8, as its bytes are; None for any other."""
    if not _USUAL_BEGINNING.match(body, 0, _HEAD) or is_seven_bits(body):
        return None
    root = read_utf8(body)
    read = _READERS.get(short_name(root.tag)) if root is not None else None
    return None if root is None or read is None else read(root)


def _read(text: str, url: str | None) -> WrittenFeed | Refusal:
    """Read what the feed says, whatever its kind."""
    beginning = text.lstrip()[:1]
    if beginning == "":
        raise ParseError("feed: nothing in it: expected RSS, Atom or JSON Feed")
    if beginning in "{[":
        return read_json(text)
    if not looks_like(text[:_HEAD].encode("utf-8", "replace")):
        raise ParseError(_no_feed(text[:_HEAD], url))
    root, whole = read_elements(text)
    read = _READERS.get(short_name(root.tag)) if root is not None else None
    if root is None or read is None:
        raise ParseError(_no_feed(text[:_HEAD], url))
    if not whole:
        # what is missing at the end would look like posts that have left the feed
        return Refusal(RefusalReason.TRUNCATED, "the feed was cut off in transit (its end is missing): fetch it again")
    return read(root)


def _no_feed(head: str, url: str | None) -> str:
    """Return what is wrong with a document that is no feed, and what would be right."""
    page = _PAGE.search(head)
    if page is None:
        return "feed: no feed: expected RSS, Atom or JSON Feed"
    for link in _ALTERNATE.findall(head):
        if _FEED_TYPE.search(link) and (href := _HREF.search(link)):
            address = absolute(next(filter(None, href.groups()), None), url)
            if address:
                return f"feed: this is a web page, not a feed; its feed is {address}"
    return "feed: this is a web page, not a feed: use the address of the feed"


def _refuse_comments(feed: WrittenFeed) -> None:
    """Refuse the comments of a site: what readers say is not what the channel says.

    Raises:
        ParseError: they are comments.
    """
    by_ids = bool(feed.posts) and all(post.id and _COMMENT_ID.fullmatch(post.id) for post in feed.posts)
    if by_ids or (feed.self_link and _COMMENTS_ADDRESS.fullmatch(feed.self_link)):
        raise ParseError("feed: these are the comments of a site, not its posts: use the feed of the posts, .../feed/")
