"""Checks of single values: names, addresses, networks, times, zones. Each returns the value or raises ValueError.

What is wrong is said in words that fit behind ``file:line:column: path:``. Addresses are never repeated in them,
because they may hold tokens.
"""

import math
import re
from collections.abc import Iterable
from datetime import time
from email.utils import parseaddr
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import ValidationInfo

from worker.core.nearest import nearest
from worker.core.parse import FORMATS
from worker.core.parse.selected import selector_problem

Network = IPv4Network | IPv6Network

NAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
CLOCK_PATTERN: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_NAME: Final = re.compile(NAME_PATTERN.rstrip("$"))
_CLOCK: Final = re.compile(CLOCK_PATTERN.rstrip("$"))
# looser than RFC 5321 section 4.1.2 on purpose: quoted local parts are refused, the server judges the rest
_ADDRESS: Final = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@[^\s@<>()\[\],;:\"\\.]+(\.[^\s@<>()\[\],;:\"\\.]+)*")
# one line of a header, which nothing may fold
_LEAVING: Final = re.compile(r"(mailto:(?=[^@]+@[^?])|https://(?=[^/?]))[!#-+\-.-;=?-~]{1,400}")
_LONGEST_ADDRESS: Final = 254
_MOST_NAMED: Final = 20


def folder_of(info: ValidationInfo) -> Path:
    """Return the folder that relative paths start from: the configuration's own, or the working directory."""
    return Path((info.context or {}).get("folder", "."))


def printable(text: str) -> str:
    """Return `text` cut to a line's measure, with everything escaped that could break or colour the line."""
    short = text if len(text) <= 80 else f"{text[:79]}…"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in short)


def quoted(words: Iterable[str]) -> str:
    """Return the first of `words` in quotes, with commas between them, and how many more there are."""
    every = list(words)
    named = ", ".join(f'"{printable(word)}"' for word in every[:_MOST_NAMED])
    return named if len(every) <= _MOST_NAMED else f"{named} and {len(every) - _MOST_NAMED} more"


def check_name(name: str) -> str:
    """Refuse names that would need quoting on a command line, in a log or in a header."""
    if not _NAME.fullmatch(name):
        raise ValueError('must be 1 to 64 letters, digits, "-", "_" or ".", and begin with a letter or digit')
    return name


def check_line(text: str) -> str:
    """Refuse text that is empty, has blanks at its ends, or holds control characters (it goes into headers)."""
    if not text or text != text.strip() or not text.isprintable():
        raise ValueError("must be one line of text, without control characters and without blanks at its ends")
    return text


def check_watchlist_name(name: str) -> str:
    """Refuse watchlist names that do not fit into a tag."""
    check_line(name)
    if len(name) > 64:
        raise ValueError("must be at most 64 characters long")
    return name


def check_url(url: str) -> str:
    """Refuse what is no ``http`` or ``https`` address, and a user or password in it (RFC 3986 section 3.2.1)."""
    try:
        parts = urlsplit(url)
        host, user = parts.hostname, parts.username
        parts.port  # noqa: B018 # only reading it checks it
    except ValueError:
        raise ValueError('must be an address such as "https://example.org/page"') from None
    if parts.scheme not in {"http", "https"}:
        raise ValueError("must begin with https:// or http://")
    if not host or any(char.isspace() or not char.isprintable() for char in url):
        raise ValueError('must be an address such as "https://example.org/page", without blanks')
    if user is not None:
        raise ValueError("must not hold a user or a password, secrets never stand in the configuration")
    return url


def check_address(address: str) -> str:
    """Refuse what is no plain e-mail address."""
    if not address.isprintable():
        raise ValueError("must not hold control characters")
    if len(address) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        raise ValueError('must be a plain e-mail address such as "desk@example.org"')
    return address


def check_mailbox(mailbox: str) -> str:
    """Refuse what is neither ``name@example.org`` nor ``A name <name@example.org>`` (RFC 5322 section 3.4)."""
    if not mailbox.isprintable():
        raise ValueError("must not hold control characters")
    _, address = parseaddr(mailbox)
    if not _ADDRESS.fullmatch(address) or not (mailbox == address or mailbox.endswith(f"<{address}>")):
        raise ValueError('must be an e-mail address such as "Watchword <watchword@example.org>"')
    return mailbox


def check_host(host: str) -> str:
    """Refuse what is no bare host name or address."""
    if (
        not host
        or len(host) > 253
        or any(char in "/@?#[]" or char.isspace() or not char.isprintable() for char in host)
    ):
        raise ValueError('must be a host name without scheme, port and path, such as "smtp.example.org"')
    return host


def check_leaving(url: str) -> str:
    """Refuse what is no ``mailto:`` or ``https://`` address for List-Unsubscribe (RFC 2369, RFC 8058)."""
    if not _LEAVING.fullmatch(url):
        said = '"mailto:ops@example.org?subject=leave" or "https://example.org/leave"'
        raise ValueError(f"must be an address such as {said}, in ASCII and without blanks, commas and angle brackets")
    for found in re.findall(r"\{[^{}]*\}|[{}]", url.replace("{recipient}", "").replace("{address}", "")):
        raise ValueError(f'must hold no "{found}", only {{recipient}} and {{address}} are replaced')
    return url


def check_format(name: str) -> str:
    """Refuse what is no format that we can parse."""
    if name in FORMATS:
        return name
    meant = nearest(name.replace("_", "-"), FORMATS)
    said = f'unknown format "{printable(name)}"'
    raise ValueError(f'{said}, did you mean "{meant}"?' if meant else f"{said}, known are {quoted(FORMATS)}")


def check_selector(selector: str) -> str:
    """Refuse what is no CSS selector."""
    if problem := selector_problem(selector):
        raise ValueError(problem)
    return selector


def check_glob(pattern: str) -> str:
    """Refuse paths that no file system takes."""
    if not pattern or not pattern.isprintable():
        raise ValueError('must be a path such as "exports/*.txt"')
    return pattern


def check_language_code(code: str) -> str:
    """Refuse what is no ISO 639-1 code."""
    if not re.fullmatch(r"[a-z]{2}", code):
        raise ValueError('must be a language code of two small letters, such as "ru"')
    return code


def check_weight(given: object) -> float:
    """Refuse what is no number above 0."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < math.inf:
        raise ValueError("must be a number above 0, without quotes")
    return float(given)


def parse_network(text: object) -> Network:
    """Return the network in CIDR notation (RFC 4632) that `text` names; a single address is a network of one."""
    try:
        if isinstance(text, str):
            return ip_network(text)
    except ValueError:
        pass
    raise ValueError('must be a network such as "10.0.5.0/24", with no bits set behind the prefix')


def parse_clock(text: object) -> time:
    """Return the time of day that `text` (``07:30``) means."""
    if isinstance(text, time) and (text.second, text.microsecond) == (0, 0):
        return text  # TOML has times of its own: at = 07:30:00
    if not isinstance(text, str) or not _CLOCK.fullmatch(text):
        raise ValueError('must be a time of day from "00:00" to "23:59"')
    return time(int(text[:2]), int(text[3:]))


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def check_zone(name: str) -> str:
    """Refuse what is no name of the IANA time zone database, and suggest the one that was probably meant."""
    if name in _zones():
        return name
    # people write the city alone
    cities = {zone.rpartition("/")[2]: zone for zone in sorted(_zones())}
    city = nearest(name.replace(" ", "_"), cities)
    meant = nearest(name, _zones()) or (cities[city] if city else None)
    said = f'unknown time zone "{printable(name)}"'
    raise ValueError(f'{said}, did you mean "{meant}"?' if meant else f'{said}, write one such as "Europe/Paris"')
