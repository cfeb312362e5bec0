"""RSS in all its versions (0.9 to 2.0) and RDF (RSS 1.0): elements -> what the feed says. Understands no texts.

In RDF the posts stand beside the channel and not in it, and ``rdf:about`` is a post's identity. Elements of other
vocabularies are read where publishers rely on them: Dublin Core, Atom, Media RSS, the content and syndication modules.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple
from xml.etree.ElementTree import Element

from worker.core.parse.feed_model import Attachment, Form, Written, WrittenFeed, WrittenPost
from worker.core.parse.feed_xml import short_name, text_within

_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"

#: where the text of a post stands, the fullest first
_BODIES = ("content:encoded", "encoded", "content", "atom:content", "description", "atom:summary")
#: where it surely is HTML
_HTML_BODIES = frozenset({"content:encoded", "encoded"})
_DATES = ("pubdate", "dc:date", "dcterms:issued", "dcterms:created", "atom:published", "dcterms:date", "date")
_CHANGED = ("atom:updated", "dcterms:modified", "modified")
#: elements that point to a file, or hold others that do
_ATTACHED = frozenset({"enclosure", "media:content", "media:thumbnail", "media:group", "atom:link"})
_AUTHORS = ("dc:creator", "author", "atom:author", "itunes:author")

#: children; posts with more are rare, and remembering theirs would take memory
_MOST_REMEMBERED = 64

_PERIODS: Mapping[str, timedelta] = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
#: a feed that asks for a longer rest than this means something else
_LONGEST_REST = timedelta(days=31)


def read_rss(root: Element) -> WrittenFeed:
    """Read a document whose root is ``rss``, ``rdf:RDF`` or a bare ``channel``."""
    children = list(root)
    channel = next((child for child in children if short_name(child.tag) == "channel"), root)
    found = _collect(channel)
    holders = (channel,) if channel is root else (channel, root)
    items = [child for holder in holders for child in holder if short_name(child.tag) == "item"]
    base = channel.get(_BASE) or root.get(_BASE)
    links = [node for node in found.get("atom:link", ()) if node.get("href")]
    return WrittenFeed(
        posts=tuple(_read_post(item) for item in items),
        title=Written(_text(found, ("title",)) or ""),
        link=_text(found, ("link",)) or channel.get(_ABOUT),
        self_link=_linked(links, "self"),
        links_from_site=True,
        base=base,
        older=_linked(links, "next") or _linked(links, "prev-archive"),
        built=_text(found, ("lastbuilddate", "pubdate", "dc:date")),
        fresh_for=_fresh_for(found),
        deleted_ids=tuple(
            ref for node in found.get("at:deleted-entry", ()) if (ref := (node.get("ref") or "").strip())
        ),
    )


def _collect(element: Element) -> dict[str, list[Element]]:
    """Return the children of an element by their short names."""
    found: dict[str, list[Element]] = {}
    for child in element:
        name = short_name(child.tag)
        if name in found:
            found[name].append(child)
        else:
            found[name] = [child]
    return found


def _text(found: Mapping[str, list[Element]], names: Sequence[str]) -> str | None:
    """Return the first text that one of these elements has; None if there is none."""
    for name in names:
        for node in found.get(name, ()):
            if text := text_within(node):
                return text
    return None


def _linked(links: Sequence[Element], rel: str) -> str | None:
    return next(((node.get("href") or "").strip() for node in links if node.get("rel", "alternate") == rel), None)


class _Parts(NamedTuple):
    """Where among its children the elements of a post stand that say what, the ones that count most first."""

    guid: Sequence[int]
    about: Sequence[int]
    link: Sequence[int]
    atom_link: Sequence[int]
    title: Sequence[int]
    #: and whether there surely is HTML
    body: Sequence[tuple[int, bool]]
    published: Sequence[int]
    changed: Sequence[int]
    #: of the elements of one name each
    author: Sequence[Sequence[int]]
    has_attachments: bool


@lru_cache(maxsize=512)
def _parts_among(tags: tuple[str, ...]) -> _Parts:
    """Return the parts of a post with these children; the posts of a feed mostly have the same ones."""
    names = [short_name(tag) for tag in tags]

    def places(*wanted: str) -> list[int]:
        return [place for name in wanted for place, found in enumerate(names) if found == name]

    return _Parts(
        guid=places("guid"),
        about=places("atom:id"),
        link=places("feedburner:origlink", "link"),
        atom_link=places("atom:link"),
        title=places("title", "dc:title", "media:title"),
        body=[(place, names[place] in _HTML_BODIES) for place in places(*_BODIES)],
        published=places(*_DATES),
        changed=places(*_CHANGED),
        author=[found for name in _AUTHORS if (found := places(name))],
        has_attachments=not _ATTACHED.isdisjoint(names),
    )


def _read_post(item: Element) -> WrittenPost:
    tags = tuple([child.tag for child in item])
    parts = _parts_among(tags) if len(tags) <= _MOST_REMEMBERED else _parts_among.__wrapped__(tags)
    guid = item[parts.guid[0]] if parts.guid else None
    identity = text_within(guid) if guid is not None else ""
    base = item.get(_BASE)
    return WrittenPost(
        id=identity or (item.get(_ABOUT) or "").strip() or _text_at(item, parts.about),
        link=_text_at(item, parts.link) or _linked([item[place] for place in parts.atom_link], "alternate"),
        base=base,
        # isPermaLink is true unless the feed says otherwise (RSS 2.0)
        id_is_link=bool(guid is not None and identity and guid.get("isPermaLink", "true").strip().lower() != "false"),
        title=Written(_text_at(item, parts.title) or ""),
        body=_body(item, parts.body, base),
        published=_text_at(item, parts.published),
        updated=_text_at(item, parts.changed) if parts.changed else None,
        author=_author(item, parts.author) if parts.author else None,
        attachments=tuple(read_attachments(item)) if parts.has_attachments else (),
    )


def _text_at(item: Element, places: Sequence[int]) -> str | None:
    """Return the first text that a child at one of these places has; None if there is none."""
    for place in places:
        if text := text_within(item[place]):
            return text
    return None


def _body(item: Element, places: Sequence[tuple[int, bool]], base: str | None) -> Written:
    """Return the fullest text of a post. An excerpt is taken only where there is nothing else."""
    for place, is_html in places:
        node = item[place]
        if text := text_within(node):
            return Written(text, Form.HTML if is_html else Form.UNSAID, node.get(_BASE) or base)
    text = next(
        (text for node in item.iter() if short_name(node.tag) == "media:description" and (text := text_within(node))),
        "",
    )
    return Written(text, Form.UNSAID, base)


def _author(item: Element, places: Sequence[Sequence[int]]) -> str | None:
    for same in places:
        names = []
        for node in [item[place] for place in same]:
            inner = next((child for child in node if short_name(child.tag) == "atom:name"), None) if len(node) else None
            if text := text_within(node if inner is None else inner):
                names.append(text)
        if names:
            return ", ".join(dict.fromkeys(names))
    return None


def read_attachments(post: Element) -> Iterator[Attachment]:
    """Yield the files that a post of RSS or Atom points to; pictures that only announce others (Media RSS) last."""
    thumbnails = []
    waiting = list(reversed(post))
    while waiting:
        node = waiting.pop()
        name = short_name(node.tag)
        if name == "media:group":
            waiting += reversed(node)
            continue
        if name not in _ATTACHED:
            continue
        address = (node.get("url") or "").strip()
        if name == "media:thumbnail":
            thumbnails.append(Attachment(address, "image"))
        elif name == "atom:link":
            if node.get("rel") == "enclosure" and (address := (node.get("href") or "").strip()):
                yield Attachment(address, node.get("type") or "")
        elif address:
            yield Attachment(address, node.get("type") or node.get("medium") or "")
    yield from (thumbnail for thumbnail in thumbnails if thumbnail.url)


def _fresh_for(found: Mapping[str, list[Element]]) -> timedelta | None:
    """Return how long the feed asks to be left alone: ``ttl`` in minutes, or the syndication module's rhythm."""
    ttl = _text(found, ("ttl",)) or ""
    rest = timedelta()
    if ttl.isdecimal() and len(ttl) <= 6:
        rest = timedelta(minutes=int(ttl))
    elif period := _PERIODS.get((_text(found, ("sy:updateperiod",)) or "").lower()):
        times = _text(found, ("sy:updatefrequency",)) or "1"
        rest = period / max(1, int(times) if times.isdecimal() and len(times) <= 6 else 1)
    return min(rest, _LONGEST_REST) or None
