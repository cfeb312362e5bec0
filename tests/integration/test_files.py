"""Exports dropped as files: what is found, in which order, and what is left alone."""

import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.adapters.files import FileExport, FileProblem, natural_order, read_new

LATER = datetime(2100, 1, 1, tzinfo=UTC)


def write(path: Path, text: str = "Le ministère publie son bulletin.\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def names(pattern: Path | str, seen: dict[str, str] | None = None) -> list[str]:
    return [
        Path(found.path).name for found in read_new(pattern, seen or {}, now=LATER) if isinstance(found, FileExport)
    ]


def only_problem(pattern: Path | str, **arguments: int) -> FileProblem:
    found = list(read_new(pattern, {}, now=LATER, **arguments))  # type: ignore[arg-type]
    assert len(found) == 1
    assert isinstance(found[0], FileProblem)
    assert "\n" not in found[0].message
    return found[0]


def test_a_single_path_yields_its_bytes_with_a_stamp_and_an_address(tmp_path: Path) -> None:
    path = write(tmp_path / "канал 1.txt", "Сводка министерства.\n")
    (export,) = read_new(path, {}, now=LATER)
    assert isinstance(export, FileExport)
    assert export.path == str(path)
    assert export.stamp == f"{path.stat().st_size}:{path.stat().st_mtime_ns}"
    assert export.fetched.body == "Сводка министерства.\n".encode()
    assert export.fetched.url == path.as_uri()
    assert export.fetched.content_type is None
    assert export.fetched.validators.etag is None


def test_files_come_in_natural_order(tmp_path: Path) -> None:
    for name in ("dump10.txt", "dump2.txt", "Dump1.txt", "dump2b.txt", "10.txt", "9.txt", "a.txt"):
        write(tmp_path / name)
    assert names(tmp_path / "*.txt") == [
        "9.txt", "10.txt", "a.txt", "Dump1.txt", "dump2.txt", "dump2b.txt", "dump10.txt",
    ]  # fmt: skip


@given(st.lists(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1), max_size=6))
def test_any_names_can_be_put_in_order(parts: list[str]) -> None:
    paths = [Path("/", part) for part in parts]
    backwards = paths[::-1]
    assert sorted(paths, key=natural_order) == sorted(backwards, key=natural_order)


def test_a_file_already_read_is_passed_over_until_it_changes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt")
    (first,) = read_new(path, {}, now=LATER)
    seen = {first.path: first.stamp}
    assert list(read_new(path, seen, now=LATER)) == []
    write(path, "Something new.\n")
    assert names(path, seen) == ["a.txt"]


def test_two_stars_reach_any_depth(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    write(tmp_path / "2026" / "05" / "b.txt")
    assert names(tmp_path / "**" / "*.txt") == ["b.txt", "a.txt"]
    assert sorted(names(f"{tmp_path}/**")) == ["a.txt", "b.txt"]


def test_hidden_and_unfinished_names_are_passed_over(tmp_path: Path) -> None:
    for name in (".a.txt", "b.txt.part", "c.tmp", "d.txt~", ".cache/e.txt", "f.txt"):
        write(tmp_path / name)
    assert names(tmp_path / "**" / "*") == ["f.txt"]


def test_a_path_with_brackets_is_taken_as_it_stands(tmp_path: Path) -> None:
    path = write(tmp_path / "[embassy]" / "a.txt")
    assert names(path) == ["a.txt"]


def test_a_relative_pattern_starts_at_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.txt")
    monkeypatch.chdir(tmp_path)
    (found,) = read_new("*.txt", {}, now=LATER)
    assert found.path == str(tmp_path / "a.txt")


def test_pipes_sockets_and_folders_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "null.txt").symlink_to("/dev/null")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "s.txt"))
    with listener:
        assert list(read_new(tmp_path / "*.txt", {}, now=LATER)) == []


def test_links_are_followed_to_regular_files_and_not_to_folders(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "real.md")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "link.txt").symlink_to(tmp_path / "elsewhere" / "real.md")
    (inbox / "loop").symlink_to(inbox)
    assert names(inbox / "**" / "*.txt") == ["link.txt"]


def test_a_link_to_nowhere_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to(tmp_path / "gone")
    assert "cannot be read: no such file" in only_problem(tmp_path / "*.txt").message


def test_a_file_still_being_written_is_left_until_it_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt")
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    assert list(read_new(path, {}, now=written + timedelta(seconds=1))) == []
    assert list(read_new(path, {}, now=written - timedelta(seconds=1))) == []
    assert len(list(read_new(path, {}, now=written + timedelta(seconds=3)))) == 1
    assert len(list(read_new(path, {}, now=written, settle=timedelta(0)))) == 1


def test_a_time_far_in_the_future_does_not_hide_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt")
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    assert len(list(read_new(path, {}, now=written - timedelta(days=1)))) == 1


def test_a_file_that_is_too_large_is_a_problem_and_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(50_000_000_000)
    problem = only_problem(path)
    assert problem.stamp.startswith("50000000000:")
    assert "50,000,000,000 bytes, more than the 20,000,000" in problem.message
    assert "more than the 10 " in only_problem(write(tmp_path / "b.txt"), max_bytes=10).message


def test_a_problem_once_recorded_is_not_told_again(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "")
    problem = only_problem(path)
    assert "is empty" in problem.message
    assert list(read_new(path, {problem.path: problem.stamp}, now=LATER)) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
def test_a_file_that_is_closed_to_us_is_a_problem(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt")
    path.chmod(0)
    problem = only_problem(path)
    assert "cannot be read: permission denied" in problem.message
    assert problem.stamp


def test_a_file_that_vanishes_while_others_are_read_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path / "1.txt")
    last = write(tmp_path / "2.txt")
    reading = read_new(tmp_path / "*.txt", {}, now=LATER)
    assert isinstance(next(reading), FileExport)
    last.unlink()
    assert isinstance(next(reading), FileProblem)


def test_nothing_found_is_a_problem_only_if_nothing_ever_was(tmp_path: Path) -> None:
    problem = only_problem(tmp_path / "*.txt")
    assert problem.path == str(tmp_path / "*.txt")
    assert problem.message.startswith("no file matches")
    assert list(read_new(tmp_path / "*.txt", {str(tmp_path / "a.txt"): "1:1"}, now=LATER)) == []


def test_a_missing_folder_is_always_a_problem(tmp_path: Path) -> None:
    found = list(read_new(tmp_path / "unmounted" / "*.txt", {"/srv/a.txt": "1:1"}, now=LATER))
    assert len(found) == 1
    assert isinstance(found[0], FileProblem)
    assert "cannot be looked through: no such file or directory" in found[0].message


def test_a_folder_in_place_of_a_pattern_is_a_problem(tmp_path: Path) -> None:
    assert f"is a folder; name its files, as in {tmp_path}/*.txt" in only_problem(tmp_path).message


def test_a_name_that_is_no_utf8_is_a_problem_that_can_be_stored(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xe9t\xe9.txt")).write_text("Bulletin\n", encoding="utf-8")
    problem = only_problem(tmp_path / "*.txt")
    assert "not UTF-8; rename it" in problem.message
    problem.path.encode()
    assert list(read_new(tmp_path / "*.txt", {problem.path: problem.stamp}, now=LATER)) == []
