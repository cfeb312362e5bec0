"""Whether a query is true of a post, and where in its text that shows.

A query gives the places that speak for it, or None if it is not true; the places are empty where nothing in the text
but only the post itself speaks for it (``lang:ru AND has:video``). Does not search texts: the hits of the leaves are
given. Why a query is not true is told by `reasons`.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from functools import cached_property
from typing import TypeVar

from worker.core.models import Facts
from worker.core.post_language import detect
from worker.core.watchlist.places import Places, Span, word_starts
from worker.core.watchlist.query import And, Leaf, Near, Node, Not, Or, Reference, Scope, leaves_of, write_query
from worker.core.watchlist.scopes import find_in, is_true

#: the places that speak for a query
Spans = Sequence[Span]
_NOWHERE: Spans = ()
Key = TypeVar("Key")


class Scene:
    """One post as queries see it.

    Args:
        text: of the post.
        facts: what else is known of it.
        hits: places of each leaf that was found.
        linked: asked for the numbers of the leaves that stand in the addresses the post links to, where that matters.
    """

    def __init__(
        self,
        text: str,
        facts: Facts,
        hits: Mapping[int, Spans],
        linked: Callable[[], Set[int]],
    ) -> None:
        self.text = text
        self.facts = facts
        self.hits = hits
        #: places of each watchlist that the post carries, by name in small letters, as far as it is known yet
        self.tagged: dict[str, Spans] = {}
        self._linked = linked

    def without(self, cancelled: Callable[[Span], bool]) -> "Scene":
        """Return this scene without the places that are cancelled; what had no other place is gone."""
        scene = Scene(self.text, self.facts, _left(self.hits, cancelled), self._linked)
        scene.tagged.update(_left(self.tagged, cancelled))
        scene.__dict__.update({name: self.__dict__[name] for name in _SHARED if name in self.__dict__})
        return scene

    @cached_property
    def words(self) -> list[int]:
        """Where the words of the text begin."""
        return word_starts(self.text)

    @cached_property
    def linked(self) -> Set[int]:
        """Leaves that stand in an address the post links to."""
        return self._linked()

    @cached_property
    def language(self) -> str | None:
        """The language of the text; None if it cannot be told."""
        return detect(self.text)

    @cached_property
    def headline(self) -> tuple[str, int]:
        """The title, and where it begins in the text; -1 if it does not stand there."""
        if self.facts.title is not None:
            return self.facts.title, 0 if self.text.startswith(self.facts.title) else -1
        start = len(self.text) - len(self.text.lstrip())
        return self.text[start:].partition("\n")[0], start


_SHARED = ("words", "linked", "language", "headline")


def _left(places: Mapping[Key, Spans], cancelled: Callable[[Span], bool]) -> dict[Key, Spans]:
    kept = {key: [span for span in spans if not cancelled(span)] for key, spans in places.items()}
    # a watchlist that was tagged without a place has none to lose
    return {key: spans for key, spans in kept.items() if spans or not places[key]}


def evaluate(node: Node, scene: Scene) -> Spans | None:
    """Return the places that speak for `node`, in any order and maybe twice; None if it is not true."""
    found: Spans | None = _EVALUATE[type(node)](node, scene)
    return found


def _leaf(node: Leaf, scene: Scene) -> Spans | None:
    spans = scene.hits.get(node.number)
    if spans is None and node.links and node.number in scene.linked:
        return _NOWHERE
    return spans


def _scope(node: Scope, scene: Scene) -> Spans | None:
    if node.name == "title":
        return _title(node, scene)
    return _NOWHERE if is_true(node.name, node.value, scene.facts, lambda: scene.language) else None


def _title(node: Scope, scene: Scene) -> Spans | None:
    title, start = scene.headline
    place = find_in(node.value, title)
    if place is None:
        return None
    return [(start + place[0], start + place[1])] if start >= 0 else _NOWHERE


def _reference(node: Reference, scene: Scene) -> Spans | None:
    return scene.tagged.get(node.name.casefold())


def _not(node: Not, scene: Scene) -> Spans | None:
    return _NOWHERE if evaluate(node.part, scene) is None else None


def _near(node: Near, scene: Scene) -> Spans | None:
    chain = [evaluate(part, scene) for part in node.parts]
    if not all(chain):
        return None
    # forwards each place needs one before it, backwards one behind it: what is left lies on a whole chain
    forwards = _linked([spans for spans in chain if spans], node.gaps, scene)
    backwards = _linked(forwards[::-1], node.gaps[::-1], scene)
    return [span for spans in backwards for span in spans] if all(backwards) else None


def _linked(chain: list[Spans], gaps: Sequence[int], scene: Scene) -> list[Spans]:
    kept = [chain[0]]
    for spans, gap in zip(chain[1:], gaps, strict=True):
        before = Places(kept[-1], scene.words)
        kept.append([span for span in spans if before.has_near(span, gap)])
    return kept


def _and(node: And, scene: Scene) -> Spans | None:
    together: list[Span] = []
    for part in node.parts:
        spans = evaluate(part, scene)
        if spans is None:
            return None
        together.extend(spans)
    return together


def _or(node: Or, scene: Scene) -> Spans | None:
    together: list[Span] | None = None
    for part in node.parts:
        spans = evaluate(part, scene)
        if spans is not None:
            together = together if together is not None else []
            together.extend(spans)
    return together


_EVALUATE: Mapping[type, Callable[..., Spans | None]] = {
    Leaf: _leaf,
    Scope: _scope,
    Reference: _reference,
    Not: _not,
    Near: _near,
    And: _and,
    Or: _or,
}


def reasons(node: Node, scene: Scene) -> tuple[str, ...]:
    """Return the smallest parts of `node` that keep it from being true, as they can be written; empty if it is true."""
    if evaluate(node, scene) is not None:
        return ()
    match node:
        case And(parts):
            return tuple(reason for part in parts for reason in reasons(part, scene))
        case Near(parts):
            missing = tuple(write_query(part) for part in parts if not evaluate(part, scene))
            return missing or (write_query(node),)
    return (write_query(node),)


def could_be_true(node: Node) -> bool:
    """Tell whether `node` can be true of a post in whose text no leaf is found and which has no other tag."""
    match node:
        case Leaf():
            return node.links
        case Reference() | Near():
            return False
        case And(parts):
            return all(map(could_be_true, parts))
        case Or(parts):
            return any(map(could_be_true, parts))
    return True


def least_leaves(node: Node) -> int:
    """Return how many of the leaves of `node` must at least be found in a text for it to be true of a post."""
    match node:
        case Leaf():
            return 0 if node.links else 1
        case And(parts) | Near(parts):
            leaves = [{leaf.number for leaf in leaves_of(part)} for part in parts]
            needed = list(map(least_leaves, parts))
            # one leaf may serve two parts
            return sum(needed) if sum(map(len, leaves)) == len(set().union(*leaves)) else max(needed)
        case Or(parts):
            return min(map(least_leaves, parts))
    return 0
