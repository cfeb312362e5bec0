"""The short way through HTML that is written as editors write it: tags split from texts, and no tree.

Takes markup whose tree is plain to see: known elements, quoted attributes, every end tag at its place, nothing hidden.
Such markup shows exactly what its tree shows, in a tenth of the time. Whatever is written in any other way is not read
here at all, so the rules by which a browser mends markup need no second home.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize

from worker.core.parse.html_rules import (
    breaks_around,
    emoji_of,
    is_hidden,
    is_invitation,
    run_blanks_together,
    tidy_lines,
)
from worker.core.parse.plain_references import resolve, resolve_in_value

#: characters, and elements open at once: less than what `worker.core.parse.nesting` could ever refuse
_LONGEST = 100_000
_DEEPEST = 16

#: the inside of a start tag with attributes; possessive: never goes back, so it stays linear
_START = re.compile(r"""([a-z][a-z0-9]*+)((?: [a-z][a-z0-9:_-]*+=(?:"[^"]*+"|'[^']*+'))*+) ?/?""")
_ATTRIBUTE = re.compile(r"""([a-z0-9:_-]++)=(?:"([^"]*+)"|'([^']*+)')""")
#: the link that nearly all are: beside its address only what changes nothing of what is shown
_USUAL_LINK = re.compile(r"""a href="([^"&]*+)"(?: (?:rel|target|title)="[^"]*+")*+""")
#: could be taken for one once the tag is gone
_REFERENCE_IN_PARTS = re.compile(r"&[A-Za-z0-9#]*+<")

_INLINE_NAMES = "a abbr b big cite code del em font i ins kbd mark q s small span strike strong sub sup tt u var"
_HOLDER_NAMES = "article aside blockquote center div figcaption figure footer header li main ol section ul"
#: these end by themselves where another block begins
_PARAGRAPH_NAMES = "p h1 h2 h3 h4 h5 h6"
_LISTS = frozenset({"/ol", "/ul"})
_PARAGRAPH_ENDS = frozenset(f"/{name}" for name in _PARAGRAPH_NAMES.split())


class _Element(NamedTuple):
    """What a start tag means."""

    #: the end tag that is due then, without angles; "" for an element that has none
    end: str
    #: end tags that may not be due where it begins, or the tree would differ from what is written
    not_within: frozenset[str] = frozenset()
    #: the breaks that its edges need, 0 for ``br``; "" for none
    mark: str = ""
    #: what it shows
    text: str = ""


_ELEMENTS: Mapping[str, _Element] = {
    "br": _Element("", mark="0"),
    "img": _Element(""),
    **{name: _Element(f"/{name}") for name in _INLINE_NAMES.split()},
    "a": _Element("/a", frozenset({"/a"})),
    **{
        name: _Element(f"/{name}", _PARAGRAPH_ENDS, str(breaks_around(name)))
        for name in f"{_HOLDER_NAMES} {_PARAGRAPH_NAMES}".split()
    },
}
#: tags without attributes as nearly all are written; a picture is nothing without its attributes
_BARE_TAGS: Mapping[str, _Element] = {
    tag: element for name, element in _ELEMENTS.items() if name != "img" for tag in (name, f"{name}/", f"{name} /")
}
_END_MARKS: Mapping[str, str] = {element.end: element.mark for element in _ELEMENTS.values() if element.end}


class PlainMarkup(NamedTuple):
    """What plain markup shows."""

    #: in the lines of `worker.core.parse.html_text`
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
    shown = _without_tags(run_blanks_together(markup), hrefs, pictures)
    if shown is None:
        return None
    written = "".join(shown)
    if "&" not in written and "" not in shown:
        return PlainMarkup(normalize("NFC", written.strip()), hrefs, pictures)
    text = resolve(written)
    # what was a reference may be a blank at the end of a line
    return None if text is None else PlainMarkup(tidy_lines(text), hrefs, pictures)


def _is_whole(markup: str) -> bool:
    """Tell whether there are only whole characters, and none that a tree builder replaces."""
    if "\r" in markup or "\0" in markup:
        return False
    if not markup.isascii():
        try:
            # only to see whether it can be done; of all encodings this is the fastest
            markup.encode("utf-16")
        except UnicodeEncodeError:
            return False
    return True


def _without_tags(markup: str, hrefs: list[str], pictures: list[Mapping[str, str]]) -> list[str] | None:
    """Return the texts of a fragment, and line ends between them; add its links and pictures to the lists.

    One of the texts is "" where blanks at the end of a line were all of it. None unless all elements are known and end
    in their order, with none that ends another.

    Args:
        markup: with blanks run together.
        hrefs: gets the addresses of links.
        pictures: gets the attributes of pictures.
    """
    first, *pieces = markup.split("<")
    shown = [first] if first.strip(" ") else []
    #: end tags; the first is none that could come
    due = ["<"]
    #: marks of the tags since the last text
    run = ""
    #: where the texts of the last link begin
    link = 0
    for piece in pieces:
        tag, angle, text = piece.partition(">")
        if tag == due[-1] and angle:
            if tag == "/a" and _invites(shown[link:]):
                return None
            due.pop()
            run += _END_MARKS[tag]
        else:
            element = _BARE_TAGS.get(tag) or _start(tag, due, hrefs, pictures)
            if element is None or not angle:
                return None
            end, not_within, mark, own = element
            if end:
                is_misplaced = not_within and not not_within.isdisjoint(due)
                if is_misplaced or len(due) > _DEEPEST or (end == "/li" and due[-1] not in _LISTS):
                    return None
                due.append(end)
                link = len(shown) if end == "/a" else link
            run += mark
            text = own + text if own else text
        if run:
            text = text.lstrip(" ")
            if text:
                if shown:
                    shown[-1] = shown[-1].rstrip()
                    shown.append(_line_ends(run))
                run = ""
        elif text[:1] == " " and (not shown or shown[-1][-1] == " "):
            text = text[1:]
        if text:
            shown.append(text)
    return shown if len(due) == 1 else None


def _start(tag: str, due: Sequence[str], hrefs: list[str], pictures: list[Mapping[str, str]]) -> _Element | None:
    """Return what the start tag of a link, of a picture or with attributes means.

    None if it is unknown, hides something, or has attributes that nobody can read in this way.
    """
    if usual := _USUAL_LINK.fullmatch(tag):
        hrefs.append(usual[1])
        return _ELEMENTS["a"]
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
        if character := emoji_of(attributes):
            # in a link it would be taken for one of its words
            is_plain = character == character.strip() and "<" not in character and "&" not in character
            return element._replace(text=character) if is_plain and "/a" not in due else None
        pictures.append(attributes)
    return element


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


def _invites(shown: Sequence[str]) -> bool:
    """Tell whether a link that shows this only leads to the rest of the text, or may do so."""
    words = "".join(shown).strip("\n")
    if "\n" in words:
        return True
    resolved = resolve(words)
    return resolved is None or is_invitation(resolved)


@lru_cache(maxsize=512)
def _line_ends(run: str) -> str:
    """Return the line ends that a run of marks makes; a ``br`` behind the edge of a block is a line of its own."""
    hard = run.count("0")
    return "\n" * min(2, max(int(max(run)), hard + (hard > 0 and run[0] != "0")))
