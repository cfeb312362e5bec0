"""The evidence folder: bytes are found again by their SHA-256, and what is not as it was is said."""

import hashlib
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worker.adapters.evidence import EvidenceFolder
from worker.errors import EvidenceError

PAGE = b"<html>Ministry of Tides: no ferries today</html>"


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceFolder:
    return EvidenceFolder(tmp_path / "kept" / "evidence")


def only_file(folder: EvidenceFolder) -> Path:
    (file,) = folder.files()
    return file.path


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=st.binary(max_size=300))
def test_any_bytes_are_found_again_by_their_hash(folder: EvidenceFolder, body: bytes) -> None:
    kept = folder.keep(body)

    assert kept.sha256 == hashlib.sha256(body).hexdigest()
    assert folder.read(kept.sha256) == body


def test_a_file_is_named_by_its_hash_and_only_the_owner_may_read_it(folder: EvidenceFolder) -> None:
    kept = folder.keep(PAGE)

    path = folder.path / kept.sha256[:2] / f"{kept.sha256[2:]}.gz"
    assert path.stat().st_size == kept.packed
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path.parent, folder.path)] == [0o700, 0o700]


def test_bytes_that_are_kept_already_are_not_written_again(folder: EvidenceFolder) -> None:
    first = folder.keep(PAGE)
    path = only_file(folder)
    number, long_ago = path.stat().st_ino, path.stat().st_mtime - 100_000
    os.utime(path, (long_ago, long_ago))

    assert folder.keep(PAGE) == first
    assert path.stat().st_ino == number
    assert path.stat().st_mtime > long_ago + 90_000, "a pruning must see that it is wanted again"


def test_a_file_that_a_crash_of_the_machine_left_empty_is_written_anew(folder: EvidenceFolder) -> None:
    kept = folder.keep(PAGE)
    only_file(folder).write_bytes(b"")

    assert folder.keep(PAGE) == kept
    assert folder.read(kept.sha256) == PAGE


@pytest.mark.parametrize("damage", [b"", b"no gzip at all", None])
def test_a_damaged_file_is_named_and_never_shown(folder: EvidenceFolder, damage: bytes | None) -> None:
    kept = folder.keep(PAGE)
    path = only_file(folder)
    path.write_bytes(path.read_bytes()[:-9] if damage is None else damage)

    with pytest.raises(EvidenceError, match="is damaged"):
        folder.read(kept.sha256)


def test_bytes_of_another_export_in_its_place_are_noticed(folder: EvidenceFolder) -> None:
    first, second = folder.keep(PAGE), folder.keep(PAGE + b"!")
    paths = {file.sha256: file.path for file in folder.files()}
    paths[first.sha256].write_bytes(paths[second.sha256].read_bytes())

    with pytest.raises(EvidenceError, match="is damaged"):
        folder.read(first.sha256)


def test_a_missing_file_is_named(folder: EvidenceFolder) -> None:
    with pytest.raises(EvidenceError, match=r"ab/.*\.gz is missing"):
        folder.read("ab" * 32)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "AB" * 32, "ab" * 31, "ab" * 32 + "\n"])
def test_what_is_no_hash_reaches_no_file(folder: EvidenceFolder, name: str) -> None:
    with pytest.raises(EvidenceError, match="no SHA-256"):
        folder.read(name)


def test_what_is_removed_is_gone_and_its_size_is_told(folder: EvidenceFolder) -> None:
    kept = folder.keep(PAGE)

    assert folder.remove(kept.sha256) == kept.packed
    assert folder.remove(kept.sha256) == 0
    assert list(folder.files()) == []


def test_what_a_check_has_just_asked_for_is_not_removed(folder: EvidenceFolder) -> None:
    kept = folder.keep(PAGE)
    (file,) = folder.files()

    assert folder.remove(kept.sha256, untouched_since=file.touched_at) == 0
    assert folder.read(kept.sha256) == PAGE
    assert folder.remove(kept.sha256, untouched_since=file.touched_at + timedelta(seconds=1)) == kept.packed


def test_a_folder_that_cannot_be_written_to_is_said_before_anything_is_lost(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file where the folder should be")
    folder = EvidenceFolder(tmp_path / "evidence")

    for use in (folder.check, lambda: folder.keep(PAGE)):
        with pytest.raises(EvidenceError, match=r"evidence folder .*/evidence cannot be written to: ") as said:
            use()
        assert "\n" not in str(said.value)


def test_a_folder_that_can_be_written_to_is_left_without_a_trace(folder: EvidenceFolder) -> None:
    folder.check()

    assert list(folder.files()) == []


def test_a_full_disk_leaves_no_half_file(folder: EvidenceFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as here:
        here.setattr(os, "fsync", full)
        with pytest.raises(EvidenceError, match="no space left on device"):
            folder.keep(PAGE)
    assert list(folder.files()) == []
    assert folder.read(folder.keep(PAGE).sha256) == PAGE


def test_what_a_dead_process_left_half_written_is_swept_up_once_it_is_old(folder: EvidenceFolder) -> None:
    kept = folder.keep(PAGE)
    half = only_file(folder).with_name("0123456789abcdef.part")
    half.write_bytes(b"half")
    now = datetime.now(UTC)

    assert folder.remove_unfinished(before=now - timedelta(hours=1)) == 0
    assert folder.remove_unfinished(before=now + timedelta(hours=1)) == 1
    assert [file.sha256 for file in folder.files()] == [kept.sha256]


def test_what_is_not_ours_is_left_alone(folder: EvidenceFolder) -> None:
    kept = folder.keep(PAGE)
    (folder.path / "README").write_text("the lawyer's own")
    (folder.path / kept.sha256[:2] / "notes.txt").write_text("the lawyer's own")

    assert [file.sha256 for file in folder.files()] == [kept.sha256]
