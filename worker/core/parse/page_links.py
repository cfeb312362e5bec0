"""What the head and the paging of a web page say: its own address and title, its next older page, its feeds.

The next older page is known by its number: themes do not agree whether "previous" means older or newer.
"""

import re
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from worker.core.parse.html_text import absolute
from worker.core.parse.wordpress_rest import rest_url

_NUMBERED = (
    ".navigation a, .nav-links a, .pagination a, .elementor-pagination a, .wp-pagenavi a, .paging-navigation a,"
    " .posts-navigation a, .wp-block-query-pagination a, a.page-numbers, #posts-nav a, #nav-below a, .nav-previous a,"
    " .nav-next a, .pager a, .paginator a"
)
_DECLARED_NEXT = "link[rel~=next][href], a[rel~=next][href]"
#: selector and attribute of what may lead to another page
_PAGING = (
    (_NUMBERED, "href"),
    (_DECLARED_NEXT, "href"),
    ("[data-next-page]", "data-next-page"),
)
#: the number of a page in its address; the last form is what programs that save sites leave of the first
_NUMBER = re.compile(
    r"(?:^|/)page/(\d{1,6})(?=[/?#.]|$)|[?&](?:paged?|PAGEN_1|query-\d+-page)=(\d{1,6})(?=[&#]|$)|^\.\./(\d{1,6})/(?:index|$)"
)
_OWN_NUMBER = re.compile(r"paged-(\d{1,6})")
_CATEGORY = re.compile(r"category-(\d{1,9})")
_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})
#: feeds of what readers say look like those of posts
_COMMENTS = re.compile(r"/comments?/|/comments?[-_]|comments-rss|feed=comments", re.IGNORECASE)
_API_ROOT = re.compile(r"/wp-json/?$|[?&]rest_route=/?$")
#: "Page 2", which is no part of a channel's name
_PAGE_IN_TITLE = re.compile(
    r"(?:^|\s*[-–—|»·:,]\s*)(?:page|seite|página|pagina|strona|страница|сторінка)\s+\d+(?:\s+(?:of|sur|de|von|di|z|из|з)\s+\d+)?"
    r"(?=\s*[-–—|»·:,]|\s*$)",
    re.IGNORECASE,
)
_MOST_LINKS = 2_000
_LONGEST_TITLE = 300


def base_of(tree: LexborHTMLParser, url: str | None) -> str | None:
    """Return the address that the links of a page start from; None if neither `url` nor the page says."""
    declared = tree.css_first("base[href]")
    own = (
        url or _attribute(tree, "link[rel=canonical]", "href") or _attribute(tree, 'meta[property="og:url"]', "content")
    )
    if declared is not None and (base := absolute(declared.attributes.get("href"), own)):
        return base
    return absolute(own, None)


def title_of(tree: LexborHTMLParser) -> str | None:
    """Return the title of a page, the same for each of its numbered pages; None if it has none."""
    title = _attribute(tree, 'meta[property="og:title"]', "content")
    node = tree.css_first("head title")
    if node is not None:
        title = node.text() or title
    return _PAGE_IN_TITLE.sub("", " ".join((title or "").split())[:_LONGEST_TITLE]).strip(" -–—|»·:,") or None


def older_of(tree: LexborHTMLParser, base: str | None) -> str | None:
    """Return the address of the next older page; None if the page names none, or no absolute address can be made."""
    numbered: dict[int, str] = {}
    for selector, name in _PAGING:
        for node in tree.css(selector)[:_MOST_LINKS]:
            written = node.attributes.get(name) or ""
            last = node.attributes.get("data-max-page") or ""
            # Elementor names a next page on the last one too
            if (number := _number(written)) is not None and not (last.isdecimal() and number > int(last[:9])):
                numbered.setdefault(number, written)
    if numbered:
        return absolute(numbered.get(_own_number(tree, base) + 1), base)
    return absolute(_attribute(tree, _DECLARED_NEXT, "href"), base)


def better_sources_of(tree: LexborHTMLParser, base: str | None) -> tuple[str, ...]:
    """Return where the same posts may be read more exactly: REST, then the feed of this page, then others."""
    found: dict[str, None] = {}
    for node in tree.css('link[rel="https://api.w.org/"]')[:_MOST_LINKS]:
        root = absolute(node.attributes.get("href"), base)
        if root and _API_ROOT.search(root):
            found[rest_url(root, category=_category(tree))] = None
    feeds = [
        address
        for node in tree.css("link[rel~=alternate][href]")[:_MOST_LINKS]
        if (node.attributes.get("type") or "").strip().lower() in _FEED_TYPES
        and (address := absolute(node.attributes.get("href"), base))
        and not _COMMENTS.search(address)
    ]
    # the longest address is that of the category, not of the whole site
    for address in sorted(feeds, key=len, reverse=True):
        found[address] = None
    return tuple(found)


def _attribute(tree: LexborHTMLParser, selector: str, name: str) -> str | None:
    node = tree.css_first(selector)
    return (node.attributes.get(name) or None) if node is not None else None


def _number(address: str) -> int | None:
    found = _NUMBER.search(address)
    return int(next(filter(None, found.groups()))) if found else None


def _own_number(tree: LexborHTMLParser, base: str | None) -> int:
    """Return the number of this page; the first page never says that it is."""
    found = _OWN_NUMBER.search(_body_class(tree))
    if found:
        return int(found[1])
    try:
        parts = urlsplit(base or "")
    except ValueError:
        return 1
    return _number(f"{parts.path}?{parts.query}") or 1


def _category(tree: LexborHTMLParser) -> int | None:
    names = _body_class(tree).split()
    numbers = [int(found[1]) for name in names if (found := _CATEGORY.fullmatch(name))]
    return numbers[0] if len(numbers) == 1 and "category" in names else None


def _body_class(tree: LexborHTMLParser) -> str:
    return (tree.body.attributes.get("class") or "") if tree.body is not None else ""
