"""Opening one export: a file, a ``.gz`` file or a member of a ``.zip`` archive, all of them read in the same way.

Nothing is ever unpacked to the disk, so names such as ``../x`` do no harm. Bounds what unpacking may cost, piece by
piece, whatever the archive says of itself. Does not look for files and knows no format.
"""

import contextlib
import gzip
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from worker.errors import UnreadableFileError

#: how many times as large as packed an export may be; what people write becomes 3 to 40 times as large
MOST_RATIO = 250
#: bytes that are unpacked whatever the ratio is
_FREE = 1_000_000
#: bytes of the header of a gzip file (RFC 1952 section 2.3)
_GZIP_HEADER = struct.Struct("<2sBBIBB")
_GZIP_MAGIC = b"\x1f\x8b"

#: what the standard library raises for archives that are damaged, cut off, locked or of a kind that it does not know
_DAMAGED = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError)


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...

    def seek(self, place: int, /) -> int: ...

    def tell(self) -> int: ...


class Opened:
    """An export that can be read from, and read again from its start.

    Args:
        file: the bytes, unpacked.
        raw: the file on the disk.
        shown: its name in messages.
        progress: tells how much of it has been read, from 0 to 1.
        most: bytes that are given out at most.
    """

    def __init__(
        self, file: _Readable, raw: IO[bytes], *, shown: str, progress: Callable[[], float], most: int | None = None
    ) -> None:
        self._file = file
        self._raw = raw
        self._shown = shown
        self._progress = progress
        self._most = most
        #: how much of it has been read, from 0 to 1
        self.progress = 0.0

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes, all for -1, b"" at the end.

        Raises:
            UnreadableFileError: it cannot be read, is damaged, or unpacks to more than its size on the disk allows.
        """
        try:
            piece = self._file.read(size)
            at = self._file.tell()
            self.progress = self._progress()
        except OSError as error:
            # BadGzipFile is one too
            raise UnreadableFileError(f"{self._shown} cannot be read: {reason(error)}") from error
        except _DAMAGED as error:
            raise UnreadableFileError(f"{self._shown} is cut off or damaged, pack it again: {error}") from error
        if self._most is not None and at > self._most:
            message = f"{self._shown} unpacks to more than {MOST_RATIO} times its size, which no export does; unpack it"
            raise UnreadableFileError(message)
        return piece

    def seek(self, place: int, /) -> int:
        """Go to a place."""
        return self._file.seek(place)

    def tell(self) -> int:
        """Return the place, in unpacked bytes."""
        return self._file.tell()

    def stamp(self) -> str:
        """Return the present stamp of the file on the disk."""
        return stamp_of(os.fstat(self._raw.fileno()))


@dataclass(frozen=True, slots=True)
class Part:
    """One file or member of an archive: an export, or one page of an export."""

    #: its own name, without folders
    name: str
    #: the whole path for messages, on one line
    shown: str
    #: bytes, unpacked; None: only reading it tells
    size: int | None
    open: Callable[[], contextlib.AbstractContextManager[Opened]]

    def read(self, max_bytes: int) -> tuple[bytes, str]:
        """Return the whole content and the stamp of the file after reading.

        Raises:
            UnreadableFileError: it cannot be read, or has more than `max_bytes`.
        """
        if self.size is not None and self.size > max_bytes:
            raise UnreadableFileError(too_large(self.shown, self.size, max_bytes))
        with self.open() as opened:
            body = opened.read(max_bytes + 1)
            if len(body) > max_bytes:
                raise UnreadableFileError(f"{self.shown} has more than the {max_bytes:,} bytes that are read; split it")
            return body, opened.stamp()


def too_large(shown: str, size: int, max_bytes: int) -> str:
    """Say that a file is too large to be read whole."""
    return f"{shown} has {size:,} bytes, more than the {max_bytes:,} that are read; split it"


def plain_part(path: Path, shown: str, size: int) -> Part:
    """Return a file as it is."""

    @contextlib.contextmanager
    def opened() -> Iterator[Opened]:
        with _raw(path, shown) as raw:
            yield Opened(raw, raw, shown=shown, progress=lambda: raw.tell() / max(1, size))

    return Part(path.name, shown, size, opened)


def gzip_part(path: Path, shown: str, packed: int) -> Part:
    """Return the content of a ``.gz`` file, which is called as the file is without the ending."""

    @contextlib.contextmanager
    def opened() -> Iterator[Opened]:
        with _raw(path, shown) as raw, gzip.GzipFile(fileobj=raw) as file:
            most = max(_FREE, MOST_RATIO * packed)
            yield Opened(file, raw, shown=shown, progress=lambda: raw.tell() / max(1, packed), most=most)

    return Part(path.stem, shown, None, opened)


def member_part(path: Path, member: zipfile.ZipInfo, shown: str) -> Part:
    """Return a member of a ``.zip`` archive."""

    @contextlib.contextmanager
    def opened() -> Iterator[Opened]:
        with contextlib.ExitStack() as stack:
            raw = stack.enter_context(_raw(path, shown))
            try:
                archive = stack.enter_context(zipfile.ZipFile(raw))
                file = stack.enter_context(archive.open(member))
            except (*_DAMAGED, OSError) as error:
                raise UnreadableFileError(f"{shown} is cut off or damaged, pack it again: {error}") from error
            size = max(1, member.file_size)
            yield Opened(file, raw, shown=shown, progress=lambda: file.tell() / size)

    return Part(member.filename.rpartition("/")[2], shown, member.file_size, opened)


def is_bomb(member: zipfile.ZipInfo) -> bool:
    """Tell whether a member claims to unpack to far more than any export does."""
    return member.file_size > max(_FREE, MOST_RATIO * member.compress_size)


def gzip_time(path: Path) -> float | None:
    """Return when the content of a ``.gz`` file was last written to, as its header says; None if it does not."""
    try:
        with path.open("rb") as raw:
            magic, _, _, at, _, _ = _GZIP_HEADER.unpack(raw.read(_GZIP_HEADER.size))
    except (OSError, struct.error):
        return None
    return float(at) if magic == _GZIP_MAGIC and at else None


@contextlib.contextmanager
def _raw(path: Path, shown: str) -> Iterator[IO[bytes]]:
    try:
        # O_NONBLOCK: should a pipe have taken the file's place since it was looked at, opening waits for no writer
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise UnreadableFileError(f"{shown} cannot be read: {reason(error)}") from error
    with os.fdopen(number, "rb") as raw:
        yield raw


def stamp_of(status: os.stat_result) -> str:
    """Return ``size:mtime``, which tells when a file has changed; the time is in nanoseconds."""
    return f"{status.st_size}:{status.st_mtime_ns}"


def reason(error: OSError) -> str:
    """Return what the system said, in lower case."""
    return (error.strerror or str(error)).lower()
