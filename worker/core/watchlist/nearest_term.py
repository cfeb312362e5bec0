"""The term that a text nearly holds: spelt a little differently. For people whose example is not tagged.

Compares letters only. A query that lacks a part is `near_miss`'s.
"""

from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz

from worker.core.models import Term
from worker.core.text import fold, is_word_character
from worker.core.watchlist.query import leaves_of, parse_query

#: so alike must the letters be, of 100
_ALIKE = 75
#: shorter ones are like a piece of any text
_SHORTEST = 3
_MARKS = ' "“”«»„#*='


def nearest_term(terms: Sequence[Term], text: str) -> tuple[int, str] | None:
    """Return the number of the term that is most like some words of `text`, and those words; None if none is alike.

    Args:
        terms: of one watchlist; all can be understood.
        text: as it was written.
    """
    folded = fold(text)
    found = max(_alike(terms, folded.text), default=None)
    if found is None:
        return None
    _, place, start, end = found
    while start and is_word_character(folded.text[start - 1]):
        start -= 1
    while end < len(folded.text) and is_word_character(folded.text[end]):
        end += 1
    span = folded.original(start, end)
    return (-place, text[slice(*span)].strip()) if span else None


def _alike(terms: Sequence[Term], text: str) -> Iterable[tuple[float, int, int, int]]:
    """Yield how like `text` each leaf is, minus the number of its term (the first wins), and where that stands."""
    for number, term in enumerate(terms):
        for leaf in leaves_of(parse_query(term.text)):
            asked = fold(leaf.text.strip(_MARKS)).text
            if len(asked) < _SHORTEST or 2 * len(text) < len(asked) or leaf.text.startswith("/"):
                continue
            place = fuzz.partial_ratio_alignment(asked, text, score_cutoff=_ALIKE)
            if place is not None and place.dest_end > place.dest_start:
                yield place.score, -number, place.dest_start, place.dest_end
