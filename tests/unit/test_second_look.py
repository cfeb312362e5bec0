"""Which page is asked about a post that an export lacks, and what its answer is worth."""

from datetime import timedelta

import pytest

from tests.builders import NOON
from worker.core.absence import Suspect, Verdict
from worker.core.models import Coverage, Fetched, NotModified, Post, Snapshot, Validators
from worker.demo.pages import preview_page
from worker.demo.story import DemoChannel, DemoPost
from worker.errors import FetchError, FetchProblem
from worker.jobs.check.evidence import RawExport
from worker.jobs.check.second_look import look_again, shown_ids

FEED = Snapshot("feed", (Post("", id="1"),))
PREVIEW = Snapshot("telegram-preview", (Post("", id="11"),), coverage=Coverage(11, 14, frozenset({11, 13, 14})))
SHOWN = preview_page(DemoChannel("harbour", "Harbour", (DemoPost(12, 1, timedelta(), "A ferry."),)), 1, NOON)
FRAME = b"<!DOCTYPE html><html><body><iframe></iframe></body></html>"
NOT_FOUND = (
    b'<!DOCTYPE html><html><body><div class="tgme_widget_message">'
    b'<div class="tgme_widget_message_error">Post not found</div></div></body></html>'
)
MIRRORED = "https://t.me/harbour/12"
ARTICLE = "https://gazette.example/news/12"


class Site:
    """Answers every request in the same way."""

    def __init__(self, answer: bytes | FetchProblem, final: str | None = None) -> None:
        self.answer, self.final = answer, final
        self.asked: list[str] = []

    def fetch(self, url: str, _held: Validators | None) -> Fetched | NotModified:
        self.asked.append(url)
        if isinstance(self.answer, FetchProblem):
            raise FetchError("no", kind=self.answer)
        return Fetched(self.final or url, self.answer)


def suspect(number: int, url: str | None = None) -> Suspect:
    return Suspect(number, str(number), url, NOON, NOON)


P, V = FetchProblem, Verdict


@pytest.mark.parametrize(
    ("snapshot", "url", "answer", "verdict"),
    [
        (PREVIEW, MIRRORED, SHOWN, V.SHOWN),
        (PREVIEW, MIRRORED, NOT_FOUND, V.GONE),
        (PREVIEW, MIRRORED, FRAME, V.NO_PAGE),
        (PREVIEW, MIRRORED, P.MISSING, V.NO_PAGE),
        (PREVIEW, MIRRORED, P.NETWORK, V.UNREACHABLE),
        (FEED, ARTICLE, FRAME, V.SHOWN),
        (FEED, ARTICLE, P.MISSING, V.GONE),
        (FEED, ARTICLE, P.GONE, V.GONE),
        (FEED, ARTICLE, P.REFUSED, V.UNREACHABLE),
        (FEED, ARTICLE, P.SERVER, V.UNREACHABLE),
        # a feed that mirrors a channel of Telegram: the post's address shows a frame in any case
        (FEED, MIRRORED, SHOWN, V.SHOWN),
        (FEED, MIRRORED, NOT_FOUND, V.GONE),
        (FEED, MIRRORED, FRAME, V.UNREACHABLE),
        (FEED, None, FRAME, V.UNREACHABLE),
    ],
)
def test_what_the_answer_of_an_own_page_is_worth(
    snapshot: Snapshot, url: str | None, answer: bytes | FetchProblem, verdict: Verdict
) -> None:
    found = look_again([suspect(12, url)], snapshot, "https://t.me/s/harbour", Site(answer).fetch, [])
    assert found == {12: verdict}


@pytest.mark.parametrize(
    ("final", "verdict"),
    [
        ("https://gazette.example/", V.UNREACHABLE),
        ("https://gazette.example", V.UNREACHABLE),
        ("https://gazette.example/news/twelve", V.SHOWN),
        ("https://gazette.example/?p=12", V.SHOWN),
    ],
)
def test_a_site_that_leads_to_its_front_page_does_not_say_that_the_post_is_there(final: str, verdict: Verdict) -> None:
    found = look_again([suspect(12, ARTICLE)], FEED, "https://gazette.example/feed", Site(FRAME, final).fetch, [])
    assert found == {12: verdict}


def test_the_mirror_of_a_channel_is_asked_at_telegram_and_a_preview_where_it_came_from() -> None:
    site = Site(NOT_FOUND)
    look_again([suspect(12, MIRRORED)], FEED, "https://hub.example/telegram/harbour", site.fetch, [])
    look_again([suspect(12, MIRRORED)], PREVIEW, "http://127.0.0.1:8080/s/harbour", site.fetch, [])
    assert site.asked == [
        "https://t.me/harbour/12?embed=1&mode=tme",
        "http://127.0.0.1:8080/harbour/12?embed=1&mode=tme",
    ]


def test_nothing_is_asked_about_posts_that_the_export_names_or_where_it_shows_nothing() -> None:
    site = Site(NOT_FOUND)
    waiting = [suspect(11), suspect(13)]
    assert look_again(waiting, PREVIEW, "https://t.me/s/harbour", site.fetch, []) == {}
    assert look_again([suspect(12)], Snapshot("feed", ()), "https://gazette.example/feed", site.fetch, []) == {}
    assert site.asked == []


@pytest.mark.parametrize(("problem", "asked"), [(P.LIMITED, 1), (P.NETWORK, 1), (P.REFUSED, 5), (P.SERVER, 5)])
def test_a_site_that_limits_or_is_away_is_asked_no_more(problem: FetchProblem, asked: int) -> None:
    site = Site(problem)
    waiting = [suspect(number, f"https://gazette.example/{number}") for number in range(20, 30)]
    found = look_again(waiting, FEED, "https://gazette.example/feed", site.fetch, [])
    assert (len(site.asked), set(found.values())) == (asked, {V.UNREACHABLE})


def test_the_pages_that_were_asked_are_evidence() -> None:
    exports: list[RawExport] = []
    look_again([suspect(12, MIRRORED)], PREVIEW, "https://t.me/s/harbour", Site(NOT_FOUND).fetch, exports)
    assert [export.body for export in exports] == [NOT_FOUND]


def test_only_lists_whose_absences_mean_something_are_remembered() -> None:
    posts = tuple(Post("", id=str(number)) for number in range(2_000))
    assert shown_ids(FEED) == ("1",)
    assert len(shown_ids(Snapshot("wordpress-rest", posts)) or ()) == 1_000
    assert shown_ids(Snapshot("feed", ())) is None
    assert shown_ids(Snapshot("webpage", posts)) is None
    assert shown_ids(PREVIEW) is None
