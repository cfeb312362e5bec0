"""robots.txt: asked before web pages, remembered for a day, and never asked for feeds."""

from collections.abc import Mapping

import httpx
import pytest

from tests.integration.http.web import PAGE, Clock, Site, answer, fetched, make_fetcher, not_modified, redirect, refusal
from worker.adapters.http import HttpFetcher
from worker.core.models import NotModified, Validators
from worker.errors import FetchProblem

FEED = b'<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour</title></channel></rss>'
CLOSED = answer(b"User-agent: *\nDisallow: /news\nAllow: /news/open\n", "Content-Type: text/plain")
HOUR = 3_600.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def polite(client: httpx.Client, clock: Clock) -> HttpFetcher:
    return make_fetcher(client, robots=True, clock=clock)


def paths(site: Site) -> list[str]:
    return [path for path, _ in site.requests]


def test_a_page_that_is_closed_to_programs_is_refused_with_advice(site: Site, polite: HttpFetcher) -> None:
    site.pages |= {"/robots.txt": CLOSED, "/news?page=2": answer()}
    error = refusal(polite, f"{site.url}/news?page=2")
    assert str(error) == (
        f"{site.url}/news?page=2 may not be fetched by programs, says the site's robots.txt; "
        'ask the owner of the site, or set robots = false in [fetch.host."127.0.0.1"]'
    )
    assert error.kind is FetchProblem.REFUSED


def test_a_closed_page_is_not_asked_for_again_and_robots_txt_once_a_day(
    site: Site, polite: HttpFetcher, clock: Clock
) -> None:
    site.pages |= {"/robots.txt": CLOSED, "/news": answer(), "/news/open": answer()}
    for _ in range(3):
        refusal(polite, f"{site.url}/news")
        fetched(polite, f"{site.url}/news/open")
    assert paths(site) == ["/news", "/robots.txt", "/news/open", "/news/open", "/news/open"]
    clock.now += 25 * HOUR
    site.pages["/robots.txt"] = answer(b"User-agent: *\nAllow: /\n")
    assert fetched(polite, f"{site.url}/news").body == PAGE
    assert paths(site)[5:] == ["/robots.txt", "/news"]


def test_feeds_are_fetched_without_asking(site: Site, polite: HttpFetcher) -> None:
    site.pages |= {"/robots.txt": CLOSED, "/news": answer(FEED, "Content-Type: text/html")}
    assert fetched(polite, f"{site.url}/news").body == FEED
    assert paths(site) == ["/news"]


def test_an_unchanged_page_is_allowed_too(site: Site, polite: HttpFetcher) -> None:
    site.pages |= {"/robots.txt": CLOSED, "/news/open": answer()}
    fetched(polite, f"{site.url}/news/open")
    site.pages["/news/open"] = not_modified()
    assert isinstance(polite.fetch(f"{site.url}/news/open", Validators('"a"')), NotModified)


def test_the_page_that_a_redirect_leads_to_is_the_one_that_counts(site: Site, polite: HttpFetcher) -> None:
    site.pages |= {"/robots.txt": CLOSED, "/": redirect("/news"), "/news": answer()}
    for _ in range(2):
        assert f"{site.url}/news may not be fetched" in str(refusal(polite, f"{site.url}/"))
    assert paths(site) == ["/", "/news", "/robots.txt", "/"]


@pytest.mark.parametrize(
    ("robots", "host_robots", "asked"),
    [
        (False, {}, False),
        (True, {"127.0.0.1": False}, False),
        (False, {"127.0.0.1": True}, True),
        (True, {"other.example": False}, True),
    ],
)
def test_the_operator_decides_for_all_hosts_or_for_one(
    site: Site, client: httpx.Client, robots: bool, host_robots: Mapping[str, bool], asked: bool
) -> None:
    site.pages |= {"/robots.txt": CLOSED, "/news/open": answer()}
    fetched(make_fetcher(client, robots=robots, host_robots=host_robots), f"{site.url}/news/open")
    assert ("/robots.txt" in paths(site)) is asked


@pytest.mark.parametrize("host", ["t.me", "harbour.t.me", "telegram.me"])
def test_previews_of_telegram_are_fetched_without_asking(host: str) -> None:
    asked: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, stream=httpx.ByteStream(PAGE))

    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        fetched(make_fetcher(client, robots=True), f"https://{host}/s/harbour")
    assert asked == [f"https://{host}/s/harbour"]


@pytest.mark.parametrize(
    "robots_txt",
    [
        answer(PAGE, status="404 Not Found"),
        answer(PAGE, status="403 Forbidden"),
        answer(PAGE, status="410 Gone"),
        answer(b""),
        answer(b"<!doctype html>\nUser-agent: *\nDisallow: /\n"),
        redirect("/robots.txt"),
        redirect("/robots.txt?"),
    ],
)
def test_a_site_without_robots_txt_allows_everything(site: Site, polite: HttpFetcher, robots_txt: bytes) -> None:
    site.pages |= {"/robots.txt": robots_txt, "/robots.txt?": redirect("/robots.txt"), "/news": answer()}
    for _ in range(2):
        assert fetched(polite, f"{site.url}/news").body == PAGE
    assert paths(site).count("/robots.txt") == 1


@pytest.mark.parametrize("status", ["500 Oops", "503 Later", "429 Too Many Requests"])
def test_no_answer_is_a_no_for_an_hour(site: Site, polite: HttpFetcher, clock: Clock, status: str) -> None:
    site.pages |= {"/robots.txt": answer(b"", status=status), "/news": answer()}
    for _ in range(2):
        error = refusal(polite, f"{site.url}/news")
        assert "robots.txt cannot be read, which counts as a no" in str(error)
        assert error.kind is FetchProblem.REFUSED
    assert paths(site).count("/robots.txt") == 1
    clock.now += HOUR + 1
    site.pages["/robots.txt"] = CLOSED.replace(b"/news", b"/olds")
    assert fetched(polite, f"{site.url}/news").body == PAGE


def test_an_older_copy_counts_where_there_is_no_answer(site: Site, polite: HttpFetcher, clock: Clock) -> None:
    site.pages |= {"/robots.txt": CLOSED, "/news": answer(), "/news/open": answer()}
    fetched(polite, f"{site.url}/news/open")
    clock.now += 25 * HOUR
    site.pages["/robots.txt"] = answer(b"", status="500 Oops")
    fetched(polite, f"{site.url}/news/open")
    assert "says the site's robots.txt" in str(refusal(polite, f"{site.url}/news"))


def test_robots_txt_may_be_redirected(site: Site, polite: HttpFetcher) -> None:
    site.pages |= {"/robots.txt": redirect("/rules", 301), "/rules": CLOSED, "/news": answer()}
    assert "may not be fetched" in str(refusal(polite, f"{site.url}/news"))


def test_a_name_in_the_address_does_not_go_astray_on_the_way_to_robots_txt(site: Site, polite: HttpFetcher) -> None:
    site.pages |= {"/robots.txt": CLOSED, "/news": answer()}
    error = refusal(polite, site.url.replace("//", "//desk:s3cret@") + "/news")
    assert "s3cret" not in str(error)
    assert [headers["Authorization"] is not None for _, headers in site.requests] == [True, True]


def test_endless_addresses_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site may invent as many pages and names as it likes; what is forgotten is asked for again."""

    def serve(request: httpx.Request) -> httpx.Response:
        return (
            httpx.Response(404)
            if request.url.path == "/robots.txt"
            else httpx.Response(200, stream=httpx.ByteStream(PAGE))
        )

    monkeypatch.setattr("worker.adapters.http.robots._MAX_KNOWN", 20)
    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        fetcher = make_fetcher(client, robots=True)
        for number in range(50):
            fetched(fetcher, f"http://{number}.example/")
    assert len(fetcher._robots._pages) <= 20
    assert len(fetcher._robots._copies) <= 20
