"""Dates as feeds write them."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.parse.feed_dates import parse_date

MOMENT = datetime(2026, 3, 2, 8, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "Mon, 02 Mar 2026 08:05:09 GMT",
        "Mon, 2 Mar 2026 08:05:09 +0000",
        "Fri, 02 Mar 2026 08:05:09 Z",
        "2 Mar 26 08:05:09 UT",
        "Monday, 02-Mar-26 08:05:09 GMT",
        "mon, 02 march 2026 09:05:09 +01:00",
        "Mon,02 Mar 2026 03:05:09 EST",
        "Mon, 02 Mar 2026 11:05:09 +0300 (MSK)",
        "Mon, 02 Mar 2026 11:05:09 MSK",
        "Mon, 02 Mar 2026 11:05:09 GMT+3",
        "Mon, 02 Mar 2026 08:05:09 NOWHERE",
        "Пн, 02 мар 2026 11:05:09 +0300",
        "2 марта 2026 г. в 08:05:09",
        "lundi 2 mars 2026 à 08:05:09",
        "Mon Mar  2 08:05:09 2026",
        "Mon Mar 2 08:05:09 UTC 2026",
        "March 2, 2026 8:05:09 AM",
        "2026-03-02T08:05:09Z",
        "2026-03-02t08:05:09z",
        "2026-03-02 09:05:09 +01:00",
        "2026-03-02T09:05:09+0100",
        "20260302T080509Z".replace("080509", "08:05:09"),
        "02.03.2026 08:05:09",
        "  2026-03-02T08:05:09  ",
        "1772438709",
    ],
)
def test_one_moment_is_read_in_many_spellings(written: str) -> None:
    assert parse_date(written) == MOMENT


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03", datetime(2026, 3, 1, tzinfo=UTC)),
        ("Mon, 02 Mar 2026", datetime(2026, 3, 2, tzinfo=UTC)),
        ("Mon, 02 Mar 2026 08:05 GMT", datetime(2026, 3, 2, 8, 5, tzinfo=UTC)),
        ("2026-03-02T24:00:00Z", datetime(2026, 3, 3, tzinfo=UTC)),
        ("2026-03-02T08:05:60Z", datetime(2026, 3, 2, 8, 5, 59, tzinfo=UTC)),
        ("2026-03-02T08:05:09.1234567Z", datetime(2026, 3, 2, 8, 5, 9, 123456, tzinfo=UTC)),
        ("Sat, 01 Jan 72 00:00:00 GMT", datetime(1972, 1, 1, tzinfo=UTC)),
        ("Fri, 31 Dec 2199 12:00:00 GMT", datetime(2199, 12, 31, 12, tzinfo=UTC)),
        ("2026-03-02T08:00:00-05:30", datetime(2026, 3, 2, 13, 30, tzinfo=UTC)),
    ],
)
def test_what_is_missing_is_filled_in_and_the_future_is_kept(written: str, moment: datetime) -> None:
    assert parse_date(written) == moment


@pytest.mark.parametrize(
    "written",
    [
        None, "", "   ", "yesterday", "1", "Mon, 31 Feb 2026 08:00:00 GMT", "2026-13-01", "02/03/2026",
        "Mon, 30 Nov -0001 00:00:00 +0000", "0000-00-00 00:00:00", "Thu, 01 Jan 1970 00:00:00 +0000",
        "Mon, 02 Mar 2026 08:05:09 +9900", "Mon, 02 Foo 2026 08:05:09 GMT", "x" * 500,
    ],
)  # fmt: skip
def test_what_names_no_moment_is_none(written: str | None) -> None:
    assert parse_date(written) is None


@settings(max_examples=50, deadline=None)
@given(
    moment=st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1)).map(  # noqa: DTZ001
        lambda moment: moment.replace(microsecond=0)
    ),
    minutes=st.integers(-14 * 60, 14 * 60),
)
def test_every_written_moment_comes_back(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    for written in (format_datetime(aware), aware.isoformat(), aware.isoformat(" ")):
        found = parse_date(written)
        assert found == aware
        assert found is not None
        assert found.tzinfo is UTC


PARTS = st.tuples(
    st.integers(1965, 2035), st.integers(0, 13), st.integers(0, 32), st.integers(0, 24), st.integers(0, 60)
)
OFFSETS = st.sampled_from(["+0000", "-0000", "+0300", "-0530", "+1500", "+1600", "-2359", "+0360"])


@settings(max_examples=150, deadline=None)
@given(PARTS, OFFSETS, st.booleans())
def test_the_usual_forms_mean_what_they_mean_with_a_comment(
    parts: tuple[int, int, int, int, int], offset: str, iso: bool
) -> None:
    year, month, day, hour, second = parts
    if iso:
        written = f"{year}-{month:02}-{day:02}T{hour:02}:00:{second:02}{offset[:3]}:{offset[3:]}"
    else:
        name = ["Foo", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Bar"][month]
        written = f"Mon, {day:02} {name} {year} {hour:02}:00:{second:02} {offset}"
    assert parse_date(written) == parse_date(f"{written} (so to speak)")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=90))
def test_any_text_is_a_moment_in_utc_or_none(written: str) -> None:
    found = parse_date(written)
    assert found is None or found.tzinfo is UTC
