"""Finding the terms of watchlists in texts: compiled once, then run over every post.

Every match is reported where it stands in the original text. Where one match of a watchlist lies within a longer match
of the same watchlist, only the longer is reported (``#BRICS``, not also ``BRICS``); different terms found in the same
place are all reported, and watchlists never influence each other.

What is found where is the engine's (`worker.core.watchlist.engine`). Does not decide which posts are worth telling.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from worker.core.models import Match, Watchlist
from worker.core.watchlist.engine import Engine
from worker.core.watchlist.terms import ParsedTerm, parse_term
from worker.errors import TermError

#: Start, end, watchlist, term: tuples sort and compare much faster than matches, of which few are built in the end.
_Found = tuple[int, int, str, str]


class Matcher:
    """Watchlists compiled for matching. Immutable; safe to share between threads.

    Args:
        watchlists: in the order in which their tags are listed; no two of the same name.

    Raises:
        TermError: a term that means nothing.
    """

    def __init__(self, watchlists: Sequence[Watchlist]) -> None:
        self._names = tuple(watchlist.name for watchlist in watchlists)
        leaves: dict[ParsedTerm, int] = {}
        owners: list[list[tuple[str, str]]] = []
        for watchlist in watchlists:
            for index, term in enumerate(watchlist.terms):
                try:
                    leaf = leaves.setdefault(parse_term(term), len(leaves))
                except ValueError as e:
                    raise TermError(str(e), watchlist=watchlist.name, index=index) from e
                if leaf == len(owners):
                    owners.append([])
                owners[leaf].append((watchlist.name, term.text))
        #: by leaf: watchlists and terms that are made of it
        self._owners = tuple(map(tuple, owners))
        self._engine = Engine(list(leaves))

    def match(self, text: str) -> tuple[Match, ...]:
        """Return every match in `text`, sorted by start, end, watchlist and term; any string is taken."""
        hits = self._engine.find(text)
        if not hits:
            return ()
        found = {(start, end, *owner) for leaf, start, end in hits for owner in self._owners[leaf]}
        longest = _longest(sorted(found))
        return tuple([Match(watchlist, term, start, end) for start, end, watchlist, term in longest])

    def tags(self, matches: Iterable[Match]) -> tuple[str, ...]:
        """Return the names of the watchlists of `matches`, once each, in the order of the watchlists."""
        found = {match.watchlist for match in matches}
        return tuple(name for name in self._names if name in found)


def _longest(found: list[_Found]) -> list[_Found]:
    """Return what was found, sorted, without what lies within something longer of the same watchlist."""
    if all(one[1] <= other[0] for one, other in pairwise(found)):
        return found
    kept: list[_Found] = []
    widest: dict[str, _Found] = {}
    # in this order whatever is longer comes before all that it contains
    for one in sorted(found, key=lambda one: (one[0], -one[1])):
        longest = widest.setdefault(one[2], one)
        if one[1] > longest[1] or one[:2] == longest[:2]:
            widest[one[2]] = one
            kept.append(one)
    return sorted(kept)
