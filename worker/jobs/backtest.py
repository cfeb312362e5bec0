"""Trying a watchlist on stored posts, and looking there for terms that it lacks. Nothing is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from worker.adapters.store import Store
from worker.core.backtest import Findings, Tally
from worker.core.models import Match, Watchlist
from worker.core.past import PastPost, SamplePost
from worker.core.suggest import Comparison, Suggestion, place_of
from worker.core.watchlist.matcher import Matcher


@dataclass(frozen=True, slots=True)
class Stretch:
    """The posts that are gone through: those that came out in a time."""

    since: datetime
    #: the present
    until: datetime


@dataclass(frozen=True, slots=True)
class Tried:
    """How far a way through the history has come."""

    posts: int
    #: as counted at the beginning
    total: int


@dataclass(frozen=True, slots=True)
class Backtested:
    """The end of a backtest."""

    watchlist: str
    findings: Findings


@dataclass(frozen=True, slots=True)
class Suggested:
    """The end of looking for terms."""

    watchlist: str
    #: tagged posts that were counted, and others; what tells the same as another post is not
    tagged: int
    untagged: int
    #: each with its example
    suggestions: tuple[tuple[Suggestion, SamplePost | None], ...]


def backtest(
    watchlist: Watchlist, *, matcher: Matcher, former: Matcher | None, stretch: Stretch, store: Store, samples: int
) -> Iterator[Tried | Backtested]:
    """Run a watchlist over stored posts; yield after each batch, and in the end what was found.

    Args:
        watchlist: the one that is tried.
        matcher: has it.
        former: has one of the same name to compare with; None: the stored matches are compared with.
        stretch: which posts.
        store: where they are.
        samples: posts in each sample.
    """
    name = watchlist.name
    tally = Tally([term.text for term in watchlist.terms], stretch.until, samples)
    total = store.count_past(stretch.since)
    done = 0
    for batch in store.past_posts(stretch.since, watchlist=None if former else name):
        for post in batch:
            tally.add(post, hits_of(former, post, name) if former else post.matches, hits_of(matcher, post, name))
        done += len(batch)
        yield Tried(done, total)
    yield Backtested(name, tally.findings())


def suggest(
    watchlist: Watchlist, *, matcher: Matcher, stretch: Stretch, store: Store, least_posts: int, most: int
) -> Iterator[Tried | Suggested]:
    """Look for terms that stand out in the posts that a watchlist tags; yield as `backtest` does.

    Goes through the posts twice; those that tell the same as an earlier post are left out.
    """
    comparison = Comparison(watchlist, least_posts=least_posts)
    total = 2 * store.count_past(stretch.since)
    tagged: set[int] = set()
    done = 0
    for batch in store.past_posts(stretch.since):
        for post in batch:
            hits = () if post.is_repeat else hits_of(matcher, post, watchlist.name)
            if hits:
                tagged.add(post.row)
                comparison.add_tagged(post.text, hits, channel=post.channel, row=post.row)
        done += len(batch)
        yield Tried(done, total)
    for batch in store.past_posts(stretch.since) if tagged else ():
        for post in batch:
            if not post.is_repeat and post.row not in tagged:
                comparison.add_other(post.text)
        done += len(batch)
        yield Tried(done, total)
    found = comparison.suggestions(most)
    examples = store.posts_in_rows([each.example for each in found])
    shown = [(each, _example(each, examples.get(each.example), matcher, watchlist.name)) for each in found]
    yield Suggested(watchlist.name, comparison.tagged, comparison.untagged, tuple(shown))


def hits_of(matcher: Matcher, post: PastPost, name: str) -> tuple[Match, ...]:
    """Return the matches of one watchlist in a post."""
    return tuple(hit for hit in matcher.match(post.text, post.facts) if hit.watchlist == name)


def _example(suggestion: Suggestion, post: PastPost | None, matcher: Matcher, name: str) -> SamplePost | None:
    """Return the post with the place of the suggested term; None if it has changed meanwhile."""
    place = place_of(suggestion, post.text, hits_of(matcher, post, name)) if post else None
    return SamplePost(post, (Match(name, suggestion.term, *place),)) if post and place else None
