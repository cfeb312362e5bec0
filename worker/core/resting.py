"""How long a recipient rests after a failure: arithmetic on times that are arguments. Decides on no single message."""

from datetime import datetime, timedelta

#: failures of one message for which the recipient's others wait
_KEEPING_ORDER = 3
#: afterwards they wait so long
_PAUSE = timedelta(minutes=5)


def rest_after(now: datetime, turn: int, again: datetime | None, *, wait: timedelta | None = None) -> datetime:
    """Return until when a recipient is sent nothing after a failure that may pass.

    The first failures of a message hold back those that follow it, so that a short outage changes no order. From then
    on the recipient only rests for a while: one message that cannot be taken silences nobody.

    Args:
        now: the end of the attempt.
        turn: how often this message has failed.
        again: when it is tried again; None: never.
        wait: what the other side asked for (Retry-After); never undercut.
    """
    short = _PAUSE if again is None else min(again - now, _PAUSE)
    pause = again - now if again is not None and turn <= _KEEPING_ORDER else short
    return now + max(pause, wait or timedelta())
