"""Finding watchlists in posts: compiled once, then run over every post.

A term of a watchlist is a query (`query`), whose leaves are found by the engine (`engine`), all those of all watchlists
at once. A watchlist is on a post if the weights of its terms that are true add up to its threshold; a term that is
alone and needs nothing but itself, which nearly all are, is counted without evaluating anything.

Every match is reported where it stands in the original text. Where one match of a watchlist lies within a longer match
of the same watchlist, only the longer is reported (``#BRICS``, not also ``BRICS``); different terms found in the same
place are all reported, and watchlists never influence each other but by name. Does not decide which posts are worth
telling.
"""

import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence, Set

from worker.core.models import Facts, Match, Watchlist
from worker.core.watchlist.concept import compile_watchlists
from worker.core.watchlist.engine import Engine, Hit
from worker.core.watchlist.evaluate import Scene, least_leaves
from worker.core.watchlist.explanation import Explanation, Judgement, explain_concept
from worker.core.watchlist.places import Span
from worker.core.watchlist.terms import ParsedTerm

#: a watchlist and one of its terms; one object for all that is found of them
_Owner = tuple[str, str]
#: Start, end, owner: tuples sort and compare much faster than matches, of which few are built in the end.
_Found = tuple[int, int, _Owner]
#: number of a watchlist in the order of evaluation, number of one of its terms, how many of the leaves of that must be
#: in a text for it to be true
_Candidate = tuple[int, int, int]
#: where a term is true of a post and nothing in the text shows it
_NO_PLACE: Span = (0, 0)
#: more matches of one watchlist than this are not kept: nobody reads them, and a hostile post could fill the store
_MOST_MATCHES = 1_000
_NO_FACTS = Facts()


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
        self._concepts = compile_watchlists(watchlists, leaves)
        self._engine = Engine(list(leaves))
        owners: list[list[_Owner]] = [[] for _ in leaves]
        needed: list[list[_Candidate]] = [[] for _ in leaves]
        #: terms that can be true where none of their leaves was found
        self._free: list[_Candidate] = []
        #: by the name of another watchlist in small letters: terms that can be true where that is on the post
        self._referring: dict[str, list[_Candidate]] = {}
        for number, concept in enumerate(self._concepts):
            for term in concept.terms:
                if concept.is_plain and term.leaf is not None:
                    owners[term.leaf].append((concept.name, term.term.text))
                    continue
                # what takes hits away only makes queries less true, but what is denied may become true by it
                candidate = number, term.index, least_leaves(term.tree)
                for leaf in term.leaves:
                    needed[leaf].append(candidate)
                if term.is_free:
                    self._free.append(candidate)
            for name, term, excludes in concept.references:
                candidates = self._referring.setdefault(name.casefold(), [])
                if not excludes:
                    candidates.append((number, term.index, 0))
        #: by leaf: watchlists and terms for which it is enough
        self._owners = tuple(map(tuple, owners))
        #: by leaf: terms that need more than it
        self._needed = tuple(map(tuple, needed))
        #: by leaf: how many leaves the least demanding of those terms needs
        self._least = array("l", [min((least for _, _, least in terms), default=sys.maxsize) for terms in needed])
        asked = {leaf for concept in self._concepts for _, term in concept.exclusions for leaf in term.leaves}
        #: by leaf: whether a query needs to know where it was found
        self._is_asked = tuple(bool(needed[leaf]) or leaf in asked for leaf in range(len(leaves)))
        #: whether nothing can be true of a post in which no leaf was found
        self._is_still = not self._free and not self._referring

    def match(self, text: str, facts: Facts | None = None) -> tuple[Match, ...]:
        """Return the matches in `text` of the watchlists that are on the post; any string is taken.

        They are sorted by start, end, watchlist and term. A watchlist that is on the post for its facts alone has one
        match without text, from 0 to 0. Of one watchlist the first 1,000 matches are kept.

        Args:
            text: of the post.
            facts: what else is known of it; None: nothing, no question about it is true but those for its language
                and its first line.
        """
        hits = self._engine.find(text)
        if not hits and self._is_still:
            return ()
        owners = self._owners
        found = [(start, end, owner) for leaf, start, end in hits for owner in owners[leaf]]
        if not self._is_still or self._may_be_true(hits):
            found = _placed([*found, *self._judge(self._scene(text, facts, hits), found)])
        found.sort()
        return tuple([Match(*owner, start, end) for start, end, owner in _first(_longest(found))])

    def tags(self, matches: Iterable[Match]) -> tuple[str, ...]:
        """Return the names of the watchlists of `matches`, once each, in the order of the watchlists."""
        found = {match.watchlist for match in matches}
        return tuple(name for name in self._names if name in found)

    def explain(self, text: str, facts: Facts | None = None) -> Explanation:
        """Return what every term of every watchlist finds in a post, and why it finds nothing; see `match`."""
        scene = self._scene(text, facts, self._engine.find(text), every=True)
        judgements: dict[str, Judgement] = {}
        for concept in self._concepts:
            judgement = judgements[concept.name] = explain_concept(concept, scene)
            if judgement.tagged:
                scene.tagged[concept.name.casefold()] = [span for term in judgement.terms for span in term.hits]
        return Explanation(tuple(judgements[name] for name in self._names))

    def _scene(self, text: str, facts: Facts | None, hits: Sequence[Hit], *, every: bool = False) -> Scene:
        """Return the post as queries see it: with the hits of leaves that a query needs, or `every` hit."""
        places: dict[int, list[Span]] = {}
        for leaf, start, end in hits:
            if every or self._is_asked[leaf]:
                places.setdefault(leaf, []).append((start, end))
        known = facts or _NO_FACTS
        return Scene(text, known, places, lambda: self._linked(known))

    def _linked(self, facts: Facts) -> Set[int]:
        """Return the leaves that stand in the addresses that a post links to."""
        return {leaf for leaf, _, _ in self._engine.find("\n".join(facts.links))} if facts.links else frozenset()

    def _may_be_true(self, hits: Sequence[Hit]) -> bool:
        """Tell whether any term that needs more than one leaf has enough of them among `hits`."""
        least, most = self._least, len(hits)
        asked = {leaf for leaf, _, _ in hits if least[leaf] <= most}
        if not asked or len(asked) < min([least[leaf] for leaf in asked]):
            return False
        counts: Counter[_Candidate] = Counter()
        for leaf in asked:
            counts.update(self._needed[leaf])
        return any(count >= candidate[2] for candidate, count in counts.items())

    def _judge(self, scene: Scene, found: Sequence[_Found]) -> set[_Found]:
        """Return what the queries find that need more than one leaf; `found`: what is there without them."""
        candidates: dict[int, set[int]] = {}
        _add(candidates, self._free)
        for leaf in scene.hits:
            _add(candidates, self._needed[leaf])
        judged: set[_Found] = set()
        # what another watchlist refers to must be known before; without references few are candidates
        for number in range(len(self._concepts)) if self._referring else sorted(candidates):
            concept = self._concepts[number]
            if number in candidates:
                for term, spans in concept.judge(scene, sorted(candidates[number])):
                    owner = concept.name, term.term.text
                    judged.update((*span, owner) for span in spans or (_NO_PLACE,))
            referring = self._referring.get(concept.name.casefold())
            if referring is not None:
                spans = [one[:2] for one in {*found, *judged} if one[2][0] == concept.name]
                if spans:
                    scene.tagged[concept.name.casefold()] = [span for span in spans if span != _NO_PLACE]
                    _add(candidates, referring)
        return judged


def _add(candidates: dict[int, set[int]], more: Iterable[_Candidate]) -> None:
    for number, index, _ in more:
        candidates.setdefault(number, set()).add(index)


def _placed(found: list[_Found]) -> list[_Found]:
    """Return what was found without what has no place, where its watchlist has a place elsewhere."""
    if all(end for _, end, _ in found):
        return found
    placed = {watchlist for _, end, (watchlist, _) in found if end}
    return [one for one in found if one[1] or one[2][0] not in placed]


def _longest(found: list[_Found]) -> list[_Found]:
    """Return what was found, sorted, once each, without what lies within something longer of the same watchlist."""
    reach = 0
    for start, end, _ in found:
        if start < reach or not end:
            break
        reach = end
    else:
        return found
    kept: list[_Found] = []
    widest: dict[str, _Found] = {}
    # in this order whatever is longer comes before all that it contains
    for one in sorted(set(found), key=lambda one: (one[0], -one[1])):
        longest = widest.setdefault(one[2][0], one)
        if one[1] > longest[1] or one[:2] == longest[:2]:
            widest[one[2][0]] = one
            kept.append(one)
    return sorted(kept)


def _first(found: list[_Found]) -> list[_Found]:
    """Return as many of what was found of each watchlist as are kept."""
    if len(found) <= _MOST_MATCHES:
        return found
    seen: Counter[str] = Counter()
    kept: list[_Found] = []
    for one in found:
        seen[one[2][0]] += 1
        if seen[one[2][0]] <= _MOST_MATCHES:
            kept.append(one)
    return kept
