"""Redirects: where they may lead, and what stays with the address that was asked for."""

import ssl

import pytest
import trustme

from tests.integration.http.web import (
    NO_TRUST,
    PAGE,
    Site,
    answer,
    fetched,
    make_fetcher,
    not_modified,
    redirect,
    refusal,
)
from worker.adapters.guard import AddressGuard, guarded_client
from worker.adapters.http import HttpFetcher
from worker.core.models import NotModified, Validators
from worker.errors import FetchProblem


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
    error = refusal(fetcher, f"{site.url}/1")
    assert "redirects more than 10 times" in str(error)
    assert error.kind is FetchProblem.REDIRECT


def test_a_circle_of_redirects_is_found(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/a"] = redirect("/b")
    site.pages["/b"] = redirect("/a#again")
    error = refusal(fetcher, f"{site.url}/a")
    assert "redirects in a circle" in str(error)
    assert error.kind is FetchProblem.REDIRECT
    assert len(site.requests) == 2


@pytest.mark.parametrize(
    "location", ["file:///etc/hostname", "ftp://127.0.0.1/x", "mailto:a@example.org", "gopher:///"]
)
def test_a_redirect_out_of_the_web_is_refused(site: Site, fetcher: HttpFetcher, location: str) -> None:
    site.pages["/"] = redirect(location)
    error = refusal(fetcher, f"{site.url}/")
    assert "redirects to" in str(error)
    # the library takes some of them for no addresses at all
    assert error.kind in {FetchProblem.UNSAFE, FetchProblem.REDIRECT}


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
    site.pages["/now"] = lambda headers: (
        answer(PAGE, 'ETag: "a"') if headers["If-None-Match"] is None else not_modified()
    )
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
            error = refusal(make_fetcher(client), f"{secure.url}/")
            assert "certificate verify failed" in str(error)
            assert error.kind is FetchProblem.UNSAFE
    finally:
        secure.close()


@pytest.mark.parametrize(
    ("chain", "moved"),
    [
        ((), False),
        ((301,), True),
        ((308,), True),
        ((301, 308, 301), True),
        ((302,), False),
        ((303,), False),
        ((307,), False),
        ((301, 302), False),
        ((302, 301), False),
        ((308, 307, 308), False),
    ],
)
def test_only_a_chain_of_permanent_redirects_moves_a_channel(
    site: Site, fetcher: HttpFetcher, chain: tuple[int, ...], moved: bool
) -> None:
    for step, status in enumerate(chain):
        site.pages[f"/{step}"] = redirect(f"/{step + 1}", status)
    site.pages[f"/{len(chain)}"] = answer(PAGE, 'ETag: "a"')
    new = f"{site.url}/{len(chain)}" if moved else None
    assert fetched(fetcher, f"{site.url}/0#top").moved_to == new

    site.pages[f"/{len(chain)}"] = lambda headers: not_modified() if headers["If-None-Match"] else answer(PAGE)
    again = fetcher.fetch(f"{site.url}/0", Validators('"a"'))
    assert isinstance(again, NotModified) is (moved or not chain)
    assert again.moved_to == new


def test_the_new_address_holds_no_password(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/old"] = redirect("/new", 301)
    site.pages["/new"] = answer()
    assert fetched(fetcher, site.url.replace("//", "//desk:s3cret@") + "/old").moved_to == f"{site.url}/new"


@pytest.mark.parametrize(
    "inside", ["http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "//10.0.0.1:80/"]
)
def test_no_redirect_leads_inside(site: Site, fetcher: HttpFetcher, inside: str) -> None:
    site.pages["/"] = redirect(inside, 307)
    error = refusal(fetcher, f"{site.url}/")
    assert "is not a public address" in str(error)
    assert error.kind is FetchProblem.UNSAFE


def test_a_name_that_changes_its_address_between_two_look_ups_leads_nowhere(site: Site) -> None:
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    looked_up: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return answers.pop(0)

    site.pages["/again"] = answer(b"moved", "Location: /inside", "Connection: close", status="302 Found")
    guard = AddressGuard(["127.0.0.1/32"], resolve=resolve)
    with guarded_client(guard, timeout_seconds=5, verify=NO_TRUST) as client:
        url = f"http://rebinding.example:{site.port}"
        # one look-up for each connection: what was checked is what is reached
        error = refusal(make_fetcher(client), f"{url}/again")
    assert "rebinding.example resolves to 169.254.169.254" in str(error)
    assert error.kind is FetchProblem.UNSAFE
    assert looked_up == ["rebinding.example"] * 2
    assert [path for path, _ in site.requests] == ["/again"]
