"""The house that is simulated: settings of a configuration, wired to a clock that is set and receivers that fail.

Everything between is real: checks, watchlists, digests, the release of alerts, deliveries, the database.
"""

import contextlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from tests.simulation.receivers import Receivers
from tests.simulation.wishes import Wish, configuration
from tests.simulation.world import SimulatedChannel
from worker.adapters.store import Store
from worker.adapters.store.engine import open_engine
from worker.bootstrap.recipients import addresses_of, pace_of, plan_of, rules_of
from worker.bootstrap.sources import channel_of
from worker.config import Settings, load
from worker.core.models import Fetched, Outcome, Result, Validators
from worker.core.parse import VERSION
from worker.core.record import Delivery
from worker.core.schedule import MAIL_BACKOFF, WEBHOOK_BACKOFF
from worker.core.watchlist.definition import fingerprints
from worker.jobs.check import Rules, Sources, check_channels
from worker.jobs.deliver import Way, deliver_due
from worker.jobs.digest import enqueue_digests
from worker.jobs.release import release_alerts


class Killed(BaseException):
    """The process ends here and now."""


@dataclass
class Fate:
    """Counts the steps of a process, and ends it at one of them. A step is a statement, a commit, or a sending."""

    end: Callable[[], None]
    #: None: never
    left: int | None = None

    def step(self) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left <= 0:  # and at every step after it: the dead do nothing more
            self.end()

    @property
    def is_near(self) -> bool:
        """Whether the next step is the last."""
        return self.left is not None and self.left <= 1

    def pass_by(self) -> None:
        """Count a step at which nobody dies."""
        if self.left is not None:
            self.left -= 1


def die() -> None:
    raise Killed


@dataclass(frozen=True)
class World:
    """What there is to be watched, and for whom."""

    channels: Sequence[SimulatedChannel]
    wishes: Sequence[Wish]

    def settings(self, folder: Path, url: str) -> Settings:
        (folder / "hook-secret").write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        path = folder / "watchword.toml"
        path.write_text(configuration(url, self.channels, self.wishes), "utf-8")
        return load(path)


class House:
    """One process: from opening the database to its death or its end."""

    def __init__(
        self,
        world: World,
        settings: Settings,
        receivers: Receivers,
        fate: Fate,
        *,
        now: datetime,
        alone: bool,
        seed: object,
    ) -> None:
        self.now = now
        self._fate = fate
        self._receivers = receivers
        self._pages = {channel.name: channel for channel in world.channels}
        self._jitter = random.Random(str(seed)).random
        self.engine = _watched(open_engine(settings.storage.full_url()), fate)
        self._connections: list[Any] = []
        event.listen(self.engine, "connect", lambda connection, _: self._connections.append(connection))
        self.store = Store(self.engine)
        self._settings = settings
        self._rules: Rules = rules_of(settings)
        self._channels = {channel.name: channel_of(channel) for channel in settings.channels}
        self._plans = [plan_of(one, settings) for one in settings.recipients if one.digest]
        self._paces = {one.name: pace_of(one) for one in settings.recipients}
        self._ways = {
            one.name: self._way(MAIL_BACKOFF if one.email else WEBHOOK_BACKOFF) for one in settings.recipients
        }
        try:
            self._start(alone)
        except BaseException:
            self.close()
            raise

    def _start(self, alone: bool) -> None:
        """Do what a start does; who is not alone leaves what others were sending to the end of their lease."""
        if alone:
            self.store.release_abandoned(self.now)
        sources = {channel.name: channel.source for channel in self._channels.values()}
        self.store.set_up_channels(sources, self.now, parser_version=VERSION)
        self.store.set_up_tagging(fingerprints(self._settings.watchlists), self.now)
        self.store.set_up_ways(addresses_of(self._settings))

    def _way(self, backoff: tuple[timedelta, ...]) -> Way:
        def send(delivery: Delivery, now: datetime) -> Outcome:
            # nobody dies in a thread: the next step of the one that writes is the last, and keeps no outcome
            if self._fate.is_near:
                return Outcome(Result.TEMPORARY, "died before it was sent")
            self._fate.pass_by()
            return self._receivers.take(delivery, now)

        return Way(send, backoff, lane="simulated")

    def round(self, now: datetime) -> None:
        """Do one round at `now`."""
        self.now = now
        sources = Sources(self._fetch, lambda *_: iter(()), known=self.store.seen_by_checks)
        for checked in check_channels(
            self._channels,
            store=self.store,
            sources=sources,
            rules=self._rules,
            clock=lambda: self.now,
            jitter=self._jitter,
        ):
            assert not checked.failed, checked.error
        self.tell(now)

    def tell(self, now: datetime) -> None:
        """Do the part of a round that tells what was found."""
        self.now = now
        for _ in enqueue_digests(self._plans, store=self.store, now=now, most=100_000):
            pass
        for _ in release_alerts(self._paces, store=self.store, now=now):
            pass
        for _ in deliver_due(self._ways, store=self.store, clock=lambda: self.now, jitter=self._jitter):
            pass

    def _fetch(self, url: str, _held: Validators | None) -> Fetched:
        name = url.partition("?")[0].removeprefix("https://t.me/").removeprefix("s/").partition("/")[0]
        return Fetched(url, self._pages[name].page(url, self.now), date=self.now)

    def is_done(self) -> bool:
        """Say whether everything is told."""
        waits = self.store.status([])["outbox"]["waiting"]
        return not waits and not any(self.store.untold(plan.recipient) for plan in self._plans)

    def close(self) -> None:
        """Close every connection, as the end of a process does, whoever still holds it."""
        self.engine.dispose()
        for connection in self._connections:
            with contextlib.suppress(Exception):  # closed already
                connection.rollback()
            connection.close()


def _watched(engine: Engine, fate: Fate) -> Engine:
    """Make steps of the statements and of the commits of an engine, both before they are done and after."""
    dialect: Any = engine.dialect
    for name in ("do_execute", "do_executemany", "do_commit"):
        _around(dialect, name, fate)
    return engine


def _around(dialect: Any, name: str, fate: Fate) -> None:
    inner = getattr(dialect, name)

    def outer(first: Any, *args: Any, **options: Any) -> Any:
        try:
            fate.step()
            result = inner(first, *args, **options)
            fate.step()
        except Killed:  # a database takes back what was not committed when a process has ended
            (first if name == "do_commit" else first.connection).rollback()
            raise
        return result

    setattr(dialect, name, outer)
