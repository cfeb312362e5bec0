"""Evidence of a check: which of its exports are kept, and which of them each change refers to.

What a check found is worth as much as what proves it. So the bytes are kept before anything is recorded, and where they
cannot be, nothing is. A check that found nothing keeps nothing.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from worker.adapters.evidence import EvidenceFolder, Kept
from worker.adapters.files import FileExport, FileProblem
from worker.core.diff import Edit
from worker.core.models import Fetched, Post, Snapshot
from worker.core.record import ChannelState, CheckRecord, DeletedPost, EditedPost, KeptExport, NewPost, RestoredPost

#: a message in the HTML of Telegram Desktop
_MESSAGE_ID = re.compile(rb'id="message(-?\d{1,18})"')

Change = NewPost | EditedPost | DeletedPost | RestoredPost
C = TypeVar("C", NewPost, EditedPost, DeletedPost, RestoredPost)


@dataclass(frozen=True, slots=True)
class RawExport:
    """The bytes of one export of a check, with where they came from, until the check has been recorded."""

    #: address or path
    url: str
    body: bytes
    #: of the posts that it shows
    ids: frozenset[str] = frozenset()
    #: of the answer; None for a file
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    #: None: with the check
    fetched_at: datetime | None = None
    #: of the stored post whose own page this is, which was asked because another export lacked it; None: it is no such
    row: int | None = None
    #: how its bytes are found, which are not held here any more; None: they have not been kept yet
    kept: Kept | None = None


def raw_export(fetched: Fetched, posts: Iterable[Post]) -> RawExport:
    """Return what was fetched, as an export that shows these posts."""
    ids = frozenset(post.id for post in posts if post.id is not None)
    return RawExport(fetched.url, fetched.body, ids, fetched.status, fetched.headers, fetched.fetched_at)


def raw_files(export: FileExport | FileProblem) -> tuple[RawExport, ...]:
    """Return a dropped file, or each page of one that has several; nothing of one that is not read whole."""
    if isinstance(export, FileProblem) or export.stream:
        return ()
    if not export.pages:
        return (RawExport(export.path, export.fetched.body),)
    folder = export.path[: max(export.path.rfind("/"), export.path.rfind("!")) + 1]
    return tuple(
        RawExport(f"{folder}{name}", body, frozenset(found.decode() for found in _MESSAGE_ID.findall(body)))
        for name, body in export.pages
    )


def keep_certain(
    exports: Sequence[RawExport], snapshot: Snapshot, state: ChannelState, keep: Callable[[bytes], Kept] | None
) -> list[RawExport]:
    """Keep what is certain to prove something while it is read, so that nobody waits for the disk and no bytes wait.

    That is everything in the first check of a channel, and a first page with higher numbers than any that is stored.
    What becomes of the rest is decided with what was found.

    Args:
        exports: of a check, as they came in.
        snapshot: of the first of them.
        state: of the channel.
        keep: keeps bytes; None: nothing is kept now.

    Raises:
        EvidenceError: they cannot be kept.
    """
    if keep is None or not snapshot.posts:
        return list(exports)
    is_new = snapshot.coverage is not None and snapshot.coverage.highest > (state.watermark or 0)
    count = len(exports) if not state.has_baseline else int(is_new)
    early = (replace(export, body=b"", kept=keep(export.body)) for export in exports[:count])
    return [*early, *exports[count:]]


def weight(exports: Iterable[RawExport]) -> int:
    """Return how many bytes wait for a decision on whether they are kept."""
    return sum(len(export.body) for export in exports)


def with_evidence(record: CheckRecord, exports: Sequence[RawExport], folder: EvidenceFolder | None) -> CheckRecord:
    """Keep the exports that prove what a check found, and return the record with them.

    A new or edited post is proved by the export that shows it; if none is known to, by the first, which was asked for
    first. A post that is gone or back is proved by its own page, if that was asked, and by the first, which is also
    what proves that a post was missed.

    Args:
        record: what the check found.
        exports: of the check, in the order in which they were fetched.
        folder: None: no evidence is kept.

    Raises:
        EvidenceError: the bytes cannot be kept; the record must not be written then.
    """
    turned: tuple[Change, ...] = (*record.deleted, *record.restored)
    found: tuple[Change, ...] = (*record.new, *record.edited, *turned)
    if folder is None or not exports or not (found or record.missed):
        return record
    of = _Places(exports)
    wanted = {of.place(one) for one in found} | ({0} if record.missed or turned else set())
    # in their order: what was missed refers to the first of those that are kept
    kept = {place: _keep(exports[place], folder, record.at) for place in sorted(wanted)}
    numbers = {place: number for number, place in enumerate(kept)}

    def referring(changes: tuple[C, ...]) -> tuple[C, ...]:
        return tuple(replace(one, export=numbers[of.place(one)]) for one in changes)

    return replace(
        record,
        exports=tuple(kept.values()),
        new=referring(record.new),
        edited=referring(record.edited),
        deleted=referring(record.deleted),
        restored=referring(record.restored),
    )


class _Places:
    """Which of the exports of a check proves which change."""

    def __init__(self, exports: Sequence[RawExport]) -> None:
        self._by_id: dict[str, int] = {}
        self._own: dict[int, int] = {}
        for place, export in enumerate(exports):
            for name in export.ids:
                self._by_id.setdefault(name, place)
            if export.row is not None:
                self._own.setdefault(export.row, place)

    def place(self, change: Change) -> int:
        """Return the place of the export."""
        match change:
            case NewPost(found=found) | EditedPost(edit=Edit(found=found)):
                return self._by_id.get(found.post.id or "", 0)
            case DeletedPost(row=row) | RestoredPost(row=row):
                return self._own.get(row, 0)


def _keep(export: RawExport, folder: EvidenceFolder, now: datetime) -> KeptExport:
    kept = export.kept or folder.keep(export.body)
    return KeptExport(
        url=export.url,
        fetched_at=export.fetched_at or now,
        status=export.status,
        headers=export.headers,
        sha256=kept.sha256,
        size=kept.size,
        packed=kept.packed,
    )
