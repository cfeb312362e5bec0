"""Dates as pages write them: ISO 8601 with or without an offset, and dates in words, read only where they are clear.

A date without a time of day, or with one on an unknown clock, is midnight UTC of that day. Does not guess:
``05/06/2017`` is no date, and neither is "two days ago".
"""

import re
from datetime import UTC, date, datetime

_MONTHS_WRITTEN = (
    "january jan janvier janv января январь янв січня січень januar enero gennaio janeiro stycznia",
    "february feb février févr fév февраля февраль фев февр лютого лютий februar febrero febbraio fevereiro lutego",
    "march mar mars марта март мар березня березень märz marzo março marca",
    "april apr avril avr апреля апрель апр квітня квітень abril aprile kwietnia",
    "may mai мая май травня травень mayo maggio maio maja",
    "june jun juin июня июнь июн червня червень juni junio giugno junho czerwca",
    "july jul juillet juil июля июль июл липня липень juli julio luglio julho lipca",
    "august aug août aou августа август авг серпня серпень agosto sierpnia",
    "september sep sept septembre сентября сентябрь сен сент вересня вересень septiembre settembre setembro września",
    "october oct octobre октября октябрь окт жовтня жовтень oktober octubre ottobre outubro października",
    "november nov novembre ноября ноябрь ноя нояб листопада листопад noviembre novembro listopada",
    "december dec décembre déc декабря декабрь дек грудня грудень dezember diciembre dicembre dezembro grudnia",
)
_MONTHS = {name: number for number, names in enumerate(_MONTHS_WRITTEN, 1) for name in names.split()}
_WORD = r"(?P<month>[^\W\d_]{3,12})\.?"
_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d)"
_GAP = "[ \u00a0]+"
_DAY = r"(?<![\d.,:/-])(?P<day>\d{1,2})"
#: in the order in which they are tried; each names year, month and day, or two numbers whose order is to be found out
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        rf"(?<!\d){_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)",
        rf"{_DAY}(?:st|nd|rd|th|er|º|\.)?{_GAP}(?:(?:de|of){_GAP})?{_WORD},?{_GAP}(?:de{_GAP})?{_YEAR}",
        rf"(?<![^\W\d_]){_WORD}{_GAP}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?{_GAP}{_YEAR}",
        # points are written between day and month only; before slashes stands the one or the other
        rf"{_DAY}\.(?P<month>\d{{1,2}})\.{_YEAR}",
        rf"(?<!\d){_YEAR}/(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}})(?!\d)",
        rf"(?<![\d.,:/-])(?P<first>\d{{1,2}})/(?P<second>\d{{1,2}})/{_YEAR}",
    )
)
#: more than this is no date with a few words around it
_LONGEST = 2_000


def read_time(written: str | None) -> datetime | None:
    """Return the instant of an ISO 8601 time, its day where it has no offset; None if it is neither."""
    if not written:
        return None
    try:
        instant = datetime.fromisoformat(written.strip())
        return _midnight(instant.date()) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def find_date(text: str) -> datetime | None:
    """Return the only date that stands in `text`; None if there is none, or more than one, or it is not clear which."""
    found = {day for shape in _SHAPES for match in shape.finditer(text[:_LONGEST]) if (day := _day(match))}
    return _midnight(found.pop()) if len(found) == 1 else None


def _day(match: re.Match[str]) -> date | None:
    written = match.groupdict()
    year = int(written["year"])
    if "first" in written:
        first, second = int(written["first"]), int(written["second"])
        if first <= 12 and second <= 12 and first != second:
            return None
        month, day = (second, first) if second <= 12 else (first, second)
    else:
        name = written["month"]
        month = int(name) if name.isdecimal() else _MONTHS.get(name.casefold(), 0)
        day = int(written["day"])
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
