"""The posts of a page that WordPress made (an archive, a category, a front page), found without any configuration.

WordPress writes ``post-ID`` on the element of each post (``post_class()``), whatever the theme; the number is the same
in ``?p=ID`` and in the REST interface. What stands in widgets, footers and lists of related posts is passed over. Knows
dates no better than the theme shows them.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from worker.core.models import Media, Post
from worker.core.parse.addresses import without_tracking
from worker.core.parse.html_text import Shown, absolute, joined, read_shown, text_of, with_title, without_credit
from worker.core.parse.text_dates import find_date, read_time

_ID = re.compile(r"post-(\d{1,18})")
#: on what WordPress writes its classes of a post
_POST_CLASS = re.compile(r"hentry|type-[\w-]+|wp-block-post")
_ASIDE_TAGS = frozenset({"aside", "footer", "head", "nav", "script", "style", "template", "noscript"})
_ASIDE_NAMES = (
    "comments-area jp-relatedposts post-navigation related related-articles related-post related-posts related_posts"
    " sidebar widget widget-area wp-block-latest-posts yarpp yarpp-related"
)
_ASIDE = frozenset(_ASIDE_NAMES.split())
#: within a post, beside its text
_BESIDE_NAMES = (
    "author-box cat-links comments-link edit-link entry-footer entry-meta meta post-categories post-meta post-tags"
    " posted-on share share-buttons social social-share tags-links"
)
_BESIDE = _ASIDE | frozenset(_BESIDE_NAMES.split())

_TITLES = (
    ".entry-title, .post-title, .elementor-post__title, .wp-block-post-title",
    "h1 a[rel~=bookmark], h2 a[rel~=bookmark], h3 a[rel~=bookmark], h4 a[rel~=bookmark]",
    "h1, h2, h3, h4",
)
_TEXTS = (
    ".entry-content, .wp-block-post-content",
    ".post-content, .post-entry, .post-body",
    ".entry-summary, .wp-block-post-excerpt, .elementor-post__excerpt, .post-excerpt, .post-summary, .excerpt",
    "[itemprop=articleBody], [itemprop=text], [itemprop=description]",
)
_LINK = (
    ".entry-title a[href], .post-title a[href], a[rel~=bookmark][href], h1 a[href], h2 a[href], h3 a[href], h4 a[href]"
)
_TIMES = (
    "time.published[datetime], time[itemprop=datePublished][datetime]",
    "time.entry-date:not(.updated)[datetime]",
    "time:not(.updated)[datetime], abbr.published[title], meta[itemprop=datePublished][content]",
    "time[datetime]",
)
_DATES = (
    "time, .entry-date, .published, .elementor-post-date, .post-date, .posted-on, .wp-block-post-date, .date",
    ".entry-meta, .post-meta, .meta",
)
_AUTHORS = (
    ".author .fn, .byline .fn, .elementor-post-author, .wp-block-post-author-name, [itemprop=author] [itemprop=name]",
    "a[rel~=author], a.author, .author.vcard, .entry-author, .post-author",
)
_BY = re.compile(r"(?:written by|posted by|by|par|von|автор|автор:)[\s:]+", re.IGNORECASE)
_LONGEST_NAME = 100
_PICTURE = "img.wp-post-image, .post-thumbnail img, .elementor-post__thumbnail img"
_TITLE_TAGS = frozenset({"h1", "h2", "h3", "h4", "time"})


def read_posts(tree: LexborHTMLParser, base: str | None) -> tuple[Post, ...]:
    """Return the posts of a page in its order, each once; none if there are no marks of WordPress.

    Args:
        tree: the whole page.
        base: address that its links start from; None: relative ones are left out.
    """
    posts: dict[object, Post] = {}
    for node in _post_nodes(tree):
        post = _post(node, base)
        key = post.id or node.mem_id
        known = posts.get(key)
        # a slider shows the title only: what says most stands for the post, so that it stays the same
        if known is None or len(post.text) > len(known.text):
            posts[key] = post
    return tuple(post for post in posts.values() if post.text or post.media)


def _post_nodes(tree: LexborHTMLParser) -> Iterator[LexborNode]:
    """Yield the element of each post, looking into no post and into nothing that stands beside the posts."""
    # Elementor has one widget for the archive and the same again for lists beside it
    archive = tree.css_first(".elementor-widget-archive-posts") is not None

    def leave_out(node: LexborNode) -> bool:
        names = _names(node)
        return node.tag in _ASIDE_TAGS or _is_aside(names) or (archive and "elementor-widget-posts" in names)

    return _walk(tree.body, leave_out, _is_post)


def _walk(
    root: LexborNode | None, leave_out: Callable[[LexborNode], bool], wanted: Callable[[LexborNode], bool]
) -> Iterator[LexborNode]:
    """Yield what is wanted below `root`, in the order of the page; neither it nor what is left out is looked into."""
    waiting = [iter(root.iter())] if root is not None else []
    while waiting:
        for node in waiting[-1]:
            if leave_out(node):
                continue
            if wanted(node):
                yield node
            else:
                waiting.append(iter(node.iter()))
                break
        else:
            waiting.pop()


def _names(node: LexborNode) -> list[str]:
    return (node.attributes.get("class") or "").split()


def _is_post(node: LexborNode) -> bool:
    names = _names(node)
    if not any(map(_POST_CLASS.fullmatch, names)) and not (node.tag == "article" and any(map(_ID.fullmatch, names))):
        return False
    return "hentry" in names or any(map(_ID.fullmatch, names))


def _is_aside(names: list[str]) -> bool:
    return not _ASIDE.isdisjoint(names) or any(name.startswith("widget_") for name in names)


def _beside(node: LexborNode) -> bool:
    """Tell whether an element within a post is no part of its text."""
    if node.tag in _ASIDE_TAGS or node.tag in {"article", "form"}:
        return True
    names = _names(node)
    return not _BESIDE.isdisjoint(names) or _is_aside(names)


def _post(node: LexborNode, base: str | None) -> Post:
    title_node = _first(node, _TITLES)
    title = " ".join(text_of(title_node).split()) if title_node is not None else ""
    body = _body(node, base)
    url = _url(node, title_node, base)
    pictured = not body.media and node.css_first(_PICTURE) is not None
    return Post(
        text=with_title(title, without_credit(body.text)),
        id=_id(node) or url,
        url=url,
        published_at=_published(node),
        author=_author(node),
        links=body.links,
        media=(Media("photo"),) if pictured else body.media,
    )


def _first(node: LexborNode, selectors: tuple[str, ...]) -> LexborNode | None:
    """Return the first element that the first of `selectors` to find any finds."""
    return next((found for selector in selectors if (found := node.css_first(selector)) is not None), None)


def _id(node: LexborNode) -> str | None:
    names = [*_names(node), node.attributes.get("id") or ""]
    return next((str(int(found[1])) for name in names if (found := _ID.fullmatch(name))), None)


def _url(node: LexborNode, title: LexborNode | None, base: str | None) -> str | None:
    link = title if title is not None and title.tag == "a" else None
    if link is None:
        link = (title.css_first("a[href]") if title is not None else None) or node.css_first(_LINK)
    address = absolute(link.attributes.get("href"), base) if link is not None else None
    return without_tracking(address) if address else None


def _body(node: LexborNode, base: str | None) -> Shown:
    """Return the article or its excerpt; where the theme names neither, the paragraphs."""
    for selector in _TEXTS:
        found = node.css_first(selector)
        if found is not None and (shown := read_shown(found, base=base, leave_out=_beside)).text:
            return shown
    waiting = _walk(node, lambda each: each.tag in _TITLE_TAGS or _beside(each), lambda each: each.tag == "p")
    return joined([read_shown(each, base=base, leave_out=_beside) for each in waiting])


def _published(node: LexborNode) -> datetime | None:
    """Return the time that the theme marks as such, else the date that stands there in words."""
    for selector in _TIMES:
        if (found := node.css_first(selector)) is not None:
            attributes = found.attributes
            instant = read_time(attributes.get("datetime") or attributes.get("content") or attributes.get("title"))
            if instant is not None:
                return instant
    for selector in _DATES:
        for found in node.css(selector)[:20]:
            if day := find_date(" ".join(found.text(separator=" ").split())):
                return day
    return None


def _author(node: LexborNode) -> str | None:
    found = _first(node, _AUTHORS)
    if found is None:
        return None
    name = _BY.sub("", " ".join(text_of(found).split()), count=1)
    return name if name and len(name) <= _LONGEST_NAME else None
