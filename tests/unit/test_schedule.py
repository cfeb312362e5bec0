"""Due times: one digest for each local date whatever the clock does, and back-off that grows and ends."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from worker.core.schedule import MAIL_BACKOFF, WEBHOOK_BACKOFF, latest_slot, next_attempt, next_check

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "zone", ["Europe/Paris", "America/Los_Angeles", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
)
@pytest.mark.parametrize("at", [time(0, 0), time(2, 30), time(7, 30)])
def test_each_local_date_of_a_year_has_one_slot(zone: str, at: time) -> None:
    moments = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=step) for step in range(24 * 366))
    slots = [latest_slot(moment, at, ZoneInfo(zone)) for moment in moments]
    dates = list(dict.fromkeys(slot.local_date for slot in slots))

    assert dates == [dates[0] + timedelta(days=n) for n in range(len(dates))]
    assert len({slot.due_at for slot in slots}) == len(dates)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 3, 29, 0, 29, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), date(2026, 3, 29)),  # 02:30 does not exist: 03:30 it is
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 25)),  # the first 02:30 of two
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), date(2026, 10, 25)),
    ],
)
def test_a_slot_in_the_hour_of_a_clock_change(now: datetime, expected: date) -> None:
    assert latest_slot(now, time(2, 30), ZoneInfo("Europe/Paris")).local_date == expected


def test_a_failing_channel_is_asked_less_and_less_often_but_never_not_at_all() -> None:
    every = timedelta(minutes=10)
    pauses = [next_check(NOON, every, failures=n, jitter=0.0) - NOON for n in range(40)]

    assert pauses[:4] == [every, 2 * every, 4 * every, 8 * every]
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(hours=6)


def test_a_servers_wish_is_never_undercut() -> None:
    assert next_check(NOON, timedelta(minutes=1), jitter=1.0, wait=timedelta(hours=3)) == NOON + timedelta(hours=3)


def test_jitter_spreads_checks_by_a_tenth() -> None:
    assert next_check(NOON, timedelta(minutes=10), jitter=1.0) == NOON + timedelta(minutes=11)


@pytest.mark.parametrize(
    ("table", "at_least"), [(MAIL_BACKOFF, timedelta(days=3)), (WEBHOOK_BACKOFF, timedelta(hours=75))]
)
def test_a_delivery_is_tried_for_days_and_then_given_up(table: tuple[timedelta, ...], at_least: timedelta) -> None:
    now, attempts = NOON, 1
    while (again := next_attempt(now, attempts, table, jitter=0.0)) is not None:
        now, attempts = again, attempts + 1

    assert now - NOON >= at_least
    assert attempts == len(table) + 1
