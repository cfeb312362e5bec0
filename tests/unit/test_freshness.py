"""How long an answer is good: each way to say it, and the nonsense that is sent in its place."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.freshness import MAX_FRESH, fresh_for

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
DATE = "Mon, 04 May 2026 10:00:00 GMT"
IN_TEN_MINUTES = "Mon, 04 May 2026 10:10:00 GMT"


def seconds(
    cache_control: str | None = None,
    *,
    expires: str | None = None,
    age: str | None = None,
    date: str | None = DATE,
    received_at: datetime = NOW,
) -> float | None:
    found = fresh_for(cache_control=cache_control, expires=expires, age=age, date=date, received_at=received_at)
    return None if found is None else found.total_seconds()


def test_who_says_nothing_says_nothing() -> None:
    assert seconds() is None
    assert seconds("public, must-revalidate, s-maxage=60, stale-while-revalidate=600") is None
    assert seconds(age="100") is None


@pytest.mark.parametrize(
    ("cache_control", "expected"),
    [
        ("max-age=600", 600),
        ("public, MAX-AGE=600, immutable", 600),
        ('private="a, max-age=5", max-age="600"', 600),
        ("max-age=600, max-age=5", 600),
        ("x-max-age=5,max-age=600", 600),
        ("max-age=0", 0),
        ("max-age=-1", 0),
        ("max-age=soon", 0),
        ("max-age", 0),
        ("max-age=1.5", 0),
        ("max-age = 600", 0),
        ("max-age=99999999999999999999", 86_400),
        ("no-cache", 0),
        ("No-Store, max-age=600", 0),
        ('no-cache="Set-Cookie", max-age=600', 0),
    ],
)
def test_max_age_is_read_in_every_form(cache_control: str, expected: float) -> None:
    assert seconds(cache_control) == expected


@pytest.mark.parametrize(
    ("expires", "expected"),
    [
        (IN_TEN_MINUTES, 600),
        ("Monday, 04-May-26 10:10:00 GMT", 600),
        ("Mon May  4 10:10:00 2026", 600),
        (DATE, 0),
        ("Mon, 04 May 2026 09:00:00 GMT", 0),
        ("Thu, 31 Dec 2099 23:59:59 GMT", 86_400),
        ("0", 0),
        ("-1", 0),
        ("", 0),
        ("never", 0),
    ],
)
def test_expires_is_read_in_every_form_and_nonsense_is_stale(expires: str, expected: float) -> None:
    assert seconds(expires=expires) == expected


def test_expires_is_measured_against_the_servers_own_clock() -> None:
    late = NOW + timedelta(hours=3)
    assert seconds(expires=IN_TEN_MINUTES, received_at=late) == 600
    assert seconds(expires=IN_TEN_MINUTES, date=None) == 600
    assert seconds(expires=IN_TEN_MINUTES, date="today", received_at=late) == 0


def test_max_age_goes_before_expires() -> None:
    assert seconds("max-age=5", expires=IN_TEN_MINUTES) == 5
    assert seconds("max-age=oops", expires=IN_TEN_MINUTES) == 0


@pytest.mark.parametrize(
    ("age", "expected"), [("100", 500), ("600", 0), ("9999", 0), ("-5", 600), ("old", 600), ("100, 7", 500), ("", 600)]
)
def test_the_time_in_caches_on_the_way_is_taken_off(age: str, expected: float) -> None:
    assert seconds("max-age=600", age=age) == expected


HEADER = st.none() | st.text(max_size=40) | st.sampled_from(["max-age=600", "0", DATE, IN_TEN_MINUTES])


@settings(max_examples=100)
@given(HEADER, HEADER, HEADER, HEADER)
def test_no_headers_raise_or_ask_for_more_than_a_day(
    cache_control: str | None, expires: str | None, age: str | None, date: str | None
) -> None:
    found = fresh_for(cache_control=cache_control, expires=expires, age=age, date=date, received_at=NOW)
    assert found is None or timedelta(0) <= found <= MAX_FRESH
