"""Exports in archives, exports of many pages, and exports that are too large to be read whole."""

import gzip
import os
import struct
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.telegram_desktop_samples import MESSAGES, chat, own_layout
from worker.adapters.files import FileExport, FileProblem, FoundExport, find_exports, read_new

LATER = datetime(2100, 1, 1, tzinfo=UTC)
JSON = own_layout(chat(MESSAGES))


def pack(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def read(
    pattern: Path, seen: dict[str, str] | None = None, *, max_bytes: int = 20_000_000
) -> list[FileExport | FileProblem]:
    return list(read_new(pattern, seen or {}, now=LATER, max_bytes=max_bytes))


def exports(pattern: Path, *, max_bytes: int = 20_000_000) -> list[FileExport]:
    found = read(pattern, max_bytes=max_bytes)
    assert not [one.message for one in found if isinstance(one, FileProblem)]
    return [one for one in found if isinstance(one, FileExport)]


def only_problem(pattern: Path, *, max_bytes: int = 20_000_000) -> FileProblem:
    (found,) = read(pattern, max_bytes=max_bytes)
    assert isinstance(found, FileProblem)
    assert "\n" not in found.message
    return found


def test_each_member_is_an_export_of_its_own_in_natural_order(tmp_path: Path) -> None:
    path = pack(tmp_path / "dumps.zip", {"10.txt": b"ten", "2.txt": b"two", "deep/1.txt": "один".encode()})

    found = exports(path)

    assert [(Path(one.path).name, one.fetched.body) for one in found] == [
        ("dumps.zip!2.txt", b"two"), ("dumps.zip!10.txt", b"ten"), ("1.txt", "один".encode()),
    ]  # fmt: skip
    assert found[2].path == f"{path}!deep/1.txt"
    assert found[0].fetched.url == f"{path.as_uri()}!2.txt"


def test_only_members_that_are_new_are_read_when_an_archive_grows(tmp_path: Path) -> None:
    path = pack(tmp_path / "dumps.zip", {"1.txt": b"one", "2.txt": b"two"})
    seen = {one.path: one.stamp for one in exports(path)}
    assert read(path, seen) == []

    pack(path, {"1.txt": b"one", "2.txt": b"two, corrected", "3.txt": b"three"})

    assert [Path(one.path).name for one in read(path, seen)] == ["dumps.zip!2.txt", "dumps.zip!3.txt"]


def test_names_that_lead_out_of_the_archive_are_only_names(tmp_path: Path) -> None:
    inside = tmp_path / "inbox"
    inside.mkdir()
    path = pack(inside / "a.zip", {"../../evil.txt": b"up", "/etc/evil.txt": b"root", "line\nbreak.txt": b"nl"})

    assert sorted(one.fetched.body for one in exports(path)) == [b"nl", b"root", b"up"]
    assert all("\n" not in one.path for one in exports(path))
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a.zip", "inbox"]


def test_folders_hidden_names_and_pictures_are_passed_over(tmp_path: Path) -> None:
    names = (".hidden.txt", "__MACOSX/._a.txt", "b.txt.part", "photo.jpg", "folder/", "a.txt")
    path = pack(tmp_path / "a.zip", dict.fromkeys(names, b"some text"))
    assert [Path(one.path).name for one in exports(path)] == ["a.zip!a.txt"]


def test_what_lies_beside_and_below_an_exported_chat_is_its_attachments(tmp_path: Path) -> None:
    path = pack(
        tmp_path / "a.zip",
        {
            "chat/messages2.html": b"<p>2</p>",
            "chat/messages.html": b"<p>1</p>",
            "chat/result.json": JSON,
            "chat/readme.txt": b"no",
            "chat/files/paper.txt": b"no",
            "other/note.txt": b"a note",
        },
    )
    found = exports(path)
    assert [one.path.partition("!")[2] for one in found] == ["chat/messages.html", "chat/result.json", "other/note.txt"]
    assert found[0].pages == (("messages.html", b"<p>1</p>"), ("messages2.html", b"<p>2</p>"))


def test_an_archive_inside_an_archive_is_not_opened(tmp_path: Path) -> None:
    inner = pack(tmp_path / "inner.zip", {"a.txt": b"a"}).read_bytes()
    problem = only_problem(pack(tmp_path / "outer.zip", {"inner.zip": inner}))
    assert problem.path.endswith("outer.zip!inner.zip")
    assert "archive inside an archive" in problem.message


def test_an_archive_without_texts_is_a_problem_told_once(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"photo.jpg": b"\xff\xd8"})
    problem = only_problem(path)
    assert "holds no export" in problem.message
    assert read(path, {problem.path: problem.stamp}) == []


def test_an_encrypted_member_is_a_problem_told_once(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"a.txt": b"secret"}, zipfile.ZIP_STORED)
    body = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        body[body.index(signature) + flags] |= 1
    path.write_bytes(body)

    problem = only_problem(path)

    assert "encrypted" in problem.message
    assert read(path, {problem.path: problem.stamp}) == []


def test_a_half_written_archive_is_a_problem_until_it_is_whole(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"a.txt": b"some text " * 50})
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    problem = only_problem(path)
    assert "no whole zip archive" in problem.message

    path.write_bytes(whole)

    assert len(read(path, {problem.path: problem.stamp})) == 1


def test_an_archive_that_is_still_being_written_is_left_alone(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"a.txt": b"text"})
    assert list(read_new(path, {}, now=datetime.fromtimestamp(path.stat().st_mtime, UTC))) == []


def test_a_damaged_member_does_not_keep_the_others_away(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"1.txt": b"first text", "2.txt": b"second text"}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"first text", b"fXrst text"))
    problem, export = read(path)
    assert isinstance(problem, FileProblem)
    assert "cut off or damaged" in problem.message
    assert isinstance(export, FileExport)


def test_a_member_that_unpacks_to_far_too_much_is_refused_unread(tmp_path: Path) -> None:
    problem = only_problem(pack(tmp_path / "a.zip", {"a.txt": bytes(3_000_000)}))
    assert "more than 250 times" in problem.message


def test_a_member_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"a.txt": bytes(5_000_000)})
    body = bytearray(path.read_bytes())
    for signature, size in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", body, body.index(signature) + size, 900)
    path.write_bytes(body)
    assert "cut off or damaged" in only_problem(path).message


def test_too_many_exports_in_an_archive_are_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {f"{n}.txt": b"x" for n in range(1_001)}, zipfile.ZIP_STORED)
    assert "1,001 exports" in only_problem(path).message


def test_a_member_larger_than_allowed_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"a.txt": b"x" * 2_000})
    assert "2,000 bytes, more than the 1,000" in only_problem(path, max_bytes=1_000).message


def test_a_gz_file_is_one_export_under_its_own_path(tmp_path: Path) -> None:
    path = tmp_path / "dump.txt.gz"
    path.write_bytes(gzip.compress("Сводка".encode()))
    (found,) = exports(path)
    assert (found.path, found.fetched.body) == (str(path), "Сводка".encode())
    assert read(path, {found.path: found.stamp}) == []


@pytest.mark.parametrize("broken", [b"no gzip at all", gzip.compress(b"some text " * 99, mtime=0)[:-9], b"\x1f\x8b"])
def test_a_broken_gz_file_is_a_problem(tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / "dump.txt.gz"
    path.write_bytes(broken)
    assert str(path) in only_problem(path).message


def test_a_gz_file_that_unpacks_to_far_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dump.txt.gz"
    path.write_bytes(gzip.compress(bytes(4_000_000)))
    assert "250 times" in only_problem(path).message
    path.write_bytes(gzip.compress(os.urandom(3_000)))
    assert "more than the 2,000 bytes" in only_problem(path, max_bytes=2_000).message


def test_the_pages_of_one_folder_are_one_export_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (10, 2, 3):
        (tmp_path / f"messages{number}.html").write_bytes(b"<p>%d</p>" % number)
    (tmp_path / "messages.html").write_bytes(b"<p>1</p>")
    (tmp_path / "other.html").write_bytes(b"<p>other</p>")

    pages, other = exports(tmp_path / "*.html")

    assert [name for name, _ in pages.pages] == ["messages.html", "messages2.html", "messages3.html", "messages10.html"]
    assert pages.path == str(tmp_path / "messages.html")
    assert other.fetched.body == b"<p>other</p>"
    assert [one.path for one in exports(tmp_path / "messages.html")] == [pages.path]
    assert [one.path for one in exports(tmp_path)] == [pages.path]

    seen = {pages.path: pages.stamp}
    assert read(tmp_path / "messages*.html", seen) == []
    (tmp_path / "messages11.html").write_bytes(b"<p>11</p>")
    assert len(read(tmp_path / "messages*.html", seen)) == 1


def test_pages_that_are_too_many_point_to_the_import(tmp_path: Path) -> None:
    for number in range(1, 13):
        (tmp_path / f"messages{number}.html").write_bytes(b"x" * 900)
    assert "watchword import" in only_problem(tmp_path / "messages*.html", max_bytes=1_000).message


def test_large_json_of_telegram_desktop_is_opened_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_bytes(JSON)
    (tmp_path / "result.json.gz").write_bytes(gzip.compress(JSON))
    pack(tmp_path / "result.zip", {"result.json": JSON})
    for name in ("result.json", "result.json.gz", "result.zip"):
        (found,) = exports(tmp_path / name, max_bytes=200)
        assert found.fetched.body == b""
        assert found.stream
        with found.stream() as opened:
            assert opened.read(10) == JSON[:10]
            opened.seek(0)
            assert opened.read() == JSON
            assert opened.progress == pytest.approx(1.0)
    (tmp_path / "large.json").write_bytes(b'{"posts": [' + b"1," * 500 + b"1]}")
    assert "more than the 200" in only_problem(tmp_path / "large.json", max_bytes=200).message


def test_an_archive_keeps_the_time_at_which_the_export_was_made(tmp_path: Path) -> None:
    made, packed = datetime(2024, 5, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    member = zipfile.ZipInfo("a.txt")
    member.extra = struct.pack("<HHBi", 0x5455, 5, 1, int(made.timestamp()))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(member, b"text")
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"text", mtime=int(made.timestamp())))
    pack(tmp_path / "b.zip", {"a.txt": b"text"})
    for name, expected in (("a.zip", made), ("a.txt.gz", made), ("b.zip", packed)):
        os.utime(tmp_path / name, (packed.timestamp(), packed.timestamp()))
        (found,) = find_exports([tmp_path / name], {}, now=LATER)
        assert isinstance(found, FoundExport)
        assert found.written_at == expected, name
