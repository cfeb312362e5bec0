"""The Retry-After header (RFC 9110 section 10.2.3): how long a server asks us to stay away.

Does not decide how long we stay away: that is the back-off's business. Does no I/O and reads no clock.
"""

import re
from datetime import UTC, datetime

#: nobody is believed who asks for more
MAX_SECONDS = 24 * 3600.0

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
#: the three forms of RFC 9110 section 5.6.7
_FORMS = tuple(
    re.compile(form, re.ASCII | re.IGNORECASE)
    for form in (
        rf"[a-z]{{3}}, (?P<day>[0-9]{{2}}) (?P<month>[a-z]{{3}}) (?P<year>[0-9]{{4}}) {_TIME} GMT",
        rf"[a-z]{{6,9}}, (?P<day>[0-9]{{2}})-(?P<month>[a-z]{{3}})-(?P<year>[0-9]{{2}}) {_TIME} GMT",
        rf"[a-z]{{3}} (?P<month>[a-z]{{3}}) (?P<day>[ 0-9][0-9]) {_TIME} (?P<year>[0-9]{{4}})",
    )
)
_SECONDS = re.compile(r"[0-9]+", re.ASCII)


def retry_after_seconds(value: str | None, *, date: str | None, received_at: datetime) -> float | None:
    """Read a Retry-After header.

    Args:
        value: the header as received; None if there was none.
        date: the response's Date header, against which a date in `value` is measured, because the clocks of server and
            reader may differ.
        received_at: our own time, used where `date` is missing or unreadable.

    Returns:
        Seconds, at most a day; None if nothing usable was said (no header, nonsense, a time in the past).
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        # ten digits are 300 years; int() refuses strings of thousands of digits
        return MAX_SECONDS if len(text.lstrip("0")) > 9 else min(float(text), MAX_SECONDS)
    wanted = http_date(text, near=received_at)
    if wanted is None:
        return None
    sent_at = http_date((date or "").strip(), near=received_at) or received_at
    seconds = (wanted - sent_at).total_seconds()
    return min(seconds, MAX_SECONDS) if seconds > 0 else None


def http_date(text: str, *, near: datetime) -> datetime | None:
    """Read an HTTP-date in any of its three forms (RFC 9110 section 5.6.7); None if it is none.

    A year of two digits that would be more than 50 years after `near` belongs to the past century.
    """
    for form in _FORMS:
        if found := form.fullmatch(text):
            return _date(found, near)
    return None


def _date(found: re.Match[str], near: datetime) -> datetime | None:
    name = found["month"].lower()
    year = int(found["year"])
    if len(found["year"]) == 2:
        year += near.year - near.year % 100
        if year > near.year + 50:
            year -= 100
    try:
        return datetime(
            year,
            _MONTHS.index(name) + 1,
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            min(int(found["second"]), 59),  # a leap second is written 60
            tzinfo=UTC,
        )
    except ValueError:  # an unknown month, or the 31st of February
        return None
