r"""The bytes of a Telegram Desktop JSON export, a slice at a time, and the repair of the exporter's one fault.

The exporter writes control characters as ``\x0B``, which is no JSON: `repair` makes them ``\u000B``. Never holds more
than two slices; knows nothing of messages.
"""

import codecs
import re
from typing import Protocol

#: bytes; what stays in the processor's cache is read nearly twice as fast as slices of 1 MB
SLICE = 1 << 17
#: bytes; one message, or what stands between two. The largest real ones (everybody invited to a group) stay below 1 MB
MAX_MESSAGE = 1 << 24

#: only an odd number of backslashes escapes what follows
_FAULT = re.compile(rb"(?<!\\)((?:\\\\)*+)\\x([0-9A-Fa-f]{2})")
_ESCAPE_BEGUN = re.compile(rb"(?:x[0-9A-Fa-f]?)?\Z")
_BACKSLASH = b"\\"


class Source(Protocol):
    """What can be read from: a file opened for reading bytes, an `io.BytesIO`."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""
        ...


class CutOff(Exception):  # noqa: N818 - a finding that `worker.core.parse.telegram_desktop_json` puts into words
    """The bytes end before the export does."""


class Broken(Exception):  # noqa: N818 - likewise
    """The bytes are no such export; says why in a clause that begins with what is wrong."""


def repair(piece: bytes) -> bytes:
    """Make the escapes legal that are not; none of them may be cut in two by the ends of `piece`."""
    return _FAULT.sub(rb"\1\\u00\2", piece) if b"\\x" in piece else piece


class Slices:
    """A source, slice by slice, without a byte order mark.

    Args:
        source: read from where it stands to its end.
        size: of the slices in bytes.
    """

    def __init__(self, source: Source, size: int = SLICE) -> None:
        self._source = source
        self._size = size
        self._begun = False
        #: bytes read since somebody set this to 0: `read` refuses to go beyond `MAX_MESSAGE`
        self.unread_for = 0

    def read(self) -> bytes:
        """Return the next slice, b"" at the end.

        Raises:
            Broken: `MAX_MESSAGE` bytes were read and no message was found in them.
        """
        pieces = []
        missing = self._size if self._begun else max(self._size, len(codecs.BOM_UTF8))
        # a source may give less than it is asked for
        while missing > 0 and (piece := self._source.read(missing)):
            pieces.append(piece)
            missing -= len(piece)
        whole = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        if not self._begun:
            self._begun = True
            whole = whole.removeprefix(codecs.BOM_UTF8)
        self.unread_for += len(whole)
        if self.unread_for > MAX_MESSAGE:
            raise Broken(f"{MAX_MESSAGE} bytes without the end of a message")
        return whole


class RepairedSlices:
    """Slices whose bytes are legal JSON.

    Args:
        slices: what follows.
        head: what was read of them already.
    """

    def __init__(self, slices: Slices, head: bytes) -> None:
        self._slices = slices
        self._next = head
        self._held = b""

    def read(self) -> bytes:
        """Return the next slice, b"" at the end."""
        while True:
            piece, self._next = self._next or self._slices.read(), b""
            if not piece:
                piece, self._held = self._held, b""
                return repair(piece)
            whole = self._hold_back(self._held + piece)
            if whole:
                return repair(whole)

    def found(self) -> None:
        """Note that something was understood of what was read."""
        self._slices.unread_for = 0

    def _hold_back(self, piece: bytes) -> bytes:
        """Keep for the next time an escape that the end of the slice may have cut in two."""
        begun = _ESCAPE_BEGUN.search(piece, max(0, len(piece) - 2))
        end = begun.start() if begun else len(piece)
        self._held = b""
        if piece[end - 1 : end] == _BACKSLASH and (end - len(piece[:end].rstrip(_BACKSLASH))) % 2:
            self._held = piece[end - 1 :]
            return piece[: end - 1]
        return piece
