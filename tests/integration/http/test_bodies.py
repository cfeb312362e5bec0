"""Bodies that are packed, endless, slow or broken."""

import resource
import socket
import threading
import time
import zlib
from collections.abc import Callable
from datetime import timedelta
from email.message import Message

import httpx
import pytest

from tests.integration.http.web import PAGE, Site, answer, fetched, make_fetcher, packed_by_gzip, redirect, refusal
from worker.adapters.http import HttpFetcher
from worker.errors import FetchProblem


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", packed_by_gzip(PAGE)),
        ("X-GZip", packed_by_gzip(PAGE)),
        ("gzip", packed_by_gzip(PAGE[:9]) + packed_by_gzip(PAGE[9:])),
        ("gzip", packed_by_gzip(PAGE) + b"\0" * 512),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", zlib.compress(PAGE, wbits=-15)),
        ("identity", PAGE),
        ("identity, gzip", packed_by_gzip(PAGE)),
    ],
)
def test_packed_bodies_are_unpacked(site: Site, fetcher: HttpFetcher, coding: str, packed: bytes) -> None:
    site.pages["/"] = answer(packed, f"Content-Encoding: {coding}")
    assert fetched(fetcher, f"{site.url}/").body == PAGE


@pytest.mark.parametrize(
    ("coding", "packed", "words"),
    [
        ("br", b"\x0b\x02\x80hello\x03", "packed as br; only gzip or deflate was asked for"),
        ("zstd", b"\x28\xb5\x2f\xfd", "packed as zstd;"),
        ("gzip, gzip", packed_by_gzip(packed_by_gzip(PAGE)), "packed as gzip, gzip;"),
        ("gzip", packed_by_gzip(PAGE)[:-9], "breaks off in the middle of its gzip data"),
        ("gzip", PAGE, "claims to be packed as gzip and is not, or is damaged"),
        ("gzip", packed_by_gzip(PAGE)[:-8] + b"\0" * 8, "claims to be packed as gzip and is not, or is damaged"),
        ("deflate", b"\xff\xff", "claims to be packed as deflate and is not"),
        ("gzip", packed_by_gzip(b""), "is empty"),
        ("gzip", b"", "is empty"),
        ("", b"", "is empty"),
    ],
)
def test_bodies_that_cannot_be_unpacked_are_errors(
    site: Site, fetcher: HttpFetcher, coding: str, packed: bytes, words: str
) -> None:
    site.pages["/"] = answer(packed, f"Content-Encoding: {coding}")
    assert f"{site.url}/ sent a body that" in str(refusal(fetcher, f"{site.url}/"))
    assert words in str(refusal(fetcher, f"{site.url}/"))
    assert refusal(fetcher, f"{site.url}/").kind is FetchProblem.SERVER


def test_a_gzip_bomb_costs_nothing(site: Site, fetcher: HttpFetcher) -> None:
    """Two megabytes that would unpack to two gigabytes."""
    million = zlib.compressobj(9, wbits=31)
    start = million.compress(bytes(1_000_000)) + million.flush(zlib.Z_FULL_FLUSH)
    block = million.compress(bytes(1_000_000)) + million.flush(zlib.Z_FULL_FLUSH)
    bomb = start + block * 2_000
    assert len(bomb) > 1_900_000
    site.pages["/"] = answer(bomb, "Content-Encoding: gzip")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    assert "larger than 20,000,000 bytes when unpacked" in str(refusal(fetcher, f"{site.url}/"))
    assert time.process_time() - started < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


def test_a_body_longer_than_allowed_is_not_even_begun(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/"] = answer(PAGE, length=10**12)
    error = refusal(fetcher, f"{site.url}/")
    assert "larger than 20,000,000 bytes" in str(error)
    assert error.kind is FetchProblem.TOO_LARGE


def test_an_endless_body_stops_at_the_cap(site: Site, client: httpx.Client) -> None:
    sent = 0

    def pour(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while sent < 50_000_000:
                sent += connection.send(bytes(65_536))
        except OSError:
            return

    site.live["/"] = pour
    assert "larger than 100,000 bytes" in str(refusal(make_fetcher(client, max_bytes=100_000), f"{site.url}/"))
    assert sent < 50_000_000


def test_exactly_the_cap_is_allowed(site: Site, client: httpx.Client) -> None:
    site.pages["/"] = answer()
    site.pages["/packed"] = answer(packed_by_gzip(PAGE * 50), "Content-Encoding: gzip")
    assert fetched(make_fetcher(client, max_bytes=len(PAGE)), f"{site.url}/").body == PAGE
    assert fetched(make_fetcher(client, max_bytes=len(PAGE) * 50), f"{site.url}/packed").body == PAGE * 50
    for path, size in (("/", len(PAGE)), ("/packed", len(PAGE) * 50)):
        assert "larger than" in str(refusal(make_fetcher(client, max_bytes=size - 1), site.url + path))


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3E8\r\n",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"",
    ],
)
def test_a_slow_drip_ends_with_the_whole_request(site: Site, client: httpx.Client, head: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        try:
            for _ in range(1000):
                connection.sendall(b"x")
                gone.wait(0.02)
        except OSError:
            return

    gone = threading.Event()
    site.live["/"] = drip
    started = time.monotonic()
    error = refusal(make_fetcher(client, seconds=0.3), f"{site.url}/")
    assert str(error) == f"{site.url}/ did not finish its answer within 0.3 s"
    assert error.kind is FetchProblem.NETWORK
    assert time.monotonic() - started < 2


def test_a_chain_of_redirects_shares_one_deadline(site: Site, client: httpx.Client) -> None:
    now = [0.0]

    def slow(target: str) -> Callable[[Message], bytes]:
        def page(headers: Message) -> bytes:
            now[0] += 4
            return redirect(target)

        return page

    for step in range(5):
        site.pages[f"/{step}"] = slow(f"/{step + 1}")
    fetcher = HttpFetcher(
        client, contact=None, timeout=timedelta(seconds=10), spacing=timedelta(0), host_spacing={}, clock=lambda: now[0]
    )
    assert "/2 did not finish its answer within 10 s" in str(refusal(fetcher, f"{site.url}/0"))
    assert len(site.requests) == 3


@pytest.mark.parametrize(
    "raw",
    [
        answer(PAGE, "Connection: close", length=len(PAGE) + 100),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhel",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: many\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello w",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\nConnection: close\r\n\r\n",
    ],
)
def test_an_answer_that_breaks_off_or_is_no_http_is_an_error(site: Site, fetcher: HttpFetcher, raw: bytes) -> None:
    site.pages["/"] = raw
    assert f"{site.url}/ broke off or does not speak HTTP: " in str(refusal(fetcher, f"{site.url}/"))
