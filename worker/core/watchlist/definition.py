"""What a watchlist means, as one hash: equal hashes find the same in every text. Searches nothing.

Where a watchlist refers to others, what they mean is a part of what it means.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence

from worker.core.models import Term, Watchlist

#: counted up whenever the same rules find something else than before, so that history is tagged anew
MATCHING_VERSION = 1

_REFERENCE = "watchlist:"


def fingerprints(watchlists: Sequence[Watchlist]) -> Mapping[str, str]:
    """Return the name of each watchlist and the hash of what it means.

    The order of its terms and its examples do not matter.
    """
    return {watchlist.name: _fingerprint(watchlist, watchlists) for watchlist in watchlists}


def _fingerprint(watchlist: Watchlist, watchlists: Sequence[Watchlist]) -> str:
    meaning = [_rules(one) for one in _involved(watchlist, watchlists)]
    written = json.dumps([MATCHING_VERSION, *meaning], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(written.encode("ascii")).hexdigest()


def _rules(watchlist: Watchlist) -> list[object]:
    terms = {_term(term) for term in watchlist.terms}
    exclusions = {(*_term(one.term), one.where) for one in watchlist.exclusions}
    return [watchlist.name, sorted(terms), sorted(exclusions), float(watchlist.threshold)]


def _term(term: Term) -> tuple[str, ...]:
    """Return what the meaning of a term depends on; all of it text, so that terms can be sorted."""
    return (term.text, term.lang or "", term.match, str(term.case), str(float(term.weight)), str(term.links))


def _involved(watchlist: Watchlist, watchlists: Sequence[Watchlist]) -> list[Watchlist]:
    """Return a watchlist and, by name, those that it refers to, directly or through others."""
    found = {watchlist.name: watchlist}
    waiting = [watchlist]
    while waiting:
        asked = _references(waiting.pop())
        fresh = [one for one in watchlists if one.name not in found and one.name.casefold() in asked]
        found.update((one.name, one) for one in fresh)
        waiting += fresh
    return [watchlist, *(found[name] for name in sorted(found) if name != watchlist.name)]


def _references(watchlist: Watchlist) -> str:
    """Return the texts that refer to other watchlists.

    A name that happens to stand in one of them besides is taken for a reference too: history is then tagged once in
    vain.
    """
    terms = [*watchlist.terms, *(one.term for one in watchlist.exclusions)]
    return "\n".join(folded for term in terms if _REFERENCE in (folded := term.text.casefold()))
