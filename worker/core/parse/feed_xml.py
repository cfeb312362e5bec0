"""The characters of an XML feed -> its elements, with one short name for each element whatever its prefix.

Reads well-formed documents with expat, and whatever else is sent as a feed with `worker.core.parse.feed_loose`, which
makes the same elements of it. No entity that a document declares is ever expanded and nothing outside of it is loaded.
Knows nothing of posts.
"""

from collections.abc import Mapping
from functools import lru_cache
from html import escape
from xml.etree.ElementTree import Element, ParseError, XMLParser

from worker.core.parse.feed_loose import read_loosely

#: RSS 0.9 has been served from two hosts
_RSS_09 = "netscape.com/rdf/simple/0.9/"
#: namespace -> the prefix that this program writes for it; "" for the elements of RSS in all its versions
_NAMESPACES: Mapping[str, str] = {
    "": "",
    "http://purl.org/rss/1.0/": "",
    "http://purl.org/rss/2.0/": "",
    "http://purl.org/net/rss1.1#": "",
    f"http://my.{_RSS_09}": "",
    "http://my.netscape.com/publish/formats/rss-0.91.dtd": "",
    f"http://channel.{_RSS_09}": "",
    "http://backend.userland.com/rss": "",
    "http://backend.userland.com/rss2": "",
    "http://backend.userland.com/rss091": "",
    "http://backend.userland.com/rss092": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://cyber.law.harvard.edu/rss": "",
    "http://www.w3.org/2005/atom": "atom",
    "http://purl.org/atom/ns#": "atom",
    "http://www.w3.org/xml/1998/namespace": "xml",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/1999/xhtml": "html",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/atompub/tombstones/1.0": "at",
    "http://search.yahoo.com/mrss/": "media",
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
}
_ENTITY_DECLARED = "<!ENTITY"

_VOID_NAMES = "area base br col embed hr img input link meta param source track wbr"
_VOID = frozenset(_VOID_NAMES.split())


def read_elements(text: str) -> tuple[Element | None, bool]:
    """Return the root element of a feed, None if there is none, and whether the document is whole.

    A document is whole if its end was seen: what is broken inside of it is mended, what is cut off is not.
    """
    if _ENTITY_DECLARED not in text:
        try:
            # an XML declaration may only stand at the very beginning, and nothing but comments after the end
            return _read_strictly(text.strip().encode("utf-8", "replace")), True
        except (ParseError, ValueError):
            # not well-formed
            pass
    return read_loosely(text)


def read_utf8(body: bytes) -> Element | None:
    """Return the root element of a well-formed feed in UTF-8; None for bytes that are anything else.

    Spares decoding bytes that the XML parser would only have encoded again. Whatever the document declares, bytes that
    are no UTF-8 are refused here.

    Args:
        body: a document without a document type, so that it cannot declare entities.
    """
    try:
        return _read_strictly(body)
    except (ParseError, ValueError):
        return None


def _read_strictly(body: bytes) -> Element:
    parser = XMLParser(encoding="utf-8")  # noqa: S314 - a document that declares entities never comes here
    parser.feed(body)
    root: Element = parser.close()
    return root


@lru_cache(maxsize=1024)
def short_name(tag: str) -> str:
    """Return the short name of an element or attribute: ``content:encoded``, ``atom:link``, ``pubdate``.

    An element of a namespace that no feed format uses keeps its whole name.
    """
    namespace, brace, local = tag.rpartition("}")
    if not brace:
        return tag.lower()
    prefix = _NAMESPACES.get(namespace[1:].strip().lower())
    if prefix is None:
        return tag
    return f"{prefix}:{local.lower()}" if prefix else local.lower()


def text_within(element: Element) -> str:
    """Return the text of an element without white space at its ends; markup that nobody escaped stays markup."""
    if len(element):
        return inner_markup(element).strip()
    return (element.text or "").strip()


def inner_markup(element: Element) -> str:
    """Return what stands inside an element as HTML."""
    parts = [element.text or ""]
    waiting: list[Element | str] = list(reversed(list(element)))
    # text directly inside the element was escaped once and is HTML itself, as in the text of a childless element;
    # XHTML is markup already, and its text is escaped again
    again = any(short_name(child.tag).startswith("html:") for child in element)
    if again:
        parts = [escape(parts[0], quote=False)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            parts.append(node)
            continue
        name = node.tag.rpartition("}")[2]
        attributes = "".join(f' {key.rpartition("}")[2]}="{escape(value)}"' for key, value in node.attrib.items())
        parts.append(f"<{name}{attributes}>")
        waiting.append(_escaped(node.tail, again))
        if name.lower() not in _VOID:
            waiting.append(f"</{name}>")
        waiting += reversed(list(node))
        parts.append(_escaped(node.text, again))
    return "".join(parts)


def _escaped(text: str | None, again: bool) -> str:
    return escape(text or "", quote=False) if again else text or ""
