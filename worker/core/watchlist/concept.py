"""Compiled watchlists: their queries with numbered leaves, what takes hits away, and what must add up.

Does not search texts: a `Scene` has the hits. Does not choose among matches (`matcher` does).
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from worker.core.models import Exclusion, Term, Watchlist
from worker.core.nearest import nearest
from worker.core.watchlist.evaluate import Scene, Spans, could_be_true, evaluate
from worker.core.watchlist.mistake import Mistake
from worker.core.watchlist.places import Places, Span
from worker.core.watchlist.query import (
    Leaf,
    Node,
    Reference,
    Scope,
    leaves_of,
    parse_query,
    parts_of,
    references_of,
    with_leaves,
)
from worker.core.watchlist.terms import ParsedTerm, parse_term
from worker.errors import TermError

#: so many words may stand between a hit and what takes it away with ``where = "near"``
_NEAR = 5


@dataclass(frozen=True, slots=True)
class CompiledTerm:
    """One term with its tree."""

    term: Term
    #: its place among the terms of its watchlist
    index: int
    #: its references name watchlists as they write themselves
    tree: Node
    leaves: frozenset[int]
    references: frozenset[str]
    #: whether it can be true of a post in whose text none of its leaves is found
    is_free: bool

    @property
    def leaf(self) -> int | None:
        """Number of the leaf that is all of the query; None if there is more to it."""
        return self.tree.number if isinstance(self.tree, Leaf) and not self.tree.links else None


@dataclass(frozen=True, slots=True)
class Canceller:
    """An exclusion with the places it was found at."""

    exclusion: Exclusion
    cancels: Callable[[Span], bool]


class Concept:
    """A compiled watchlist.

    Args:
        watchlist: as it was written.
        terms: its terms, compiled.
        exclusions: its exclusions, each with its compiled term.
    """

    def __init__(
        self,
        watchlist: Watchlist,
        terms: Sequence[CompiledTerm],
        exclusions: Sequence[tuple[Exclusion, CompiledTerm]],
    ) -> None:
        self.name = watchlist.name
        self.threshold = watchlist.threshold
        self.terms = tuple(terms)
        self.exclusions = tuple(exclusions)
        #: each watchlist that is named, by which term, and whether that is one of the exclusions
        self.references = tuple(
            (name, term, excludes)
            for excludes, some in ((False, self.terms), (True, [term for _, term in exclusions]))
            for term in some
            if term.references
            for name in sorted(term.references)
        )
        #: whether any one term is enough, wherever it stands
        self.is_plain = not exclusions and all(term.term.weight >= self.threshold for term in terms)

    def cancellers(self, scene: Scene) -> list[Canceller]:
        """Return the exclusions that are true of a post."""
        found: list[Canceller] = []
        for exclusion, term in self.exclusions:
            if not term.is_free and not term.references and term.leaves.isdisjoint(scene.hits):
                continue  # most are told by this alone
            spans = evaluate(term.tree, scene)
            if spans is not None:
                found.append(Canceller(exclusion, _cancels(exclusion.where, spans, scene)))
        return found

    def kept(self, scene: Scene, cancellers: Sequence[Canceller]) -> Scene | None:
        """Return `scene` without the hits that are taken away; None if nothing in the post can count."""
        if any(canceller.exclusion.where == "post" for canceller in cancellers):
            return None
        if not cancellers:
            return scene
        return scene.without(lambda span: any(canceller.cancels(span) for canceller in cancellers))

    def judge(self, scene: Scene, candidates: Iterable[int]) -> list[tuple[CompiledTerm, Spans]]:
        """Return the terms among `candidates` that are true of a post, with their places; none below the threshold."""
        kept = self.kept(scene, self.cancellers(scene)) if self.exclusions else scene
        if kept is None:
            return []
        terms = ((term, evaluate(term.tree, kept)) for term in map(self.terms.__getitem__, candidates))
        true = [(term, spans) for term, spans in terms if spans is not None]
        return true if self.is_plain or self.score([term for term, _ in true]) >= self.threshold else []

    def score(self, terms: Sequence[CompiledTerm]) -> float:
        """Return the sum of the weights of some `terms` of its own; what is written twice counts once, by the more."""
        weights: dict[int, float] = {}
        for term in terms:
            same = self._same[term.index]
            weights[same] = max(weights.get(same, 0.0), term.term.weight)
        # exact, whatever the order
        return math.fsum(weights.values())

    @cached_property
    def _same(self) -> tuple[int, ...]:
        """By term: the first one that is equal but for its weight."""
        first: dict[Term, int] = {}
        return tuple(first.setdefault(replace(term.term, weight=1.0), term.index) for term in self.terms)


def _cancels(where: str, spans: Spans, scene: Scene) -> Callable[[Span], bool]:
    if where == "post":
        return lambda _: True
    if where == "overlap":
        return Places(spans).overlaps
    places = Places(spans, scene.words)
    return lambda span: places.overlaps(span) or places.has_near(span, _NEAR)


def compile_watchlists(watchlists: Sequence[Watchlist], leaves: dict[ParsedTerm, int]) -> list[Concept]:
    """Compile `watchlists`, each after those that it names; their leaves are added to `leaves`, with their numbers.

    Raises:
        TermError: a term that means nothing, that names a watchlist there is none of, or by which a watchlist is part
            of itself.
    """
    concepts = [_compile(watchlist, leaves) for watchlist in watchlists]
    for error in _unknown_names(concepts, [concept.name for concept in concepts]):
        raise error
    return _in_order(concepts)


def find_mistakes(watchlists: Sequence[Watchlist]) -> Iterator[TermError]:
    """Yield everything for which `compile_watchlists` would refuse `watchlists`; of circles only the first."""
    sound: list[Concept] = []
    for watchlist in watchlists:
        mistakes = list(_bad_terms(watchlist))
        yield from mistakes
        if not mistakes:
            sound.append(_compile(watchlist, {}))
    unknown = list(_unknown_names(sound, [watchlist.name for watchlist in watchlists]))
    yield from unknown
    if len(sound) == len(watchlists) and not unknown:
        try:
            _in_order(sound)
        except TermError as error:
            yield error


def names_others(watchlist: Watchlist) -> bool:
    """Tell whether a query of `watchlist` names another watchlist."""
    texts = [*watchlist.terms, *(exclusion.term for exclusion in watchlist.exclusions)]
    return any(names_in(term.text) for term in texts)


def names_in(text: str) -> frozenset[str]:
    """Return the watchlists that the text of a term names; none if it means nothing."""
    if "watchlist:" not in text:
        return frozenset()
    try:
        return frozenset(reference.name for reference in references_of(parse_query(text)))
    except Mistake:
        return frozenset()


def _bad_terms(watchlist: Watchlist) -> Iterator[TermError]:
    """Yield every term of `watchlist` that means nothing, where compiling stops at the first."""
    compiled: list[tuple[bool, int, Callable[[], object]]] = [
        *((False, index, partial(compile_term, term, index, {})) for index, term in enumerate(watchlist.terms)),
        *((True, index, partial(_compile_exclusion, one, index, {})) for index, one in enumerate(watchlist.exclusions)),
    ]
    for excludes, index, compile_one in compiled:
        try:
            compile_one()
        except Mistake as mistake:
            said, name = str(mistake), watchlist.name
            yield TermError(said, watchlist=name, index=index, at=mistake.at, excludes=excludes)


def _unknown_names(concepts: Sequence[Concept], known: Sequence[str]) -> Iterator[TermError]:
    names = {name.casefold() for name in known}
    for concept in concepts:
        for name, term, excludes in concept.references:
            if name.casefold() not in names:
                yield _unknown(concept, name, term, known, excludes=excludes)


def _unknown(concept: Concept, name: str, term: CompiledTerm, known: Sequence[str], *, excludes: bool) -> TermError:
    meant = nearest(name, known)
    advice = f"did you mean {meant!r}?" if meant else f"known are {', '.join(map(repr, known[:20]))}"
    at = next(reference.at for reference in references_of(term.tree) if reference.name == name)
    said = f"no watchlist is called {name!r}, {advice}"
    return TermError(said, watchlist=concept.name, index=term.index, at=at, excludes=excludes)


def _in_order(concepts: Sequence[Concept]) -> list[Concept]:
    """Return `concepts`, each after those that it names."""
    names = {concept.name.casefold(): concept for concept in concepts}
    ordered: dict[str, Concept] = {}
    for concept in concepts:
        # an explicit way instead of recursion: a chain may be as long as there are watchlists
        way: list[tuple[Concept, Iterator[tuple[str, CompiledTerm, bool]]]] = [(concept, iter(concept.references))]
        while way:
            current, left = way[-1]
            step = next(left, None) if current.name not in ordered else None
            if step is None:
                ordered[current.name] = current
                way.pop()
                continue
            name, term, excludes = step
            following = names[name.casefold()]
            passed = [each.name for each, _ in way]
            if following.name in passed:
                circle = " > ".join([*passed[passed.index(following.name) :], following.name])
                said = f"a watchlist cannot be part of itself: {circle}"
                at = next(each.at for each in references_of(term.tree) if each.name == name)
                raise TermError(said, watchlist=current.name, index=term.index, at=at, excludes=excludes)
            if following.name not in ordered:
                way.append((following, iter(following.references)))
    return list(ordered.values())


def _compile(watchlist: Watchlist, leaves: dict[ParsedTerm, int]) -> Concept:
    terms: list[CompiledTerm] = []
    exclusions: list[tuple[Exclusion, CompiledTerm]] = []
    index = 0
    excludes = False
    try:
        for index, term in enumerate(watchlist.terms):
            terms.append(compile_term(term, index, leaves))
        excludes = True
        for index, exclusion in enumerate(watchlist.exclusions):
            exclusions.append((exclusion, _compile_exclusion(exclusion, index, leaves)))
    except Mistake as mistake:
        said, name = str(mistake), watchlist.name
        raise TermError(said, watchlist=name, index=index, at=mistake.at, excludes=excludes) from mistake
    return Concept(watchlist, terms, exclusions)


def _compile_exclusion(exclusion: Exclusion, index: int, leaves: dict[ParsedTerm, int]) -> CompiledTerm:
    if exclusion.where not in ("overlap", "near", "post"):
        raise Mistake(f'unknown where {exclusion.where!r}; use "overlap", "near" or "post"')
    compiled = compile_term(exclusion.term, index, leaves)
    if exclusion.where != "post" and not any(map(_has_place, parts_of(compiled.tree))):
        raise Mistake(f'has no place in the text that could be {exclusion.where}, write where = "post"')
    return compiled


def _has_place(node: Node) -> bool:
    return isinstance(node, Leaf | Reference) or (isinstance(node, Scope) and node.name == "title")


def compile_term(term: Term, index: int, leaves: dict[ParsedTerm, int]) -> CompiledTerm:
    """Compile `term`, which is number `index` of its watchlist; its leaves are added to `leaves`, with their numbers.

    Raises:
        Mistake: it means nothing.
    """
    tree = parse_query(term.text)
    if isinstance(tree, Leaf):
        number = leaves.setdefault(parse_term(term), len(leaves))
        leaf = Leaf(tree.text, tree.at, number, term.links)
        return CompiledTerm(term, index, leaf, frozenset((number,)), frozenset(), term.links)

    def numbered(leaf: Leaf) -> Leaf:
        return Leaf(leaf.text, leaf.at, leaves.setdefault(_parse_leaf(term, leaf), len(leaves)), term.links)

    tree = with_leaves(tree, numbered)
    numbers = frozenset(leaf.number for leaf in leaves_of(tree))
    references = frozenset(reference.name for reference in references_of(tree))
    return CompiledTerm(term, index, tree, numbers, references, could_be_true(tree))


def _parse_leaf(term: Term, leaf: Leaf) -> ParsedTerm:
    match = term.match
    if match == "forms" and (leaf.text[0] in "#/" or leaf.text.endswith("*")):
        match = "auto"  # alone it would be refused, among others it stands as it is
    try:
        return parse_term(replace(term, text=leaf.text, match=match))
    except Mistake as mistake:
        raise Mistake(str(mistake), mistake.at + leaf.at) from mistake
