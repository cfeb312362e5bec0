"""Asking channels that have not changed, against a bare `httpx.Client` with the same requests and threads.

Ours looks up the address, keeps its turn at the host, bounds time and bytes and reads what the answer says; the bare
one only asks. One host stands for many: as many requests as there are threads may run there, with no spacing.
"""

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx

from benchmarks.measure import ROUNDS, Cost, Row, compare, take_turns, timed
from benchmarks.unchanged_server import unchanged_server
from worker.adapters.guard import AddressGuard, guarded_client
from worker.adapters.http import HttpFetcher
from worker.core.models import NotModified, Validators

#: of its time, that is 0.8 of its rate
GOAL = 1.25
_LOOPBACK = "127.0.0.1"
_HELD = Validators('W/"harbour-1"', "Sun, 03 May 2026 08:00:00 GMT")
_BARE_HEADERS = {
    "User-Agent": "bare",
    "Accept-Encoding": "gzip, deflate",
    "Accept-Language": "en",
    "If-None-Match": 'W/"harbour-1"',
    "If-Modified-Since": "Sun, 03 May 2026 08:00:00 GMT",
}


def run(*, count: int = 1_000, threads: int = 8, rounds: int = ROUNDS) -> list[Row]:
    """Measure `count` channels that are all answered 304, asked by so many `threads`."""
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(unchanged_server())
        pool = stack.enter_context(ThreadPoolExecutor(threads))
        bare = stack.enter_context(httpx.Client(trust_env=False))
        client = stack.enter_context(guarded_client(AddressGuard([f"{_LOOPBACK}/32"]), timeout_seconds=60))
        fetcher = HttpFetcher(
            client,
            contact=None,
            timeout=timedelta(minutes=1),
            spacing=timedelta(0),
            host_spacing={},
            host_parallel={_LOOPBACK: threads},
            robots=True,
        )
        urls = [f"http://{_LOOPBACK}:{port}/s/channel-{number:04}" for number in range(count)]

        def ask_bare(url: str) -> bool:
            return bare.get(url, headers=_BARE_HEADERS).status_code == 304

        def ask(url: str) -> bool:
            return isinstance(fetcher.fetch(url, _HELD), NotModified)

        costs = take_turns(
            {"ours": lambda: _asked(pool, ask, urls), "bare": lambda: _asked(pool, ask_bare, urls)}, rounds
        )
    what = f"ask for {count:,} unchanged pages, {threads} threads : bare httpx"
    return [compare(what, "page", count, work=costs["ours"], limit=costs["bare"], goal=GOAL)]


def _asked(pool: ThreadPoolExecutor, ask: Callable[[str], bool], urls: Sequence[str]) -> Cost:
    return timed(lambda: _all_unchanged(pool, ask, urls))


def _all_unchanged(pool: ThreadPoolExecutor, ask: Callable[[str], bool], urls: Sequence[str]) -> None:
    assert all(pool.map(ask, urls))
