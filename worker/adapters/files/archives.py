"""The exports in a ``.zip`` archive: which members are exports, which belong together, and which cannot be read.

Reads the list of members only. Pictures and other attachments are passed over; archives inside archives are not opened.
"""

import struct
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from worker.adapters.files.opening import MOST_RATIO, is_bomb
from worker.adapters.files.pages import ONE_CHAT, is_page, page_number
from worker.errors import UnreadableFileError

#: exports in one archive
MOST_MEMBERS = 1_000
#: bytes of the list of members: some 200,000 of them, as the pictures of a large chat are
_MOST_LISTED = 20_000_000
#: names of texts; anything else in an archive is an attachment
_TEXTS = frozenset({"", ".txt", ".text", ".md", ".json", ".html", ".htm", ".xhtml", ".xml", ".rss", ".rdf", ".atom"})
_ARCHIVES = frozenset({".zip", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz"})
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
#: general purpose bit flag 0 (APPNOTE.TXT section 4.4.4)
_ENCRYPTED = 1
#: end of the list of members, and its counterpart for large archives (APPNOTE.TXT sections 4.3.14 to 4.3.16)
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x06"
_END_SIZE, _END_64_SIZE, _LOCATOR_SIZE = 22, 56, 20
_LONGEST_COMMENT = 65_535
#: extra field "UT": times in UTC, written by Info-ZIP and most others
_UNIX_TIME = 0x5455


@dataclass(frozen=True, slots=True)
class Members:
    """The members of an archive that are one export, or the reason why one cannot be read."""

    members: tuple[zipfile.ZipInfo, ...]
    problem: str | None = None


def list_exports(path: Path, shown: str, finished: Callable[[PurePosixPath], bool]) -> list[Members]:
    """Return the exports in an archive, in no particular order.

    Args:
        path: of the archive.
        shown: the same for messages.
        finished: tells whether a name is one of a file that is complete and meant to be read.

    Raises:
        UnreadableFileError: this is no whole archive, or it has too many members.
        OSError: the file cannot be read.
    """
    with path.open("rb") as raw:
        _check_list(raw, shown)
        try:
            with zipfile.ZipFile(raw) as archive:
                listed = archive.infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
            raise UnreadableFileError(_not_whole(shown)) from error
    # of two members with one name the later one counts, as it does when they are unpacked
    named = {PurePosixPath(member.filename): member for member in listed if not member.is_dir()}
    fitting = {
        name: member for name, member in named.items() if finished(_below(name)) and "__MACOSX" not in name.parts
    }
    exports = [*_exports(fitting)]
    if not exports:
        raise UnreadableFileError(f"{shown} holds no export; one is text, JSON, HTML or XML")
    if len(exports) > MOST_MEMBERS:
        message = f"{shown} holds {len(exports):,} exports, more than the {MOST_MEMBERS:,} that are read; split it"
        raise UnreadableFileError(message)
    return exports


def _below(name: PurePosixPath) -> PurePosixPath:
    """Return a name without what would lead out of the archive: nothing is written, so it does no harm."""
    return PurePosixPath(*(part for part in name.parts if part not in {"/", "..", "."}))


def _exports(named: dict[PurePosixPath, zipfile.ZipInfo]) -> Iterator[Members]:
    """Yield what is an export: beside or below a chat that Telegram Desktop exported all else is its attachments."""
    chats = {name.parent for name in named if name.name in ONE_CHAT}
    pages: dict[PurePosixPath, list[zipfile.ZipInfo]] = {}
    for name, member in named.items():
        in_chat = name.parent in chats
        if not in_chat and not chats.isdisjoint(name.parents):
            continue
        if is_page(name.name):
            pages.setdefault(name.parent, []).append(member)
        elif in_chat:
            if name.name in ONE_CHAT:
                yield _checked([member])
        elif name.suffix.lower() in _ARCHIVES:
            yield Members((member,), "is an archive inside an archive, which is not opened; unpack it")
        elif name.suffix.lower() in _TEXTS:
            yield _checked([member])
    for members in pages.values():
        yield _checked(sorted(members, key=lambda member: page_number(PurePosixPath(member.filename).name)))


def _checked(members: Sequence[zipfile.ZipInfo]) -> Members:
    problem = next(filter(None, map(_unfit, members)), None)
    return Members(tuple(members), problem)


def _unfit(member: zipfile.ZipInfo) -> str | None:
    if member.flag_bits & _ENCRYPTED:
        return "is encrypted; pack it without a password"
    if member.compress_type not in _METHODS:
        return "is packed in an unusual way; pack it by deflate, as zip does if not told otherwise"
    if not member.file_size:
        return "is empty; an export holds at least one post"
    if is_bomb(member):
        size = f"{member.compress_size:,} to {member.file_size:,} bytes"
        return f"unpacks from {size}, more than {MOST_RATIO} times as much; unpack it if that is right"
    return None


def member_time(member: zipfile.ZipInfo) -> float | None:
    """Return when a member was last written to, in seconds since 1970; None where only a local time is known."""
    rest = member.extra
    while len(rest) >= 4:
        kind, size = struct.unpack_from("<HH", rest)
        if kind == _UNIX_TIME and size >= 5 and len(rest) >= 9 and rest[4] & 1:
            return float(struct.unpack_from("<i", rest, 5)[0])
        rest = rest[4 + size :]
    return None


def _check_list(raw: IO[bytes], shown: str) -> None:
    """Refuse a list of members that would fill the memory, before it is read, and an archive without its end."""
    size = raw.seek(0, 2)
    raw.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT - _END_64_SIZE - _LOCATOR_SIZE))
    tail = raw.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) - end < _END_SIZE:
        raise UnreadableFileError(_not_whole(shown))
    (length,) = struct.unpack_from("<L", tail, end + 12)
    large = end - _LOCATOR_SIZE - _END_64_SIZE
    if large >= 0 and tail.startswith(_END_64, large):
        (length,) = struct.unpack_from("<Q", tail, large + 40)
    if length > _MOST_LISTED:
        raise UnreadableFileError(f"{shown} has too many members to be listed; split it")


def _not_whole(shown: str) -> str:
    return f"{shown} is no whole zip archive: it is still being written, cut off or damaged; pack or copy it again"
