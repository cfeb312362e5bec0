"""A feed that is no well-formed XML -> the elements that were meant.

Takes what feeds in the wild have: bare ampersands, names of HTML characters, markup that nobody escaped, missing end
tags, prefixes that nobody declared, control characters, warnings in front and scripts behind, a declared entity (which
is left as it is written). Gives the same text as the strict reader wherever both can read, or a feed that is broken
for one day would show all of its posts as edited. Time grows with the size alone.
"""

import re
from collections.abc import Mapping
from html import unescape
from xml.etree.ElementTree import Element

#: levels of elements that hold others; real ones stay below 8
_DEEPEST = 50
#: elements that hold others; everything within any other element is its text
_HOLDER_NAMES = "rss rdf channel feed item entry image textinput author contributor source group items deleted-entry"
_HOLDERS = frozenset(_HOLDER_NAMES.split())
#: holders of whole posts and of the feed: they end whatever was forgotten
_FRAMES = frozenset({"rss", "rdf", "channel", "feed", "item", "entry"})
#: root -> what ends the posts; in RDF they come after the channel
_ENDS: Mapping[str, tuple[str, ...]] = {
    "rss": ("rss", "channel"), "channel": ("channel",), "rdf": ("rdf",), "feed": ("feed",)
}  # fmt: skip
#: parts of a post that are no elements of HTML: they begin where they stand, whatever was not ended before
_PART_NAMES = (
    "guid pubdate description category comments enclosure id updated published modified issued summary encoded creator"
)
_PARTS = frozenset(_PART_NAMES.split())
#: prefixes as they are used where nobody declared them
_PREFIXES: Mapping[str, str] = {
    "atom": "http://www.w3.org/2005/Atom",
    "atom10": "http://www.w3.org/2005/Atom",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "at": "http://purl.org/atompub/tombstones/1.0",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "xml": "http://www.w3.org/XML/1998/namespace",
    "xhtml": "http://www.w3.org/1999/xhtml",
}
_ATOM = _PREFIXES["atom"]

#: possessive: never goes back, so it stays linear
_TAG = re.compile(
    r"""<(?P<end>/)?(?P<name>[A-Za-z_][\w.-]*+(?::[\w.-]++)?)(?P<attributes>(?:\s++|[^\s<>"'/]++|"[^"<]*+"|'[^'<]*+'|/(?!>)|["'])*+)(?P<empty>/)?>"""
)
_ATTRIBUTE = re.compile(r"""([A-Za-z_][\w.:-]*+)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""")
#: a reference with its semicolon; without one it may as well be part of an address
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
#: not allowed in XML 1.0 section 2.2
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def read_loosely(text: str) -> tuple[Element | None, bool]:
    """Return the root element, None if there is no element of a feed, and whether the end of the document was seen."""
    reader = _Loose(_FORBIDDEN.sub("", text))
    reader.read()
    return reader.root, reader.whole


def unescape_references(text: str) -> str:
    """Return `text` with its references to characters resolved once; what only looks like one stays."""
    return _REFERENCE.sub(lambda found: unescape(found[0]), text) if "&" in text else text


class _Loose:
    """The elements open at one place of the document."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root: Element | None = None
        self.whole = False
        #: a document type has been read
        self.typed = False
        #: open holders with their local names
        self.open: list[tuple[str, Element]] = []
        #: the open element that holds no others, with its local name, and its text so far
        self.leaf: tuple[str, Element] | None = None
        self.parts: list[str] = []
        #: XHTML: the text is markup as it stands
        self.verbatim = False
        self.namespaces: dict[str, str] = dict(_PREFIXES)

    def read(self) -> None:
        """Read the whole document."""
        position, text = 0, self.text
        while (start := text.find("<", position)) >= 0:
            self.write(text[position:start])
            position = self.read_markup(start)
        self.write(text[position:])
        if self.leaf is not None:
            self.end_leaf()

    def read_markup(self, start: int) -> int:
        """Read what begins with ``<`` there; return where it ends."""
        text = self.text
        if text.startswith("<![CDATA[", start):
            end = text.find("]]>", start)
            if self.leaf is not None:
                self.parts.append(text[start + 9 : end if end >= 0 else None])
            return end + 3 if end >= 0 else len(text)
        if text.startswith(("<!", "<?"), start):
            return self.skip_declaration(start)
        found = _TAG.match(text, start)
        if found is None:
            self.write("<")
            return start + 1
        if found["end"]:
            self.end(found)
        else:
            self.start(found)
        return found.end()

    def skip_declaration(self, start: int) -> int:
        """Return where a comment, a processing instruction or a document type ends."""
        text = self.text
        closing = "-->" if text.startswith("<!--", start) else "?>" if text.startswith("<?", start) else ">"
        if not self.typed and text[start : start + 9].upper() == "<!DOCTYPE":
            # once only: a document has one type, and looking for its end again and again would take for ever
            self.typed = True
            angle = text.find(">", start)
            if (bracket := text.find("[", start, max(angle, start))) >= 0:
                start = max(text.find("]", bracket), angle)
        end = text.find(closing, start)
        return end + len(closing) if end >= 0 else len(text)

    def write(self, text: str) -> None:
        """Add text to the open leaf; between elements there is none that matters."""
        if text and self.leaf is not None:
            self.parts.append(text if self.verbatim else unescape_references(text))

    def start(self, tag: re.Match[str]) -> None:
        """Open an element, or add its tag to the text that it stands in."""
        local = tag["name"].rpartition(":")[2].lower()
        if self.leaf is not None:
            outer = self.leaf[0]
            if local not in _FRAMES and (local not in _PARTS or outer == local or self.is_inside_text(outer)):
                self.parts.append(tag[0])
                return
            self.end_leaf()
        if not self.open and local not in _FRAMES:
            return
        attributes = self.attributes(tag["attributes"], local)
        element = Element(self.qualified(tag["name"]), attributes)
        if local in _FRAMES:
            self.end_frames(local)
        if self.open:
            self.open[-1][1].append(element)
        elif self.root is None:
            self.root = element
        else:
            self.root.append(element)
        if tag["empty"]:
            return
        if self.holds_others(local, tag["name"], attributes):
            self.open.append((local, element))
        else:
            self.leaf, self.parts, self.verbatim = (local, element), [], attributes.get("type") == "xhtml"

    def is_inside_text(self, outer: str) -> bool:
        """Tell whether the open leaf is one that may rightly have any markup in it: XHTML."""
        return self.verbatim and outer in {"content", "summary", "title"}

    def holds_others(self, local: str, name: str, attributes: Mapping[str, str]) -> bool:
        """Tell whether an element is one that holds other elements of the feed."""
        if len(self.open) >= _DEEPEST:
            return False
        if local == "content":
            return name.lower().startswith("media:")
        if local in {"author", "source"}:
            # in RSS these are texts
            return attributes.get("url") is None and any(frame == "feed" for frame, _ in self.open)
        return local in _HOLDERS

    def end(self, tag: re.Match[str]) -> None:
        """Close an element, or add its end tag to the text that it stands in."""
        local = tag["name"].rpartition(":")[2].lower()
        if self.leaf is not None:
            if self.leaf[0] == local:
                self.end_leaf()
                return
            if not any(local == frame and frame in _FRAMES for frame, _ in self.open):
                self.parts.append(tag[0])
                return
            self.end_leaf()
        for place in range(len(self.open) - 1, -1, -1):
            if self.open[place][0] == local:
                del self.open[place:]
                break
        else:
            return
        if self.root is not None and local in _ENDS.get(self.root.tag.rpartition("}")[2].lower(), ()):
            self.whole = True

    def end_leaf(self) -> None:
        """Close the element that holds text only."""
        assert self.leaf is not None
        self.leaf[1].text = "".join(self.parts)
        self.leaf, self.parts, self.verbatim = None, [], False

    def end_frames(self, local: str) -> None:
        """Close what must have ended where a post or a feed begins: posts do not hold posts."""
        keep = {"item": ("rss", "rdf", "channel"), "entry": ("feed",), "channel": ("rss", "rdf")}.get(local, ())
        while self.open and self.open[-1][0] not in keep:
            self.open.pop()

    def attributes(self, written: str, local: str) -> dict[str, str]:
        """Return the attributes of a tag; takes note of the namespaces that it declares.

        One without a prefix counts only on a frame: elsewhere it is meant for that one element.
        """
        found: dict[str, str] = {}
        for name, *values in _ATTRIBUTE.findall(written):
            value = unescape_references("".join(values))
            prefix, _, plain = name.rpartition(":")
            if prefix == "xmlns":
                self.namespaces[plain] = value
            elif name == "xmlns":
                if local in _FRAMES:
                    self.namespaces[""] = value
            else:
                found[f"{{{self.namespaces[prefix]}}}{plain}" if prefix in self.namespaces and prefix else name] = value
        return found

    def qualified(self, name: str) -> str:
        """Return the name of an element with its namespace in braces, as the strict reader writes it."""
        prefix, _, local = name.rpartition(":")
        namespace = self.namespaces.get(prefix)
        if namespace is None and not prefix and (local.lower() == "feed" or self.is_atom()):
            namespace = _ATOM
        return f"{{{namespace}}}{local}" if namespace else local

    def is_atom(self) -> bool:
        """Tell whether the root is a feed of Atom's."""
        return self.root is not None and self.root.tag.rpartition("}")[2].lower() == "feed"
