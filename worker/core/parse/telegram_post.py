"""The page of a single post of a public channel (``https://t.me/CHANNEL/ID?embed=1``): is the post there or not.

Says nothing of its text: that is read from the channel's preview. Does not fetch.
"""

import re
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

from worker.core.parse.html import parse_html, to_utf8
from worker.core.parse.telegram_preview import looks_like
from worker.errors import ParseError

#: a post, or a channel and a post, at the end of the path of an address
_MESSAGE = re.compile(r"/(?:s/)?(?P<channel>\w+(?:/\w+)*?)/(?P<number>\d{1,18})/?", re.ASCII)
_CHANNEL = re.compile(r"/(?:s/)?(?P<channel>\w+)(?:/\d+)?/?", re.ASCII)
#: without the frame that other sites put around it
_QUERY = "embed=1&mode=tme"


class SinglePost(StrEnum):
    """What the page says."""

    SHOWN = "shown"
    #: there is no such post
    NOT_FOUND = "not_found"
    #: cut off, or a landing page: nothing can be read from it, perhaps later
    UNREADABLE = "unreadable"
    #: another kind of page: the source has none for single posts
    OTHER = "other"


def single_post_url(source: str, number: str, url: str | None = None) -> str | None:
    """Return where a single post can be seen, at the site that the channel's own `source` is on.

    Args:
        source: address of the channel's preview, or of its post.
        number: the post's id.
        url: the post's address, which names the channel as it is written; None: `source` names it.

    Returns:
        None if neither of them names a channel.
    """
    try:
        site, post = urlsplit(source), urlsplit(url or "")
    except ValueError:
        return None
    found = _MESSAGE.fullmatch(post.path) or _CHANNEL.fullmatch(site.path)
    if found is None or not site.netloc:
        return None
    return urlunsplit((site.scheme, site.netloc, f"/{found['channel']}/{number}", _QUERY, ""))


def read_single_post(body: bytes, number: str) -> SinglePost:
    """Read the page of the post `number`."""
    markup = to_utf8(body)
    if not looks_like(markup):
        return SinglePost.OTHER
    if markup.rfind(b"</html") < 0 and markup.rfind(b"</HTML") < 0:
        return SinglePost.UNREADABLE
    try:
        tree = parse_html(markup)
    except ParseError:
        return SinglePost.UNREADABLE
    named = [node.attributes.get("data-post") or "" for node in tree.css("[data-post]")]
    if any(name.rpartition("/")[2] == number for name in named):
        return SinglePost.SHOWN
    if named:
        return SinglePost.OTHER
    if tree.css_first(".tgme_widget_message_error, .err_message") is not None:
        return SinglePost.NOT_FOUND
    return SinglePost.UNREADABLE if tree.css_first(".tgme_page") is not None else SinglePost.OTHER
