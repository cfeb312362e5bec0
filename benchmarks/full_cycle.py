"""Whole checks of new channels - fetch, parse, diff, tag, store - against the bare steps that cannot be left out.

The limit is the sum of three, over the same pages: ``httpx.Client.get``, building the HTML trees, and ``executemany``
of the rows of the posts with a commit for each page. Tagging and comparing are not in the limit.
"""

import contextlib
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
from selectolax.lexbor import LexborHTMLParser

from benchmarks.checking import check, served, watching
from benchmarks.logless import logged_to_nowhere
from benchmarks.material import NOON, marked_pages
from benchmarks.measure import Cost, Row, added, compare, take_turns, timed
from benchmarks.raw_store import Written, forget_posts, open_raw, read_written, write_raw

GOAL = 4.0


def run(*, count: int = 1_000, rounds: int = 5) -> list[Row]:
    """Measure `count` new channels with one page of 20 posts each."""
    bodies = marked_pages(count)
    with contextlib.ExitStack() as stack:
        stack.enter_context(logged_to_nowhere())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls = stack.enter_context(served(folder / "pages", bodies))
        client = stack.enter_context(httpx.Client(trust_env=False))
        database = folder / "watchword.db"
        _cycle(database, urls)
        posts_only = [replace(written, matches=()) for written in read_written(database)]
        costs = take_turns(
            {
                "get": lambda: timed(lambda: [client.get(url).content for url in urls]),
                "tree": lambda: timed(lambda: _trees(bodies)),
                "insert": lambda: _insert(database, posts_only),
                "cycle": lambda: _cycle(database, urls),
            },
            rounds,
        )
    limit = added(costs["get"], costs["tree"], costs["insert"])
    return [compare("a whole check of a new page", "page", count, work=costs["cycle"], limit=limit, goal=GOAL)]


def _cycle(database: Path, urls: Sequence[str]) -> Cost:
    """Check all channels from an empty database on."""
    database.unlink(missing_ok=True)
    with watching(database, urls, lambda: NOON) as watch:
        return timed(lambda: check(watch))


def _trees(bodies: Sequence[bytes]) -> None:
    for body in bodies:
        LexborHTMLParser(body)


def _insert(path: Path, written: Sequence[Written]) -> Cost:
    forget_posts(path)
    with closing(open_raw(path)) as raw:
        return timed(lambda: write_raw(raw, written))
