"""Real checks of a real store for tests: a channel whose exports the test has at hand, fetched or dropped."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.builders import NOON
from worker.adapters.files import FileExport
from worker.adapters.store import Store
from worker.core.announce import Subscription
from worker.core.models import Fetched, Term, Watchlist
from worker.core.watchlist.matcher import Matcher
from worker.jobs.check import Channel, ChannelChecked, Rules, Sources, check_channels

SUBSCRIBED: Sequence[Subscription] = (Subscription("desk", frozenset({"Locks"})),)
RULES = Rules(Matcher([Watchlist("Locks", (Term("lock"),))]), SUBSCRIBED, hold_above=100_000)


@dataclass
class Checks:
    """One channel of a store; each check is an hour after the one before."""

    store: Store
    #: of the export
    url: str = "https://canals.example/feed/"
    #: None: it is detected
    format: str | None = None
    rules: Rules = RULES
    now: datetime = NOON
    name: str = "canals"
    read: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.store.set_up_channels({self.name: self.url}, NOON)

    def fetched(self, body: bytes, url: str | None = None) -> ChannelChecked:
        """Check the channel, which answers with `body`."""
        answer = Fetched(url or self.url, body, date=self.now)
        return self._check(
            Sources(lambda *_: answer, lambda *_: iter(()), known=self.store.seen_by_checks, pages_back=0)
        )

    def dropped(self, body: bytes) -> ChannelChecked:
        """Check the channel, whose folder has a new file."""
        self.read += 1
        export = FileExport(f"/srv/{self.read}", str(self.read), Fetched(f"/srv/{self.read}", body))
        return self._check(Sources(_never, lambda *_: iter((export,)), known=self.store.seen_by_checks), is_files=True)

    def _check(self, sources: Sources, **more: Any) -> ChannelChecked:
        self.now += timedelta(hours=1)
        channel = Channel(self.name, self.url, timedelta(minutes=10), host="canals.example", format=self.format, **more)
        (checked,) = check_channels(
            {self.name: channel},
            store=self.store,
            sources=sources,
            rules=self.rules,
            clock=lambda: self.now,
            jitter=float,
        )
        assert not checked.failed, checked.error
        return checked

    def posts(self) -> dict[str | None, dict[str, Any]]:
        """Return what is stored of the channel by id."""
        return {post["id"]: post for post in self.store.list_posts(channel_name=self.name)}

    def kinds(self) -> list[tuple[str, str | None]]:
        """Return kind and post of each change found so far, oldest first."""
        return [(change["kind"], change["post"]) for change in self.store.list_changes()]


def _never(*_: object) -> Fetched:
    raise AssertionError("a folder is not fetched")
