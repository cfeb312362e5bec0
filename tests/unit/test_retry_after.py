"""Retry-After: every form there is, and the nonsense that is sent in its place."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.retry_after import http_date, retry_after_seconds

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
DATE = "Mon, 04 May 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    "text", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_the_three_forms_of_a_date_are_one_time(text: str) -> None:
    assert http_date(text, near=NOW) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(("digits", "year"), [("76", 2076), ("77", 1977), ("26", 2026), ("99", 1999)])
def test_two_digits_of_a_year_are_at_most_fifty_years_ahead(digits: str, year: int) -> None:
    found = http_date(f"Monday, 04-May-{digits} 10:00:00 GMT", near=NOW)
    assert found is not None
    assert found.year == year


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "Sun, 31 Feb 2026 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT"],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert http_date(text, near=NOW) is None


def test_a_leap_second_is_a_time() -> None:
    assert http_date("Sat, 31 Dec 2016 23:59:60 GMT", near=NOW) is not None


def test_a_date_is_measured_against_the_servers_own_clock() -> None:
    wanted = "Mon, 04 May 2026 10:05:00 GMT"
    assert retry_after_seconds(wanted, date=DATE, received_at=NOW + timedelta(hours=3)) == 300
    assert retry_after_seconds(wanted, date="garbage", received_at=NOW) == 300
    assert retry_after_seconds(wanted, date=None, received_at=NOW + timedelta(minutes=10)) is None


@pytest.mark.parametrize("value", [None, "", "-1", "1.5", "1e3", "٣", "12 s", "0x10", "+5", DATE])
def test_nonsense_and_the_past_say_nothing(value: str | None) -> None:
    assert retry_after_seconds(value, date=DATE, received_at=NOW) is None


def test_nobody_can_ask_for_more_than_a_day() -> None:
    for value in ("86401", "9" * 10_000, "Fri, 31 Dec 9999 23:59:59 GMT"):
        assert retry_after_seconds(value, date=DATE, received_at=NOW) == 86_400
    assert retry_after_seconds("0" * 100 + "7", date=DATE, received_at=NOW) == 7


@given(st.text(max_size=40) | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{2} May [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"))
def test_no_header_raises_or_asks_for_more_than_a_day(value: str) -> None:
    seconds = retry_after_seconds(value, date=value, received_at=NOW)
    assert seconds is None or 0 <= seconds <= 86_400
