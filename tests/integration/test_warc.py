"""WARC files as another implementation reads them: warcio, with every digest checked."""

import gzip
import hashlib
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from worker.adapters.warc import WarcExport, warc_file

AT = datetime(2026, 3, 2, 12, 0, 0, 5, tzinfo=UTC)
PAGE = WarcExport(
    "https://t.me/s/harbour?q=é",
    AT,
    200,
    (("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("content-length", "7"), ("X-É", "é")),
    "<p>Паром вернулся</p>".encode(),
)
FILE = WarcExport("/srv/Exports à lire/1.txt", AT, None, (), b"a dump", "text/plain")


def read(*exports: WarcExport) -> list[tuple[dict[str, str], list[tuple[str, str]], bytes]]:
    """Headers of each record, of the answer in it, and its payload; a digest that is wrong raises."""
    written = b"".join(warc_file(exports, software="Watchword 0", made_at=AT, name="evidence.warc.gz"))
    records = []
    for record in ArchiveIterator(io.BytesIO(written), check_digests="raise"):
        answer = record.http_headers.headers if record.http_headers else []
        records.append((dict(record.rec_headers.headers), answer, record.content_stream().read()))
        assert record.digest_checker.passed is not False
        assert record.rec_headers.protocol == "WARC/1.1"
    return records


def test_an_answer_comes_back_with_its_headers_and_bytes() -> None:
    info, (headers, answer, payload) = read(PAGE)

    assert (info[0]["WARC-Type"], headers["WARC-Type"]) == ("warcinfo", "response")
    assert b"software: Watchword 0\r\n" in info[2]
    assert payload == PAGE.body
    assert headers["WARC-Payload-Digest"] == f"sha256:{hashlib.sha256(PAGE.body).hexdigest()}"
    assert headers["WARC-Target-URI"] == "https://t.me/s/harbour?q=%C3%A9"
    assert headers["WARC-Date"] == "2026-03-02T12:00:00.000005Z"
    assert ("Content-Type", "text/html") in answer
    assert ("X-Archive-Orig-Content-Encoding", "gzip") in answer
    assert ("X-Archive-Orig-content-length", "7") in answer
    assert ("Content-Length", str(len(PAGE.body))) in answer
    assert not [name for name, _ in answer if name.lower() == "content-encoding"]


def test_a_file_is_a_resource_under_its_path() -> None:
    _, (headers, answer, payload) = read(FILE)

    assert (headers["WARC-Type"], headers["Content-Type"], answer) == ("resource", "text/plain", [])
    assert headers["WARC-Target-URI"] == "file:///srv/Exports%20%C3%A0%20lire/1.txt"
    assert payload == b"a dump"


def test_each_record_is_a_member_of_its_own_and_the_same_exports_make_the_same_bytes() -> None:
    parts = list(warc_file([PAGE, FILE], software="Watchword 0", made_at=AT, name="x"))

    assert [gzip.decompress(part)[:8] for part in parts] == [b"WARC/1.1"] * 3
    assert parts == list(warc_file([PAGE, FILE], software="Watchword 0", made_at=AT, name="x"))


@pytest.mark.parametrize("url", ["https://x.example/a\r\nWARC-Type: forged", "/srv/a\r\nWARC-Type: forged"])
def test_no_address_can_forge_a_header(url: str) -> None:
    _, (headers, _, _) = read(WarcExport(url, AT, 200 if url.startswith("http") else None, (), b"x"))

    assert headers["WARC-Type"] in {"response", "resource"}
    assert "%0D%0A" in headers["WARC-Target-URI"]


@settings(max_examples=25)
@given(st.binary(max_size=400), st.one_of(st.none(), st.integers(100, 999)))
def test_any_bytes_come_back(body: bytes, status: int | None) -> None:
    _, (_, _, payload) = read(WarcExport("https://x.example/", AT, status, (), body))

    assert payload == body
