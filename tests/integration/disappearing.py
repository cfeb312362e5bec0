"""Scripted sources whose posts can be taken away, and a channel to watch them by, for the tests of deletions."""

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.builders import NOON
from worker.adapters.store import Store
from worker.core.announce import EVERYTHING, Subscription
from worker.core.models import Fetched, NotModified, Outcome, Result, Term, Validators, Watchlist
from worker.core.watchlist.matcher import Matcher
from worker.demo.pages import preview_page
from worker.demo.story import DemoChannel, DemoPost
from worker.errors import FetchError, FetchProblem
from worker.jobs.check import Channel, ChannelChecked, Rules, Sources, Trial, check_channels, try_channel

DESK = Subscription("desk", frozenset({"Ferries"}))
HOOK = Subscription("hook", frozenset({"Ferries"}), alerts=EVERYTHING)
RULES = Rules(Matcher([Watchlist("Ferries", (Term("ferry"),))]), [DESK, HOOK], operators=["ops"], hold_above=30)

NOT_FOUND = b"""<!DOCTYPE html><html><head><title>Telegram Widget</title></head>
<body class="widget_frame_base"><div class="tgme_widget_message js-widget_message">
<div class="tgme_widget_message_error">Post not found</div></div></body></html>"""
OTHER_PAGE = b"<!DOCTYPE html><html><head><title>Harbour</title></head><body><p>Welcome.</p></body></html>"
LANDING = b"""<!DOCTYPE html><html><head><title>Telegram: Contact @harbour</title></head><body><div class="tgme_page">
<div class="tgme_page_title"><span>Harbour</span></div></div></body></html>"""

Answer = bytes | FetchError | NotModified


def status(number: int) -> FetchError:
    """Return what the fetcher raises for a status."""
    kinds = {404: FetchProblem.MISSING, 410: FetchProblem.GONE, 429: FetchProblem.LIMITED, 403: FetchProblem.REFUSED}
    return FetchError(f"answered {number}", kind=kinds.get(number, FetchProblem.SERVER), status=number)


@dataclass
class Preview:
    """A channel's preview: the newest `size` of its posts, and a page for each single one."""

    numbers: set[int] = field(default_factory=lambda: set(range(1, 21)))
    size: int = 20
    texts: dict[int, str] = field(default_factory=dict)
    #: in place of the page, once
    instead: list[Answer] = field(default_factory=list)
    #: numbers that the page leaves out although they are there
    left_out: set[int] = field(default_factory=set)
    #: in place of the page of a single post; None: what is true
    single: Answer | None = None
    asked: list[str] = field(default_factory=list)

    def __call__(self, url: str) -> Answer:
        self.asked.append(url)
        if "embed=1" in url:
            number = int(url.partition("?")[0].rpartition("/")[2])
            truth = self._page([number]) if number in self.numbers else NOT_FOUND
            return truth if self.single is None else self.single
        if self.instead:
            return self.instead.pop(0)
        below = int(url.rpartition("=")[2]) if "before=" in url else None
        whole = sorted(number for number in self.numbers if below is None or number < below)[-self.size :]
        return self._page([number for number in whole if number not in self.left_out], more=whole[0] > 1)

    def singles(self) -> list[str]:
        return [url for url in self.asked if "embed=1" in url]

    def _page(self, numbers: Collection[int], *, more: bool = False) -> bytes:
        posts = tuple(
            DemoPost(n, 1, timedelta(minutes=n), self.texts.get(n, f"The ferry {n} leaves at {n} o'clock."))
            for n in numbers
        )
        page = preview_page(DemoChannel("harbour", "Harbour", posts), 1, NOON - timedelta(days=10))
        if more:
            link = f'<link rel="prev" href="/s/harbour?before={min(numbers)}"></head>'
            page = page.replace(b"</head>", link.encode())
        return page


@dataclass
class Gazette:
    """A feed, or WordPress's REST interface: its posts, newest first, and the page of each one."""

    numbers: list[int] = field(default_factory=lambda: list(range(10, 0, -1)))
    is_rest: bool = False
    #: number -> status of the post's own page; others answer 200
    pages: dict[int, int] = field(default_factory=dict)
    deleted: list[int] = field(default_factory=list)
    not_modified: bool = False
    asked: list[str] = field(default_factory=list)

    def __call__(self, url: str) -> Answer:
        self.asked.append(url)
        if url.startswith("https://gazette.example/n/"):
            number = int(url.rpartition("/")[2])
            return status(self.pages[number]) if number in self.pages else OTHER_PAGE
        if self.not_modified:
            return NotModified(Validators('"a"'))
        if "modified_after" in url or "page=2" in url:
            return b"[]"
        return self._rest() if self.is_rest else self._feed()

    def _feed(self) -> bytes:
        entries = "".join(
            f"<entry><id>tag:gazette.example,{n}</id><title>Number {n}: a ferry</title>"
            f'<link href="https://gazette.example/n/{n}"/><published>{NOON + timedelta(hours=n):%Y-%m-%dT%H:%M:%SZ}'
            f"</published><content>Page one of number {n}.</content></entry>"
            for n in self.numbers
        )
        gone = "".join(
            f'<at:deleted-entry ref="tag:gazette.example,{n}" when="2026-03-02T12:00:00Z"/>' for n in self.deleted
        )
        return (
            '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0">'
            f"<title>Gazette</title>{gone}{entries}</feed>"
        ).encode()

    def _rest(self) -> bytes:
        return json.dumps(
            [
                {
                    "id": n,
                    "date_gmt": f"{NOON + timedelta(hours=n):%Y-%m-%dT%H:%M:%S}",
                    "modified_gmt": f"{NOON + timedelta(hours=n):%Y-%m-%dT%H:%M:%S}",
                    "link": f"https://gazette.example/n/{n}",
                    "title": {"rendered": f"Number {n}"},
                    "content": {"rendered": f"<p>A ferry in number {n}.</p>"},
                }
                for n in self.numbers
            ]
        ).encode()


@dataclass
class Watch:
    """One channel and everything that is known of it; each check is an hour after the one before."""

    store: Store
    web: Callable[[str], Answer]
    url: str = "https://t.me/s/harbour"
    now: datetime = NOON

    def __post_init__(self) -> None:
        self.store.set_up_channels({"harbour": self.url}, NOON)
        self.check()

    @property
    def channel(self) -> Channel:
        return Channel("harbour", self.url, timedelta(minutes=10), host="t.me")

    @property
    def sources(self) -> Sources:
        return Sources(self._fetch, lambda _pattern, _seen: iter(()), known=self.store.seen_by_checks)

    def _fetch(self, url: str, _held: Validators | None) -> Fetched | NotModified:
        answer = self.web(url)
        if isinstance(answer, FetchError):
            raise answer
        return answer if isinstance(answer, NotModified) else Fetched(url, answer, validators=Validators('"a"'))

    def check(self, after: timedelta = timedelta(hours=1)) -> ChannelChecked:
        self.now += after
        (checked,) = check_channels(
            {"harbour": self.channel},
            store=self.store,
            sources=self.sources,
            rules=RULES,
            clock=lambda: self.now,
            jitter=float,
        )
        return checked

    def look(self) -> Trial:
        (trial,) = try_channel(self.channel, store=self.store, sources=self.sources, rules=RULES, now=self.now)
        return trial

    def deleted(self) -> list[str]:
        return [post["id"] for post in self.store.list_posts() if post["state"] == "deleted"]

    def kinds(self) -> list[tuple[str, str]]:
        return [(change["kind"], change["post"]) for change in self.store.list_changes()]

    def suspects(self) -> list[str]:
        return [suspect.id for suspect in self.store.suspects("harbour")]

    def sent(self) -> Iterator[tuple[str, Any]]:
        while claimed := self.store.claim_delivery(self.now):
            self.store.record_attempt(claimed, Outcome(Result.SENT, "250"), at=self.now, next_attempt_at=None)
            yield str(claimed.payload["type"]), claimed.payload["data"]
