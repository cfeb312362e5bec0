"""Exports that another tool drops as files: found by a pattern, also inside ``.zip`` and ``.gz`` files.

Reads no export, keeps no list of what was read (the caller passes it in), and never moves or deletes a file.
"""

import contextlib
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePath, PurePosixPath
from urllib.parse import quote

from worker.adapters.files.archives import Members, list_exports, member_time
from worker.adapters.files.opening import Part, gzip_part, gzip_time, member_part, plain_part, reason, stamp_of
from worker.adapters.files.pages import grouped, whole_chat
from worker.errors import UnreadableFileError

#: a file that was written to within this time may still be growing
SETTLE = timedelta(seconds=2)

_WILD = re.compile(r"[*?\[]")
_DIGITS = re.compile(r"([0-9]+)")
#: names that writers and editors give to what is not finished
_UNFINISHED = (".part", ".tmp", "~")
#: a path inside an archive begins with that of the archive and this
_INSIDE = "!"


@dataclass(frozen=True, slots=True)
class FoundExport:
    """One export that is new or has changed; nothing of it has been read."""

    #: absolute; ``archive.zip!member`` inside an archive, the first page where an export has several
    path: str
    #: equal stamps mean an unchanged export: ``size:mtime`` with the time in nanoseconds, and for pages their number;
    #: inside an archive size and checksum
    stamp: str
    #: where it stands, as an address
    url: str
    #: when the file, or what is packed in it, was last written to
    written_at: datetime
    #: one file, or the pages of one export in their order
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One file, or a whole pattern, that could not be read."""

    #: absolute; the pattern where nothing matches it
    path: str
    #: as for an export, so that a problem need be told only once; "" if the file could not even be looked at
    stamp: str
    #: one line: what failed and what would be right
    message: str


def find_exports(
    patterns: Sequence[str | Path], seen: Mapping[str, str], *, now: datetime, settle: timedelta = SETTLE
) -> Iterator[FoundExport | FileProblem]:
    """Find the exports that match one of `patterns` and are not in `seen`, in natural order for each pattern.

    Folders, hidden and unfinished names (``.x``, ``x.part``, ``x.tmp``, ``x~``), pipes, sockets and devices are passed
    over, and so is a file that is still being written; it comes next time. The pages ``messages.html``,
    ``messages2.html`` ... of one folder are one export, and the first of them, or the folder, stands for all.

    Args:
        patterns: each a path, or a glob with ``*``, ``?``, ``[...]`` and ``**`` for any depth; relative ones start at
            the working folder. A path that exists as it stands is taken as it stands.
        seen: absolute path -> stamp of what was read before.
        now: the present, to tell a file that is still being written.
        settle: how long a file must have been left alone.

    Yields:
        One value per new or changed export. A problem if nothing matches and nothing ever did.
    """
    paths: dict[Path, None] = {}
    for pattern in patterns:
        absolute = Path(pattern).absolute()
        try:
            found = _matching(absolute)
        except OSError as error:
            yield FileProblem(_shown(absolute), "", f"{_shown(absolute)} cannot be looked through: {reason(error)}")
            continue
        if not found and not seen:
            yield FileProblem(
                _shown(absolute), "", f"no file matches {_shown(absolute)}; check the path and the pattern"
            )
        elif found == [absolute] and absolute.is_dir():
            message = f"{_shown(absolute)} is a folder; name its files, as in {_shown(absolute / '*.txt')}"
            yield FileProblem(_shown(absolute), "", message)
        paths.update(dict.fromkeys(found))
    for group in grouped(paths):
        yield from _look_at(group, seen, now=now, settle=settle)


def time_to_settle(
    pattern: str | Path, seen: Mapping[str, str], *, now: datetime, settle: timedelta = SETTLE
) -> timedelta:
    """Return how long until the new files that match `pattern` have been left alone; nothing if they have been.

    The arguments are those of `find_exports`. What cannot be looked at is for that to tell.
    """
    longest = 0.0
    with contextlib.suppress(OSError):
        for path in _matching(Path(pattern).absolute()):
            with contextlib.suppress(OSError):
                status = path.stat()
                is_new = stat.S_ISREG(status.st_mode) and stamp_of(status) != seen.get(str(path))
                if is_new and _unsettled(status, now, settle):
                    longest = max(longest, status.st_mtime + settle.total_seconds() - now.timestamp())
    return timedelta(seconds=longest)


def _matching(absolute: Path) -> list[Path]:
    """Return what `absolute` names or matches, in natural order.

    Raises:
        OSError: the folder that the pattern starts from is missing or closed to us.
    """
    if os.path.lexists(absolute):
        return whole_chat(absolute)
    fixed = next((i for i, part in enumerate(absolute.parts) if _WILD.search(part)), len(absolute.parts) - 1)
    start, wild = Path(*absolute.parts[:fixed]), absolute.parts[fixed:]
    # "**" alone means folders up to Python 3.12 and files too from 3.13 on
    wild = (*wild, "*") if wild[-1] == "**" else wild
    # a look of our own: glob takes a folder that is missing or closed for an empty one
    os.scandir(start).close()
    paths = dict.fromkeys(start.glob(str(Path(*wild))))
    return sorted((path for path in paths if _finished(path.relative_to(start))), key=natural_order)


def _finished(path: PurePath) -> bool:
    return not path.name.endswith(_UNFINISHED) and not any(part.startswith(".") for part in path.parts)


def natural_order(path: PurePath) -> tuple[list[list[str | int]], str]:
    """Order by name, numbers by their value. The split alternates text and digits, so like is compared with like."""
    parts = [
        [int(piece) if index % 2 else piece.casefold() for index, piece in enumerate(_DIGITS.split(part))]
        for part in path.parts
    ]
    return parts, str(path)


def _look_at(
    paths: Sequence[Path], seen: Mapping[str, str], *, now: datetime, settle: timedelta
) -> Iterator[FoundExport | FileProblem]:
    """Look at one file, one archive, or the pages of one export; yield nothing for what is to be passed over."""
    first, stamp = paths[0], ""
    shown = _shown(first)
    known = seen.get(str(first), seen.get(shown))
    try:
        statuses = [path.stat() for path in paths]
        stamp = _stamp_of_all(statuses)
        # a pipe or a device is not even opened: opening can block or do things
        regular = all(stat.S_ISREG(status.st_mode) for status in statuses)
        if not regular or stamp == known or any(_unsettled(status, now, settle) for status in statuses):
            return
        if problem := next(filter(None, map(_unfit, paths, statuses)), None):
            yield FileProblem(shown, stamp, problem)
        elif first.suffix.lower() == ".zip":
            yield from _look_into(first, seen, datetime.fromtimestamp(statuses[0].st_mtime, UTC))
        else:
            yield _found(paths, statuses, stamp)
    except OSError as error:
        # it may have been taken away since it was listed, or be a link to nowhere
        yield FileProblem(shown, stamp, f"{shown} cannot be read: {reason(error)}")
    except UnreadableFileError as error:
        yield FileProblem(shown, stamp, str(error))


def _found(paths: Sequence[Path], statuses: Sequence[os.stat_result], stamp: str) -> FoundExport:
    first, written = paths[0], max(status.st_mtime for status in statuses)
    if first.suffix.lower() == ".gz":
        written = min(written, gzip_time(first) or written)
        parts: tuple[Part, ...] = (gzip_part(first, _shown(first), statuses[0].st_size),)
    else:
        both = zip(paths, statuses, strict=True)
        parts = tuple(plain_part(path, _shown(path), status.st_size) for path, status in both)
    return FoundExport(str(first), stamp, first.as_uri(), datetime.fromtimestamp(written, UTC), parts)


def _look_into(path: Path, seen: Mapping[str, str], written_at: datetime) -> Iterator[FoundExport | FileProblem]:
    """Yield the new exports in an archive, in natural order."""
    exports = list_exports(path, _shown(path), _finished)
    for export in sorted(exports, key=lambda export: natural_order(PurePosixPath(export.members[0].filename))):
        within = _within(path, export.members[0].filename)
        stamp = _stamp_inside(export)
        if seen.get(within) == stamp:
            continue
        if export.problem:
            yield FileProblem(within, stamp, f"{within} {export.problem}")
            continue
        # the archive may have been packed long after the export was made
        times = [time for member in export.members if (time := member_time(member)) is not None]
        yield FoundExport(
            within,
            stamp,
            f"{path.as_uri()}{_INSIDE}{quote(export.members[0].filename)}",
            min(datetime.fromtimestamp(max(times), UTC), written_at) if times else written_at,
            tuple(member_part(path, member, _within(path, member.filename)) for member in export.members),
        )


def _within(path: Path, name: str) -> str:
    return f"{_shown(path)}{_INSIDE}{_printable(name)}"


def _stamp_inside(export: Members) -> str:
    checksum = 0
    for member in export.members:
        checksum = (checksum * 31 + member.CRC) & 0xFFFFFFFF
    size = sum(member.file_size for member in export.members)
    return f"{size}:{checksum:08x}" + _number(len(export.members))


def _stamp_of_all(statuses: Sequence[os.stat_result]) -> str:
    if len(statuses) == 1:
        return stamp_of(statuses[0])
    size, newest = sum(status.st_size for status in statuses), max(status.st_mtime_ns for status in statuses)
    return f"{size}:{newest}" + _number(len(statuses))


def _number(pages: int) -> str:
    return f":{pages}" if pages > 1 else ""


def _unfit(path: Path, status: os.stat_result) -> str | None:
    """Say why a file is not worth reading; None if it is."""
    if status.st_size == 0:
        return f"{_shown(path)} is empty; an export holds at least one post"
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return f"{_shown(path)} has a name that is not UTF-8; rename it"
    return None


def _unsettled(status: os.stat_result, now: datetime, settle: timedelta) -> bool:
    """Say whether the file was written to just now. A time far in the future is a wrong clock, no reason to wait."""
    age = now.timestamp() - status.st_mtime
    return abs(age) < settle.total_seconds()


def _shown(path: Path) -> str:
    """Return `path` on one line and in valid Unicode, whatever its bytes are."""
    return _printable(os.fsencode(path).decode("utf-8", "replace"))


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
