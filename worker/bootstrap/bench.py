"""Settings -> watchlists tried on stored posts and on texts of one's own. Nothing is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from worker.bootstrap import open_store, utc_now
from worker.bootstrap.history import find_post
from worker.config import Settings, load, load_watchlists
from worker.core.models import Watchlist
from worker.core.past import PastPost
from worker.core.watchlist.matcher import Matcher
from worker.errors import WatchwordError
from worker.jobs.backtest import Backtested, Stretch, Suggested, Tried, backtest, suggest

#: how far back the list of watchlists counts
TAGGED_WITHIN = timedelta(days=30)
_REFERENCE = "watchlist:"


@dataclass(frozen=True, slots=True)
class Change:
    """Which watchlist is tried, and what it is compared with."""

    name: str
    #: a file of watchlists that has it; None: the configuration has it
    file: Path | None = None
    #: a configuration that has it as it was; None: the stored matches are compared with
    against: Path | None = None


def start_backtest(
    settings: Settings, change: Change, *, since: datetime, samples: int
) -> Iterator[Tried | Backtested]:
    """Run a watchlist over the posts that came out since a time, and compare.

    Raises:
        WatchwordError: there is no such watchlist.
        ConfigError: a file that is named cannot be used.
        StoreError: the database cannot be used.
    """
    own = load_watchlists([change.file]) if change.file else ()
    watchlists = (*own, *(each for each in settings.watchlists if each.name not in {one.name for one in own}))
    where = str(change.file) if change.file else "the configuration"
    watchlist = find_watchlist(own or watchlists, change.name, where)
    former = None
    if change.against:
        others = load(change.against).watchlists
        former = matcher_of(find_watchlist(others, change.name, str(change.against)), others)
    return backtest(
        watchlist,
        matcher=matcher_of(watchlist, watchlists),
        former=former,
        stretch=Stretch(since, utc_now()),
        store=open_store(settings),
        samples=samples,
    )


def start_suggesting(
    settings: Settings, name: str, *, since: datetime, least_posts: int, most: int
) -> Iterator[Tried | Suggested]:
    """Look for terms that a watchlist lacks. Raises as `start_backtest` does."""
    watchlist = find_watchlist(settings.watchlists, name, "the configuration")
    return suggest(
        watchlist,
        matcher=matcher_of(watchlist, settings.watchlists),
        stretch=Stretch(since, utc_now()),
        store=open_store(settings),
        least_posts=least_posts,
        most=most,
    )


def find_watchlist(watchlists: Sequence[Watchlist], name: str, where: str) -> Watchlist:
    """Return the watchlist of this name, in any case. Raises WatchwordError, which names those that there are."""
    for watchlist in watchlists:
        if watchlist.name.casefold() == name.casefold():
            return watchlist
    known = ", ".join(watchlist.name for watchlist in watchlists) or "none"
    message = f"there is no watchlist {name!r} in {where}, known are {known}"
    raise WatchwordError(message)


def matcher_of(watchlist: Watchlist, watchlists: Sequence[Watchlist]) -> Matcher:
    """Return a matcher with a watchlist, alone if it refers to no other one: that is faster."""
    terms = (*watchlist.terms, *(exclusion.term for exclusion in watchlist.exclusions))
    return Matcher(watchlists if any(_REFERENCE in term.text.casefold() for term in terms) else (watchlist,))


def read_post(settings: Settings, name: str) -> PastPost:
    """Return a stored post with its stored matches.

    Raises:
        WatchwordError: there is no such post, more than one, or its text was removed.
        StoreError: the database cannot be used.
    """
    store = open_store(settings)
    found = find_post(store, name)
    post = store.posts_in_rows([found.row]).get(found.row)
    if post is None:
        message = f"the text of {found.name} was removed by [retention], there is nothing to explain"
        raise WatchwordError(message)
    return post


def list_watchlists(settings: Settings, places: dict[str, str]) -> list[dict[str, Any]]:
    """Return what there is to say of each watchlist, in the documented shape; `places` says where it is defined."""
    tagged = open_store(settings).count_tagged(utc_now() - TAGGED_WITHIN)
    return [
        {
            "watchlist": each.name,
            "terms": len(each.terms),
            "not": len(each.exclusions),
            "examples": len(each.examples) + len(each.counter_examples),
            "defined_in": places.get(each.name),
            "tagged": tagged.get(each.name, 0),
        }
        for each in settings.watchlists
    ]
