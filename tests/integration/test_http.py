"""Fetching from a real server on loopback that misbehaves in every way we have heard of."""

import gzip
import resource
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worker.adapters.guard import AddressGuard, guarded_client, guarded_transport
from worker.adapters.http import HttpFetcher
from worker.adapters.http.pace import HostPace
from worker.core.models import Fetched, NotModified, Validators
from worker.errors import FetchError

PAGE = "<html><p>Le ministère et la Сводка, 1</p></html>".encode()
#: loading the certificates that httpx ships takes 20 ms each time
NO_TRUST = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
DATE = "Mon, 04 May 2026 10:00:00 GMT"


def packed_by_gzip(body: bytes) -> bytes:
    """Pack `body` without the time, so that the names of the tests are the same in every process."""
    return gzip.compress(body, mtime=0)


class Site:
    """A server whose pages are raw answers: path -> bytes, or a function of the request's headers."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, bytes | Callable[[Message], bytes]] = {}
        self.live: dict[str, Callable[[socket.socket], None]] = {}
        self.requests: list[tuple[str, Message]] = []
        site = self

        class Page(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.requests.append((self.path, self.headers))
                if self.path in site.live:
                    site.live[self.path](self.connection)
                    self.close_connection = True
                    return
                page = site.pages[self.path]
                raw = page if isinstance(page, bytes) else page(self.headers)
                self.wfile.write(raw)
                self.close_connection = b"Connection: close" in raw

            def log_message(self, *args: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                pass

        self.server = Quiet(("127.0.0.1", 0), Page)
        self.server.daemon_threads = True
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def answer(body: bytes = PAGE, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Date: {DATE}", f"Content-Length: {size}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def redirect(location: str, status: int = 302) -> bytes:
    return answer(b"moved", f"Location: {location}", status=f"{status} Moved")


@pytest.fixture(scope="module")
def site_of_module() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def site(site_of_module: Site) -> Site:
    site_of_module.pages.clear()
    site_of_module.live.clear()
    site_of_module.requests.clear()
    return site_of_module


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with guarded_client(AddressGuard(["127.0.0.0/8", "::1/128"]), timeout_seconds=10) as client:
        yield client


@pytest.fixture(scope="module")
def fetcher(client: httpx.Client) -> HttpFetcher:
    return make_fetcher(client)


def make_fetcher(client: httpx.Client, *, seconds: float = 10, max_bytes: int = 20_000_000) -> HttpFetcher:
    return HttpFetcher(
        client,
        contact="ops@example.org",
        timeout=timedelta(seconds=seconds),
        spacing=timedelta(0),
        host_spacing={},
        max_bytes=max_bytes,
    )


def fetched(fetcher: HttpFetcher, url: str, validators: Validators | None = None) -> Fetched:
    found = fetcher.fetch(url, validators)
    assert isinstance(found, Fetched)
    return found


def refusal(fetcher: HttpFetcher, url: str, validators: Validators | None = None) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(url, validators)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 1000
    return caught.value


# --------------------------------------------------------------------------- requests and answers


def test_a_page_comes_with_its_address_type_and_validators(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/s/mfa"] = answer(
        PAGE, "Content-Type: text/html; charset=utf-8", 'ETag: W/"a1"', "Last-Modified: Sun, 03 May 2026 08:00:00 GMT"
    )
    assert fetcher.fetch(f"{site.url}/s/mfa#top", None) == Fetched(
        url=f"{site.url}/s/mfa",
        body=PAGE,
        content_type="text/html; charset=utf-8",
        validators=Validators('W/"a1"', "Sun, 03 May 2026 08:00:00 GMT"),
        date=datetime(2026, 5, 4, 10, tzinfo=UTC),
    )


def test_the_request_says_who_asks_and_takes_only_what_can_be_bounded(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/"] = answer()
    fetcher.fetch(f"{site.url}/", None)
    ((_, headers),) = site.requests
    assert headers["User-Agent"].startswith("watchword/")
    assert headers["User-Agent"].endswith(" (+ops@example.org)")
    assert headers["Accept-Encoding"] == "gzip, deflate"
    assert headers["Accept-Language"] == "en"
    assert headers["Cookie"] is None
    assert headers["If-None-Match"] is None


@pytest.mark.parametrize("etag", ['W/"weak"', '"strong"', "unquoted", "*", '"é"', '"a,b"'])
def test_validators_go_back_verbatim_and_both(site: Site, fetcher: HttpFetcher, etag: str) -> None:
    site.pages["/"] = answer(PAGE, f"ETag: {etag}", "Last-Modified: yesterday, perhaps")
    held = fetched(fetcher, f"{site.url}/").validators
    assert held == Validators(etag, "yesterday, perhaps")
    site.pages["/"] = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    assert fetcher.fetch(f"{site.url}/", held) == NotModified(held)
    sent = site.requests[-1][1]
    assert sent["If-None-Match"].encode("latin-1", "surrogateescape") == etag.encode("latin-1")
    assert sent["If-Modified-Since"] == "yesterday, perhaps"


def test_a_304_brings_the_stored_validators_up_to_date(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/"] = b'HTTP/1.1 304 Not Modified\r\nETag: "new"\r\n\r\n'
    found = fetcher.fetch(f"{site.url}/", Validators('"old"', "Sun, 03 May 2026 08:00:00 GMT"))
    assert found == NotModified(Validators('"new"', "Sun, 03 May 2026 08:00:00 GMT"))


def test_a_304_that_nobody_asked_for_is_an_error(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/"] = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    assert "nothing has changed though we hold nothing" in str(refusal(fetcher, f"{site.url}/"))
    assert "nothing has changed though we hold nothing" in str(refusal(fetcher, f"{site.url}/", Validators()))


def test_a_user_name_in_the_address_is_sent_and_never_shown(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/"] = answer()
    site.pages["/gone"] = answer(status="410 Gone")
    private = site.url.replace("//", "//desk:s3cret@")
    assert fetched(fetcher, f"{private}/").url == f"{site.url}/"
    assert site.requests[0][1]["Authorization"].startswith("Basic ")
    assert "s3cret" not in str(refusal(fetcher, f"{private}/gone"))
    assert "s3cret" not in str(refusal(fetcher, "http://desk:s3cret@[broken/"))


# --------------------------------------------------------------------------- packed bodies


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


# --------------------------------------------------------------------------- bodies without an end


def test_a_body_longer_than_allowed_is_not_even_begun(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/"] = answer(PAGE, length=10**12)
    assert "larger than 20,000,000 bytes" in str(refusal(fetcher, f"{site.url}/"))


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


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "])
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
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello w",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\nConnection: close\r\n\r\n",
    ],
)
def test_an_answer_that_breaks_off_or_is_no_http_is_an_error(site: Site, fetcher: HttpFetcher, raw: bytes) -> None:
    site.pages["/"] = raw
    assert f"{site.url}/ broke off or does not speak HTTP: " in str(refusal(fetcher, f"{site.url}/"))


# --------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("404 Not Found", "has no such page (status 404)"),
        ("410 Gone", "gone for good; take the channel out or correct its address (status 410)"),
        ("401 Unauthorized", "wants a user name and a password (status 401)"),
        ("403 Forbidden", "forbids the access (status 403)"),
        ("429 Too Many Requests", "says that we ask too often (status 429)"),
        ("418 I'm a teapot", "refused the request (status 418)"),
        ("500 Internal Server Error", "failed (status 500)"),
        ("503 Service Unavailable", "is overloaded or under maintenance (status 503)"),
        ("206 Partial Content", "answered without an export (status 206)"),
        ("202 Accepted", "answered without an export (status 202)"),
        ("300 Multiple Choices", "redirect that cannot be followed (status 300)"),
        ("302 Found", "redirect that cannot be followed (status 302)"),
        ("999 Denied", "answered outside of HTTP (status 999)"),
    ],
)
def test_every_refusal_is_said_in_words(site: Site, fetcher: HttpFetcher, status: str, words: str) -> None:
    site.pages["/"] = answer(PAGE, status=status)
    error = refusal(fetcher, f"{site.url}/")
    assert str(error) == f"{site.url}/ {words}" or str(error).endswith(words)
    assert error.retry_after_seconds is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Mon, 04 May 2026 10:01:00 GMT", 60.0),
        ("Monday, 04-May-26 10:01:00 GMT", 60.0),
        ("Mon May  4 10:01:00 2026", 60.0),
        ("999999999999999999999", 86_400.0),
        ("Tue, 04 May 2027 10:00:00 GMT", 86_400.0),
        ("Mon, 04 May 2026 09:00:00 GMT", None),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_the_wait_that_the_server_asks_for_is_passed_on(
    site: Site, fetcher: HttpFetcher, status: str, value: str, seconds: float | None
) -> None:
    site.pages["/"] = answer(b"", f"Retry-After: {value}", status=status)
    assert refusal(fetcher, f"{site.url}/").retry_after_seconds == seconds


# --------------------------------------------------------------------------- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_to_its_final_address(site: Site, fetcher: HttpFetcher, status: int) -> None:
    site.pages["/a"] = redirect("b?x=1", status)
    site.pages["/b?x=1"] = answer()
    assert fetched(fetcher, f"{site.url}/a").url == f"{site.url}/b?x=1"


def test_ten_redirects_are_followed_and_no_more(site: Site, fetcher: HttpFetcher) -> None:
    for step in range(12):
        site.pages[f"/{step}"] = redirect(f"/{step + 1}")
    site.pages["/12"] = answer()
    assert fetched(fetcher, f"{site.url}/2").body == PAGE
    assert "redirects more than 10 times" in str(refusal(fetcher, f"{site.url}/1"))


def test_a_circle_of_redirects_is_found(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/a"] = redirect("/b")
    site.pages["/b"] = redirect("/a#again")
    assert "redirects in a circle" in str(refusal(fetcher, f"{site.url}/a"))
    assert len(site.requests) == 2


@pytest.mark.parametrize(
    "location", ["file:///etc/hostname", "ftp://127.0.0.1/x", "mailto:a@example.org", "gopher:///"]
)
def test_a_redirect_out_of_the_web_is_refused(site: Site, fetcher: HttpFetcher, location: str) -> None:
    site.pages["/"] = redirect(location)
    assert "redirects to" in str(refusal(fetcher, f"{site.url}/"))


@pytest.mark.parametrize(
    "location", ["http://[", "javascript:alert(1)", "data:,x", "http://xn--/", "//" + "a" * 300, "http://10.0.0.1/"]
)
def test_a_redirect_to_a_bad_address_is_an_error(site: Site, fetcher: HttpFetcher, location: str) -> None:
    site.pages["/"] = redirect(location)
    refusal(fetcher, f"{site.url}/")


def test_credentials_stay_with_their_origin(site: Site, fetcher: HttpFetcher) -> None:
    other = Site()
    try:
        site.pages["/"] = redirect("/same")
        site.pages["/same"] = redirect(other.url.replace("//", "//evil:guess@") + "/")
        other.pages["/"] = answer()
        found = fetched(fetcher, site.url.replace("//", "//desk:s3cret@") + "/")
        assert found.url == f"{other.url}/"
        assert [headers["Authorization"] is not None for _, headers in site.requests] == [True, True]
        assert other.requests[0][1]["Authorization"] is None
    finally:
        other.close()


def test_validators_go_along_permanent_redirects_only(site: Site, fetcher: HttpFetcher) -> None:
    held = Validators('"a"')
    for status in (301, 302):
        site.pages[f"/{status}"] = redirect("/now", status)
    site.pages["/now"] = lambda headers: answer(PAGE, 'ETag: "a"') if headers["If-None-Match"] is None else not_modified
    not_modified = b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'
    assert fetched(fetcher, f"{site.url}/301").validators == held
    assert fetcher.fetch(f"{site.url}/301", held) == NotModified(held, moved_to=f"{site.url}/now")
    assert fetched(fetcher, f"{site.url}/302", held).validators == Validators()


def test_encryption_is_never_given_up(site: Site) -> None:
    authority = trustme.CA()
    server, trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(trusted)
    secure = Site(server)
    guard = AddressGuard(["127.0.0.0/8"])
    try:
        secure.pages["/"] = answer()
        secure.pages["/down"] = redirect(f"{site.url}/")
        with guarded_client(guard, timeout_seconds=5, verify=trusted) as client:
            assert fetched(make_fetcher(client), f"{secure.url}/").body == PAGE
            assert "which is not encrypted" in str(refusal(make_fetcher(client), f"{secure.url}/down"))
        assert site.requests == []
        with guarded_client(guard, timeout_seconds=5) as client:
            assert "certificate verify failed" in str(refusal(make_fetcher(client), f"{secure.url}/"))
    finally:
        secure.close()


# --------------------------------------------------------------------------- what cannot be reached


def test_a_private_address_is_refused_with_advice(site: Site) -> None:
    with guarded_client(AddressGuard(), timeout_seconds=5) as client:
        assert str(refusal(make_fetcher(client), f"{site.url}/")) == (
            f"{site.url}/ cannot be reached: 127.0.0.1 is not a public address (loopback); "
            "if it is meant, add it to fetch.allow_networks"
        )
    assert site.requests == []


def test_a_closed_port_is_said_to_be_closed(fetcher: HttpFetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert str(refusal(fetcher, f"http://127.0.0.1:{port}/")).endswith("cannot be reached: connection refused")


@pytest.mark.parametrize(
    "url",
    [
        "", "t.me/s/mfa", "file:///etc/hostname", "ftp://example.org/", "http://", "http:///x", "http://[", "http://a:99999/",
        "http://127.0.0.1:0/", "http://xn--/", "http://a b/", "http://a/\n", "http://.x/", "https://..", "\0",
        "http://" + "x" * 70_000,
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_used_is_an_error(url: str) -> None:
    def resolve(host: str, port: int) -> list[str]:
        """Ask no name server."""
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST)]

    with guarded_client(AddressGuard(["127.0.0.0/8"], resolve=resolve), timeout_seconds=1, verify=NO_TRUST) as client:
        refusal(make_fetcher(client, seconds=1), url)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.sampled_from(["", "http://", "http://127.0.0.1:1/", "https://[", "//"]))
def test_no_address_leads_to_any_other_error(text: str, start: str) -> None:
    offline = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(404)))
    with offline, pytest.raises(FetchError):
        make_fetcher(offline).fetch(start + text, None)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=40))
def test_no_location_leads_to_any_other_error(site: Site, fetcher: HttpFetcher, location: str) -> None:
    site.pages["/"] = redirect("http://10.0.0.1/" + location)
    refusal(fetcher, f"{site.url}/")


# --------------------------------------------------------------------------- politeness


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def make_pace(seconds: float, clock: Clock, host_spacing: Mapping[str, timedelta] | None = None) -> HostPace:
    spacing = timedelta(seconds=seconds)
    return HostPace(spacing, host_spacing or {}, clock=clock, sleep=clock.sleep, jitter=lambda: 0)


def test_requests_to_one_host_are_kept_apart_and_others_are_not() -> None:
    clock = Clock()
    pace = make_pace(2, clock, {"T.me": timedelta(seconds=1)})
    for host in ("a.example", "b.example", "t.me", "t.me", "a.example", "a.example"):
        with pace.turn(host):
            pass
    assert clock.slept == [1.0, 1.0, 2.0]


def test_the_distance_counts_from_the_end_of_a_request_even_if_it_failed() -> None:
    clock = Clock()
    pace = make_pace(2, clock)

    def fail() -> None:
        with pace.turn("a.example"):
            clock.now += 30
            raise FetchError("failed")

    with pytest.raises(FetchError, match="failed"):
        fail()
    with pace.turn("a.example"):
        assert clock.slept == [2.0]


def test_waiting_for_the_turn_does_not_count_against_the_timeout(site: Site, client: httpx.Client) -> None:
    clock = Clock()
    fetcher = HttpFetcher(
        client,
        contact=None,
        timeout=timedelta(seconds=5),
        spacing=timedelta(seconds=60),
        host_spacing={},
        clock=clock,
        sleep=clock.sleep,
        jitter=lambda: 0.5,
    )
    site.pages["/"] = redirect("/b")
    site.pages["/b"] = answer()
    assert fetched(fetcher, f"{site.url}/").body == PAGE
    assert clock.slept == [67.5]


def test_one_request_at_a_time_goes_to_a_host_over_all_threads(site: Site, fetcher: HttpFetcher) -> None:
    at_once: list[int] = []
    running = 0

    def page(headers: Message) -> bytes:
        nonlocal running
        running += 1
        at_once.append(running)
        gone.wait(0.01)
        running -= 1
        return answer()

    gone = threading.Event()
    site.pages["/"] = page
    threads = [threading.Thread(target=fetcher.fetch, args=(f"{site.url}/", None)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert at_once == [1] * 8


def test_endless_host_names_do_not_fill_the_memory() -> None:
    clock = Clock()
    pace = make_pace(1, clock)
    for number in range(5_000):
        clock.now += 0.01
        with pace.turn(f"{number}.example"):
            pass
    assert len(pace._hosts) <= 1_001


# --------------------------------------------------------------------------- connections


def test_the_connection_is_used_again_after_every_short_answer(site: Site) -> None:
    ports: set[int] = set()
    held = Validators('"a"')
    site.pages["/"] = redirect("/b", 301)
    site.pages["/b"] = lambda headers: b"HTTP/1.1 304 Not Modified\r\n\r\n" if headers["If-None-Match"] else answer()

    class Counting(httpx.BaseTransport):
        def __init__(self, inner: httpx.BaseTransport) -> None:
            self.inner = inner

        def close(self) -> None:
            self.inner.close()

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = self.inner.handle_request(request)
            ports.add(response.extensions["network_stream"].get_extra_info("client_addr")[1])
            return response

    with httpx.Client(transport=Counting(guarded_transport(AddressGuard(["127.0.0.0/8"])))) as client:
        fetcher = make_fetcher(client)
        for validators in (None, held, None, held):
            fetcher.fetch(f"{site.url}/", validators)
    assert len(ports) == 1
