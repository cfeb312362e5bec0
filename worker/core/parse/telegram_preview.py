"""Telegram's public preview of a channel (``https://t.me/s/CHANNEL``): its posts, or why a page has none.

Tells the variants of the page apart: the preview itself, its AJAX form, a block cut out of it, a single embedded post,
the landing page shown instead. What one message block says is read in `worker.core.parse.telegram_block`. Does not
fetch, and does not page: it only says where the older page is.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qs, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from worker.core.models import Coverage, Post, Refusal, RefusalReason, Snapshot
from worker.core.parse.html import parse_html, to_utf8
from worker.core.parse.telegram_block import Block, built_at, read_block
from worker.core.parse.telegram_text import clean_text, mark_line_breaks
from worker.errors import ParseError

FORMAT = "telegram-preview"

HOST = "https://t.me"

#: a class of Telegram's pages inside a class attribute, also where the markup is a JSON string
_MARKUP = re.compile(
    rb"""class=\\?["'][^"'<>]{0,500}?\bt(?:gme|me)_(?:widget|page|channel|no_messages|web|main|header)"""
)
#: formats that may quote a page but are none
_OTHER_FORMAT = re.compile(rb"\s*(?:[{\[]|<\?xml|<rss|<feed)")
#: the AJAX form: markup inside a JSON string
_JSON_STRING = re.compile(rb'\s*"')
_WHOLE_PAGE = re.compile(rb"\s*(?:<!doctype\s+html|<html|<head|<body)", re.IGNORECASE)
_LANDING = re.compile(r"/s/([^/?#]+)")
#: counters of a channel's header that count posts
_POST_COUNTERS = frozenset({"photo", "photos", "video", "videos", "file", "files", "link", "links"})
#: queries that may rightly find nothing
_NARROWING = frozenset({"q", "before", "after"})
#: so many posts without anything in them are no coincidence
_EMPTY_POSTS = 3

_DETAILS = {
    RefusalReason.TRUNCATED: "the page was cut off in transit (no closing </html>): fetch it again",
    RefusalReason.RATE_LIMITED: (
        "the page says that there are no posts, its own counters say that there are: wait, and ask less often"
    ),
    RefusalReason.BANNED: (
        "a landing page was served in place of the preview: this address is being refused, wait some hours"
    ),
    RefusalReason.NOT_FOUND: "no channel has this name: check the spelling, or whether it was renamed or deleted",
    RefusalReason.NO_PREVIEW: "the channel exists but shows no public preview: use another source for it",
    RefusalReason.CHANGED_LAYOUT: "the page has messages that cannot be read: its layout has changed, report it",
}


def looks_like(body: bytes) -> bool:
    """Tell whether these bytes are a preview or landing page of Telegram, a block of one, or its AJAX form."""
    return _OTHER_FORMAT.match(body) is None and _MARKUP.search(body) is not None


def parse(body: bytes, *, url: str | None = None) -> Snapshot | Refusal:
    """Read a page.

    Args:
        body: the bytes, as fetched.
        url: the final address they came from, after redirects; None for a file.

    Raises:
        ParseError: this is no page of Telegram's at all, or one that cannot be read safely.
    """
    markup = to_utf8(body)
    if _JSON_STRING.match(markup):
        fragment = _from_json(markup)
        if fragment is None:
            return _refuse(RefusalReason.TRUNCATED, "the answer was cut off in transit: fetch it again")
        if not fragment.strip():
            return Snapshot(FORMAT, ())
        markup = fragment
    elif _WHOLE_PAGE.match(markup) and markup.rfind(b"</html") < 0 and markup.rfind(b"</HTML") < 0:
        return _refuse(RefusalReason.TRUNCATED)
    tree = parse_html(mark_line_breaks(markup))
    # the one or the other may be renamed one day; a query for both takes thrice the time
    blocks = tree.css(".tgme_widget_message") or tree.css("[data-post]")
    if blocks:
        return _history(tree, blocks, url)
    return _without_blocks(tree, url)


def _from_json(body: bytes) -> bytes | None:
    """Return the markup inside the AJAX form, None if that is broken off."""
    try:
        fragment = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return fragment.encode("utf-8", "replace") if isinstance(fragment, str) else None


def _history(tree: LexborHTMLParser, nodes: Sequence[LexborNode], url: str | None) -> Snapshot | Refusal:
    """Read a page that has message blocks."""
    if all("data-post" not in node.attrs for node in nodes):
        if tree.css_first(".tgme_widget_message_error") is not None:
            return _refuse(RefusalReason.NOT_FOUND, "there is no such post: it was deleted, or never existed")
        return _refuse(RefusalReason.CHANGED_LAYOUT)
    blocks = [block for node in nodes if (block := read_block(node)) is not None]
    posts = tuple(block.post for block in blocks)
    if not posts or (len(posts) >= _EMPTY_POSTS and not any(map(_says_something, posts))):
        return _refuse(RefusalReason.CHANGED_LAYOUT)
    return Snapshot(
        format=FORMAT,
        posts=posts,
        coverage=None if _searched(tree, url) else _coverage(blocks),
        title=_title(tree),
        built_at=_built_at(blocks),
        older=_older(tree, blocks[0].channel),
    )


def _says_something(post: Post) -> bool:
    return bool(post.text or post.media or post.service)


def _coverage(blocks: Sequence[Block]) -> Coverage | None:
    """Return what the page covers; None if its blocks come from more than one channel."""
    if len({block.channel.lower() for block in blocks}) != 1:
        return None
    ids = frozenset(named for block in blocks for named in block.ids)
    return Coverage(lowest=min(ids), highest=max(ids), ids=ids)


def _searched(tree: LexborHTMLParser, url: str | None) -> bool:
    """Tell whether the page shows the hits of a search: what is absent from it just does not match."""
    if url is not None and "q" in _query(url):
        return True
    field = tree.css_first("input.js-header_search")
    return field is not None and bool(field.attributes.get("value"))


def _built_at(blocks: Sequence[Block]) -> datetime | None:
    """Return when the server built the page, which every block says: the newest of those that can be read is asked."""
    return next((at for block in reversed(blocks) if block.view and (at := built_at(block.view))), None)


def _older(tree: LexborHTMLParser, channel: str) -> str | None:
    """Return the address of the next older page; None at the end of the history."""
    # never link[rel=canonical]: that is this page's own address, and following it would go round in a circle
    link = tree.css_first("link[rel=prev]") or tree.css_first("[data-before]")
    if link is None:
        return None
    attributes = link.attributes
    href = attributes.get("href") or f"/s/{channel}?before={attributes.get('data-before') or ''}"
    try:
        return urljoin(HOST, href)
    except ValueError:
        return None


def _title(tree: LexborHTMLParser) -> str | None:
    """Return the channel's own name: from the header, or in a fragment from a message's owner."""
    for selector in (".tgme_channel_info_header_title", ".tgme_header_title", ".tgme_widget_message_owner_name"):
        if (node := tree.css_first(selector)) is not None and (name := clean_text(node.text())):
            return " ".join(name.split())
    return None


def _without_blocks(tree: LexborHTMLParser, url: str | None) -> Snapshot | Refusal:
    """Tell why a page has no message blocks."""
    if tree.css_first(".tgme_widget_message_error, .err_message") is not None:
        return _refuse(RefusalReason.NOT_FOUND, "there is no such post: it was deleted, or never existed")
    if tree.css_first(".tme_no_messages_found") is not None:
        narrowed = _searched(tree, url) or (url is not None and bool(_NARROWING & _query(url).keys()))
        if not narrowed and _counts_posts(tree):
            return _refuse(RefusalReason.RATE_LIMITED)
        return Snapshot(FORMAT, (), title=_title(tree))
    if tree.css_first(".tgme_channel_history, .tgme_widget_message_wrap, .tgme_widget_message_bubble") is not None:
        return _refuse(RefusalReason.CHANGED_LAYOUT)
    if tree.css_first(".tgme_page") is not None:
        return _landing(tree, url)
    if tree.css_first('[class*="tgme_"]') is not None:
        return _refuse(RefusalReason.CHANGED_LAYOUT)
    if tree.css_first(f'[href*="//telegram.org/"], [href^="{HOST}/"]') is not None:
        return _refuse(RefusalReason.NOT_FOUND, "Telegram's own page came in place of the channel: check its name")
    raise ParseError("telegram-preview: no message, no header and no landing page of Telegram in it")


def _counts_posts(tree: LexborHTMLParser) -> bool:
    """Tell whether the header counts photos, videos, files or links; counters that are 0 are left out."""
    return any(node.text().strip() in _POST_COUNTERS for node in tree.css(".tgme_channel_info_counter .counter_type"))


def _landing(tree: LexborHTMLParser, url: str | None) -> Refusal:
    """Tell the landing pages apart, by their structure: their title says "Contact" for all of them."""
    if url is not None and _path(url).startswith("/s/"):
        return _refuse(RefusalReason.BANNED)
    button = tree.css_first('.tgme_page a[href^="/s/"]')
    if button is not None and (found := _LANDING.match(button.attributes.get("href") or "")):
        return _refuse(
            RefusalReason.NO_PREVIEW, f"this is the channel's landing page: use its preview, {HOST}/s/{found[1]}"
        )
    if tree.css_first(".tgme_page_title, .tgme_page_extra, .tgme_page_widget") is not None:
        return _refuse(RefusalReason.NO_PREVIEW)
    return _refuse(RefusalReason.NOT_FOUND)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _query(url: str) -> dict[str, list[str]]:
    try:
        return parse_qs(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        return {}


def _refuse(reason: RefusalReason, detail: str | None = None) -> Refusal:
    return Refusal(reason, detail or _DETAILS[reason])
