"""Atom 1.0 (RFC 4287) and 0.3: elements -> what the feed says. Understands no texts.

Reads paging (RFC 5005) and deleted entries (RFC 6721) too. What ``atom:source`` says is of another feed and counts only
where the standard says so: for the author.
"""

from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Iterable, Sequence
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from worker.core.parse.feed_model import Form, Written, WrittenFeed, WrittenPost
from worker.core.parse.feed_rss import read_attachments
from worker.core.parse.feed_xml import inner_markup, short_name, text_within

_BASE = "{http://www.w3.org/XML/1998/namespace}base"
#: types of Atom 1.0, and the MIME types that 0.3 uses
_HTML_TYPES = frozenset({"html", "text/html"})
_XHTML_TYPES = frozenset({"xhtml", "application/xhtml+xml"})
_PLAIN_TYPES = frozenset({"", "text", "text/plain"})
_PUBLISHED = ("atom:published", "atom:issued", "atom:created", "dc:date")
_UPDATED = ("atom:updated", "atom:modified")


def read_atom(root: Element) -> WrittenFeed:
    """Read a document whose root is ``feed``, or a lone ``entry``."""
    base = root.get(_BASE)
    entries = [root] if short_name(root.tag) == "atom:entry" else [c for c in root if short_name(c.tag) == "atom:entry"]
    author = _authors(root)
    return WrittenFeed(
        posts=tuple(_read_post(entry, base if entry is not root else None, author) for entry in entries),
        title=_written(_first(root, ("atom:title",)), base),
        link=_link(root, "alternate"),
        self_link=_link(root, "self"),
        base=base,
        older=_link(root, "prev-archive") or _link(root, "next"),
        built=_text(root, _UPDATED),
        deleted_ids=tuple(
            ref for c in root if short_name(c.tag) == "at:deleted-entry" and (ref := (c.get("ref") or "").strip())
        ),
    )


def _read_post(entry: Element, feed_base: str | None, feed_author: str | None) -> WrittenPost:
    base = _joined(feed_base, entry.get(_BASE))
    content = _first(entry, ("atom:content",))
    source = _first(entry, ("atom:source",))
    title = _written(_first(entry, ("atom:title",)), base)
    body = _written(content, base)
    if not body.text:
        body = _written(_first(entry, ("atom:summary",)), base)
    if not body.text:
        group = _first(entry, ("media:group",))
        body = _written(_first(entry if group is None else group, ("media:description",)), base)
    remote = (content.get("src") or "").strip() if content is not None else ""
    return WrittenPost(
        id=_text(entry, ("atom:id",)),
        link=_text(entry, ("feedburner:origlink",)) or _link(entry, "alternate") or remote or None,
        base=base,
        title=title,
        body=body,
        published=_text(entry, _PUBLISHED),
        updated=_text(entry, _UPDATED),
        author=_authors(entry) or (_authors(source) if source is not None else None) or feed_author,
        attachments=tuple(read_attachments(entry)),
    )


def _first(parent: Element, names: Sequence[str]) -> Element | None:
    """Return the first child that has the first of these names that any child has."""
    for name in names:
        for child in parent:
            if short_name(child.tag) == name:
                return child
    return None


def _text(parent: Element, names: Sequence[str]) -> str | None:
    node = _first(parent, names)
    return (text_within(node) or None) if node is not None else None


def _joined(base: str | None, further: str | None) -> str | None:
    """Return the base within an element that has a base of its own; bases nest (XML Base section 4)."""
    if not further or not base:
        return further or base
    try:
        return urljoin(base, further.strip())
    except ValueError:
        return base


def _link(parent: Element, rel: str) -> str | None:
    """Return the address of the link of that relation; of several the one that is a page."""
    links = [
        child
        for child in parent
        if short_name(child.tag) == "atom:link"
        and child.get("rel", "alternate").strip().lower() == rel
        and (child.get("href") or "").strip()
    ]
    links.sort(key=lambda link: "html" not in (link.get("type") or "html"))
    return (links[0].get("href") or "").strip() if links else None


def _authors(parent: Element) -> str | None:
    names = [_name(child) for child in parent if short_name(child.tag) in {"atom:author", "dc:creator"}]
    return ", ".join(dict.fromkeys(filter(None, names))) or None


def _name(person: Element) -> str:
    """Return a person's name, or failing that the mail address."""
    if not len(person):
        return text_within(person)
    return _text(person, ("atom:name",)) or _text(person, ("atom:email",)) or ""


def _written(node: Element | None, base: str | None) -> Written:
    """Return the text of a text construct (RFC 4287 section 3.1) or of a content element (section 4.1.3)."""
    if node is None:
        return Written()
    base = _joined(base, node.get(_BASE))
    kind = (node.get("type") or "").strip().lower().partition(";")[0]
    # Atom 0.3: how it is written is another attribute than what it is
    mode = (node.get("mode") or "").strip().lower()
    if kind in _XHTML_TYPES or (mode == "xml" and len(node)):
        return Written(_xhtml(node), Form.HTML, base)
    text = text_within(node)
    if mode == "base64":
        text = _from_base64(text)
    if kind in _HTML_TYPES or (mode == "escaped" and kind in _PLAIN_TYPES) or len(node):
        return Written(text, Form.HTML, base)
    if kind in _PLAIN_TYPES or kind.startswith("text/"):
        return Written(text, Form.PLAIN, base)
    # a film, a picture, a JSON document: no text
    return Written()


def _xhtml(node: Element) -> str:
    """Return what stands inside of XHTML; the one ``div`` around it is not part of it."""
    children: Iterable[Element] = list(node)
    if not children:
        # broken documents are read without looking inside
        return (node.text or "").strip()
    return inner_markup(node).strip()


def _from_base64(text: str) -> str:
    try:
        return a2b_base64(text.encode("ascii", "replace")).decode("utf-8", "replace")
    except (Base64Error, ValueError):
        return ""
