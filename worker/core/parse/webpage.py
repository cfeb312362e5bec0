"""News pages: archives made by WordPress without any configuration, all others by configured CSS selectors.

Which posts there are is read in `worker.core.parse.wordpress_archive` and `worker.core.parse.selected`; this decides
between them and tells what it means if there are none. Never claims to cover anything: posts move from page to page as
new ones come, so that the absence of one proves nothing.
"""

import re
from collections.abc import Sequence

from selectolax.lexbor import LexborHTMLParser

from worker.core.models import Post, Refusal, RefusalReason, Selectors, Snapshot
from worker.core.parse.html import parse_html, to_utf8
from worker.core.parse.page_links import base_of, better_sources_of, older_of, title_of
from worker.core.parse.selected import read_selected
from worker.core.parse.wordpress_archive import read_posts
from worker.errors import ParseError

FORMAT = "webpage"

_WHOLE_PAGE = re.compile(
    rb"(?:<\?xml[^>]{0,200}>|<!--.{0,4000}?-->|\s)*+<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_END = re.compile(rb"</html\s*>", re.IGNORECASE)
#: the class that WordPress writes on a post, in a piece of a page
_POST = re.compile(rb"""class=["'][^"'<>]{0,500}?\bpost-\d{1,18}\s[^"'<>]{0,500}?\bhentry\b""")
#: bytes within which a piece of a page shows its first post
_BEGINNING = 200_000
_OTHER_FORMAT = re.compile(rb"\s*(?:[{\[\"]|<\?xml|<rss|<feed)")
#: classes of the body of a page that lists posts (get_body_class() of WordPress), and of one of a single post
_LISTS = frozenset({"archive", "blog", "category", "tag", "author", "date", "search", "search-results"})
_NOTHING = (
    ".no-results, .not-found, .no-posts, .nothing-found, .elementor-posts-nothing-found, .wp-block-query-no-results"
)
_EXAMPLE = '[channel.selectors] with post = "article.news", title = "h2", text = ".summary", date = "time"'


def looks_like(body: bytes) -> bool:
    """Tell whether these bytes are a whole HTML page, or a piece of one with posts of WordPress in it."""
    if _WHOLE_PAGE.match(body.removeprefix(b"\xef\xbb\xbf")):
        return True
    return _OTHER_FORMAT.match(body) is None and _POST.search(body, 0, _BEGINNING) is not None


def parse(body: bytes, *, url: str | None = None, selectors: Selectors | None = None) -> Snapshot | Refusal:
    """Read a page.

    Args:
        body: the bytes, as fetched.
        url: the final address they came from, after redirects; None for a file.
        selectors: where its posts stand; None: they are found by the marks of WordPress.

    Raises:
        ParseError: a page without marks of WordPress and without selectors, a selector that is none, or a page that
            cannot be read safely.
    """
    markup = to_utf8(body)
    if _WHOLE_PAGE.match(markup) and not _END.search(markup):
        return Refusal(RefusalReason.TRUNCATED, "the page was cut off in transit (no closing </html>): fetch it again")
    tree = parse_html(markup)
    base = base_of(tree, url)
    posts = read_posts(tree, base) if selectors is None else read_selected(tree, base, selectors)
    if isinstance(posts, Refusal):
        return posts
    if not posts and (refusal := _without_posts(tree, base)) is not None:
        return refusal
    return _snapshot(tree, base, posts)


def _snapshot(tree: LexborHTMLParser, base: str | None, posts: Sequence[Post]) -> Snapshot:
    names = _body_names(tree)
    return Snapshot(
        format=FORMAT,
        # on the page of one post the others are suggestions
        posts=tuple(posts[:1]) if "single" in names and not _LISTS & names else tuple(posts),
        title=title_of(tree),
        older=older_of(tree, base),
        better_sources=better_sources_of(tree, base),
    )


def _without_posts(tree: LexborHTMLParser, base: str | None) -> Refusal | None:
    """Return why a page of WordPress's has no posts; None if it says that there are none yet.

    Raises:
        ParseError: this is no page of WordPress's.
    """
    names = _body_names(tree)
    if "error404" in names:
        return Refusal(RefusalReason.NOT_FOUND, "the site says that there is no such page: check the address")
    if names & _LISTS:
        if tree.css_first(_NOTHING) is not None:
            return None
        return Refusal(
            RefusalReason.CHANGED_LAYOUT, f"the page is a list of posts, but none can be found: configure {_EXAMPLE}"
        )
    sources = better_sources_of(tree, base)
    instead = f", or use {sources[0]} instead" if sources else ""
    raise ParseError(f"webpage: no posts of WordPress in it: say where its posts stand, {_EXAMPLE}{instead}")


def _body_names(tree: LexborHTMLParser) -> frozenset[str]:
    return frozenset((tree.body.attributes.get("class") or "").split()) if tree.body is not None else frozenset()
