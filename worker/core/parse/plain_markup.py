"""The short way through HTML that is written as editors write it: tags split from texts, and no tree.

Takes markup whose tree is plain to see: known elements, quoted attributes, every end tag at its place, nothing hidden.
Such markup shows exactly what its tree shows, in a tenth of the time. Whatever is written in any other way is not read
here at all, so the rules by which a browser mends markup need no second home.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from worker.core.parse.html_rules import BLOCKS, breaks_around, emoji_of, is_hidden, is_invitation, run_blanks_together
from worker.core.parse.plain_references import resolve, resolve_in_value

#: characters, and elements open at once: less than what `worker.core.parse.nesting` could ever refuse
_LONGEST = 100_000
_DEEPEST = 16

#: the inside of a start tag with attributes; possessive: never goes back, so it stays linear
_START = re.compile(r"""([a-z][a-z0-9]*+)((?:[ \t\n]++[a-z][a-z0-9:_-]*+=(?:"[^"]*+"|'[^']*+'))*+)[ \t\n]*+/?""")
_ATTRIBUTE = re.compile(r"""([a-z0-9:_-]++)=(?:"([^"]*+)"|'([^']*+)')""")
_LINK = re.compile(r"<a(?:[ \t\n][^>]*+)?>(.*?)</a>", re.DOTALL)
_ANY_TAG = re.compile(r"<[^>]*+>")
#: could be taken for one once the tag is gone
_REFERENCE_IN_PARTS = re.compile(r"&[A-Za-z0-9#]*+<")

_INLINE_NAMES = "a abbr b big cite code del em font i ins kbd mark q s small span strike strong sub sup tt u var"
_HOLDER_NAMES = "article aside blockquote center div figcaption figure footer header li main ol section ul"
#: these end by themselves where another block begins
_PARAGRAPH_NAMES = "p h1 h2 h3 h4 h5 h6"
_LISTS = frozenset({"/ol", "/ul"})
_PARAGRAPH_ENDS = frozenset(f"/{name}" for name in _PARAGRAPH_NAMES.split())

#: what HTML takes for white space; there is no carriage return in plain markup
_BLANKS = " \t\n\f"
#: stands for the end of a line while blanks are run together; there is none in plain markup
_LINE_END = "\0"


class _Element(NamedTuple):
    """What the start tag of an element means."""

    #: its end tag, without angles; "" for one that has none
    end: str
    #: end tags that may not be due where it begins, or the tree would differ from what is written
    not_within: frozenset[str]
    #: the breaks that its edges need, 0 for ``br``; "" for none
    mark: str


def _mark(name: str) -> str:
    return "0" if name == "br" else str(breaks_around(name)) if name in BLOCKS else ""


_ELEMENTS: Mapping[str, _Element] = {
    **{name: _Element("", frozenset(), _mark(name)) for name in ("br", "img")},
    **{name: _Element(f"/{name}", frozenset(), _mark(name)) for name in _INLINE_NAMES.split()},
    **{
        name: _Element(f"/{name}", _PARAGRAPH_ENDS, _mark(name))
        for name in f"{_HOLDER_NAMES} {_PARAGRAPH_NAMES}".split()
    },
    "a": _Element("/a", frozenset({"/a"}), ""),
}
#: tags without attributes as nearly all are written; a picture is nothing without its attributes
_BARE_TAGS: Mapping[str, _Element] = {
    tag: element for name, element in _ELEMENTS.items() if name != "img" for tag in (name, f"{name}/", f"{name} /")
}
_END_MARKS: Mapping[str, str] = {element.end: element.mark for element in _ELEMENTS.values() if element.end}


class PlainMarkup(NamedTuple):
    """What plain markup shows."""

    #: in the lines of `worker.core.parse.html_text`, not tidied yet
    text: str
    #: as written, in order
    hrefs: Sequence[str]
    #: attributes of the pictures, in order; not of those that stand for a character
    pictures: Sequence[Mapping[str, str]]


def read_plain(markup: str) -> PlainMarkup | None:
    """Return what a fragment of HTML shows; None for one that is not plain: it needs a tree."""
    if len(markup) > _LONGEST or not _is_whole(markup):
        return None
    if "&" in markup and _REFERENCE_IN_PARTS.search(markup):
        return None
    hrefs: list[str] = []
    pictures: list[Mapping[str, str]] = []
    shown = _without_tags(markup, hrefs, pictures)
    if shown is None or ("</a>" in markup and _invites(markup)):
        return None
    text = resolve(run_blanks_together(shown))
    return None if text is None else PlainMarkup(text.replace(_LINE_END, "\n"), hrefs, pictures)


def _is_whole(markup: str) -> bool:
    """Tell whether there are only whole characters, and none that a tree builder replaces."""
    if "\r" in markup or "\0" in markup:
        return False
    try:
        # for its check alone; the fastest of the encodings, as characters mostly are that wide already
        markup.encode("utf-16")
    except UnicodeEncodeError:
        return False
    return True


def _without_tags(markup: str, hrefs: list[str], pictures: list[Mapping[str, str]]) -> str | None:
    """Return the texts of a fragment with line ends between them, and add its links and pictures to the lists.

    None unless all elements are known and end in their order, with none that ends another.
    """
    first, *pieces = markup.split("<")
    shown = [first]
    #: end tags; the first is none that could come
    due = ["<"]
    #: marks of the tags since the last text
    run = ""
    for piece in pieces:
        tag, angle, text = piece.partition(">")
        if not angle:
            return None
        if tag == due[-1]:
            due.pop()
            run += _END_MARKS[tag]
        else:
            element = _BARE_TAGS.get(tag)
            if element is None:
                started = _start(tag, hrefs, pictures)
                if started is None:
                    return None
                element = started[0]
                # a character in the place of its picture
                text = started[1] + text
            end, not_within, mark = element
            if end:
                if (not_within and not not_within.isdisjoint(due)) or len(due) > _DEEPEST:
                    return None
                if end == "/li" and due[-1] not in _LISTS:
                    return None
                due.append(end)
            run += mark
        if run:
            text = text.lstrip(_BLANKS)
            if not text:
                continue
            shown.append(_line_ends(run))
            run = ""
        shown.append(text)
    return "".join(shown) if len(due) == 1 else None


def _start(tag: str, hrefs: list[str], pictures: list[Mapping[str, str]]) -> tuple[_Element, str] | None:
    """Return the element that a tag starts, and the character that it is if it is a picture of one.

    None if it is unknown, hides something, or has attributes that nobody can read in this way.
    """
    found = _START.fullmatch(tag)
    element = _ELEMENTS.get(found[1]) if found else None
    if found is None or element is None:
        return None
    attributes = _attributes(found[2])
    if attributes is None or is_hidden(attributes):
        return None
    if found[1] == "a" and "href" in attributes:
        hrefs.append(attributes["href"])
    elif found[1] == "img":
        character = emoji_of(attributes)
        if "<" in character or "&" in character:
            return None
        if character:
            return element, character
        pictures.append(attributes)
    return element, ""


def _attributes(written: str) -> Mapping[str, str] | None:
    """Return the attributes of a tag; None if one has a value that nobody can read in this way."""
    found: dict[str, str] = {}
    for name, double, single in _ATTRIBUTE.findall(written):
        value = resolve_in_value(double or single)
        if value is None:
            return None
        # of two with one name the first counts
        found.setdefault(name, value)
    return found


def _invites(markup: str) -> bool:
    """Tell whether a link only leads to the rest of the text, or may do so."""
    for inner in _LINK.findall(markup):
        words = resolve(_ANY_TAG.sub("", inner) if "<" in inner else inner)
        if words is None or is_invitation(words):
            return True
    return False


@lru_cache(maxsize=512)
def _line_ends(run: str) -> str:
    """Return the line ends that a run of marks makes; a ``br`` behind the edge of a block is a line of its own."""
    hard = run.count("0")
    return _LINE_END * min(2, max(int(max(run)), hard + (hard > 0 and run[0] != "0")))
