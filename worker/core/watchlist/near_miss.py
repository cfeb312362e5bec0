"""Which terms nearly hit: some of what they ask for stands in the text. For people who write watchlists."""

from collections.abc import Collection

from worker.core.watchlist.explanation import TermFinding
from worker.core.watchlist.query import And, Near, Node, Not, Scope, parse_query, write_query


def is_near_miss(finding: TermFinding) -> bool:
    """Tell whether a term that is not true has a part that stands in the text.

    That a negation or a question about the post is true does not count: it nearly always is.
    """
    if finding.hit or not finding.missing:
        return False
    missing = frozenset(finding.missing)
    tree = parse_query(finding.term.text)
    if isinstance(tree, Near):
        # what is missing are the parts that are not there, or the whole if they only stand too far from each other
        return not all(write_query(part) in missing for part in tree.parts)
    if isinstance(tree, And):
        return any(not _is_false(part, missing) for part in tree.parts if not isinstance(part, Not | Scope))
    return False


def _is_false(part: Node, missing: Collection[str]) -> bool:
    inner = part.parts if isinstance(part, And | Near) else ()
    return write_query(part) in missing or any(_is_false(each, missing) for each in inner)
