"""Due times of checks and back-off that grows and ends."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.core.schedule import MAIL_BACKOFF, WEBHOOK_BACKOFF, next_attempt, next_check

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


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
