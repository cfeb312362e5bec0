"""Tag the history anew where watchlists have changed, in the background. Tells nobody: digests say how many posts.

Only what changed rules find or no longer find is written; checks tag by the new rules from the start.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from worker.adapters.store import Store
from worker.core.models import Match
from worker.core.retagging import GONE, Portion, Retagging
from worker.core.watchlist.facts import facts_of
from worker.core.watchlist.matcher import Matcher
from worker.log import logger

#: posts in one transaction, which holds up a check for some hundredths of a second
_BATCH = 500


@dataclass(frozen=True, slots=True)
class PostsRetagged:
    """One batch that is tagged by the present rules."""

    posts: int
    #: how far each of the watchlists is that it was tagged for
    progress: tuple[Retagging, ...]


def retag_posts(
    matcher: Matcher,
    *,
    store: Store,
    clock: Callable[[], datetime],
    most: int,
    stopping: Callable[[], bool] = lambda: False,
) -> Iterator[PostsRetagged]:
    """Tag up to `most` stored posts anew, the newest first; yield one result for each batch.

    Args:
        matcher: of all watchlists, changed or not: one may refer to another.
        store: knows what has changed, see `Store.set_up_tagging`.
        clock: the time at which a watchlist is done.
        most: how many posts.
        stopping: True: the rest is left for the next time.
    """
    left = most
    while left > 0 and not stopping() and (portion := store.untagged(min(left, _BATCH))):
        progress = store.record_tagged(portion, _matches(portion, matcher), clock())
        for one in progress:
            if one.finished:
                logger().info("retagged", watchlist=one.watchlist, added=one.added, removed=one.removed)
        left -= max(1, portion.rows)
        yield PostsRetagged(portion.rows, tuple(progress))


def _matches(portion: Portion, matcher: Matcher) -> dict[int, tuple[Match, ...]]:
    """Return row -> matches of the changed watchlists."""
    changed = {name for name, mark in portion.watchlists.items() if mark != GONE}
    if not changed:
        return {}
    found = {}
    for one in portion.posts:
        facts = facts_of(one.post, one.channel, is_edited=one.revision > 1)
        hits = matcher.match(one.post.text, facts)
        found[one.row] = tuple(hit for hit in hits if hit.watchlist in changed)
    return found
