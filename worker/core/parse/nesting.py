"""How deep a page is nested, found by reading its tags once, in linear time.

An upper bound of what the HTML standard (section 13.2.6, tree construction) would build: an end tag counts only where
it surely ends something. Knows nothing of what the tags mean beyond that, and builds no tree.
"""

import re

from worker.errors import ParseError

#: elements open at once; real pages stay below 100, those with thousands of forgotten end tags below this
MAX_DEPTH = 5_000
#: sum of the depths of all tags, which is what the tree builder's time grows with (2 ns each)
MAX_DEPTH_SUM = 200_000_000
#: elements that forgotten formatting tags add (250 bytes of memory each)
MAX_REBUILT = 1_500_000

#: attributes of one element, each of which is compared with all the others
MAX_ATTRIBUTES = 10_000
#: sum of the squares of the numbers of attributes (2 ns each)
MAX_ATTRIBUTE_SQUARES = 400_000_000

#: bytes; in less than this not even attributes can take long
_HARMLESS_SIZE = 160_000
#: bytes; tags that are longer have their attributes counted
_LONG_TAG = 1_000

#: elements that an end tag is allowed to step over; more are never forgotten at one place of a real page
_REACH = 16

_WORDS_VOID = b"area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr"
_VOID = frozenset(_WORDS_VOID.split())
#: these are built anew in every paragraph until their end tag comes ("active formatting elements")
_FORMATTING = frozenset(b"a b big code em font i nobr s small strike strong tt u".split())
#: the text within is no markup
_RAW = frozenset(b"iframe noembed noframes script style textarea title xmp".split())
#: within these the rules differ, so nothing is taken for ended that is not plainly so
_STRANGE = frozenset(b"frameset math select svg template".split())
#: an end tag never reaches across these
_BARRIER = _STRANGE | _RAW | frozenset(b"applet body button caption html marquee object table td th".split())
#: the end tag of an inline element never reaches across these
_BLOCK = _BARRIER | frozenset(
    b"address article aside blockquote center dd details dir div dl dt fieldset figcaption figure footer form h1 h2 h3"
    b" h4 h5 h6 header hgroup li listing main menu nav ol p pre search section summary tbody tfoot thead tr ul".split()
)
#: start tag -> what it ends, if that is the innermost open element
_ENDS: dict[bytes, frozenset[bytes]] = {
    name: frozenset(ended.split())
    for names, ended in (
        (b"p", b"p"),
        (b"li", b"p li"),
        (b"dd dt", b"p dd dt"),
        (b"option", b"option"),
        (b"td th", b"p td th"),
        (b"tr", b"p td th tr"),
        (b"tbody thead tfoot", b"p td th tr tbody thead tfoot"),
    )
    for name in names.split()
}

#: one tag, read as the tokenizer of the standard reads it (an unfinished one swallows the rest), or what begins a
#: comment; possessive: it never goes back, so it stays linear
_TAG = re.compile(
    rb"""<(?:(?P<comment>!--|[!?]|/(?![a-zA-Z]))
    |(?P<end>/)?(?P<name>[a-zA-Z][^ \t\n\r\f/>]*+)
     (?:[ \t\n\r\f/]*+[^ \t\n\r\f/>][^ \t\n\r\f/>=]*+
        (?:[ \t\n\r\f]*+=[ \t\n\r\f]*+(?>"[^"]*+"|'[^']*+'|[^ \t\n\r\f>"'][^ \t\n\r\f>]*+)?+)?+
     )*+[ \t\n\r\f/]*+(?:>|\Z))""",
    re.VERBOSE,
)
_COMMENT_END = re.compile(rb"--!?>")
_RAW_END = {name: re.compile(rb"</" + name + rb"[ \t\n\r\f/>]", re.IGNORECASE) for name in _RAW}
#: a plain tag that surely ends itself, as drawings have them
_EMPTY = re.compile(rb"""<[a-zA-Z]+(?:\s+[\w:-]+="[^"<>]*")*\s*/>""")
#: the value of an attribute; what comes before it surely is a name
_QUOTED = re.compile(rb"""(?<=[^ \t\n\r\f/="'>])[ \t\n\r\f]*+=[ \t\n\r\f]*+(?:"[^"]*"|'[^']*')""")
_ATTRIBUTE = re.compile(rb"""[ \t\n\r\f/"'][^ \t\n\r\f/>"'=]""")
_FORMATTING_START = re.compile(rb"<[abcefinstuABCEFINSTU]")


def check_nesting(body: bytes) -> None:
    """Return if `body` (UTF-8) can be built in bounded time and memory.

    Raises:
        ParseError: it is nested too deep, or too many formatting elements are never ended.
    """
    if len(body) <= _HARMLESS_SIZE:
        # ordinary pages are known to be harmless without reading them tag by tag
        tags = body.count(b"<")
        if tags * tags <= MAX_REBUILT * 4:
            return
        if tags <= MAX_DEPTH:
            formatting = len(_FORMATTING_START.findall(body))
            if formatting * (tags - formatting) <= MAX_REBUILT:
                return
    _Nesting().read(body)


class _Nesting:
    """The elements open at one place of a page."""

    def __init__(self) -> None:
        self.open: list[bytes] = []
        #: how many of the open elements make the rules differ
        self.strange = 0
        #: formatting elements, as written, whose end tag has not come; the standard keeps three equal ones at most
        self.forgotten: dict[bytes, int] = {}
        self.forgotten_count = 0
        self.depth_sum = 0
        self.rebuilt = 0
        self.attribute_squares = 0

    def read(self, body: bytes) -> None:
        """Read every tag of `body`."""
        position = 0
        search = _TAG.search
        while found := search(body, position):
            position = found.end()
            if position - found.start() > _LONG_TAG:
                self.weigh_attributes(found)
            comment, end, name = found.group("comment", "end", "name")
            if comment is not None:
                position = _end_of_comment(body, found.start(), comment)
                continue
            name = name.lower()
            if end:
                self.end(name)
            elif name == b"plaintext":
                return
            else:
                self.start(name, found)
                if name in _RAW and not self.strange and (closing := _RAW_END[name].search(body, position)):
                    position = closing.start()
            self.weigh()

    def start(self, name: bytes, tag: re.Match[bytes]) -> None:
        """Open an element."""
        if self.strange:
            if _EMPTY.fullmatch(tag.string, tag.start(), tag.end()):
                return
        else:
            if name in _VOID:
                return
            ends = _ENDS.get(name)
            while ends and self.open and self.open[-1] in ends:
                self.open.pop()
        if name in _STRANGE:
            self.strange += 1
        elif name in _FORMATTING:
            self.remember(tag[0])
        self.open.append(name)

    def end(self, name: bytes) -> None:
        """Close the innermost element of that name, if it can be seen from here."""
        if name in _FORMATTING:
            self.forget(name)
        stops = _BARRIER if name in _BLOCK and not self.strange else _BLOCK
        for place in range(len(self.open) - 1, max(-1, len(self.open) - _REACH), -1):
            candidate = self.open[place]
            if candidate == name:
                self.strange -= sum(1 for closed in self.open[place:] if closed in _STRANGE)
                del self.open[place:]
                return
            if candidate in stops:
                return

    def remember(self, written: bytes) -> None:
        """Note a formatting element whose end tag has yet to come."""
        count = self.forgotten.get(written, 0)
        if count < 3:
            self.forgotten[written] = count + 1
            self.forgotten_count += 1

    def forget(self, name: bytes) -> None:
        """Note the end tag of a formatting element: it is the latest of that name that ends."""
        for written in reversed(self.forgotten):
            if written[1 : 1 + len(name)].lower() == name and written[1 + len(name) : 2 + len(name)] in b" \t\n\r\f/>":
                self.forgotten_count -= 1
                if self.forgotten[written] == 1:
                    del self.forgotten[written]
                else:
                    self.forgotten[written] -= 1
                return

    def weigh_attributes(self, tag: re.Match[bytes]) -> None:
        """Refuse an element with more attributes than any real one."""
        written = _QUOTED.sub(b"=", tag.string[tag.end("name") : tag.end()]) if tag["name"] else b""
        count = len(_ATTRIBUTE.findall(written))
        self.attribute_squares += count * count
        if count > MAX_ATTRIBUTES or self.attribute_squares > MAX_ATTRIBUTE_SQUARES:
            raise ParseError(f"html: an element has more than the {MAX_ATTRIBUTES} attributes that are read safely")

    def weigh(self) -> None:
        """Refuse what would take too long or too much memory."""
        depth = len(self.open)
        self.depth_sum += depth
        self.rebuilt += self.forgotten_count
        if depth > MAX_DEPTH or self.depth_sum > MAX_DEPTH_SUM:
            raise ParseError(f"html: nested deeper than the {MAX_DEPTH} levels that are read safely")
        if self.rebuilt > MAX_REBUILT:
            raise ParseError("html: too many formatting tags without an end tag to be read safely")


def _end_of_comment(body: bytes, start: int, opening: bytes) -> int:
    """Return where the comment that starts there ends: with ``-->``, or with ``>`` if it is a malformed one."""
    if opening == b"!--":
        found = _COMMENT_END.search(body, start + 2)
        return found.end() if found else len(body)
    end = body.find(b">", start)
    return end + 1 if end >= 0 else len(body)
