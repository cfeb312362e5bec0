"""Whole checks of new channels - fetch, parse, diff, tag, store - against the bare steps that cannot be left out.

The limit is the sum of three, over the same pages: ``httpx.Client.get``, building the HTML trees, and ``executemany``
of the rows of the posts with a commit for each page. Tagging and comparing are not in the limit.
"""

import contextlib
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
from selectolax.lexbor import LexborHTMLParser

from benchmarks.logless import logged_to_nowhere
from benchmarks.material import EVERY, NOON, marked_pages, shipped_matcher
from benchmarks.measure import Cost, Row, added, compare, take_turns, timed
from benchmarks.page_server import page_server
from benchmarks.raw_store import Written, forget_posts, make_database, open_raw, read_written, write_raw
from worker.adapters.guard import AddressGuard, guarded_client
from worker.adapters.http import HttpFetcher
from worker.adapters.store import Store
from worker.adapters.store.engine import open_engine
from worker.jobs.check import Channel, Sources, check_channels

GOAL = 4.0
_LOOPBACK = "127.0.0.1"


def run(*, count: int = 1_000, rounds: int = 5) -> list[Row]:
    """Measure `count` new channels with one page of 20 posts each."""
    bodies = marked_pages(count)
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        served = folder / "pages"
        served.mkdir()
        for number, body in enumerate(bodies):
            (served / f"channel-{number:04}").write_bytes(body)
        port = stack.enter_context(page_server(served))
        urls = [f"http://{_LOOPBACK}:{port}/s/channel-{number:04}" for number in range(count)]
        stack.enter_context(logged_to_nowhere())
        plain = stack.enter_context(httpx.Client(trust_env=False))
        guarded = stack.enter_context(guarded_client(AddressGuard([f"{_LOOPBACK}/32"]), timeout_seconds=60))
        cycle = _Cycle(folder / "watchword.db", urls, guarded)
        cycle.run()
        posts_only = [replace(check, matches=()) for check in read_written(cycle.path)]
        costs = take_turns(
            {
                "get": lambda: timed(lambda: [plain.get(url).content for url in urls]),
                "tree": lambda: timed(lambda: _trees(bodies)),
                "insert": lambda: _insert(cycle.path, posts_only),
                "cycle": cycle.run,
            },
            rounds,
        )
    limit = added(costs["get"], costs["tree"], costs["insert"])
    return [compare("a whole check of a new page", "page", count, work=costs["cycle"], limit=limit, goal=GOAL)]


class _Cycle:
    """Checks all channels, which are new each time."""

    def __init__(self, path: Path, urls: Sequence[str], client: httpx.Client) -> None:
        self.path = path
        self._url = make_database(path)
        self._matcher = shipped_matcher()
        fetcher = HttpFetcher(client, contact=None, timeout=timedelta(minutes=1), spacing=timedelta(0), host_spacing={})
        self._sources = Sources(fetcher.fetch, lambda _pattern, _seen: iter(()))
        self._channels = {
            channel.name: channel
            for channel in (Channel(url.rpartition("/")[2], url, EVERY, host=_LOOPBACK) for url in urls)
        }

    def run(self) -> Cost:
        """Forget everything, then check."""
        forget_posts(self.path)
        with closing(open_raw(self.path)) as raw:
            raw.execute("DELETE FROM channel")
        engine = open_engine(self._url)
        store = Store(engine)
        store.set_up_channels({channel.name: channel.source for channel in self._channels.values()}, NOON)
        try:
            return timed(lambda: self._check(store))
        finally:
            engine.dispose()

    def _check(self, store: Store) -> None:
        results = check_channels(
            self._channels,
            store=store,
            sources=self._sources,
            matcher=self._matcher,
            subscriptions=(),
            clock=lambda: NOON,
            jitter=lambda: 0.5,
        )
        for checked in results:
            assert checked.error is None, checked.error
            assert checked.new, checked


def _trees(bodies: Sequence[bytes]) -> None:
    for body in bodies:
        LexborHTMLParser(body)


def _insert(path: Path, written: Sequence[Written]) -> Cost:
    forget_posts(path)
    with closing(open_raw(path)) as raw:
        return timed(lambda: write_raw(raw, written))
