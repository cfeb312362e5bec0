"""When digests are due: exactly one for each slot, in every zone, whatever the clock does."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.record import LedgerLine
from worker.core.timetable import WORKING_DAYS, Slot, Timetable, due_slot, last_told, latest_slot, moment_of, next_slot

START, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
TIMES = (time(0, 0), time(0, 30), time(2, 30), time(3, 0), time(7, 30))
#: how long around a clock change the clock is followed, and how close to it, or to a due time, every tick is made
NEAR, CLOSE = timedelta(hours=40), timedelta(hours=1)
#: no divisor of any offset between the times
TICK = timedelta(minutes=13)


def play(timetable: Timetable, ticks: Iterator[datetime] | list[datetime]) -> list[LedgerLine]:
    """Ask at each tick what is due, and enter it into a ledger, as the job does."""
    ledger: list[LedgerLine] = []
    for now in ticks:
        slot = due_slot(now, timetable, ledger[-6:])
        if slot is not None:
            ledger.append(LedgerLine(slot.local_date.isoformat(), now, slot.name))
    return ledger


def changes(zone: ZoneInfo) -> list[datetime]:
    """Return when the zone's clocks change, to the minute before it."""
    found = []
    before, moment = zone.utcoffset(START.astimezone(zone)), START
    while moment < END:
        after = moment + 7 * DAY  # no zone puts its clocks forward and back in a week
        offset = zone.utcoffset(after.astimezone(zone))
        if offset != before:
            low, high = moment, after
            while high - low > MINUTE:
                middle = low + (high - low) / 2
                low, high = (middle, high) if zone.utcoffset(middle.astimezone(zone)) == before else (low, middle)
            found.append(low.replace(second=0, microsecond=0))
            before = offset
        moment = after
    return found


@cache
def kinds_of_zones() -> dict[str, list[datetime]]:
    """Return one zone for each way in which clocks go in these years, with their changes; the other zones go alike."""
    kinds: dict[tuple[object, ...], tuple[str, list[datetime]]] = {}
    for name in sorted(available_timezones() - {"localtime"}):
        zone = ZoneInfo(name)
        moments = changes(zone)
        offsets = [zone.utcoffset(moment.astimezone(zone)) for moment in (START, *(m + 2 * MINUTE for m in moments))]
        kinds.setdefault((*moments, *offsets), (name, moments))
    return dict(kinds.values())


def ticks_near(timetable: Timetable, change: datetime) -> list[datetime]:
    """Return the ticks around a clock change: many about it, and about the due times of the days beside it."""
    (at,) = timetable.at
    day = change.astimezone(timetable.zone).date()
    around = [change, *(moment_of(day + n * DAY, at, timetable.zone) for n in (-1, 0, 1))]
    ticks = (change - NEAR + step * TICK for step in range(2 * NEAR // TICK))
    return [tick for tick in ticks if any(abs(tick - moment) < CLOSE for moment in around)]


def test_every_zone_of_the_world_is_tried() -> None:
    assert len(available_timezones()) > 400
    assert len(kinds_of_zones()) > 60
    assert sum(bool(moments) for moments in kinds_of_zones().values()) > 15


@pytest.mark.parametrize("at", TIMES, ids=str)
def test_each_local_date_of_each_zone_has_exactly_one_digest(at: time) -> None:
    for name, near in kinds_of_zones().items():
        zone = ZoneInfo(name)
        timetable = Timetable((at,), zone)
        for change in near or [START + 400 * DAY]:
            ledger = play(timetable, ticks_near(timetable, change))[1:]  # the first is of whatever was due before
            dates = [date.fromisoformat(line.local_date) for line in ledger]
            assert dates == [dates[0] + n * DAY for n in range(len(dates))], f"{name} {at}"
            assert len(dates) >= 2, f"{name} {at}"
            for line, day in zip(ledger, dates, strict=True):
                late = line.until - moment_of(day, at, zone)
                assert timedelta(0) <= late < TICK, f"{name} {at} {day}"


@pytest.mark.skipif("WATCHWORD_SOAK" not in os.environ, reason="takes minutes: set WATCHWORD_SOAK to try every day")
@pytest.mark.parametrize("at", TIMES, ids=str)
def test_every_day_of_seven_years_in_each_zone_has_exactly_one_digest(at: time) -> None:
    for name, near in kinds_of_zones().items():
        timetable = Timetable((at,), ZoneInfo(name))
        hours = (START + n * 240 * MINUTE for n in range((END - START) // (240 * MINUTE)))
        close = (tick for change in near for tick in ticks_near(timetable, change))
        dates = [date.fromisoformat(line.local_date) for line in play(timetable, sorted({*hours, *close}))]
        assert dates == [dates[0] + n * DAY for n in range(len(dates))], f"{name} {at}"
        assert len(dates) >= (END - START).days, f"{name} {at}"


PARIS = ZoneInfo("Europe/Paris")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 3, 29, 0, 29, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), SPRING),  # 02:30 does not exist: 03:30 it is
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), AUTUMN),  # the first 02:30 of two
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), AUTUMN),
    ],
)
def test_a_slot_in_the_hour_of_a_clock_change(now: datetime, expected: date) -> None:
    assert latest_slot(now, Timetable((time(2, 30),), PARIS)).local_date == expected


def test_slots_that_a_clock_change_turns_round_are_both_made_once() -> None:
    # 02:30 is skipped and comes at 03:30, after the one of 03:00
    timetable = Timetable((time(2, 30), time(3, 0)), PARIS)
    midnight = moment_of(SPRING, time(0), PARIS)

    made = play(timetable, [midnight + 5 * n * MINUTE for n in range(12 * 12)])[1:]

    assert [line.name for line in made] == ["daily-2", "daily"]


def test_several_times_a_day_on_working_days() -> None:
    timetable = Timetable((time(7, 30), time(17, 0)), PARIS, WORKING_DAYS)
    friday = moment_of(date(2026, 11, 20), time(0), PARIS)

    made = play(timetable, [friday + 20 * n * MINUTE for n in range(3 * 24 * 4)])[1:]

    assert [(line.local_date, line.name) for line in made] == [
        ("2026-11-20", "daily"),
        ("2026-11-20", "daily-2"),
        ("2026-11-23", "daily"),
        ("2026-11-23", "daily-2"),
    ]


def test_once_a_week() -> None:
    timetable = Timetable((time(7, 30),), PARIS, frozenset({3}))
    start = moment_of(date(2026, 11, 20), time(0), PARIS)

    made = play(timetable, [start + n * timedelta(hours=1) for n in range(24 * 28)])[1:]

    assert [line.local_date for line in made] == ["2026-11-26", "2026-12-03", "2026-12-10", "2026-12-17"]


def test_after_standing_still_there_is_one_digest_and_not_one_for_each_day() -> None:
    timetable = Timetable((time(7, 30), time(17, 0)), PARIS)
    before = datetime(2026, 11, 20, 7, tzinfo=UTC)

    made = play(timetable, [before, before + 5 * DAY, before + 5 * DAY + MINUTE, before + 5 * DAY + 2 * MINUTE])

    assert [(line.local_date, line.name) for line in made] == [("2026-11-20", "daily"), ("2026-11-25", "daily")]


def test_a_time_that_was_moved_on_the_same_day_makes_no_second_digest() -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    made = play(Timetable((time(7, 30),), PARIS), [noon])

    assert due_slot(noon + 6 * timedelta(hours=1), Timetable((time(17, 0),), PARIS), made) is None
    assert due_slot(noon + 6 * timedelta(hours=1), Timetable((time(7, 30), time(17, 0)), PARIS), made) is not None


def test_a_digest_sent_out_of_turn_stands_in_for_one_that_was_due_before_it() -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    by_hand = [LedgerLine("2026-11-20", noon, "by-hand")]
    timetable = Timetable((time(7, 30), time(17, 0)), PARIS)

    assert due_slot(noon + MINUTE, timetable, by_hand) is None
    due = due_slot(noon + 6 * timedelta(hours=1), timetable, by_hand)
    assert due is not None
    assert due.number == 2


def test_a_clock_that_was_years_ahead_stops_no_digest_when_it_is_right_again() -> None:
    timetable = Timetable((time(7, 30),), PARIS)
    morning = datetime(2026, 11, 20, 7, tzinfo=UTC)
    ahead = datetime(2031, 1, 1, 12, tzinfo=UTC)

    made = play(timetable, [morning, ahead, *(morning + n * timedelta(hours=1) for n in range(1, 72))])

    assert [line.local_date for line in made] == ["2026-11-20", "2031-01-01", "2026-11-21", "2026-11-22"]
    newest = last_told(morning + DAY * 3, made)
    assert newest is not None
    assert newest.local_date == "2026-11-22"


def test_a_clock_that_steps_back_a_little_tells_nothing_again() -> None:
    timetable = Timetable((time(7, 30),), PARIS)
    due = moment_of(date(2026, 11, 20), time(7, 30), PARIS)

    made = play(timetable, [due - 3 * DAY, due, due - timedelta(seconds=2), due - 50 * MINUTE, due + MINUTE])

    assert [line.local_date for line in made] == ["2026-11-17", "2026-11-20"]


CLOCKS = st.lists(st.integers(-3 * 24 * 60, 3 * 24 * 60), min_size=5, max_size=60)
TIMETABLES = st.builds(
    Timetable,
    st.sets(st.builds(time, st.integers(0, 23), st.sampled_from([0, 30])), min_size=1, max_size=3).map(
        lambda times: tuple(sorted(times))
    ),
    st.sampled_from(["Europe/Paris", "America/Havana", "Africa/Cairo", "Australia/Lord_Howe", "UTC"]).map(ZoneInfo),
    st.sets(st.integers(0, 6), min_size=1).map(frozenset),
)


@settings(max_examples=150)
@given(TIMETABLES, CLOCKS)
def test_whatever_the_clock_does_no_slot_is_made_twice(timetable: Timetable, steps: list[int]) -> None:
    now = datetime(2026, 10, 24, 12, tzinfo=UTC)
    ticks = []
    for step in steps:
        now += step * MINUTE
        ticks.append(now)

    made: list[LedgerLine] = []
    for now in ticks:
        slot = due_slot(now, timetable, made)
        if slot is not None:
            assert slot.due_at <= now
            assert slot.local_date.weekday() in timetable.days
            made.append(LedgerLine(slot.local_date.isoformat(), now, slot.name))

    assert len({(line.local_date, line.name) for line in made}) == len(made)


@settings(max_examples=100)
@given(TIMETABLES, st.integers(0, 60 * 24 * 400))
def test_there_is_always_a_latest_slot(timetable: Timetable, minutes: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + minutes * MINUTE

    slot = latest_slot(now, timetable)

    assert isinstance(slot, Slot)
    assert now - timedelta(days=9) < slot.due_at <= now


@given(
    st.sampled_from(sorted(available_timezones() - {"localtime"})),
    st.sets(st.sampled_from(TIMES), min_size=1),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 6 * 365 * 24 * 60).map(lambda minutes: START + minutes * MINUTE),
)
@settings(max_examples=60)
def test_the_next_slot_is_the_one_that_comes_due_next(zone: str, at: set[time], days: set[int], now: datetime) -> None:
    timetable = Timetable(tuple(sorted(at)), ZoneInfo(zone), frozenset(days))
    coming = next_slot(now, timetable)
    assert coming.due_at > now
    assert latest_slot(coming.due_at, timetable).due_at == coming.due_at
    assert latest_slot(coming.due_at - timedelta(microseconds=1), timetable).due_at <= now
