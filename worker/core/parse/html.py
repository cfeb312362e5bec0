"""Reading HTML safely: a size cap and a look at the nesting before the tree is built.

The tree builder takes time that grows with the square of the nesting (200,000 nested tags: minutes), and one forgotten
``</b>`` is built anew in every paragraph that follows, so a page of 30 KB can take a gigabyte. A page that is nested
deeper than any real one is therefore refused before its tree is built. Does not look at what the page says.
"""

import codecs
import re

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser

from worker.core.parse.nesting import check_nesting
from worker.errors import ParseError

#: bytes; the largest real pages (landing pages with a drawing in them, archives of a year) stay below 2 MB
MAX_SIZE = 5_000_000

#: no mirroring of one element in another while the tree is built or changed: the page as it was sent, and a bit faster
_OPTIONS = int(LexborDocumentOptions.WO_EVENTS)

#: the HTML standard stops looking for a declaration here
_DECLARATION_WITHIN = 1024

_DECLARED = re.compile(rb"""<meta\s[^>]{0,200}?charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE)

#: names that mean another encoding than they say (WHATWG Encoding standard section 4.2); a declaration inside the page
#: cannot mean UTF-16, or it could not have been read, and UTF-7 is never honoured
_MEANT = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "gb2312": "gbk",
    "shift_jis": "cp932",
    "utf-7": "utf-8",
    "utf-16": "utf-8",
    "utf-16le": "utf-8",
    "utf-16be": "utf-8",
}


def parse_html(body: bytes) -> LexborHTMLParser:
    """Build the tree of a page, or of a fragment of one; bytes that are no valid text become U+FFFD.

    A byte order mark decides the encoding, then a ``charset`` declared in the first 1024 bytes, else it is UTF-8.

    Raises:
        ParseError: the page is larger than `MAX_SIZE`, or nested too deep to be read in a bounded time.
    """
    if len(body) > MAX_SIZE:
        raise ParseError(f"html: {len(body)} bytes are more than the {MAX_SIZE} that are read from one page")
    body = to_utf8(body)
    check_nesting(body)
    return LexborHTMLParser(body, options=_OPTIONS)


def to_utf8(body: bytes) -> bytes:
    """Return `body` in UTF-8 without a byte order mark; what is UTF-8 already is not checked."""
    if body.startswith(codecs.BOM_UTF8):
        return body[len(codecs.BOM_UTF8) :]
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace").encode()
    declared = _DECLARED.search(body, 0, _DECLARATION_WITHIN)
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    name = _MEANT.get(name, name)
    if name in {"utf-8", "utf8"}:
        return body
    try:
        return body.decode(name, "replace").encode("utf-8", "replace")
    except (LookupError, ValueError):
        # the name of no text encoding
        return body
