"""The proof of a watchlist: its terms are compiled and its examples are tried. Does not know about files."""

from collections.abc import Iterable, Iterator

from worker.config import locate
from worker.config.documents import Problem
from worker.config.values import printable, quoted
from worker.core.models import Example, Watchlist
from worker.core.watchlist.concept import find_mistakes, names_others
from worker.core.watchlist.explanation import Judgement, TermFinding
from worker.core.watchlist.matcher import Matcher
from worker.core.watchlist.near_miss import is_near_miss
from worker.core.watchlist.nearest_term import nearest_term
from worker.errors import TermError

#: more terms than this that tag one example are only counted
_MOST_NAMED = 3


def example_problems(watchlists: Iterable[Watchlist]) -> Iterator[Problem]:
    """Yield each term that cannot be understood and each example that fails, with its path in the configuration."""
    every = list(watchlists)
    numbers = {watchlist.name: number for number, watchlist in enumerate(every)}
    try:
        matcher = Matcher(every)
    except TermError:
        mistakes = list(find_mistakes(every))
        for mistake in mistakes:
            yield _bad_term(numbers[mistake.watchlist], mistake)
        # where one is wrong, those are tried that are right and need no other
        wrong = {mistake.watchlist for mistake in mistakes}
        every = [each for each in every if each.name not in wrong and not names_others(each)]
        matcher = Matcher(every)
    for watchlist in every:
        yield from _failing(numbers[watchlist.name], watchlist, matcher)


def _bad_term(number: int, mistake: TermError) -> Problem:
    path = ("watchlist", number, "not" if mistake.excludes else "terms", mistake.index)
    return Problem(path, str(mistake), inside=("term", mistake.at))


def _failing(number: int, watchlist: Watchlist, matcher: Matcher) -> Iterator[Problem]:
    path = ("watchlist", number)
    name = printable(watchlist.name)
    for place, example in enumerate(watchlist.examples):
        if not _is_tagged(watchlist, matcher, example):
            why, elsewhere = _why_not(path, watchlist, _judge(watchlist, matcher, example), example.text)
            said = f"example {quoted([example.text])} is not tagged {name}: {why}"
            yield Problem((*path, "examples", "match", place), said, elsewhere=elsewhere)
    for place, example in enumerate(watchlist.counter_examples):
        if _is_tagged(watchlist, matcher, example):
            by, elsewhere = _by_what(path, _judge(watchlist, matcher, example), example.text)
            said = f"example {quoted([example.text])} is tagged {name} by {by}"
            yield Problem((*path, "examples", "no_match", place), said, elsewhere=elsewhere)


def _is_tagged(watchlist: Watchlist, matcher: Matcher, example: Example) -> bool:
    return watchlist.name in matcher.tags(matcher.match(example.text, example.facts))


def _judge(watchlist: Watchlist, matcher: Matcher, example: Example) -> Judgement:
    every = matcher.explain(example.text, example.facts).judgements
    return next(each for each in every if each.watchlist == watchlist.name)


def _by_what(path: locate.Path, judgement: Judgement, text: str) -> tuple[str, locate.Path]:
    """Return the terms that hit and where, and the path of the first of them."""
    hit = [(number, finding) for number, finding in enumerate(judgement.terms) if finding.hit]
    by = ", ".join(_placed(finding, text) for _, finding in hit[:_MOST_NAMED])
    more = f" and {len(hit) - _MOST_NAMED} more" if len(hit) > _MOST_NAMED else ""
    return f"{by}{more}, change the example or the term at", (*path, "terms", hit[0][0])


def _placed(finding: TermFinding, text: str) -> str:
    term = f"the term {quoted([finding.term.text])}"
    if not finding.hits:
        return f"{term} without any word of it"
    start, end = finding.hits[0]
    return f"{term} in {quoted([text[start:end]])} at character {start + 1}"


def _why_not(
    path: locate.Path, watchlist: Watchlist, judgement: Judgement, text: str
) -> tuple[str, locate.Path | None]:
    """Return why an example is not tagged, what would be right, and the path of the term at fault if there is one."""
    if judgement.score:
        found = quoted(finding.term.text for finding in judgement.terms if finding.hit)
        reached = f"{judgement.score:g} of {judgement.threshold:g}"
        return f"found is {found}, which counts {reached}; change the example, a weight or the threshold", None
    for finding in judgement.terms:
        if finding.cancelled:
            lost = finding.cancelled[0]
            taken = f"{quoted([text[lost.start : lost.end]])} is taken away by {quoted([lost.by])}"
            places = [number for number, each in enumerate(watchlist.exclusions) if each.term.text == lost.by]
            return f"{taken}, change the example or the exclusion at", (*path, "not", places[0])
    for number, finding in enumerate(judgement.terms):
        if is_near_miss(finding):
            lacks = f"the term {quoted([finding.term.text])} lacks {quoted(finding.missing)}"
            return f"{lacks}, change the example or the term at", (*path, "terms", number)
    near = nearest_term(watchlist.terms, text)
    if near is None:
        return "none of its terms is found, add a term or change the example", None
    nearest = f"{quoted([near[1]])} is not the term {quoted([watchlist.terms[near[0]].text])}"
    return f"{nearest}, change the example or the term at", (*path, "terms", near[0])
