"""Feeds of one's own, out of the settings."""

from worker.config import Settings
from worker.core.announce import Subscription
from worker.core.models import ChangeKind
from worker.core.revision import Grade
from worker.jobs.publish import FeedPlan


def feeds_of(settings: Settings) -> list[FeedPlan]:
    """Return which Atom files are written, and about what."""
    plans = []
    for feed in settings.feeds:
        watchlists = feed.watchlists or tuple(watchlist.name for watchlist in settings.watchlists)
        wanted = Subscription(
            "",
            frozenset(watchlists),
            None if feed.channels is None else frozenset(feed.channels),
            changes=frozenset(ChangeKind(kind) for kind in feed.changes),
            edits=Grade(feed.edits),
        )
        plans.append(FeedPlan(feed.path, feed.title, wanted, watchlists, feed.entries, feed.language, feed.link))
    return plans
