"""How often a channel posts decides how often it is asked, when it is quiet and what is held."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.health import notice_due
from worker.core.rhythm import first_rate, interval, is_extraordinary, is_quiet, learned_rate

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


def hours(n: float) -> timedelta:
    return timedelta(hours=n)


def days(n: float) -> timedelta:
    return timedelta(days=n)


@pytest.mark.parametrize(
    ("published", "rate"),
    [
        ([], None),
        ([NOON], None),
        ([NOON, NOON], None),
        ([NOON, None, NOON - days(1)], 1.0),
        ([NOON - hours(6 * n) for n in range(9)], 4.0),
    ],
)
def test_the_first_rate_comes_from_the_dates_of_the_baseline(
    published: list[datetime | None], rate: float | None
) -> None:
    assert first_rate(published) == rate


def test_a_rate_follows_what_the_channel_does() -> None:
    rate: float | None = 2.0
    for _ in range(24 * 30):
        rate = learned_rate(rate, 1, hours(1))

    assert rate == pytest.approx(24, rel=0.05)
    assert learned_rate(None, 0, hours(1)) is None
    assert learned_rate(3.0, 9, timedelta()) == 3.0


@given(st.floats(0, 1e6), st.integers(0, 10_000), st.integers(1, 10_000_000))
def test_a_rate_is_never_negative_and_between_old_and_seen(rate: float, new: int, seconds: int) -> None:
    learned = learned_rate(rate, new, timedelta(seconds=seconds))
    seen = new / (seconds / 86_400)

    assert learned is not None
    assert min(rate, seen) - 1e-6 <= learned <= max(rate, seen) + 1e-6


@pytest.mark.parametrize(
    ("rate", "silence", "expected"),
    [
        (None, days(9), minutes(10)),
        (0.0, days(9), minutes(10)),
        (500.0, minutes(3), minutes(10)),
        (24.0, minutes(3), minutes(15)),
        (0.1, minutes(3), hours(1)),
        (500.0, days(40), hours(1)),
    ],
)
def test_a_busy_channel_is_asked_often_and_a_slow_one_seldom_within_bounds(
    rate: float | None, silence: timedelta, expected: timedelta
) -> None:
    assert interval(minutes(10), hours(1), rate, silence) == expected


@pytest.mark.parametrize(
    ("silence", "rate", "quiet"),
    [
        (days(2), 100.0, False),
        (days(4), 100.0, True),
        (days(9), 1.0, False),
        (days(11), 1.0, True),
        (days(99), None, False),
    ],
)
def test_a_channel_is_quiet_by_its_own_measure(silence: timedelta, rate: float | None, quiet: bool) -> None:
    assert is_quiet(NOON - silence, NOON, rate) == quiet


@pytest.mark.parametrize(
    ("found", "rate", "elapsed", "held"),
    [
        pytest.param(100, None, minutes(10), False, id="what is allowed is never held"),
        pytest.param(101, None, minutes(10), True, id="a flood from a channel of unknown rhythm"),
        pytest.param(500, 20.0, minutes(10), True, id="a site was rebuilt"),
        pytest.param(500, 20.0, days(30), False, id="500 posts in a month without us are usual at 20 a day"),
        pytest.param(500, 500.0, days(1), False, id="a busy channel after a day without us"),
    ],
)
def test_what_is_out_of_the_ordinary_is_held(found: int, rate: float | None, elapsed: timedelta, held: bool) -> None:
    assert is_extraordinary(found, 100, rate, elapsed) == held


@pytest.mark.parametrize(
    ("told", "state", "failures", "due"),
    [
        pytest.param("ok", "ok", 0, False, id="all is well"),
        pytest.param("ok", "failing", 1, False, id="a hiccup"),
        pytest.param("ok", "failing", 3, True, id="it stays ill"),
        pytest.param("failing", "failing", 40, False, id="they know"),
        pytest.param("failing", "ok", 0, True, id="it is well again"),
        pytest.param("ok", "gone", 1, True, id="410 is final"),
        pytest.param("failing", "no_preview", 2, True, id="another illness"),
        pytest.param("ok", "quiet", 0, True, id="silence"),
        pytest.param("quiet", "ok", 0, True, id="it speaks again"),
        pytest.param("ok", "new", 0, False, id="never looked"),
    ],
)
def test_operators_are_told_once_on_entering_and_once_on_leaving(
    told: str, state: str, failures: int, due: bool
) -> None:
    assert notice_due(told, state, failures) == due
