"""Reading new exports whole, as a check wants them; only what is too large for that, and can be, is read in a stream.

Does not parse them.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from worker.adapters.files.finding import SETTLE, FileProblem, FoundExport, find_exports
from worker.adapters.files.opening import Opened, Part, too_large
from worker.core.models import Fetched
from worker.core.parse.telegram_desktop_json import can_stream
from worker.errors import UnreadableFileError

#: opens an export for reading
OpenStream = Callable[[], contextlib.AbstractContextManager[Opened]]

MAX_BYTES = 20_000_000
#: the pages of one export together, as a multiple of what one file may have
_MOST_PAGES = 10
#: bytes that tell whether an export can be read in a stream
HEAD = 1 << 16


@dataclass(frozen=True, slots=True)
class FileExport:
    """One export that is new or has changed."""

    #: absolute; ``archive.zip!member`` inside an archive, the first page where an export has several
    path: str
    #: equal stamps mean an unchanged export
    stamp: str
    #: with an empty body where there are pages or a stream
    fetched: Fetched
    #: name and bytes of the pages of one export, where it has several
    pages: tuple[tuple[str, bytes], ...] = ()
    #: opens JSON of Telegram Desktop that is too large to be read whole; None: it has been read
    stream: OpenStream | None = None
    #: when it was last written to; None: unknown
    written_at: datetime | None = None


def read_new(
    pattern: str | Path,
    seen: Mapping[str, str],
    *,
    now: datetime,
    settle: timedelta = SETTLE,
    max_bytes: int = MAX_BYTES,
) -> Iterator[FileExport | FileProblem]:
    """Read the exports that match `pattern` and are not in `seen`, in natural order (``2.txt`` before ``10.txt``).

    Args:
        pattern: as for `find_exports`, and so are `seen`, `now` and `settle`.
        seen: absolute path -> stamp of what was read before.
        now: the present.
        settle: how long a file must have been left alone.
        max_bytes: of one file after unpacking; does not count for JSON of Telegram Desktop, which can be read piece by
            piece. The pages of one export may have ten times as much together.

    Yields:
        One value per new or changed export, read when it is asked for. A problem if nothing matches and nothing ever
        did.
    """
    for found in find_exports([pattern], seen, now=now, settle=settle):
        if isinstance(found, FileProblem):
            yield found
            continue
        try:
            export = _read(found, max_bytes)
        except UnreadableFileError as error:
            yield FileProblem(found.path, found.stamp, str(error))
            continue
        if export is not None:
            yield export


def _read(found: FoundExport, max_bytes: int) -> FileExport | None:
    """Read one export; None if it has changed meanwhile."""
    if len(found.parts) > 1:
        return _read_pages(found, max_bytes)
    (part,) = found.parts
    if (part.size is None or part.size > max_bytes) and _streams(part):
        return FileExport(
            found.path, found.stamp, Fetched(found.url, b""), stream=part.open, written_at=found.written_at
        )
    body, stamp = part.read(max_bytes)
    if _is_file(found) and stamp != found.stamp:
        return None
    return FileExport(found.path, found.stamp, Fetched(found.url, body), written_at=found.written_at)


def _read_pages(found: FoundExport, max_bytes: int) -> FileExport:
    pages, total = [], 0
    for part in found.parts:
        body, _ = part.read(max_bytes)
        total += len(body)
        if total > _MOST_PAGES * max_bytes:
            message = too_large(f"{found.path} with all its pages", total, _MOST_PAGES * max_bytes)
            raise UnreadableFileError(f"{message}, or take it in with `watchword import`")
        pages.append((part.name, body))
    return FileExport(found.path, found.stamp, Fetched(found.url, b""), tuple(pages), written_at=found.written_at)


def _is_file(found: FoundExport) -> bool:
    """Tell whether the stamp is that of a file, not of what an archive says of a member."""
    return found.path == found.parts[0].shown and "!" not in found.path


def _streams(part: Part) -> bool:
    with part.open() as opened:
        return can_stream(opened.read(HEAD))
