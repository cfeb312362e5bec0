"""What the JSON and the HTML exports of Telegram Desktop have in common: texts, names, addresses and times.

Both must give the same post for the same message, and the same text as the public preview gives. Reads no format.
"""

import re
from datetime import UTC, datetime, tzinfo
from unicodedata import normalize

_BLANK_LINES = re.compile(r"\n{3,}")
#: the exporter writes both as a line break in HTML
_LINE_SEPARATORS = re.compile("[\u2028\u2029]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://|(?:mailto|tel):", re.IGNORECASE)

#: what HTML says where JSON has no name
DELETED_ACCOUNT = "Deleted Account"
#: a forward whose origin has no name, because the account is deleted or hidden: not None, which means "no forward"
HIDDEN_ORIGIN = ""


def clean_text(text: str) -> str:
    """Return a text as the preview shows it: no blanks at the ends of lines, one blank line at most, NFC."""
    if "\u2028" in text or "\u2029" in text:
        text = _LINE_SEPARATORS.sub("\n", text)
    if "\n" in text:
        text = "\n".join([line.rstrip() for line in text.split("\n")])
        if "\n\n\n" in text:
            text = _BLANK_LINES.sub("\n\n", text)
    return normalize("NFC", text.strip())


def clean_name(name: str | None) -> str | None:
    """Return a name on one line; None if there is none."""
    return normalize("NFC", " ".join(name.split())) or None if name else None


def origin(name: str | None) -> str:
    """Return the name of the origin of a forward, `HIDDEN_ORIGIN` if it has none (any more)."""
    cleaned = clean_name(name)
    return HIDDEN_ORIGIN if cleaned is None or cleaned == DELETED_ACCOUNT else cleaned


def address(written: str) -> str | None:
    """Return the address that a link leads to, None if it leads nowhere.

    What is written without a scheme leads to ``http://``, as in Telegram; a name of a file of the export leads nowhere.
    """
    written = written.strip()
    if _SCHEME.match(written):
        return written
    return f"http://{written}" if "." in written.partition("/")[0] else None


def post_url(username: str | None, number: int) -> str | None:
    """Return the public address of a post; None if the channel's user name is not known."""
    return f"https://t.me/{username}/{number}" if username is not None and number > 0 else None


def to_utc(local: datetime, zone: tzinfo | None) -> datetime | None:
    """Return the instant of a clock time, or of an aware time; None if the zone is not known, or the year is not."""
    if local.tzinfo is None and zone is None:
        return None
    try:
        return (local if local.tzinfo is not None else local.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
