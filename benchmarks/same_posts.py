"""Checking pages whose posts are the same and whose bytes are not, as preview pages are, whose views are counted anew.

The limit is what cannot be left out: ``httpx.Client.get`` and building the HTML trees, over the same pages.
"""

import contextlib
import itertools
import tempfile
from collections.abc import Sequence
from pathlib import Path

import httpx
from selectolax.lexbor import LexborHTMLParser

from benchmarks.checking import check, served, watching
from benchmarks.logless import logged_to_nowhere
from benchmarks.material import EVERY, NOON, marked_pages
from benchmarks.measure import Row, added, compare, take_turns, timed

GOAL = 4.0


def run(*, count: int = 500, rounds: int = 5) -> list[Row]:
    """Measure `count` channels with one page of 20 known posts each."""
    bodies = marked_pages(count)
    times = itertools.count(step=4)
    now = NOON
    with contextlib.ExitStack() as stack:
        stack.enter_context(logged_to_nowhere())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls = stack.enter_context(served(folder / "pages", bodies, count_views=True))
        client = stack.enter_context(httpx.Client(trust_env=False))
        watch = stack.enter_context(watching(folder / "watchword.db", urls, lambda: now))

        def check_later() -> None:
            nonlocal now
            now = NOON + next(times) * EVERY
            check(watch)

        check_later()
        costs = take_turns(
            {
                "get": lambda: timed(lambda: [client.get(url).content for url in urls]),
                "tree": lambda: timed(lambda: _trees(bodies)),
                "check": lambda: timed(check_later),
            },
            rounds,
        )
    limit = added(costs["get"], costs["tree"])
    return [compare("check a page of known posts", "page", count, work=costs["check"], limit=limit, goal=GOAL)]


def _trees(bodies: Sequence[bytes]) -> None:
    for body in bodies:
        LexborHTMLParser(body)
