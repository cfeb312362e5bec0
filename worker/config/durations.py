"""Durations as a person writes them: one whole number and one unit. Combinations such as ``1h30m`` are not known."""

import re
from datetime import timedelta
from typing import Final

UNITS: Final = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365),
}
#: also the pattern in the JSON schema, hence without names
PATTERN: Final = r"^([0-9]{1,9})(ms|s|m|h|d|w|y)$"
_DURATION: Final = re.compile(PATTERN.rstrip("$"))
_LONGEST: Final = timedelta(days=3650)


def parse_duration(text: object) -> timedelta:
    """Return the duration that `text` (``250ms``, ``2s``, ``10m``, ``6h``, ``1d``, ``2w``, ``1y``) means.

    A year has 365 days.

    Raises:
        ValueError: `text` is no duration, or one of more than ten years.
    """
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(
            'must be a whole number and a unit in quotes, one of "250ms", "2s", "10m", "6h", "1d", "2w", "1y"'
        )
    number, unit = int(found[1]), UNITS[found[2]]
    if number > _LONGEST // unit:
        raise ValueError("must be at most 10y")
    return number * unit


def write_duration(duration: timedelta) -> str:
    """Return `duration` as `parse_duration` reads it, in the largest unit that leaves no rest."""
    for name, unit in reversed(UNITS.items()):
        if duration and not duration % unit:
            return f"{duration // unit}{name}"
    return f"{duration // UNITS['ms']}ms"
