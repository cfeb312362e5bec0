"""The proof of a watchlist: its terms are compiled and its examples are tried. Does not know about files."""

from collections.abc import Iterable, Iterator

from worker.config.documents import Problem
from worker.config.values import printable, quoted
from worker.core.models import Watchlist
from worker.core.watchlist.concept import find_mistakes, names_others
from worker.core.watchlist.matcher import Matcher
from worker.errors import TermError


def example_problems(watchlists: Iterable[Watchlist]) -> Iterator[Problem]:
    """Yield each term that cannot be understood and each example that fails, with its path in the configuration."""
    every = list(watchlists)
    numbers = {watchlist.name: number for number, watchlist in enumerate(every)}
    mistakes = list(find_mistakes(every))
    for mistake in mistakes:
        yield _bad_term(numbers[mistake.watchlist], mistake)
    # where one is wrong, those are tried that need no other
    wrong = {mistake.watchlist for mistake in mistakes}
    sound = [watchlist for watchlist in every if watchlist.name not in wrong]
    for some in [[watchlist] for watchlist in sound if not names_others(watchlist)] if wrong else [every]:
        matcher = Matcher(some)
        for watchlist in some:
            yield from _failing(("watchlist", numbers[watchlist.name]), watchlist, matcher)


def _bad_term(number: int, mistake: TermError) -> Problem:
    path = ("watchlist", number, "not" if mistake.excludes else "terms", mistake.index)
    return Problem(path, str(mistake), inside=("term", mistake.at))


def _failing(path: tuple[str, int], watchlist: Watchlist, matcher: Matcher) -> Iterator[Problem]:
    name = printable(watchlist.name)
    for number, text in enumerate(watchlist.examples):
        if watchlist.name not in matcher.tags(matcher.match(text)):
            said = f"example {quoted([text])} is not tagged {name}, add a term or change the example"
            yield Problem((*path, "examples", "match", number), said)
    for number, text in enumerate(watchlist.counter_examples):
        if terms := sorted({match.term for match in matcher.match(text) if match.watchlist == watchlist.name}):
            by = f"the term {quoted(terms)}" if len(terms) == 1 else f"the terms {quoted(terms)}"
            said = f"example {quoted([text])} is tagged {name} by {by}, change the term or the example"
            yield Problem((*path, "examples", "no_match", number), said)
