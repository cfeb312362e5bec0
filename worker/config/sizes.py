"""Sizes as a person writes them: one whole number and one unit, a thousand times the one before (IEC 80000-13)."""

import re
from typing import Final

UNITS: Final = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
#: also the pattern in the JSON schema, hence without names
PATTERN: Final = r"^([0-9]{1,9}) ?(kB|MB|GB|TB)$"
_SIZE: Final = re.compile(PATTERN.rstrip("$"))


def parse_size(text: object) -> int:
    """Return how many bytes `text` (``500 MB``, ``5GB``) means.

    Raises:
        ValueError: `text` is no size.
    """
    found = _SIZE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError('must be a whole number and a unit in quotes, such as "500 MB", "5 GB" or "1 TB"')
    return int(found[1]) * UNITS[found[2]]


def write_size(size: int) -> str:
    """Return `size` as `parse_size` reads it, in the largest unit that leaves no rest; less than a kB is rounded up."""
    for name, unit in reversed(UNITS.items()):
        if size and not size % unit:
            return f"{size // unit} {name}"
    return f"{-(-size // UNITS['kB'])} kB"
