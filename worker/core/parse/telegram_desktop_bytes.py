r"""The bytes of a Telegram Desktop JSON export, a slice at a time, with the exporter's one fault repaired.

The exporter writes control characters as ``\x0B``, which is no JSON: they become ``\u000B``. A byte order mark is
dropped. Never holds more than two slices; knows nothing of messages.
"""

import codecs
import re
from typing import Protocol

#: bytes; from here on larger slices are no faster
SLICE = 1 << 20
#: bytes; one message, or what stands between two. The largest real ones (everybody invited to a group) stay below 1 MB
MAX_MESSAGE = 1 << 25

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


class RepairedBytes:
    """A source whose bytes are legal JSON.

    Args:
        source: read from where it stands to its end.
        size: of the slices in bytes.
    """

    def __init__(self, source: Source, size: int = SLICE) -> None:
        self._source = source
        self._size = size
        self._held = b""
        self._begun = False
        #: nothing is left to be read
        self.ended = False
        #: bytes read since somebody set this to 0: `read` refuses to go beyond `MAX_MESSAGE`
        self.unread_for = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next slice, b"" at the end; of `size` only 0 is heeded, with which ijson asks for the type.

        Raises:
            Broken: `MAX_MESSAGE` bytes were read and no message was found in them.
        """
        if size == 0:
            return b""
        piece = b""
        while not self.ended and not piece:
            piece = self._whole_escapes(self._fill())
        self.unread_for += len(piece)
        if self.unread_for > MAX_MESSAGE:
            raise Broken(f"{MAX_MESSAGE} bytes without the end of a message")
        return _FAULT.sub(rb"\1\\u00\2", piece) if b"\\x" in piece else piece

    def _fill(self) -> bytes:
        """Return a slice, also from a source that gives less than it is asked for."""
        pieces = [self._held]
        missing = self._size if self._begun else max(self._size, len(codecs.BOM_UTF8))
        while missing > 0:
            piece = self._source.read(missing)
            if not piece:
                self.ended = True
                break
            pieces.append(piece)
            missing -= len(piece)
        self._held = b""
        slice_ = b"".join(pieces)
        if not self._begun:
            self._begun = True
            slice_ = slice_.removeprefix(codecs.BOM_UTF8)
        return slice_

    def _whole_escapes(self, piece: bytes) -> bytes:
        """Hold back an escape that the end of the slice may have cut in two."""
        if self.ended:
            return piece
        found = _ESCAPE_BEGUN.search(piece, max(0, len(piece) - 2))
        end = found.start() if found else len(piece)
        backslashes = end - len(piece[:end].rstrip(_BACKSLASH)) if piece[end - 1 : end] == _BACKSLASH else 0
        if backslashes % 2:
            self._held = piece[end - 1 :]
            return piece[: end - 1]
        return piece
