"""Checking a page that has not changed, in a channel with a short history and in one with a long history.

The cost must not grow with what is stored. Nothing is fetched: the page is at hand.
"""

import contextlib
import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.logless import logged_to_nowhere
from benchmarks.material import EVERY, NOON, marked_pages, shipped_matcher
from benchmarks.measure import ROUNDS, Cost, Row, compare, take_turns, timed
from benchmarks.raw_store import make_database, open_raw
from worker.adapters.store import Store
from worker.adapters.store.engine import open_engine
from worker.core.models import Fetched
from worker.jobs.check import Channel, Sources, check_channels

GOAL = 1.3
_CHANNEL = Channel("harbour", "https://t.me/s/harbour", EVERY, host="t.me")
#: ids of the history, far from those of the page
_OLD = 1_000_000


def run(*, few: int = 10_000, many: int = 200_000, checks: int = 50, rounds: int = ROUNDS) -> list[Row]:
    """Measure `checks` checks in a channel of `few` stored posts and as many in one of `many`."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(logged_to_nowhere())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        short = stack.enter_context(_followed(folder / "short.db", few))
        long = stack.enter_context(_followed(folder / "long.db", many))
        costs = take_turns({"few": lambda: short(checks), "many": lambda: long(checks)}, rounds)
    what = f"check an unchanged page, {many:,} : {few:,} stored"
    return [compare(what, "page", checks, work=costs["many"], limit=costs["few"], goal=GOAL)]


@contextlib.contextmanager
def _followed(path: Path, history: int) -> Iterator[Callable[[int], Cost]]:
    """Make a database in which the page and a history are stored; yield what checks the page so many times."""
    page = Fetched(_CHANNEL.source, marked_pages(1)[0])
    sources = Sources(lambda _url, _held: page, lambda _pattern, _seen: iter(()))
    matcher = shipped_matcher()
    engine = open_engine(make_database(path))
    store = Store(engine)
    store.set_up_channels({_CHANNEL.name: _CHANNEL.source}, NOON)
    hours = itertools.count()

    def check(times: int) -> None:
        for hour in itertools.islice(hours, times):
            (checked,) = check_channels(
                {_CHANNEL.name: _CHANNEL},
                store=store,
                sources=sources,
                matcher=matcher,
                subscriptions=(),
                clock=lambda now=NOON + 2 * hour * EVERY: now,  # type: ignore[misc]  # a default binds the loop's value
                jitter=lambda: 0.5,
            )
            assert checked.unchanged or not hour, checked

    try:
        check(1)
        _remember(path, history)
        yield lambda times: timed(lambda: check(times))
    finally:
        engine.dispose()


def _remember(path: Path, history: int) -> None:
    """Store `history` older posts, copies of one post of the page under other ids."""
    with closing(open_raw(path)) as raw:
        columns = [row[1] for row in raw.execute("PRAGMA table_info(post)")]
        first = dict(zip(columns, raw.execute("SELECT * FROM post ORDER BY row_id").fetchone(), strict=True))
        rows = (
            tuple({**first, "row_id": _OLD + n, "post_id": str(_OLD + n), "fingerprint": f"1:{n:032x}"}.values())
            for n in range(history)
        )
        raw.execute("BEGIN")
        raw.executemany(f"INSERT INTO post VALUES ({', '.join('?' * len(columns))})", rows)
        raw.execute("COMMIT")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
