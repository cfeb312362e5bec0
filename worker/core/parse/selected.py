"""The posts of any page, found by the CSS selectors that its reader configured.

A selector that finds nothing on the whole page means that the site has changed, and is never "no posts". A part that
only some posts lack is empty in those. Knows nothing of any site.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from worker.core.models import Post, Refusal, RefusalReason, Selectors
from worker.core.parse.addresses import without_tracking
from worker.core.parse.html_text import absolute, joined, read_shown, scrub, text_of, with_title
from worker.core.parse.text_dates import find_date, read_time
from worker.errors import ParseError

#: what is looked for inside each post
_PARTS = ("title", "text", "link", "date")
_DATE_ATTRIBUTES = ("datetime", "content", "title", "data-date")
_LONGEST = 1_000


def selector_problem(selector: str) -> str | None:
    """Return what is wrong with a CSS selector; None if nothing is."""
    if not selector.strip() or len(selector) > _LONGEST or not selector.isprintable():
        return f"must be a CSS selector of 1 to {_LONGEST} characters on one line"
    try:
        LexborHTMLParser(b"<p></p>").css(selector)
    except SelectolaxError:
        return 'must be a CSS selector, such as "article.news" or "div.news > h2 a"'
    return None


def check_selectors(selectors: Selectors) -> list[str]:
    """Return what is wrong with the selectors, one line each that begins with the name of the selector."""
    return [
        f"{name}: {problem}"
        for name, selector in _written(selectors).items()
        if (problem := selector_problem(selector)) is not None
    ]


def read_selected(tree: LexborHTMLParser, base: str | None, selectors: Selectors) -> tuple[Post, ...] | Refusal:
    """Return the posts of a page in its order, or that its layout has changed.

    Args:
        tree: the whole page.
        base: address that its links start from; None: relative ones are left out, and are no identity.
        selectors: where its posts stand.

    Raises:
        ParseError: a selector is none.
    """
    if problems := check_selectors(selectors):
        raise ParseError(f"webpage: the selector for {problems[0]}")
    nodes = _outermost(tree.css(selectors.post))
    if not nodes:
        return _refuse("post", selectors.post)
    wanted = {name: selector for name, selector in _written(selectors).items() if name in _PARTS}
    found = [{name: _inside(node, selector) for name, selector in wanted.items()} for node in nodes]
    for name, selector in wanted.items():
        if not any(parts[name] for parts in found):
            return _refuse(name, selector)
    posts = [_post(node, parts, selectors, base) for node, parts in zip(nodes, found, strict=True)]
    return tuple(_identified(nodes, posts))


def _written(selectors: Selectors) -> Mapping[str, str]:
    named = ((field.name, getattr(selectors, field.name)) for field in fields(selectors))
    return {name: selector for name, selector in named if selector is not None}


def _refuse(name: str, selector: str) -> Refusal:
    detail = (
        f"the selector `{scrub(selector)}` for `{name}` finds nothing on the page: its layout has changed, correct it"
    )
    return Refusal(RefusalReason.CHANGED_LAYOUT, detail)


def _outermost(nodes: Sequence[LexborNode]) -> list[LexborNode]:
    """Return each of `nodes` once, without those that stand within another one."""
    chosen = {node.mem_id for node in nodes}
    within: dict[int, bool] = {}
    found: dict[int, LexborNode] = {}
    for node in nodes:
        above: list[int] = []
        parent = node.parent
        while parent is not None and parent.mem_id not in chosen and parent.mem_id not in within:
            above.append(parent.mem_id)
            parent = parent.parent
        inside = parent is not None and (parent.mem_id in chosen or within[parent.mem_id])
        within.update(dict.fromkeys(above, inside))
        if not inside:
            found[node.mem_id] = node
    return list(found.values())


def _inside(node: LexborNode, selector: str) -> list[LexborNode]:
    return _outermost(node.css(selector))


def _post(node: LexborNode, parts: Mapping[str, Sequence[LexborNode]], selectors: Selectors, base: str | None) -> Post:
    titles, dates = parts.get("title", ()), parts.get("date", ())
    if selectors.text is None:
        beside = {each.mem_id for each in (*titles, *dates)} - {node.mem_id}
        shown = [read_shown(node, base=base, leave_out=lambda each: each.mem_id in beside)]
    else:
        shown = [read_shown(each, base=base) for each in parts["text"]]
    body = joined(shown)
    title = " ".join(text_of(titles[0]).split()) if titles else ""
    links = parts["link"] if selectors.link is not None else _links(node, titles)
    address = absolute(_href(links[0]), base) if links else None
    return Post(
        text=with_title(title, body.text),
        url=without_tracking(address) if address else None,
        published_at=next((instant for each in dates if (instant := _instant(each))), None),
        links=body.links,
        media=body.media,
    )


def _links(node: LexborNode, titles: Sequence[LexborNode]) -> list[LexborNode]:
    """Return the link around or in the title, else the links of the post."""
    for title in titles[:1]:
        above: LexborNode | None = title
        while above is not None and above.tag != "a" and above.mem_id != node.mem_id:
            above = above.parent
        if above is not None and above.tag == "a":
            return [above]
        if (link := title.css_first("a[href]")) is not None:
            return [link]
    link = node.css_first("a[href]")
    return [link] if link is not None else []


def _href(node: LexborNode) -> str | None:
    link = node if node.tag == "a" else node.css_first("a[href]")
    return (link if link is not None else node).attributes.get("href")


def _instant(node: LexborNode) -> datetime | None:
    attributes = node.attributes
    written = (read_time(attributes.get(name)) for name in _DATE_ATTRIBUTES)
    if instant := next(filter(None, written), None):
        return instant
    if (time := node.css_first("time[datetime]")) is not None and time.mem_id != node.mem_id:
        return _instant(time)
    return find_date(" ".join(node.text(separator=" ").split()))


def _identified(nodes: Sequence[LexborNode], posts: Sequence[Post]) -> Iterator[Post]:
    """Yield the posts with their identities: the link, else the element's own id, else none; equal ones once.

    A link that another post has too (all lead to one list, say) is no identity.
    """
    known: dict[str, Post] = {}
    for node, post in zip(nodes, posts, strict=True):
        identity = next(
            (each for each in (post.url, node.attributes.get("id")) if each and _same(known.get(each), post)), None
        )
        if identity is None:
            yield post
        elif identity not in known:
            known[identity] = post
            yield replace(post, id=scrub(identity))


def _same(known: Post | None, post: Post) -> bool:
    return known is None or known.text == post.text
