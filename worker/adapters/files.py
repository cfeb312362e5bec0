"""Exports that another tool drops as files: found by a pattern, read once each, again when they change.

Does not parse them, keeps no list of what was read (the caller passes it in), and never moves or deletes a file.
"""

import contextlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from worker.core.models import Fetched

MAX_BYTES = 20_000_000
#: a file that was written to within this time may still be growing
SETTLE = timedelta(seconds=2)

_WILD = re.compile(r"[*?\[]")
_DIGITS = re.compile(r"([0-9]+)")
#: names that writers and editors give to what is not finished
_UNFINISHED = (".part", ".tmp", "~")


@dataclass(frozen=True, slots=True)
class FileExport:
    """One file that is new or has changed."""

    #: absolute
    path: str
    #: ``size:mtime`` with the time in nanoseconds; equal stamps mean an unchanged file
    stamp: str
    fetched: Fetched


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One file, or a whole pattern, that could not be read."""

    #: absolute; the pattern where nothing matches it
    path: str
    #: as for an export, so that a problem need be told only once; "" if the file could not even be looked at
    stamp: str
    #: one line: what failed and what would be right
    message: str


def read_new(
    pattern: str | Path,
    seen: Mapping[str, str],
    *,
    now: datetime,
    settle: timedelta = SETTLE,
    max_bytes: int = MAX_BYTES,
) -> Iterator[FileExport | FileProblem]:
    """Read the files that match `pattern` and are not in `seen`, in natural order (``2.txt`` before ``10.txt``).

    Folders, hidden and unfinished names (``.x``, ``x.part``, ``x.tmp``, ``x~``), pipes, sockets and devices are passed
    over, and so is a file that is still being written; it comes next time.

    Args:
        pattern: a path, or a glob with ``*``, ``?``, ``[...]`` and ``**`` for any depth; relative ones start at the
            working folder. A path that exists as it stands is taken as it stands.
        seen: absolute path -> stamp of what was read before.
        now: the present, to tell a file that is still being written.
        settle: how long a file must have been left alone.
        max_bytes: of one file.

    Yields:
        One value per new or changed file, read when it is asked for. A problem if nothing matches and nothing ever did.
    """
    absolute = Path(pattern).absolute()
    try:
        paths = _matching(absolute)
    except OSError as error:
        yield FileProblem(_shown(absolute), "", f"{_shown(absolute)} cannot be looked through: {_reason(error)}")
        return
    if not paths and not seen:
        yield FileProblem(_shown(absolute), "", f"no file matches {_shown(absolute)}; check the path and the pattern")
    if paths == [absolute] and absolute.is_dir():
        message = f"{_shown(absolute)} is a folder; name its files, as in {_shown(absolute / '*.txt')}"
        yield FileProblem(_shown(absolute), "", message)
    for path in paths:
        known = seen.get(str(path), seen.get(_shown(path)))
        found = _read_if_new(path, known, now=now, settle=settle, max_bytes=max_bytes)
        if found is not None:
            yield found


def time_to_settle(
    pattern: str | Path, seen: Mapping[str, str], *, now: datetime, settle: timedelta = SETTLE
) -> timedelta:
    """Return how long until the new files that match `pattern` have been left alone; nothing if they have been.

    The arguments are those of `read_new`. What cannot be looked at is for `read_new` to tell.
    """
    longest = 0.0
    with contextlib.suppress(OSError):
        for path in _matching(Path(pattern).absolute()):
            with contextlib.suppress(OSError):
                status = path.stat()
                is_new = stat.S_ISREG(status.st_mode) and _stamp(status) != seen.get(str(path))
                if is_new and _unsettled(status, now, settle):
                    longest = max(longest, status.st_mtime + settle.total_seconds() - now.timestamp())
    return timedelta(seconds=longest)


def _matching(absolute: Path) -> list[Path]:
    """Return what `absolute` names or matches, in natural order.

    Raises:
        OSError: the folder that the pattern starts from is missing or closed to us.
    """
    if os.path.lexists(absolute):
        return [absolute]
    fixed = next((i for i, part in enumerate(absolute.parts) if _WILD.search(part)), len(absolute.parts) - 1)
    start, wild = Path(*absolute.parts[:fixed]), absolute.parts[fixed:]
    # "**" alone means folders up to Python 3.12 and files too from 3.13 on
    wild = (*wild, "*") if wild[-1] == "**" else wild
    # a look of our own: glob takes a folder that is missing or closed for an empty one
    os.scandir(start).close()
    paths = dict.fromkeys(start.glob(str(Path(*wild))))
    return sorted((path for path in paths if _finished(path.relative_to(start))), key=natural_order)


def _finished(path: Path) -> bool:
    return not path.name.endswith(_UNFINISHED) and not any(part.startswith(".") for part in path.parts)


def natural_order(path: Path) -> tuple[list[list[str | int]], str]:
    """Order by name, numbers by their value. The split alternates text and digits, so like is compared with like."""
    parts = [
        [int(piece) if index % 2 else piece.casefold() for index, piece in enumerate(_DIGITS.split(part))]
        for part in path.parts
    ]
    return parts, str(path)


def _read_if_new(
    path: Path, known: str | None, *, now: datetime, settle: timedelta, max_bytes: int
) -> FileExport | FileProblem | None:
    """Read one file; None if it is to be passed over."""
    stamp = ""
    try:
        status = path.stat()
        stamp = _stamp(status)
        # a pipe or a device is not even opened: opening can block or do things
        if not stat.S_ISREG(status.st_mode) or stamp == known or _unsettled(status, now, settle):
            return None
        if problem := _unfit(path, status, max_bytes):
            return FileProblem(_shown(path), stamp, problem)
        body, after = _read(path, status.st_size)
    except OSError as error:
        # it may have been taken away since it was listed, or be a link to nowhere
        return FileProblem(_shown(path), stamp, f"{_shown(path)} cannot be read: {_reason(error)}")
    if _stamp(after) != stamp:
        return None
    return FileExport(str(path), stamp, Fetched(path.as_uri(), body))


def _read(path: Path, size: int) -> tuple[bytes, os.stat_result]:
    """Return the content of a regular file of `size` bytes and its state after reading."""
    # O_NONBLOCK: should a pipe have taken the file's place since it was looked at, opening does not wait for a writer
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        return file.read(size), os.fstat(file.fileno())


def _unfit(path: Path, status: os.stat_result, max_bytes: int) -> str | None:
    """Say why a file is not worth reading; None if it is."""
    if status.st_size == 0:
        return f"{_shown(path)} is empty; an export holds at least one post"
    if status.st_size > max_bytes:
        return f"{_shown(path)} has {status.st_size:,} bytes, more than the {max_bytes:,} that are read; split it"
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return f"{_shown(path)} has a name that is not UTF-8; rename it"
    return None


def _unsettled(status: os.stat_result, now: datetime, settle: timedelta) -> bool:
    """Say whether the file was written to just now. A time far in the future is a wrong clock, no reason to wait."""
    age = now.timestamp() - status.st_mtime
    return abs(age) < settle.total_seconds()


def _stamp(status: os.stat_result) -> str:
    return f"{status.st_size}:{status.st_mtime_ns}"


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _shown(path: Path) -> str:
    """Return `path` on one line and in valid Unicode, whatever its bytes are."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
