"""What a check keeps as evidence: the exports that prove what it found, and nothing else."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from tests.builders import NOON, make_found, make_new, make_post, make_record
from worker.adapters.evidence import EvidenceFolder
from worker.adapters.files import FileExport
from worker.adapters.store.schema import change, export, post
from worker.bootstrap import open_watch
from worker.config import load
from worker.core.diff import Edit
from worker.core.models import Coverage, Fetched, Snapshot, StoredPost, Validators
from worker.core.record import ChannelState, CheckRecord, DeletedPost, EditedPost, RestoredPost
from worker.core.standing import Standing
from worker.errors import EvidenceError
from worker.jobs.check import ChannelChecked
from worker.jobs.check.evidence import RawExport, keep_certain, raw_export, raw_files, with_evidence

NEWEST = RawExport("https://t.me/s/quay", b"newest", frozenset({"3", "4"}), 200, (("Date", "Mon"),), NOON)
OLDER = RawExport("https://t.me/s/quay?before=3", b"older", frozenset({"1", "2", "3"}), 200)
OWN_PAGE = RawExport("https://t.me/quay/9?embed=1", b"gone", status=200, row=9)


def edited(number: int) -> EditedPost:
    return EditedPost(Edit(StoredPost(number, str(number), "0:x"), make_found("after", number)), 2, (), None)


def evidence_of(record: CheckRecord, tmp_path: Path, *exports: RawExport) -> CheckRecord:
    return with_evidence(record, exports or (NEWEST, OLDER, OWN_PAGE), EvidenceFolder(tmp_path / "evidence"))


def test_a_check_that_found_nothing_keeps_nothing(tmp_path: Path) -> None:
    record = make_record(unchanged=(1, 2))

    assert evidence_of(record, tmp_path) == record
    assert not (tmp_path / "evidence").exists()


def test_each_post_refers_to_the_export_that_shows_it_and_no_other_is_kept(tmp_path: Path) -> None:
    record = evidence_of(make_record(make_new("two", 2), make_new("one", 1)), tmp_path)

    assert [new.export for new in record.new] == [0, 0]
    (kept,) = record.exports
    assert (kept.url, kept.status, kept.size) == (OLDER.url, 200, len(OLDER.body))
    assert kept.fetched_at == record.at, "of an export without a time of its own, that of the check"
    assert EvidenceFolder(tmp_path / "evidence").read(kept.sha256) == OLDER.body


def test_of_two_exports_that_show_a_post_the_first_counts(tmp_path: Path) -> None:
    record = evidence_of(make_record(make_new("two", 2), make_new("three", 3), edited=(edited(1),)), tmp_path)

    assert [kept.url for kept in record.exports] == [NEWEST.url, OLDER.url]
    assert [new.export for new in record.new] == [1, 0]
    assert [edit.export for edit in record.edited] == [1]
    assert (record.exports[0].headers, record.exports[0].fetched_at) == (NEWEST.headers, NOON)


def test_a_post_without_an_id_refers_to_the_first_export(tmp_path: Path) -> None:
    record = evidence_of(make_record(make_new("a line of a dump", position=1.0)), tmp_path)

    assert [kept.url for kept in record.exports] == [NEWEST.url]
    assert record.new[0].export == 0


def test_a_deletion_is_proved_by_its_own_page_and_by_the_export_that_lacked_it(tmp_path: Path) -> None:
    record = evidence_of(make_record(deleted=(DeletedPost(9, 1, None), DeletedPost(8, 1, None))), tmp_path)

    assert [kept.url for kept in record.exports] == [NEWEST.url, OWN_PAGE.url]
    assert [gone.export for gone in record.deleted] == [1, 0]


def test_a_restored_post_and_a_missed_one_refer_to_the_first_export(tmp_path: Path) -> None:
    for record in (make_record(restored=(RestoredPost(7, 1, None),)), make_record(missed=(7,))):
        kept = evidence_of(record, tmp_path)
        assert [one.url for one in kept.exports] == [NEWEST.url]
        assert [back.export for back in kept.restored] == [0] * len(record.restored)


def test_what_was_missed_refers_to_the_first_export_beside_a_new_post_on_another(tmp_path: Path) -> None:
    record = evidence_of(make_record(make_new("one", 1), missed=(7,)), tmp_path)

    assert [kept.url for kept in record.exports] == [NEWEST.url, OLDER.url]
    assert record.new[0].export == 1


def test_without_a_folder_nothing_is_kept_and_nothing_referred_to(tmp_path: Path) -> None:
    record = make_record(make_new("one", 1), deleted=(DeletedPost(9, 1, None),))

    assert with_evidence(record, (NEWEST,), None) == record


def test_the_pages_of_one_chat_are_exports_of_their_own() -> None:
    pages = (("messages.html", b'<div id="message7">'), ("messages2.html", b'<div id="message-8"><p id="message9">'))
    for path, folder in (("/srv/chat/messages.html", "/srv/chat/"), ("/srv/a.zip!messages.html", "/srv/a.zip!")):
        first, second = raw_files(FileExport(path, "1:1", Fetched("file:///srv", b""), pages))
        assert (first.url, second.url) == (f"{folder}messages.html", f"{folder}messages2.html")
        assert (first.ids, second.ids) == (frozenset({"7"}), frozenset({"-8", "9"}))
        assert (first.status, first.headers) == (None, ())


def test_what_was_fetched_is_kept_with_all_that_the_answer_said() -> None:
    fetched = Fetched("https://x.example/", b"page", status=203, headers=(("A", "b"),), fetched_at=NOON)
    post = make_found("text", 5).post

    assert raw_export(fetched, [post, replace(post, id=None)]) == RawExport(
        "https://x.example/", b"page", frozenset({"5"}), 203, (("A", "b"),), NOON
    )


# --------------------------------------------------------------------------- whole rounds

_CONFIG = """
[storage]
url = "sqlite:///watchword.db"
[[channel]]
name = "quay"
path = "dumps/*.txt"
every = "1m"
"""
_FERRY = "The ferry is back\nIt sails at eight.\nTickets are sold on board.\n"
_CRANE = "A crane has come\nIt stands at pier four.\nIt will lift grain.\n"


class House:
    """A folder with one channel of dumps, and a time that only the test moves on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = datetime(2026, 3, 2, 12, tzinfo=UTC)
        self.config = folder / "watchword.toml"
        self.config.write_text(_CONFIG, encoding="utf-8")
        (folder / "dumps").mkdir()

    def drop(self, name: str, text: str) -> bytes:
        path = self.folder / "dumps" / name
        path.write_text(text, encoding="utf-8")
        os.utime(path, (self.now.timestamp(), self.now.timestamp()))
        return path.read_bytes()

    def check(self) -> list[ChannelChecked]:
        self.now += timedelta(hours=1)
        with open_watch(load(self.config), clock=lambda: self.now) as watch:
            return list(watch.check(lambda: False))

    def rows(self, statement: object) -> list[tuple[object, ...]]:
        engine = create_engine(f"sqlite:///{self.folder}/watchword.db")
        with engine.connect() as connection:
            found = [tuple(row) for row in connection.execute(statement)]  # type: ignore[call-overload]
        engine.dispose()
        return found


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_the_baseline_and_what_is_new_are_kept_and_found_from_the_posts(house: House) -> None:
    first = house.drop("1.txt", _FERRY)
    house.check()
    second = house.drop("2.txt", _CRANE)
    house.check()
    house.check()

    kept = house.rows(select(export.c.export_id, export.c.url, export.c.sha256, export.c.status, export.c.size))
    folder = EvidenceFolder(house.folder / "evidence")
    assert [folder.read(str(row[2])) for row in kept] == [first, second]
    assert [(str(row[1]).rpartition("/")[2], row[3]) for row in kept] == [("1.txt", None), ("2.txt", None)]
    assert house.rows(select(post.c.export_id).order_by(post.c.row_id)) == [(kept[0][0],), (kept[1][0],)]
    assert house.rows(select(change.c.export_id)) == [(kept[1][0],)]


def test_a_check_whose_evidence_cannot_be_kept_records_nothing_and_is_made_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.drop("1.txt", _FERRY)
    house.check()
    house.drop("2.txt", _CRANE)

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(EvidenceFolder, "check", lambda _: None)  # the disk gets full after the start
    with monkeypatch.context() as here:
        here.setattr(os, "fsync", full)
        (failed,) = house.check()
    assert failed.outcome == "failing"
    assert failed.error == f"the evidence folder {house.folder}/evidence cannot be written to: no space left on device"
    assert house.rows(select(post.c.row_id)) == [(1,)]

    (again,) = house.check()
    assert (again.outcome, again.new) == ("ok", 1)


def test_a_first_check_whose_evidence_cannot_be_kept_is_no_baseline(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.drop("1.txt", _FERRY)
    monkeypatch.setattr(EvidenceFolder, "check", lambda _: None)
    with monkeypatch.context() as here:
        here.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        house.check()

    (again,) = house.check()
    assert (again.baseline, again.new) == (True, 1)


def test_a_folder_that_cannot_be_written_to_is_said_at_the_start(house: House) -> None:
    (house.folder / "evidence").write_text("in the way")

    with pytest.raises(EvidenceError, match="cannot be written to"):
        house.check()


def test_without_evidence_the_check_is_as_before(house: House) -> None:
    house.config.write_text(_CONFIG.replace("[[channel]]", "evidence = false\n[[channel]]"), encoding="utf-8")
    house.drop("1.txt", _FERRY)

    (checked,) = house.check()

    assert checked.new == 1
    assert not (house.folder / "evidence").exists()
    assert house.rows(select(export)) == []


# --------------------------------------------------------------------------- what is kept while it is read


def snapshot(*numbers: int, covered: bool = True) -> Snapshot:
    coverage = Coverage(min(numbers), max(numbers), frozenset(numbers)) if numbers and covered else None
    return Snapshot("telegram-preview", tuple(make_post("text", number) for number in numbers), coverage)


def early(state: ChannelState, shown: Snapshot, tmp_path: Path) -> list[bool]:
    """Whether each of two exports is kept at once; the bytes of one that is are not held any longer."""
    kept = keep_certain((NEWEST, OLDER), shown, state, EvidenceFolder(tmp_path / "evidence").keep)
    for before, after in zip((NEWEST, OLDER), kept, strict=True):
        assert (after.body == b"") == (after.kept is not None)
        assert after.kept is None or after.kept.size == len(before.body)
    return [one.kept is not None for one in kept]


def test_everything_of_a_first_check_is_kept_while_it_is_read(tmp_path: Path) -> None:
    state = ChannelState("harbour", Validators(), None, False, Standing())

    assert early(state, snapshot(1, 2), tmp_path) == [True, True]
    assert early(state, snapshot(), tmp_path) == [False, False], "an empty page proves nothing"


def test_later_only_a_page_that_must_have_new_posts_is_kept_while_it_is_read(tmp_path: Path) -> None:
    state = ChannelState("harbour", Validators(), 4, True, Standing())

    assert early(state, snapshot(3, 4), tmp_path) == [False, False]
    assert early(state, snapshot(3, 9, covered=False), tmp_path) == [False, False]
    assert early(state, snapshot(4, 5), tmp_path) == [True, False]


def test_what_was_kept_early_is_recorded_as_if_it_had_been_kept_late(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path / "evidence")
    state = ChannelState("harbour", Validators(), None, False, Standing())
    record = make_record(make_new("three", 3), make_new("one", 1))
    kept = keep_certain((NEWEST, OLDER), snapshot(1), state, folder.keep)

    assert with_evidence(record, kept, folder) == with_evidence(record, (NEWEST, OLDER), folder)


def test_without_a_folder_nothing_is_kept_while_it_is_read() -> None:
    state = ChannelState("harbour", Validators(), None, False, Standing())

    assert keep_certain((NEWEST,), snapshot(1), state, None) == [NEWEST]
