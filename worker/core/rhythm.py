"""How often a channel posts, and what follows: how often it is asked, when it is quiet, what is out of the ordinary."""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

_DAY = timedelta(days=1)
#: what happened so long ago weighs a third of what happens now
_MEMORY = timedelta(days=7)
#: a channel is asked so often in the time between two of its posts
_LOOKS_PER_POST = 4
#: silence of so many usual pauses is "quiet", but never less than three days
_QUIET_PAUSES = 10
_SHORTEST_QUIET = timedelta(days=3)
#: "far more than usual" is so many times what the time since the last check would give
_FAR_MORE = 5


def first_rate(published: Iterable[datetime | None]) -> float | None:
    """Return posts a day by the dates of a baseline; None if fewer than two posts have dates."""
    times = sorted(at for at in published if at is not None)
    if len(times) < 2 or times[0] == times[-1]:
        return None
    return (len(times) - 1) / ((times[-1] - times[0]) / _DAY)


def learned_rate(rate: float | None, new: int, elapsed: timedelta) -> float | None:
    """Return posts a day after `new` posts in the time since the post before them."""
    if elapsed <= timedelta():
        return rate
    seen = new / (elapsed / _DAY)
    if rate is None:
        return seen if new else None
    return rate + (1 - math.exp(-(elapsed / _MEMORY))) * (seen - rate)


def interval(every: timedelta, slowest: timedelta, rate: float | None, silence: timedelta) -> timedelta:
    """Return the pause between two checks: `every` for a busy channel, up to `slowest` for one that seldom posts.

    A channel that has been silent for longer than is usual for it counts as one that posts so seldom.
    """
    if not rate:
        return every
    return max(every, min(slowest, max(_DAY / rate, silence) / _LOOKS_PER_POST))


def is_quiet(last_new_at: datetime | None, now: datetime, rate: float | None) -> bool:
    """Tell whether the channel has been silent for much longer than is usual for it."""
    if last_new_at is None or not rate:
        return False
    return now - last_new_at > max(_SHORTEST_QUIET, _DAY / rate * _QUIET_PAUSES)


def is_extraordinary(found: int, hold_above: int, rate: float | None, elapsed: timedelta | None) -> bool:
    """Tell whether a check found so much that a person should look before anybody is told.

    Args:
        found: new, edited and vanished posts of the check.
        hold_above: what is never held, however unusual.
        rate: posts a day; None: unknown.
        elapsed: since the last good check; None: there was none.
    """
    if found <= hold_above:
        return False
    usual = (rate or 0.0) * ((elapsed or timedelta()) / _DAY)
    return found > _FAR_MORE * usual
