"""How long an answer is good (RFC 9111 sections 4.2 and 5.2 and 5.3): asking again earlier makes no sense.

Only arithmetic on headers. Does not decide when a channel is checked next, stores nothing and reads no clock.
"""

import re
from datetime import datetime, timedelta

from worker.core.retry_after import http_date

#: nobody is believed who says that nothing will happen for longer
MAX_FRESH = timedelta(days=1)

_STALE = timedelta(0)
#: a token, perhaps with a value, which may be quoted (RFC 9110 section 5.6.6 and RFC 9111 section 5.2)
_DIRECTIVE = re.compile(r"""([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:=("(?:[^"\\]|\\.)*"|[^",\s]*))?""", re.ASCII)
_SECONDS = re.compile(r"[0-9]+", re.ASCII)
#: a longer number is more than 30 years
_MAX_DIGITS = 9


def fresh_for(
    *, cache_control: str | None, expires: str | None, age: str | None, date: str | None, received_at: datetime
) -> timedelta | None:
    """Say how long an answer is still good when it arrives.

    ``max-age`` goes before `expires`. ``no-cache`` and ``no-store`` forbid nobody to ask again: they say that an answer
    is never good for a second look. What is said wrongly counts as stale, as the RFC recommends.

    Args:
        cache_control: the header as received, and so are the others; None: there was none.
        expires: an HTTP-date; anything else, such as "0", is in the past (section 5.3).
        age: seconds that the answer has spent in caches on its way.
        date: the server's own time, against which `expires` is measured.
        received_at: our time, where `date` is missing or unreadable.

    Returns:
        At least nothing and at most a day; None: the server did not say.
    """
    said = _directives(cache_control or "")
    if "no-cache" in said or "no-store" in said:
        return _STALE
    if "max-age" in said:
        lifetime = _seconds(said["max-age"])
    elif expires is not None:
        until = http_date(expires.strip(), near=received_at)
        sent_at = http_date((date or "").strip(), near=received_at) or received_at
        lifetime = None if until is None else until - sent_at
    else:
        return None
    if lifetime is None:
        return _STALE
    return min(max(lifetime - (_seconds(age or "") or _STALE), _STALE), MAX_FRESH)


def _directives(cache_control: str) -> dict[str, str]:
    """Return the directives by name; of those said twice, the first one counts (section 4.2.1)."""
    found: dict[str, str] = {}
    for match in _DIRECTIVE.finditer(cache_control):
        found.setdefault(match[1].lower(), (match[2] or "").strip('"'))
    return found


def _seconds(text: str) -> timedelta | None:
    """Read delta-seconds (section 1.2.2); None if they are none. Of a list, as proxies make it, the first counts."""
    first = text.partition(",")[0].strip()
    if not _SECONDS.fullmatch(first):
        return None
    digits = first.lstrip("0") or "0"
    return timedelta(seconds=10**_MAX_DIGITS if len(digits) > _MAX_DIGITS else int(digits))
