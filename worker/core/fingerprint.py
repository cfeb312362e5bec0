"""Fingerprints: the versioned hash of a post's normalised text.

Two texts have the same fingerprint exactly when `worker.core.text.normalise` makes them equal. The version stands in
front so that a later change of the normalising can be told from an edit of the post.
"""

from hashlib import sha256

from worker.core.text import normalise

#: Raise this whenever `normalise` changes its answer for any text, or every stored post would look edited.
_VERSION = 1
#: 128 bits: no two of a billion posts are expected to collide.
_DIGITS = 32


def fingerprint(text: str) -> str:
    """Return the fingerprint of `text`: ``1:`` and 32 hexadecimal digits."""
    digest = sha256(normalise(text).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{_VERSION}:{digest[:_DIGITS]}"


def fingerprint_version(value: str) -> int:
    """Return the version of the fingerprint `value`.

    Raises:
        ValueError: if `value` is no fingerprint.
    """
    version, colon, digits = value.partition(":")
    if not (version.isdecimal() and colon and len(digits) == _DIGITS):
        raise ValueError(f"{value!r} is no fingerprint: expected a version, a colon and {_DIGITS} digits")
    return int(version)
