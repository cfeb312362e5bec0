"""Tagging mixed posts, with the shipped watchlists and with long ones, against folding their case and nothing else.

The second limit is the automaton alone on texts that are folded already: what no matcher in Python can beat.
"""

from collections.abc import Sequence

from ahocorasick_rs import AhoCorasick, Implementation

from benchmarks.material import (
    marked_pages,
    posts_of,
    shipped_matcher,
    shipped_watchlists,
    synthetic_watchlists,
    with_terms,
)
from benchmarks.measure import ROUNDS, Row, compare, take_turns, timed
from worker.core.models import Watchlist
from worker.core.watchlist.matcher import Matcher

GOAL = 5.0


def run(*, count: int = 100, terms: int = 1_000, rounds: int = ROUNDS) -> list[Row]:
    """Measure the posts of `count` pages, with the shipped watchlists and with `terms` made-up terms."""
    texts = [post.text for page in marked_pages(count) for post in posts_of(page)]
    made_up = synthetic_watchlists(terms)
    cases = (
        ("shipped watchlists", shipped_watchlists(), shipped_matcher(), texts),
        (f"{terms:,} terms", made_up, Matcher(made_up), with_terms(texts, made_up)),
    )
    return [row for case in cases for row in _compare(*case, rounds)]


def _compare(
    name: str, watchlists: Sequence[Watchlist], matcher: Matcher, texts: Sequence[str], rounds: int
) -> list[Row]:
    patterns = [term.text.strip('"').casefold() for watchlist in watchlists for term in watchlist.terms]
    automaton = AhoCorasick(patterns, store_patterns=False, implementation=Implementation.DFA)
    folded = [text.casefold() for text in texts]
    costs = take_turns(
        {
            "fold": lambda: timed(lambda: [text.casefold() for text in texts]),
            "scan": lambda: timed(
                lambda: [automaton.find_matches_as_indexes(text, overlapping=True) for text in folded]
            ),
            "tag": lambda: timed(lambda: [matcher.match(text) for text in texts]),
        },
        rounds,
    )
    count = len(texts)
    return [
        compare(f"tag, {name} : casefold", "post", count, work=costs["tag"], limit=costs["fold"], goal=GOAL),
        compare(f"tag, {name} : automaton", "post", count, work=costs["tag"], limit=costs["scan"]),
    ]
