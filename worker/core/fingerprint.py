"""Fingerprints: the versioned hash of a post's normalised text.

Two texts have the same fingerprint exactly when `worker.core.text.normalise` makes them equal. The version stands in
front so that another way of normalising can be told from an edit of the post: what was stored under an earlier version
is compared anew, by `worker.core.refresh`.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256

from worker.core.text import collapse, normalise

#: Raise this whenever `normalise` changes its answer for any text, or every stored post would look edited.
VERSION = 2
#: what earlier versions made of a text before they hashed it
_FORMER: Mapping[int, Callable[[str], str]] = {1: collapse}
#: 128 bits: no two of a billion posts are expected to collide.
_DIGITS = 32
_PREFIX = f"{VERSION}:"


def fingerprint(text: str) -> str:
    """Return the fingerprint of `text`: the version, a colon and 32 hexadecimal digits."""
    return _marked(VERSION, normalise(text))


def former_fingerprints(text: str) -> tuple[str, ...]:
    """Return the fingerprints that earlier versions gave `text`."""
    return tuple(_marked(version, compared(text)) for version, compared in _FORMER.items())


def is_outdated(value: str) -> bool:
    """Tell whether a stored fingerprint was made by another version, so that it proves no edit."""
    return not value.startswith(_PREFIX)


def fingerprint_version(value: str) -> int:
    """Return the version of the fingerprint `value`.

    Raises:
        ValueError: if `value` is no fingerprint.
    """
    version, colon, digits = value.partition(":")
    if not (version.isdecimal() and colon and len(digits) == _DIGITS):
        raise ValueError(f"{value!r} is no fingerprint: expected a version, a colon and {_DIGITS} digits")
    return int(version)


def _marked(version: int, compared: str) -> str:
    digest = sha256(compared.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{version}:{digest[:_DIGITS]}"
