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

#: possessive: never goes back, so it stays linear
_TAG = re.compile(r"""<(/?[a-z][a-z0-9]*+)((?:[ \t\n]++[a-z][a-z0-9:_-]*+=(?:"[^"<>]*+"|'[^'<>]*+'))*+)[ \t\n]*+/?>""")
_ATTRIBUTE = re.compile(r"""([a-z0-9:_-]++)=(?:"([^"]*+)"|'([^']*+)')""")
#: could be taken for one once the tag is gone
_REFERENCE_IN_PARTS = re.compile(r"&[A-Za-z0-9#]*+<")

_INLINE_NAMES = "a abbr b big cite code del em font i ins kbd mark q s small span strike strong sub sup tt u var"
_HOLDER_NAMES = "article aside blockquote center div figcaption figure footer header li main ol section ul"
#: these end by themselves where another block begins
_PARAGRAPH_NAMES = "p h1 h2 h3 h4 h5 h6"
_VOID = frozenset({"br", "img"})
_LISTS = frozenset({"/ol", "/ul"})

_PARAGRAPH_ENDS = frozenset(f"/{name}" for name in _PARAGRAPH_NAMES.split())
#: element -> end tags that may not be due where it begins, or the tree would differ from what is written
_NOT_WITHIN: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(f"{_HOLDER_NAMES} {_PARAGRAPH_NAMES}".split(), _PARAGRAPH_ENDS),
    **{name: frozenset({"/a"}) if name == "a" else frozenset() for name in _INLINE_NAMES.split()},
}


def _mark(name: str) -> str:
    """Return what stands for a tag between texts: "<" and the breaks that it needs, 0 for ``br``; "" for none."""
    return "<0" if name == "br" else f"<{breaks_around(name)}" if name in BLOCKS else ""


_MARKS: Mapping[str, str] = {end + name: _mark(name) for name in (*_NOT_WITHIN, *_VOID) for end in ("", "/")}
_RUN = re.compile(r"<[012] ?(?:<[012] ?)*+")


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
    # text, name, attributes, text, name, attributes, ..., text
    pieces = _TAG.split(markup)
    names = pieces[1::3]
    if markup.count("<") != len(names) or not _nests(names) or ("a" in names and _invites(pieces)):
        return None
    if "&" in markup and _REFERENCE_IN_PARTS.search(markup):
        return None
    attributed = _take_attributes(pieces)
    if attributed is None:
        return None
    pieces[1::3] = [_MARKS[name] for name in names]
    text = resolve(_RUN.sub(_breaks, run_blanks_together("".join(pieces))))
    return None if text is None else PlainMarkup(text, *attributed)


def _is_whole(markup: str) -> bool:
    """Tell whether there are only whole characters, and none that a tree builder replaces."""
    try:
        written = markup.encode()
    except UnicodeEncodeError:
        return False
    return b"\r" not in written and b"\0" not in written


def _nests(names: Sequence[str]) -> bool:
    """Tell whether all elements are known and end in their order, with none that ends another."""
    due = [""]
    for name in names:
        if name[0] == "/":
            if due.pop() != name:
                return False
        elif name not in _VOID:
            forbidden = _NOT_WITHIN.get(name)
            if forbidden is None or not forbidden.isdisjoint(due) or len(due) > _DEEPEST:
                return False
            if name == "li" and due[-1] not in _LISTS:
                return False
            due.append(f"/{name}")
    return len(due) == 1


def _invites(pieces: Sequence[str]) -> bool:
    """Tell whether a link only leads to the rest of the text, or may do so."""
    names = pieces[1::3]
    end = 0
    for _ in range(names.count("a")):
        start = names.index("a", end)
        end = names.index("/a", start)
        words = resolve("".join(pieces[3 * start + 3 : 3 * end + 1 : 3]))
        if words is None or is_invitation(words):
            return True
    return False


def _take_attributes(pieces: list[str]) -> tuple[list[str], list[Mapping[str, str]]] | None:
    """Take the attributes out of `pieces`, a character in the place of its picture; return addresses and pictures.

    None if there are some that nobody can read in this way, or that hide something.
    """
    hrefs: list[str] = []
    pictures: list[Mapping[str, str]] = []
    for place in range(2, len(pieces), 3):
        name, written = pieces[place - 1], pieces[place]
        if not written and name != "img":
            continue
        pieces[place] = ""
        attributes = _attributes(written)
        if attributes is None or is_hidden(attributes):
            return None
        if name == "a" and "href" in attributes:
            hrefs.append(attributes["href"])
        elif name == "img":
            pieces[place] = emoji_of(attributes)
            if "<" in pieces[place] or "&" in pieces[place]:
                return None
            if not pieces[place]:
                pictures.append(attributes)
    return hrefs, pictures


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


@lru_cache(maxsize=512)
def _breaks_of(run: str) -> str:
    """Return the line ends that a run of marks makes; a ``br`` behind the edge of a block is a line of its own."""
    marks = run.replace("<", "").replace(" ", "")
    hard = marks.count("0")
    return "\n" * min(2, max(int(max(marks)), hard + (hard > 0 and marks[0] != "0")))


def _breaks(run: re.Match[str]) -> str:
    return _breaks_of(run[0])
