"""Due times of checks and back-off: arithmetic on times that are arguments. Draws no random numbers.

When digests are due is said by `worker.core.timetable`.
"""

from datetime import datetime, timedelta

#: a failing channel is asked less and less often, but never not at all
_CHECK_BACKOFF_LIMIT = timedelta(hours=6)
_JITTER_SHARE = 0.1

#: waits after the first, second, ... failed attempt; after the last one the delivery is a dead letter
MAIL_BACKOFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720, 1440, 1440, 1440))
#: the schedule that the Standard Webhooks specification proposes, about 75 hours
WEBHOOK_BACKOFF = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=h) for h in (2, 5, 10, 14, 20, 24)),
)


def next_check(
    now: datetime, every: timedelta, *, failures: int = 0, jitter: float, wait: timedelta | None = None
) -> datetime:
    """Return when a channel is asked again.

    Args:
        now: the end of this check.
        every: the channel's interval.
        failures: how many checks in a row have failed; each doubles the interval, up to six hours.
        jitter: a number from 0 to 1; spreads channels so that they do not ask in step.
        wait: what the server asked for (Retry-After); never undercut.
    """
    pause = every if failures == 0 else min(every * 2 ** min(failures, 16), max(_CHECK_BACKOFF_LIMIT, every))
    pause += every * (_JITTER_SHARE * jitter)
    return now + max(pause, wait or timedelta())


def next_attempt(
    now: datetime,
    attempts: int,
    table: tuple[timedelta, ...],
    *,
    jitter: float,
    wait: timedelta | None = None,
) -> datetime | None:
    """Return when a delivery is tried again after `attempts` failed ones; None: the table is used up."""
    if attempts > len(table):
        return None
    pause = table[attempts - 1]
    return now + max(pause + pause * (_JITTER_SHARE * jitter), wait or timedelta())
