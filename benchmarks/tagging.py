"""Tagging posts, against what cannot be left out.

Posts of pages, with the shipped watchlists and with long ones of words and phrases: against folding their case and
nothing else, and against the automaton alone on texts that are folded already, which no matcher in Python can beat.

Mixed posts with watchlists of every kind of term: against the bare library as one would use it, on text in small
letters, with a look at both ends of each word that it finds. It knows no hashtags, forms, prefixes, case or queries.
"""

from collections.abc import Sequence

from ahocorasick_rs import AhoCorasick, Implementation

from benchmarks import mixed_posts
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
#: half as many posts a second as the bare library; with so few terms that the automaton costs nothing, a third
GOAL_MIXED, GOAL_FEW = 2.0, 3.3
#: above this the library is better off without its full table
_MOST_FOR_DFA = 5_000


def run(*, count: int = 100, terms: int = 1_000, rounds: int = ROUNDS) -> list[Row]:
    """Measure the posts of `count` pages, with the shipped watchlists and with `terms` made-up terms."""
    texts = [post.text for page in marked_pages(count) for post in posts_of(page)]
    made_up = synthetic_watchlists(terms)
    cases = (
        ("shipped watchlists", shipped_watchlists(), shipped_matcher(), texts),
        (f"{terms:,} terms", made_up, Matcher(made_up), with_terms(texts, made_up)),
    )
    rows = [row for case in cases for row in _compare(*case, rounds)]
    posts = mixed_posts.posts(count * 200)
    return [*rows, *(_compare_mixed(posts, size, rounds) for size in (10, terms, 20 * terms))]


def _compare_mixed(posts: Sequence[str], terms: int, rounds: int) -> Row:
    watchlists = mixed_posts.watchlists(terms)
    matcher = Matcher(watchlists)
    pieces = mixed_posts.pieces_of(watchlists)
    implementation = Implementation.DFA if len(pieces) <= _MOST_FOR_DFA else Implementation.ContiguousNFA
    automaton = AhoCorasick(pieces, store_patterns=False, implementation=implementation)
    costs = take_turns(
        {
            "bare": lambda: timed(lambda: [_find_words(automaton, post) for post in posts]),
            "tag": lambda: timed(lambda: [matcher.match(post) for post in posts]),
        },
        rounds,
    )
    goal = GOAL_FEW if terms <= 10 else GOAL_MIXED
    what = f"tag mixed posts, {terms:,} mixed terms : bare library"
    return compare(what, "post", len(posts), work=costs["tag"], limit=costs["bare"], goal=goal)


def _find_words(automaton: AhoCorasick, post: str) -> list[tuple[int, int, int]]:
    """Find whole words as one would with the library alone."""
    text = post.casefold()
    last = len(text)
    found = []
    for number, start, end in automaton.find_matches_as_indexes(text, overlapping=True):
        if start and (text[start - 1].isalnum() or text[start - 1] == "_"):
            continue
        if end < last and (text[end].isalnum() or text[end] == "_"):
            continue
        found.append((number, start, end))
    return found


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
