"""The text of a message as its reader sees it: lines, without the white space of the source.

Knows nothing of posts; only of how Telegram writes line breaks, quotes and code.
"""

import re
from collections.abc import Iterable
from unicodedata import normalize

from selectolax.lexbor import LexborNode

#: stand for a ``<br>`` and for the edge of a quote until the white space of the source is out of the way; neither
#: character can be typed into a message
_BREAK, _EDGE = "\x1e", "\x1f"

#: as Telegram writes it; any other way is rare and found by `mark_blocks`
_LINE_BREAK_TAG = re.compile(rb"<br/>")
_SOURCE_BREAK = re.compile(rf"({_BREAK}?)(?<![ \t\r\f])[ \t\r\f]*+\n[ \t\r\n\f]*+({_BREAK}?)")
_EDGES = re.compile(rf"[{_BREAK}{_EDGE}]++")
_BLANK_LINES = re.compile(r"\n{3,}")


def mark_line_breaks(markup: bytes) -> bytes:
    """Write the line breaks of a page as characters that `clean_text` finds: fewer elements to build and to walk."""
    return _LINE_BREAK_TAG.sub(_BREAK.encode(), markup)


#: what `mark_blocks` looks for
BLOCKS = "blockquote, pre, br"


def mark_blocks(blocks: Iterable[LexborNode]) -> None:
    """Write the edges of quotes, the line breaks inside code, and breaks written in another way, into their tree."""
    for node in blocks:
        if node.tag == "br":
            node.replace_with(_BREAK)
            continue
        node.insert_before(_EDGE)
        node.insert_after(_EDGE)
        if node.tag == "pre":
            for part in [part for part in node.traverse(include_text=True) if part.tag == "-text"]:
                lines = part.text_content or ""
                if "\n" in lines:
                    part.replace_with(lines.replace("\n", _BREAK))


def clean_text(text: str) -> str:
    """Turn the text of an element into lines: NFC, nothing blank at their ends, at most one blank line between two."""
    if "\n" in text:
        text = _SOURCE_BREAK.sub(lambda found: found[1] + found[2] or " ", text)
    if _EDGE in text:
        text = _EDGES.sub(_break_at_edge, text)
    if _BREAK in text:
        text = "\n".join(map(str.rstrip, text.split(_BREAK)))
        if "\n\n\n" in text:
            text = _BLANK_LINES.sub("\n\n", text)
    text = text.strip()
    # asking whether a text is ASCII costs nothing, and such a text is normal
    return text if text.isascii() else normalize("NFC", text)


def _break_at_edge(found: re.Match[str]) -> str:
    """Break the line once at the edge of a quote, unless it is broken there already."""
    marks = found[0]
    return _BREAK * (marks.count(_BREAK) or 1) if _EDGE in marks else marks
