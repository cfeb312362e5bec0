"""The evidence folder: the bytes of exports, compressed, each in a file that is called as its own SHA-256.

Knows nothing of what the bytes are; where they came from and when stands in the database. A file that is there is
whole: it is written under another name, flushed to the disk and only then given its own. What no row of the database
names, because the process died in between, is found by `Store.unreferenced_evidence` and removed by the pruning.
"""

import contextlib
import gzip
import hashlib
import os
import re
import secrets
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from worker.errors import EvidenceError

#: of gzip: a page of 100 kB takes 0.2 ms and becomes 7 kB; level 6 would take five times as long for 5 kB
_LEVEL = 1
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_SHA256 = re.compile(r"[0-9a-f]{64}")
#: of the names of the folders; enough that none of them holds more than some thousand files
_PREFIX = 2
_SUFFIX, _UNFINISHED = ".gz", ".part"


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes that are in the folder now."""

    #: of the bytes, hexadecimal
    sha256: str
    #: how many they are
    size: int
    #: what they take on the disk
    packed: int


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file of the folder; `sha256` is None for one that was never finished."""

    path: Path
    sha256: str | None
    packed: int
    #: when it was written, or asked for again
    touched_at: datetime


class EvidenceFolder:
    """Keeps bytes by their SHA-256; may be used from several threads.

    Args:
        path: of the folder; it is made when something is first kept.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def check(self) -> None:
        """Make the folder and try to write into it.

        Raises:
            EvidenceError: that cannot be done.
        """
        with self._said("written to", "; name another with storage.evidence, or keep none with false"):
            probe = self.path / "00" / f"{secrets.token_hex(8)}{_UNFINISHED}"
            _make_folder(probe.parent)
            _write(probe, b"")
            probe.unlink()

    def keep(self, body: bytes) -> Kept:
        """Keep bytes and return how they are found again; what is there already is not written a second time.

        Raises:
            EvidenceError: the file cannot be written, as on a full disk; nothing is left of it.
        """
        sha256 = hashlib.sha256(body).hexdigest()
        path = self._path(sha256)
        with self._said("written to"):
            try:
                # so that a pruning that runs just now does not take it for forgotten
                os.utime(path)
                if packed := path.stat().st_size:
                    return Kept(sha256, len(body), packed)
            except FileNotFoundError:
                pass
            packed_body = gzip.compress(body, _LEVEL, mtime=0)
            self._put(path, packed_body)
        return Kept(sha256, len(body), len(packed_body))

    def read(self, sha256: str) -> bytes:
        """Return the bytes, proved to be those that were kept.

        Raises:
            EvidenceError: they are not there, or damaged.
        """
        path = self._path(sha256)
        try:
            body = gzip.decompress(path.read_bytes())
        except FileNotFoundError:
            message = f"{path} is missing: the export that it held cannot be shown any more"
            raise EvidenceError(message) from None
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise EvidenceError(_damaged(path)) from error
        except OSError as error:
            raise EvidenceError(f"{path} cannot be read: {_words(error)}") from error
        if hashlib.sha256(body).hexdigest() != sha256:
            raise EvidenceError(_damaged(path))
        return body

    def remove(self, sha256: str, *, untouched_since: datetime | None = None) -> int:
        """Remove the bytes and return what they took on the disk; 0 if they are not there.

        Args:
            sha256: of the bytes.
            untouched_since: leave a file that was kept at this time or later, because a check may be about to name
                it; None: remove it in any case.

        Raises:
            EvidenceError: the file cannot be removed.
        """
        return self._remove(self._path(sha256), untouched_since) or 0

    def files(self) -> Iterator[EvidenceFile]:
        """Yield all files, unfinished ones too, in no order; none if there is no folder yet.

        Raises:
            EvidenceError: the folder cannot be read.
        """
        with self._said("read"):
            for folder in _entries(self.path):
                if folder.is_dir(follow_symlinks=False):
                    yield from _files_of(folder)

    def remove_unfinished(self, *, before: datetime) -> int:
        """Remove what a process left behind that died while it wrote, and return how many files that were.

        Raises:
            EvidenceError: the folder cannot be read, or a file cannot be removed.
        """
        unfinished = [file.path for file in self.files() if file.sha256 is None]
        return sum(self._remove(path, before) is not None for path in unfinished)

    def _path(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            message = f"{sha256!r} is no SHA-256"
            raise EvidenceError(message)
        return self.path / sha256[:_PREFIX] / f"{sha256[_PREFIX:]}{_SUFFIX}"

    def _put(self, path: Path, packed: bytes) -> None:
        unfinished = path.with_name(f"{secrets.token_hex(8)}{_UNFINISHED}")
        try:
            try:
                _write(unfinished, packed)
            except FileNotFoundError:
                _make_folder(path.parent)
                _write(unfinished, packed)
            unfinished.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise

    def _remove(self, path: Path, untouched_since: datetime | None) -> int | None:
        """Remove a file and return its size; None: it is left, or was not there."""
        with self._said("cleaned up"):
            try:
                status = path.stat()
                if untouched_since is not None and _touched(status) >= untouched_since:
                    return None
                path.unlink()
            except FileNotFoundError:
                return None
            return status.st_size

    @contextlib.contextmanager
    def _said(self, what: str, advice: str = "") -> Iterator[None]:
        try:
            yield
        except OSError as error:
            message = f"the evidence folder {self.path} cannot be {what}: {_words(error)}{advice}"
            raise EvidenceError(message) from error


def _make_folder(path: Path) -> None:
    """Make one of the folders inside the evidence folder, and that too."""
    # parents that `mkdir` makes by itself do not get the mode
    path.parent.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
    path.mkdir(_FOLDER_MODE, exist_ok=True)


def _write(path: Path, packed: bytes) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
    with os.fdopen(number, "wb") as file:
        file.write(packed)
        file.flush()
        os.fsync(file.fileno())


def _entries(path: Path | str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as found:
            return list(found)
    except FileNotFoundError:
        return []


def _files_of(folder: os.DirEntry[str]) -> Iterator[EvidenceFile]:
    for entry in _entries(folder.path):
        stem, dot, ending = entry.name.partition(".")
        sha256 = f"{folder.name}{stem}" if f"{dot}{ending}" == _SUFFIX else None
        is_ours = f"{dot}{ending}" == _UNFINISHED or (sha256 is not None and _SHA256.fullmatch(sha256))
        if not is_ours:
            continue
        with contextlib.suppress(FileNotFoundError):
            status = entry.stat(follow_symlinks=False)
            yield EvidenceFile(Path(entry.path), sha256, status.st_size, _touched(status))


def _touched(status: os.stat_result) -> datetime:
    return datetime.fromtimestamp(status.st_mtime, UTC)


def _damaged(path: Path) -> str:
    return f"{path} is damaged: its bytes are not those that were kept; bring it back from a backup"


def _words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
