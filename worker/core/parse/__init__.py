"""Bytes -> Snapshot: one module for each format, a table of them, and detection. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from worker.core.models import Refusal, Selectors, Snapshot
from worker.core.parse import (
    feed,
    plain_text,
    telegram_desktop_html,
    telegram_desktop_json,
    telegram_preview,
    webpage,
    wordpress_rest,
)
from worker.errors import ParseError

#: raise it when a parser finds more than it did: every channel is then fetched whole once, 304 or not
VERSION = 1


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of export."""

    #: cheap; looks at the first bytes only where that is enough
    looks_like: Callable[[bytes], bool]
    #: (body, url) -> snapshot, or the reason why there is none; raises ParseError
    parse: Callable[..., Snapshot | Refusal]


#: in the order in which they are tried: plain text is what is none of the others
FORMATS: Mapping[str, Format] = {
    "telegram-preview": Format(telegram_preview.looks_like, telegram_preview.parse),
    "feed": Format(feed.looks_like, feed.parse),
    "telegram-desktop-html": Format(telegram_desktop_html.looks_like, telegram_desktop_html.parse),
    "telegram-desktop-json": Format(telegram_desktop_json.looks_like, telegram_desktop_json.parse),
    "wordpress-rest": Format(wordpress_rest.looks_like, wordpress_rest.parse),
    "webpage": Format(webpage.looks_like, webpage.parse),
    "plain-text": Format(plain_text.looks_like, plain_text.parse),
}


def detect(body: bytes) -> str | None:
    """Return the name of the format of these bytes; None if it is none that Watchword knows."""
    return next((name for name, known in FORMATS.items() if known.looks_like(body)), None)


def parse(
    body: bytes, *, format_name: str | None = None, url: str | None = None, selectors: Selectors | None = None
) -> Snapshot | Refusal:
    """Parse one export.

    Args:
        body: the bytes as they were fetched, decompressed.
        format_name: a key of `FORMATS`; None: it is detected.
        url: where the bytes came from in the end, redirects followed; None for a file.
        selectors: where the posts of a web page stand: with them it is read as one, whatever it looks like.

    Raises:
        ParseError: the bytes are no export of any known format, not one of the given format, or there are selectors
            for a format that has no use for them.
    """
    if selectors is not None:
        if format_name not in {None, webpage.FORMAT}:
            raise ParseError(f"selectors say where the posts of a web page stand, {format_name!r} has no use for them")
        return webpage.parse(body, url=url, selectors=selectors)
    name = format_name or detect(body)
    if name is None or name not in FORMATS:
        known = ", ".join(FORMATS)
        message = (
            f"unknown format {name!r}, known are {known}"
            if name
            else f"this is no export of a known format ({known}); give the format if you know it"
        )
        raise ParseError(message)
    return FORMATS[name].parse(body, url=url)
