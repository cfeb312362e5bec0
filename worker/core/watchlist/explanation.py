"""Why a watchlist is on a post, or is not: every term with its hits, what took hits away, what is missing.

For people who write watchlists; tagging a post needs none of it. Does not render anything.
"""

from dataclasses import dataclass

from worker.core.models import Term
from worker.core.watchlist.concept import Canceller, CompiledTerm, Concept
from worker.core.watchlist.evaluate import Scene, evaluate, reasons
from worker.core.watchlist.places import Span


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A hit that was taken away."""

    start: int
    end: int
    #: the term of the exclusion, as it was written
    by: str
    #: ``overlap``, ``near`` or ``post``
    where: str


@dataclass(frozen=True, slots=True)
class TermFinding:
    """What one term finds in a post."""

    term: Term
    #: whether it is true of the post, after what was taken away
    hit: bool
    #: where in the text that shows, sorted; empty if it is not true, or true of the post and not of its text
    hits: tuple[Span, ...]
    cancelled: tuple[Cancelled, ...]
    #: the smallest parts of the query that are not true, as they can be written; empty if the term is true
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one watchlist makes of a post."""

    watchlist: str
    tagged: bool
    #: sum of the weights of the distinct terms that are true
    score: float
    threshold: float
    #: in the order of the watchlist
    terms: tuple[TermFinding, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What every watchlist makes of a post, in the order of the watchlists."""

    judgements: tuple[Judgement, ...]


def explain_concept(concept: Concept, scene: Scene) -> Judgement:
    """Return what `concept` makes of the post in `scene`, which has the hits of all its leaves."""
    cancellers = concept.cancellers(scene)
    kept = concept.kept(scene, cancellers)
    findings = tuple(_explain_term(term, scene, kept, cancellers) for term in concept.terms)
    true = [term for term, finding in zip(concept.terms, findings, strict=True) if finding.hit]
    reached = concept.score(true)
    tagged = bool(true) and reached >= concept.threshold
    return Judgement(concept.name, tagged, reached, concept.threshold, findings)


def _explain_term(term: CompiledTerm, scene: Scene, kept: Scene | None, cancellers: list[Canceller]) -> TermFinding:
    spans = evaluate(term.tree, kept) if kept is not None else None
    before = evaluate(term.tree, scene) if cancellers else spans
    lost = sorted(set(before or ()) - set(spans or ()))
    cancelled = tuple(_cancelled(span, cancellers) for span in lost if any(c.cancels(span) for c in cancellers))
    missing = () if spans is not None or (kept is None and before is not None) else reasons(term.tree, kept or scene)
    return TermFinding(term.term, spans is not None, tuple(sorted(set(spans or ()))), cancelled, missing)


def _cancelled(span: Span, cancellers: list[Canceller]) -> Cancelled:
    exclusion = next(canceller.exclusion for canceller in cancellers if canceller.cancels(span))
    return Cancelled(*span, exclusion.term.text, exclusion.where)
