"""When digests are due: slots of local days, and which of them is still to be made. Knows no clock and no recipients.

A slot is one time of day on one local date. The ledger of what was made decides, not the clock: a clock that is late,
jumps or stands still changes nothing but the moment.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from worker.core.record import LedgerLine

#: as `date.weekday` counts them, Monday first
EVERY_DAY = frozenset(range(7))
WORKING_DAYS = frozenset(range(5))
#: the ledger's name of the first digest of a day; later ones have a number behind it
DAILY = "daily"
#: by which a clock may be put back without anybody being told once more
_STEP = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Timetable:
    """The times of day, on which days of the week, of one recipient's digests."""

    #: ascending, each once, one at least
    at: tuple[time, ...]
    zone: tzinfo
    #: as in `EVERY_DAY`, one at least
    days: frozenset[int] = EVERY_DAY


@dataclass(frozen=True, slots=True)
class Slot:
    """A digest's time of day on one local date."""

    local_date: date
    due_at: datetime
    #: its place among those of the day, from 1: another time of day makes no other slot of it
    number: int = 1

    @property
    def name(self) -> str:
        """What the ledger calls it."""
        return DAILY if self.number == 1 else f"{DAILY}-{self.number}"


def moment_of(day: date, at: time, zone: tzinfo) -> datetime:
    """Return when it is `at` on a local date, in UTC.

    A time that a clock change skips comes as much later as the clock was put forward (02:30 is at 03:30), one that
    comes twice is the first of the two (PEP 495).
    """
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def latest_slot(now: datetime, timetable: Timetable) -> Slot:
    """Return the newest slot that is not in the future: one for each local date and time of day, whatever the zone."""
    newest: list[Slot] = []
    for day in _days_back(now, timetable):
        due = [Slot(day, moment_of(day, at, timetable.zone), n) for n, at in enumerate(timetable.at, 1)]
        is_last = bool(newest)
        newest += [slot for slot in due if slot.due_at <= now]
        # a time that was skipped may come after the first of the next day: look one day further than needed
        if is_last:
            break
    return max(newest, key=lambda slot: (slot.due_at, slot.local_date, slot.number))


def _days_back(now: datetime, timetable: Timetable) -> Iterator[date]:
    """Yield the days of the timetable from tomorrow back, more than there can be without one that has passed."""
    tomorrow = now.astimezone(timetable.zone).date() + timedelta(days=1)
    days = (tomorrow - timedelta(days=n) for n in range(24))
    return (day for day in days if day.weekday() in timetable.days)


def due_slot(now: datetime, timetable: Timetable, made: Iterable[LedgerLine]) -> Slot | None:
    """Return the slot for which a digest is to be made now; None: there is none.

    After a time of standing still it is the newest one only. One that was made before is never made again, and none is
    made if the recipient was told after it had become due. Lines that a clock left behind which was ahead by more than
    an hour count for their own slots only.

    Args:
        now: the present.
        timetable: when the recipient wants digests.
        made: the lines of the ledger that may matter: those of the last days, and the newest one before.
    """
    slot = latest_slot(now, timetable)
    for line in made:
        if (line.local_date, line.name) == (slot.local_date.isoformat(), slot.name):
            return None
        if slot.due_at <= line.until <= now + _STEP:
            return None
    return slot


def next_slot(now: datetime, timetable: Timetable) -> Slot:
    """Return the first slot that is still in the future."""
    today = now.astimezone(timetable.zone).date()
    # a week lies between two days of the week at most, and a clock change may skip into the next day
    days = [today + timedelta(days=n) for n in range(-1, 10)]
    coming = [
        Slot(day, due, number)
        for day in days
        if day.weekday() in timetable.days
        for number, at in enumerate(timetable.at, 1)
        if (due := moment_of(day, at, timetable.zone)) > now
    ]
    return min(coming, key=lambda slot: (slot.due_at, slot.local_date, slot.number))


def last_told(now: datetime, made: Iterable[LedgerLine]) -> LedgerLine | None:
    """Return the newest line that is not from the future; None: there is none."""
    return max((line for line in made if line.until <= now + _STEP), key=lambda line: line.until, default=None)
