"""References to characters (``&amp;``, ``&#8217;``) in HTML, as far as they are written as they should be.

Does not mend: a reference without its semicolon, to a character that is none, or in the codes of an old system is for
the tree builder, and so is one to white space, which counts as the white space of the source.
"""

import re
from functools import lru_cache
from html.entities import html5

#: a reference, or an ampersand that cannot begin one
_REFERENCE = re.compile(r"&(?:(#?[A-Za-z0-9]++);|(?![A-Za-z0-9#]))")
#: in an address ``&lang=`` is none (HTML standard section 13.2.5.73)
_REFERENCE_IN_VALUE = re.compile(r"&(?:(#?[A-Za-z0-9]++);|(?![A-Za-z0-9#])|(?=[A-Za-z0-9]++=))")


def resolve(text: str) -> str | None:
    """Return `text` with its references resolved; None if one is not written as it should be."""
    return _resolved(text, _REFERENCE) if "&" in text else text


def resolve_in_value(value: str) -> str | None:
    """Return the value of an attribute with its references resolved; None as for a text."""
    return _resolved(value, _REFERENCE_IN_VALUE) if "&" in value else value


def _resolved(text: str, pattern: re.Pattern[str]) -> str | None:
    # text, name, text, name, ..., text
    parts = pattern.split(text)
    for place in range(1, len(parts), 2):
        name = parts[place]
        character = "&" if name is None else _character(name)
        if character is None or "&" in parts[place - 1]:
            return None
        parts[place] = character
    return None if "&" in parts[-1] else "".join(parts)


@lru_cache(maxsize=1024)
def _character(name: str) -> str | None:
    """Return the characters that a reference names; None for white space, and for what must be mended."""
    if name[0] != "#":
        found = html5.get(f"{name};")
        return None if found in {"\t", "\n"} else found
    digits, base = (name[2:], 16) if name[1:2] in {"x", "X"} else (name[1:], 10)
    try:
        code = int(digits, base)
    except ValueError:
        return None
    return chr(code) if 33 <= code < 127 or 160 <= code < 0xD800 or 0x1F000 <= code < 0x1FFFE else None
