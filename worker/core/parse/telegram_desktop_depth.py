"""How deep JSON is nested, found by looking at its brackets piece by piece.

ijson keeps the whole path of every level, so what it reads may grow with the square of the nesting: a file of 50 KB
could take 11 GB. Checks nothing else; what is no JSON is for the reader to refuse.
"""

from itertools import accumulate

from worker.core.parse.telegram_desktop_bytes import Broken

#: levels; real exports stay below 12
MAX_DEPTH = 60

_NO_BRACKET = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class Depth:
    """The nesting at one place of a JSON text."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False

    def add(self, piece: bytes) -> int:
        """Go on by `piece` and return how deep it ends; it must not end between a backslash and what it escapes.

        Raises:
            Broken: it is nested deeper than `MAX_DEPTH`.
        """
        # without escapes every quote begins or ends a string, so every other part is outside of them
        parts = piece.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
        brackets = b"".join(parts[self._in_string :: 2]).translate(None, _NO_BRACKET)
        self._in_string ^= len(parts) % 2 == 0
        depths = list(accumulate(map(_STEPS.__getitem__, brackets), initial=self._depth))
        self._depth = depths[-1]
        if max(depths) > MAX_DEPTH:
            raise Broken("it is nested deeper than any export")
        return self._depth
