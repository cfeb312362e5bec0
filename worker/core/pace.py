"""How fast a recipient is told at once: quiet hours and a measure for each hour. They hold alerts back and drop none.

Decides on alerts that wait to be decided on; what was let go is no longer its business. Knows nothing of digests and
of messages to operators, which are never held back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from worker.core.timetable import EVERY_DAY, moment_of

#: so many alerts of quiet hours come one by one when these are over; more come as one message
FEW = 3
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
#: quiet hours that follow on each other are over after a week at the latest
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which nothing is told at once; they begin on some days of the week."""

    start: time
    #: of the next day, if it is not later than `start`
    end: time
    zone: tzinfo
    days: frozenset[int] = EVERY_DAY

    def until(self, now: datetime) -> datetime | None:
        """Return when the quiet hours end that `now` lies in; None: it lies in none."""
        end: datetime | None = None
        moment = now
        for _ in range(_WEEK):
            further = self._end(moment)
            if further is None or further <= moment:
                break
            end = moment = further
        return end

    def _end(self, now: datetime) -> datetime | None:
        today = now.astimezone(self.zone).date()
        for day in (today - _DAY, today):
            if day.weekday() in self.days:
                begins = moment_of(day, self.start, self.zone)
                ends = moment_of(day if self.start < self.end else day + _DAY, self.end, self.zone)
                if begins <= now < ends:
                    return ends
        return None


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast one recipient may be told."""

    #: None: there are no quiet hours
    quiet: Quiet | None = None
    #: most messages in an hour by the clock; None: any number
    per_hour: int | None = None

    @property
    def holds(self) -> bool:
        """Whether alerts have to be decided on before they are sent."""
        return self.quiet is not None or self.per_hour is not None

    def quiet_until(self, at: datetime) -> datetime | None:
        """Return when the quiet hours end that `at` lies in; None: it lies in none."""
        return self.quiet.until(at) if self.quiet else None


@dataclass(frozen=True, slots=True)
class HeldAlert:
    """An alert that waits to be let go."""

    id: str
    created_at: datetime
    #: whether it was held back before; False: it has just come
    has_waited: bool


@dataclass(frozen=True, slots=True)
class Release:
    """What becomes of held alerts: each stands in exactly one of the three."""

    #: sent as they are
    apart: tuple[str, ...] = ()
    #: sent as one message; none, or two and more
    together: tuple[str, ...] = ()
    #: held until `until`
    later: tuple[str, ...] = ()
    until: datetime | None = None

    @property
    def messages(self) -> int:
        """How many messages are let go."""
        return len(self.apart) + bool(self.together)


def hour_of(now: datetime) -> datetime:
    """Return the beginning of the hour by the clock, in UTC."""
    return now.replace(minute=0, second=0, microsecond=0)


def release(now: datetime, pace: Pace, held: Sequence[HeldAlert], sent: int) -> Release:
    """Decide on held alerts, in the order in which they came.

    In quiet hours all wait for their end. Afterwards a few come one by one, more as one message. Of those that have
    just come, as many go as the hour still has room for; the rest waits for its end and comes as one message.

    Args:
        now: the present, in UTC.
        pace: how fast the recipient may be told.
        held: the alerts, those that came first in front.
        sent: how many messages have been let go in this hour.
    """
    every = tuple(one.id for one in held)
    if until := pace.quiet_until(now):
        return Release(later=every, until=until)
    room = len(held) if pace.per_hour is None else max(pace.per_hour - sent, 0)
    over = hour_of(now) + _HOUR
    if not room:
        return Release(later=every, until=over)
    waited = [one for one in held if one.has_waited]
    fresh = [one.id for one in held if not one.has_waited]
    together = waited if _belong_together(waited, pace, room) else []
    apart = [one.id for one in waited if not together]
    room -= len(apart) + bool(together)
    apart += fresh[:room]
    later = tuple(fresh[room:])
    return Release(tuple(apart), tuple(one.id for one in together), later, over if later else None)


def _belong_together(waited: Sequence[HeldAlert], pace: Pace, room: int) -> bool:
    """Tell whether alerts that have waited go as one message: all that an hour had no room for, others if many."""
    if len(waited) < 2:
        return False
    is_from_quiet = all(pace.quiet_until(one.created_at) for one in waited)
    return not is_from_quiet or len(waited) > min(FEW, room)
