"""Drop the quotes that stand above replies: the author's name and the beginning of the post that is answered.

Without a page's structure such a quote looks like a post of one line. It is told by being cut off: its line is the
beginning of another post of the same dump, but ends in the middle of that post's line or runs over its line ends.
"""

from bisect import bisect_left
from collections.abc import Sequence

from worker.core.parse.plain_chrome import Body, ends_sentence, is_tag_line

#: A quote shorter than this proves nothing.
_SHORTEST_QUOTE = 20
#: Telegram cuts quotes off long before this.
_LONGEST_QUOTE = 400
#: A quote shows no more lines of its post.
_MOST_LINES = 20
#: The longest name of an author.
_LONGEST_NAME = 70


def drop_reply_quotes(bodies: Sequence[Body]) -> list[Body]:
    """Return the posts without those that only quote the beginning of another post, and the names above them."""
    starts = sorted((_flatten(body), body.lines[0]) for body in bodies if body.lines)
    kept: list[Body] = []
    for body in bodies:
        if not _is_quote(body, starts):
            kept.append(body)
        elif kept and _is_name(kept[-1]):
            kept.pop()
    return kept


def _flatten(body: Body) -> str:
    return " ".join(body.lines[:_MOST_LINES])[: _LONGEST_QUOTE + 1]


def _is_plain(body: Body) -> bool:
    return len(body.lines) == 1 and body.forwarded_from is None and not body.media


def _is_quote(body: Body, starts: Sequence[tuple[str, str]]) -> bool:
    if not _is_plain(body) or len(body.lines[0]) > _LONGEST_QUOTE:
        return False
    quote = body.lines[0].rstrip(". …") if body.lines[0].endswith(("…", "...")) else body.lines[0]
    at = bisect_left(starts, (quote, ""))
    if len(quote) < _SHORTEST_QUOTE or at == len(starts):
        return False
    while at + 1 < len(starts) and starts[at][0] == quote:
        at += 1  # the line itself, or the same post once more
    flat, first_line = starts[at]
    # A post that repeats another's whole title is a post; one that breaks off within a line is a quote.
    return flat.startswith(quote) and len(flat) > len(quote) and quote != first_line


def _is_name(body: Body) -> bool:
    text = body.lines[0] if _is_plain(body) else ""
    return 0 < len(text) <= _LONGEST_NAME and not ends_sentence(text) and not is_tag_line(text)
