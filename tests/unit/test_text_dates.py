"""Dates in words: read where they are clear, and only there."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.parse.text_dates import find_date, read_time

CLEAR = [
    "August 8, 2017",
    "on Aug 8, 2017",
    "Aug. 8th, 2017",
    "Tuesday, 8 August 2017, 14:35",
    "14:35 8 August 2017 | Filed under: Tides",
    "le 8 août 2017",
    "8 августа 2017 г.",
    "Вт, 08 авг. 2017",
    "8 серпня 2017",
    "8. August 2017",
    "8 de agosto de 2017",
    "2017-08-08",
    "2017/8/8",
    "08.08.2017 14:35",
    "8/8/2017",
]
UNCLEAR = [
    "05/06/2017",
    "two days ago",
    "yesterday",
    "August 2017",
    "31 February 2017",
    "8 Thermidor 2017",
    "8 August 2017, updated 9 August 2017",
    "",
    "call 8/8/20171",
]


@pytest.mark.parametrize("text", CLEAR)
def test_reads_a_clear_date(text: str) -> None:
    assert find_date(text) == datetime(2017, 8, 8, tzinfo=UTC)


@pytest.mark.parametrize("text", UNCLEAR)
def test_guesses_no_date(text: str) -> None:
    assert find_date(text) is None


def test_tells_day_and_month_apart_where_only_one_reading_is_a_date() -> None:
    assert find_date("25/12/2017") == find_date("12/25/2017") == datetime(2017, 12, 25, tzinfo=UTC)


def test_the_first_of_a_month_in_french() -> None:
    assert find_date("1er mars 2026") == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2017-08-08T23:30:00-02:00", datetime(2017, 8, 9, 1, 30, tzinfo=UTC)),
        ("2017-08-08T23:30:00Z", datetime(2017, 8, 8, 23, 30, tzinfo=UTC)),
        ("2017-08-08T23:30:00", datetime(2017, 8, 8, tzinfo=UTC)),
        (" 2017-08-08 ", datetime(2017, 8, 8, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_a_time_without_an_offset_is_its_day(written: str | None, meant: datetime | None) -> None:
    assert read_time(written) == meant


@given(st.text(max_size=60))
def test_any_text_is_a_day_at_midnight_or_none(text: str) -> None:
    found = find_date(text)
    assert found is None or (found.hour, found.minute, found.tzinfo) == (0, 0, UTC)
