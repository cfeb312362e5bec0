"""What is asked and what an answer says, from a real server on loopback."""

import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.integration.http.web import DATE, PAGE, Site, answer, fetched, make_fetcher, not_modified, redirect, refusal
from worker.adapters.guard import AddressGuard, guarded_transport
from worker.adapters.http import HttpFetcher
from worker.core.models import Fetched, NotModified, Validators
from worker.errors import FetchProblem


def test_a_page_comes_with_its_address_type_and_validators(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/s/mfa"] = answer(
        PAGE, "Content-Type: text/html; charset=utf-8", 'ETag: W/"a1"', "Last-Modified: Sun, 03 May 2026 08:00:00 GMT"
    )
    page = fetcher.fetch(f"{site.url}/s/mfa#top", None)
    assert isinstance(page, Fetched)
    assert replace(page, headers=(), fetched_at=None) == Fetched(
        url=f"{site.url}/s/mfa",
        body=PAGE,
        content_type="text/html; charset=utf-8",
        validators=Validators('W/"a1"', "Sun, 03 May 2026 08:00:00 GMT"),
        date=datetime(2026, 5, 4, 10, tzinfo=UTC),
    )


def test_the_headers_come_as_sent_without_what_is_between_a_site_and_one_visitor(
    site: Site, fetcher: HttpFetcher
) -> None:
    sent = ("X-Twice: a", "x-twice:  b ", "Set-Cookie: session=secret", 'ETag: "é"')
    site.pages["/"] = answer(PAGE, *sent)
    before = datetime.now(UTC)

    page = fetched(fetcher, f"{site.url}/")

    told = [header for header in page.headers if header[0].lower() in {"x-twice", "set-cookie", "etag"}]
    assert told == [("X-Twice", "a"), ("x-twice", "b"), ("ETag", '"é"')]
    assert page.fetched_at is not None
    assert before <= page.fetched_at <= datetime.now(UTC)


def test_headers_without_end_are_cut(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/"] = answer(PAGE, *(f"X-{number}: {'x' * 500}" for number in range(60)))

    kept = fetched(fetcher, f"{site.url}/").headers
    assert 20 < len(kept) < 40


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
    site.pages["/"] = not_modified()
    assert fetcher.fetch(f"{site.url}/", held) == NotModified(held)
    sent = site.requests[-1][1]
    assert sent["If-None-Match"].encode("latin-1", "surrogateescape") == etag.encode("latin-1")
    assert sent["If-Modified-Since"] == "yesterday, perhaps"


def test_a_304_brings_the_stored_validators_up_to_date(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/"] = not_modified('ETag: "new"')
    found = fetcher.fetch(f"{site.url}/", Validators('"old"', "Sun, 03 May 2026 08:00:00 GMT"))
    assert found == NotModified(Validators('"new"', "Sun, 03 May 2026 08:00:00 GMT"))


def test_a_304_that_nobody_asked_for_is_asked_once_more(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/"] = not_modified()
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


@pytest.mark.parametrize("etag", ['W/"b"', '"b"', "b", "*"])
def test_a_304_may_bring_a_validator_in_any_form(site: Site, fetcher: HttpFetcher, etag: str) -> None:
    site.pages["/"] = not_modified(f"ETag: {etag}")
    found = fetcher.fetch(f"{site.url}/", Validators('"a"'))
    assert found == NotModified(Validators(etag))


# --------------------------------------------------------------------------- what else the headers say

IN_TEN_MINUTES = "Mon, 04 May 2026 10:10:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([], None),
        (["Cache-Control: max-age=600"], 600),
        (["Cache-Control: public", "Cache-Control: max-age=600, must-revalidate"], 600),
        (["Cache-Control: max-age=600", "Age: 200"], 400),
        (["Cache-Control: max-age=31536000"], 86_400),
        (["Cache-Control: no-store", "Pragma: no-cache"], 0),
        ([f"Expires: {IN_TEN_MINUTES}"], 600),
        (["Expires: 0"], 0),
        ([f"Expires: {IN_TEN_MINUTES}", "Cache-Control: max-age=5"], 5),
        (["Expires: caf\xe9", "Age: \xb2"], 0),
    ],
)
def test_an_answer_says_how_long_it_is_good(
    site: Site, fetcher: HttpFetcher, headers: list[str], seconds: float | None
) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    site.pages["/"] = answer(PAGE, *headers)
    assert fetched(fetcher, f"{site.url}/").fresh_for == expected
    site.pages["/"] = not_modified(f"Date: {DATE}", *headers)
    unchanged = fetcher.fetch(f"{site.url}/", Validators('"a"'))
    assert (unchanged.fresh_for, unchanged.date) == (expected, datetime(2026, 5, 4, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("value", "pages"), [("12", 12), ("0", 0), ("-1", None), ("many", None), ("9" * 5_000, None), ("\xb2", None)]
)
def test_an_answer_says_how_many_pages_there_are(
    site: Site, fetcher: HttpFetcher, value: str, pages: int | None
) -> None:
    site.pages["/"] = answer(PAGE, f"X-WP-TotalPages: {value}")
    assert fetched(fetcher, f"{site.url}/").total_pages == pages


def test_an_answer_without_a_good_date_has_none(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/"] = b"HTTP/1.1 203 Changed On The Way\r\nDate: today\r\nContent-Length: 2\r\n\r\nok"
    found = fetched(fetcher, f"{site.url}/")
    assert (found.date, found.status) == (None, 203)


# --------------------------------------------------------------------------- connections


def test_a_server_of_the_old_protocol_is_understood(site: Site, fetcher: HttpFetcher) -> None:
    site.live["/"] = lambda connection: connection.sendall(
        b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + PAGE
    )
    assert fetched(fetcher, f"{site.url}/").body == PAGE


def test_a_connection_that_the_server_closed_in_the_meantime_is_made_anew(site: Site, fetcher: HttpFetcher) -> None:
    def close_silently(connection: socket.socket) -> None:
        connection.sendall(answer())
        connection.shutdown(socket.SHUT_RDWR)

    site.live["/"] = close_silently
    for _ in range(3):
        assert fetched(fetcher, f"{site.url}/").body == PAGE


def test_a_flood_of_headers_is_cut_off(site: Site, client: httpx.Client) -> None:
    sent = 0

    def flood(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        try:
            while sent < 50_000_000:
                sent += connection.send(b"X-Flood: %s\r\n" % (b"x" * 1_000) * 100)
        except OSError:
            return

    site.live["/"] = flood
    error = refusal(make_fetcher(client), f"{site.url}/")
    assert f"{site.url}/ broke off or does not speak HTTP: " in str(error)
    assert error.kind is FetchProblem.NETWORK
    assert sent < 50_000_000


@pytest.mark.parametrize("size", [1, 95_000])
def test_long_headers_that_are_no_flood_are_read(site: Site, fetcher: HttpFetcher, size: int) -> None:
    site.pages["/"] = answer(PAGE, f"Set-Cookie: {'x' * size}")
    assert fetched(fetcher, f"{site.url}/").body == PAGE


def test_a_server_that_sends_nothing_is_left_in_time(site: Site, client: httpx.Client) -> None:
    left = threading.Event()

    def wait(connection: socket.socket) -> None:
        left.wait(5)

    site.live["/"] = wait
    error = refusal(make_fetcher(client, seconds=0.2), f"{site.url}/")
    left.set()
    assert str(error) == f"{site.url}/ did not finish its answer within 0.2 s"
    assert error.kind is FetchProblem.NETWORK


def test_a_server_that_hangs_up_without_a_word_is_asked_once_more(site: Site, fetcher: HttpFetcher) -> None:
    site.live["/"] = lambda connection: connection.shutdown(socket.SHUT_RDWR)
    assert refusal(fetcher, f"{site.url}/").kind is FetchProblem.NETWORK
    assert len(site.requests) == 2


def test_the_connection_is_used_again_after_every_short_answer(site: Site) -> None:
    ports: set[int] = set()
    held = Validators('"a"')
    site.pages["/"] = redirect("/b", 301)
    site.pages["/b"] = lambda headers: not_modified() if headers["If-None-Match"] else answer()

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
