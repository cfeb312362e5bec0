"""Every way to be refused, said in words and by kind."""

import socket

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.http.web import NO_TRUST, PAGE, Site, answer, make_fetcher, redirect, refusal
from worker.adapters.guard import AddressGuard, guarded_client
from worker.adapters.http import HttpFetcher
from worker.errors import FetchError, FetchProblem

P = FetchProblem


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        ("404 Not Found", P.MISSING, "has no such page (status 404)"),
        ("410 Gone", P.GONE, "gone for good; take the channel out or correct its address (status 410)"),
        ("401 Unauthorized", P.LOGIN, "wants a user name and a password (status 401)"),
        ("403 Forbidden", P.REFUSED, "forbids the access (status 403)"),
        ("429 Too Many Requests", P.LIMITED, "says that we ask too often (status 429)"),
        ("418 I'm a teapot", P.REFUSED, "refused the request (status 418)"),
        ("451 Withheld", P.REFUSED, "withholds the page for legal reasons (status 451)"),
        ("500 Internal Server Error", P.SERVER, "failed (status 500)"),
        ("503 Service Unavailable", P.SERVER, "is overloaded or under maintenance (status 503)"),
        ("511 Log In First", P.LOGIN, "is hidden behind the login page of the network in between (status 511)"),
        ("206 Partial Content", P.REFUSED, "answered without an export (status 206)"),
        ("202 Accepted", P.REFUSED, "answered without an export (status 202)"),
        ("226 IM Used", P.REFUSED, "answered without an export (status 226)"),
        ("300 Multiple Choices", P.REDIRECT, "redirect that cannot be followed (status 300)"),
        ("302 Found", P.REDIRECT, "redirect that cannot be followed (status 302)"),
        ("999 Denied", P.SERVER, "answered outside of HTTP (status 999)"),
    ],
)
def test_every_refusal_is_said_in_words_and_by_kind(
    site: Site, fetcher: HttpFetcher, status: str, kind: FetchProblem, words: str
) -> None:
    site.pages["/"] = answer(PAGE, status=status)
    error = refusal(fetcher, f"{site.url}/")
    assert str(error).startswith(f"{site.url}/ ")
    assert str(error).endswith(words)
    assert (error.kind, error.status, error.gone) == (kind, int(status[:3]), kind is P.GONE)
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


def test_a_private_address_is_refused_with_advice(site: Site) -> None:
    with guarded_client(AddressGuard(), timeout_seconds=5, verify=NO_TRUST) as client:
        error = refusal(make_fetcher(client), f"{site.url}/")
        assert (error.kind, error.status) == (P.UNSAFE, None)
        assert str(error) == (
            f"{site.url}/ cannot be reached: 127.0.0.1 is not a public address (loopback); "
            "if it is meant, add it to fetch.allow_networks"
        )
    assert site.requests == []


def test_a_closed_port_is_said_to_be_closed(fetcher: HttpFetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    error = refusal(fetcher, f"http://127.0.0.1:{port}/")
    assert str(error).endswith("cannot be reached: connection refused")
    assert error.kind is P.NETWORK


def test_an_unknown_name_is_a_matter_of_the_network() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with guarded_client(AddressGuard(resolve=resolve), timeout_seconds=1, verify=NO_TRUST) as client:
        error = refusal(make_fetcher(client), "http://harbour.example/")
    assert "the name harbour.example cannot be resolved: name or service not known" in str(error)
    assert error.kind is P.NETWORK


@pytest.mark.parametrize("url", ["t.me/s/mfa", "file:///etc/hostname", "http://xn--/", "http:///x"])
def test_a_malformed_address_is_told_from_one_that_does_not_answer(url: str, fetcher: HttpFetcher) -> None:
    assert refusal(fetcher, url).kind is P.BAD_ADDRESS


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
