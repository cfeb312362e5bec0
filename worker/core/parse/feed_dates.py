"""The dates of feeds as publishers really write them: RFC 822 with its oddities, RFC 3339, months in several tongues.

A date that cannot be read is None: nothing is guessed, and no clock is looked at. A time without a zone is taken for
UTC. A date in the future is kept: it is what the source says.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone

#: longer texts are no dates
_LONGEST = 80

#: month -> how its name begins, in English, French, German, Russian and Ukrainian; the longest beginning that fits wins
_MONTH_NAMES: Mapping[int, str] = {
    1: "jan янв січ",
    2: "feb fév fev fé фев лют",
    3: "mar mär mrz мар бер",
    4: "apr avr апр кві",
    5: "may mai май мая тра",
    6: "jun juin июн чер",
    7: "jul juil июл лип",
    8: "aug aoû aou авг сер",
    9: "sep сен вер",
    10: "oct okt окт жов",
    11: "nov ноя лис",
    12: "dec déc dez дек гру",
}
_MONTHS = {name: month for month, names in _MONTH_NAMES.items() for name in names.split()}

#: zone -> minutes east of UTC; where a name is used for several zones, the one that feeds mean
_ZONES: Mapping[str, int] = {
    "utc": 0, "ut": 0, "gmt": 0, "z": 0, "wet": 0, "west": 60, "bst": 60,
    "cet": 60, "mez": 60, "cest": 120, "mesz": 120, "eet": 120, "sast": 120, "eest": 180, "msk": 180, "мск": 180,
    "trt": 180, "msd": 240, "samt": 240, "gst": 240, "yekt": 300, "uzt": 300, "pkt": 300, "ist": 330, "almt": 360,
    "omst": 360, "krat": 420, "wib": 420, "hkt": 480, "sgt": 480, "irkt": 480, "awst": 480, "jst": 540, "kst": 540,
    "yakt": 540, "aest": 600, "vlat": 600, "aedt": 660, "magt": 660, "nzst": 720, "pett": 720, "nzdt": 780,
    "brt": -180, "art": -180, "adt": -180, "ast": -240, "edt": -240, "est": -300, "cdt": -300, "cst": -360,
    "mdt": -360, "mst": -420, "pdt": -420, "pst": -480, "akdt": -480, "akst": -540, "hst": -600,
}  # fmt: skip

_TIME = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,12}))?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?"
)
_ZONE = r"\s*(?P<zone>[^\s(]{0,12}(?:\s?[+-]\d{1,2}:?\d{0,2})?)(?:\s*\([^()]*\))?"
_WEEKDAY = r"(?:[^\W\d]{2,12}\.?\s*,?\s+|[^\W\d]{2,12},)?"
_MONTH = r"(?P<name>[^\W\d_]{3,12})\.?"

#: RFC 3339 and what comes close: parts may be missing from the end
_ISO = re.compile(
    rf"(?P<year>\d{{4}})(?:[-/.]?(?P<month>\d{{2}})(?:[-/.]?(?P<day>\d{{2}})(?:(?:T|\s+|\s*T\s*){_TIME}{_ZONE})?)?)?",
    re.IGNORECASE,
)
#: RFC 822 section 5, RFC 2822 section 4.3, RFC 850
_RFC822 = re.compile(
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th)?[\s-]+(?:de\s+)?{_MONTH}[\s,-]+(?P<year>\d{{2,4}})"
    rf"(?:\s*г\.)?(?:[\s,]+(?:в\s+|à\s+|at\s+)?{_TIME}{_ZONE})?",
    re.IGNORECASE,
)
#: Oct 25, 2017 07:45
_MONTH_FIRST = re.compile(
    rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})(?:[\s,]+(?:at\s+)?{_TIME}{_ZONE})?",
    re.IGNORECASE,
)
#: C's asctime(), with or without a zone: Wed Oct 25 07:45:23 2017
_ASCTIME = re.compile(rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})\s+{_TIME}{_ZONE}\s+(?P<year>\d{{4}})", re.IGNORECASE)
#: 25.10.2017 07:45; with slashes nobody can tell day from month
_DOTTED = re.compile(
    rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}})(?:[\s,]+{_TIME}{_ZONE})?", re.IGNORECASE
)
_UNIX = re.compile(r"(?P<seconds>\d{9,10})(?:\d{3})?")

#: what nearly all feeds write, in the two forms; all else about them is as in `_RFC822` and `_ISO`
_USUAL_RFC822 = re.compile(
    r"[A-Z][a-z]{2}, ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}:[0-9]{2}:[0-9]{2})"
    r" (GMT|[+-](?:0[0-9]|1[0-5])[0-5][0-9])"
)
_USUAL_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-](?:0[0-9]|1[0-5]):[0-5][0-9])")

_USUAL_MONTHS = {name.capitalize(): f"{month:02}" for name, month in _MONTHS.items()}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_OFFSET = re.compile(r"(?:gmt|utc?|z)?\s*(?P<sign>[+-])(?P<hours>\d{1,2})(?P<colon>:?)(?P<minutes>\d{2})?")


def parse_date(written: str | None) -> datetime | None:
    """Return the moment that `written` names, in UTC; None if it names none that can be relied on.

    The first second of 1970 is what software writes that knows no date: None, too.
    """
    if not written:
        return None
    text = written.strip()
    if not text or len(text) > _LONGEST:
        return None
    if usual := _read_usual(text):
        return _known(usual)
    for pattern, read in _FORMS:
        if found := pattern.fullmatch(text):
            return read(found)
    return None


def _read_usual(text: str) -> datetime | None:
    """Return the moment that a date in one of the usual forms names; None for all others, and for what is no date."""
    if found := _USUAL_RFC822.fullmatch(text):
        day, name, year, time, zone = found.groups()
        text = f"{year}-{_USUAL_MONTHS.get(name, '00')}-{day}T{time}{'Z' if zone == 'GMT' else zone}"
    elif not _USUAL_ISO.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _read_parts(found: re.Match[str]) -> datetime | None:
    """Return the moment that the parts of a written date make."""
    parts = found.groupdict()
    month = _month(parts)
    zone = _zone(parts.get("zone") or "")
    if month is None or zone is None:
        return None
    hour, minute = int(parts["hour"] or 0), int(parts["minute"] or 0)
    half = (parts["half"] or "").lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    # midnight at the end of a day (ISO 8601); a leap second is the second before
    extra = timedelta(days=1) if hour == 24 and minute == 0 else timedelta()
    try:
        local = datetime(
            _year(parts["year"]),
            month,
            int(parts["day"] or 1),
            0 if extra else hour,
            minute,
            min(int(parts["second"] or 0), 59),
            int((parts["fraction"] or "")[:6].ljust(6, "0")),
            zone,
        )
        return _known((local + extra).astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def _read_unix(found: re.Match[str]) -> datetime | None:
    return _known(datetime.fromtimestamp(int(found["seconds"]), UTC))


def _known(moment: datetime) -> datetime | None:
    return moment if moment.year >= 1970 and moment != _EPOCH else None


def _month(parts: Mapping[str, str | None]) -> int | None:
    name = parts.get("name")
    if not name:
        return int(parts.get("month") or 1)
    name = name.lower()
    return _MONTHS.get(name[:4]) or _MONTHS.get(name[:3])


def _year(written: str) -> int:
    """Return the year; short ones by RFC 2822 section 4.3."""
    year = int(written)
    if len(written) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(written) == 3 else year


def _zone(written: str) -> timezone | None:
    """Return the zone, UTC for a name that nobody knows (RFC 2822 section 4.3); None for an impossible offset."""
    name = written.strip().lower()
    if not name:
        return UTC
    if found := _OFFSET.fullmatch(name):
        hours, minutes = int(found["hours"]), int(found["minutes"] or 0)
        if len(found["hours"]) == 1 and not found["colon"] and found["minutes"]:
            return None
        if hours > 15 or minutes > 59:
            return None
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(-offset if found["sign"] == "-" else offset)
    if name[0] in "+-" or name[0].isdigit():
        return None
    return timezone(timedelta(minutes=_ZONES.get(name, 0)))


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], datetime | None]], ...] = (
    (_RFC822, _read_parts),
    (_ISO, _read_parts),
    (_ASCTIME, _read_parts),
    (_MONTH_FIRST, _read_parts),
    (_DOTTED, _read_parts),
    (_UNIX, _read_unix),
)
