"""The proof of a watchlist: its terms are compiled and its examples are tried. Does not know about files."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from worker.config.documents import Problem
from worker.config.values import printable, quoted
from worker.core.models import Watchlist
from worker.core.watchlist.matcher import Matcher
from worker.errors import TermError


def example_problems(watchlists: Iterable[Watchlist]) -> Iterator[Problem]:
    """Yield each term that cannot be understood and each example that fails, with its path in the configuration."""
    for number, watchlist in enumerate(watchlists):
        path = ("watchlist", number)
        try:
            matcher = Matcher((watchlist,))
        except TermError:
            yield from _bad_terms(path, watchlist)
        else:
            yield from _failing(path, watchlist, matcher)


def _bad_terms(path: tuple[str, int], watchlist: Watchlist) -> Iterator[Problem]:
    """Yield every bad term, where the matcher stops at the first."""
    for number, term in enumerate(watchlist.terms):
        try:
            Matcher((replace(watchlist, terms=(term,)),))
        except TermError as error:
            yield Problem((*path, "terms", number), str(error))


def _failing(path: tuple[str, int], watchlist: Watchlist, matcher: Matcher) -> Iterator[Problem]:
    name = printable(watchlist.name)
    for number, text in enumerate(watchlist.examples):
        if not matcher.match(text):
            said = f"example {quoted([text])} is not tagged {name}, add a term or change the example"
            yield Problem((*path, "examples", "match", number), said)
    for number, text in enumerate(watchlist.counter_examples):
        if terms := sorted({match.term for match in matcher.match(text)}):
            by = f"the term {quoted(terms)}" if len(terms) == 1 else f"the terms {quoted(terms)}"
            said = f"example {quoted([text])} is tagged {name} by {by}, change the term or the example"
            yield Problem((*path, "examples", "no_match", number), said)
