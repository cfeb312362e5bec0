"""The evidence of one post: a folder that a person reads, a machine verifies, and no post can break."""

import hashlib
import io
import json
import subprocess
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import Engine
from warcio.archiveiterator import ArchiveIterator

from tests.builders import NOON, make_found, make_new, make_record
from worker.adapters.evidence import EvidenceFolder
from worker.adapters.new_folder import NewFolder
from worker.adapters.store import Store
from worker.adapters.templates import Templates
from worker.bootstrap.history import compare_revisions
from worker.core.diff import Edit
from worker.core.models import ChangeKind
from worker.core.proof import LACKED, SHOWED, Fact, ProvingExport, ending_of, report
from worker.core.record import Announcement, DeletedPost, EditedPost
from worker.errors import WatchwordError
from worker.jobs.check.evidence import RawExport, with_evidence
from worker.jobs.hand_out import HandedOut, hand_out

HOUR = timedelta(hours=1)
HOSTILE = "The ferry is back</pre><script>alert(1)</script>{{ 7 * 7 }}\n\u202eevil <img src=x onerror=alert(1)> [+x+]"
#: a shown post, its edit, the page that lacks it, and its own page
PAGES = [b"<!DOCTYPE html>one", b"<html>two", b"<html>three", b"<html>four", b"<html>gone"]


class Case:
    """A post that was edited and deleted, with everything that proves it."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.store = Store(engine)
        self.store.set_up_channels({"harbour": "https://t.me/s/harbour"}, NOON)
        self.evidence = EvidenceFolder(folder / "evidence")
        self.out = folder / "out"
        self._record(0, (), new=(make_new("Before the tide", 1),))
        known = self.store.fingerprints("harbour", ["1"])["1"]
        edited = Announcement(ChangeKind.EDITED, (), grade="substantive")
        edit = EditedPost(Edit(known, make_found(HOSTILE, 1)), 2, (), edited)
        self._record(1, (), edited=(edit,))
        self._record(2, (), missed=(known.row,))
        gone = DeletedPost(known.row, 2, Announcement(ChangeKind.DELETED, ()))
        own = RawExport("https://t.me/harbour/1?embed=1", PAGES[4], status=200, row=known.row)
        self._record(3, (own,), deleted=(gone,))

    def _record(self, number: int, more: tuple[RawExport, ...], **found: object) -> None:
        at = NOON + number * HOUR
        headers = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"))
        page = RawExport("https://t.me/s/harbour", PAGES[number], frozenset({"1"}), 200, headers, at)
        new = found.pop("new", ())
        record = make_record(*new, at=at, **found)  # type: ignore[arg-type, misc]
        self.store.record_check(with_evidence(record, (page, *more), self.evidence))

    def write(self) -> HandedOut:
        (found,) = self.store.find_posts("harbour/1")
        history = self.store.post_history(found.row)
        compare_revisions(history["revisions"])
        templates = Templates()
        return hand_out(
            history,
            self.store.proving_exports(found.row),
            evidence=self.evidence,
            out=NewFolder(self.out),
            render=lambda history, exports, now: templates.render_report(
                report(history, exports, software="Watchword 0", made_at=now)
            ),
            software="Watchword 0",
            now=datetime(2026, 3, 9, tzinfo=UTC),
        )

    def read(self, name: str) -> str:
        return (self.out / name).read_text(encoding="utf-8")


@pytest.fixture
def case(engine: Engine, tmp_path: Path) -> Case:
    return Case(engine, tmp_path)


class Tags(HTMLParser):
    """Collects what a browser would see of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_each_export_is_there_with_what_it_proves(case: Case) -> None:
    written = case.write()

    known = json.loads(case.read("manifest.json"))
    assert (written.exports, written.problems) == (4, ())
    assert [(one["url"], one["proves"]) for one in known["exports"]] == [
        ("https://t.me/s/harbour", ["showed revision 1 first"]),
        ("https://t.me/s/harbour", ["showed revision 2 first"]),
        (
            "https://t.me/s/harbour",
            ["was the first to lack the post whose deletion was found on 2026-03-02 15:00:00 UTC"],
        ),
        ("https://t.me/harbour/1?embed=1", ["confirmed the deletion that was found on 2026-03-02 15:00:00 UTC"]),
    ]
    for one, body in zip(known["exports"], [*PAGES[:3], PAGES[4]], strict=True):
        assert (case.out / one["path"]).read_bytes() == body
        assert one["path"] == f"exports/{hashlib.sha256(body).hexdigest()}.html"


def test_every_file_is_listed_and_sha256sum_agrees(case: Case) -> None:
    case.write()

    checked = subprocess.run(
        ["sha256sum", "-c", "SHA256SUMS"], cwd=case.out, capture_output=True, text=True, check=True
    )
    names = {str(path.relative_to(case.out)) for path in case.out.rglob("*") if path.is_file()}
    assert {line.partition(": ")[0] for line in checked.stdout.splitlines()} == names - {"SHA256SUMS"}
    listed = {file["path"] for file in json.loads(case.read("manifest.json"))["files"]}
    assert listed == names - {"SHA256SUMS", "manifest.json"}


def test_the_archive_holds_the_same_bytes(case: Case) -> None:
    case.write()

    archive = io.BytesIO((case.out / "evidence.warc.gz").read_bytes())
    payloads = [
        record.content_stream().read()
        for record in ArchiveIterator(archive, check_digests="raise")
        if record.rec_type == "response"
    ]
    assert payloads == [*PAGES[:3], PAGES[4]]


def test_the_exact_texts_are_there(case: Case) -> None:
    case.write()

    assert (case.read("revision-1.txt"), case.read("revision-2.txt")) == ("Before the tide", HOSTILE)


def test_the_report_tells_the_whole_story(case: Case) -> None:
    case.write()

    for told in (Tags(case.read("report.html")).text, " ".join(case.read("report.txt").split())):
        for words in (
            "2026-03-02 12:00:00 UTC: seen for the first time.",
            "2026-03-02 13:00:00 UTC: found edited; revision 2 is the new text.",
            "The edit is graded substantive.",
            "The text before was last seen 2026-03-02 12:00:00 UTC.",
            "2026-03-02 15:00:00 UTC: found deleted:",
            "The post was last seen 2026-03-02 13:00:00 UTC.",
            "showed revision 1 first",
        ):
            assert words in told, words


def test_a_hostile_post_is_text_and_nothing_else(case: Case) -> None:
    case.write()

    page = Tags(case.read("report.html"))
    assert "script" not in page.names
    assert "img" not in page.names
    assert not {name for name in page.attributes if name.startswith("on")}
    assert "<script>alert(1)</script>{{ 7 * 7 }}" in page.text
    assert "\u202e" not in case.read("report.html") + case.read("report.txt")


def test_a_folder_that_holds_something_is_left_alone(case: Case) -> None:
    case.out.mkdir()
    (case.out / "mine.txt").write_text("mine")

    with pytest.raises(WatchwordError, match="is not empty"):
        case.write()
    assert [path.name for path in case.out.iterdir()] == ["mine.txt"]


def test_damaged_bytes_are_named_and_the_rest_is_written(case: Case) -> None:
    first = next(file for file in case.evidence.files() if file.sha256 == hashlib.sha256(PAGES[0]).hexdigest())
    first.path.write_bytes(b"")

    written = case.write()

    assert written.exports == 3
    (problem,) = written.problems
    assert "is damaged" in problem
    assert "is damaged" in " ".join(case.read("report.txt").split())


def test_bytes_that_were_given_up_are_no_problem_and_said(case: Case) -> None:
    case.store.prune_exports(NOON + HOUR, before=NOON + HOUR / 2, most_bytes=None)

    written = case.write()

    assert (written.exports, written.problems) == (3, ())
    assert json.loads(case.read("manifest.json"))["exports"][0]["missing"].startswith("its bytes were given up on 2026")


def test_the_store_says_what_each_export_proves(case: Case) -> None:
    (found,) = case.store.find_posts("harbour/1")

    facts = [facts for _, facts in case.store.proving_exports(found.row)]

    at = NOON + 3 * HOUR
    assert facts == [
        (Fact(SHOWED, revision=1),),
        (Fact(SHOWED, revision=2),),
        (Fact(LACKED, at=at),),
        (Fact("deleted", at=at),),
    ]


@pytest.mark.parametrize(
    ("headers", "body", "ending"),
    [
        ((), b"\xef\xbb\xbf \n<!DOCTYPE HTML>", "html"),
        ((("content-type", "text/html"),), b'<?xml version="1.0"?>', "xml"),
        ((("Content-Type", "application/rss+xml; charset=utf-8"),), b"\x1f\x8b", "xml"),
        ((("Content-Type", "application/feed+json"),), b" {", "json"),
        ((("Content-Type", "text/html"),), b"", "html"),
        ((), b"A ferry", "txt"),
    ],
)
def test_a_file_ends_in_what_it_is(headers: tuple[tuple[str, str], ...], body: bytes, ending: str) -> None:
    assert ending_of(headers, body) == ending


def test_an_export_without_bytes_has_no_file(case: Case) -> None:
    (found,) = case.store.find_posts("harbour/1")
    stored, _ = case.store.proving_exports(found.row)[0]

    assert ProvingExport(stored, (), None, "gone").path is None
