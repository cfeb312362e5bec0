"""A person's decision on what was held: tell it after all, or take it for the channel's new normal."""

from collections.abc import Sequence
from datetime import datetime

from worker.adapters.store import Store
from worker.core.announce import Subscription, announce
from worker.log import logger


def approve(name: str, *, store: Store, subscriptions: Sequence[Subscription], now: datetime) -> int:
    """Tell the held changes of a channel to those who want them; return how many there were."""
    held = store.held_changes(name)
    store.record_approval([(number, announce(told, subscriptions)) for number, told in held.items()], now)
    logger().info("held_approved", channel=name, changes=len(held))
    return len(held)


def rebaseline(name: str, *, store: Store) -> int:
    """Keep the posts and tell nobody; return how many changes there were."""
    dropped = store.record_rebaseline(name)
    logger().info("held_rebaselined", channel=name, changes=dropped)
    return dropped
