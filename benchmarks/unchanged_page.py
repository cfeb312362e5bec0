"""Checking a page that has not changed, in a channel with a short history and in one with a long history.

The cost must not grow with what is stored.
"""

import contextlib
import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.checking import check, served, watching
from benchmarks.logless import logged_to_nowhere
from benchmarks.material import EVERY, NOON, marked_pages
from benchmarks.measure import ROUNDS, Cost, Row, compare, take_turns, timed
from benchmarks.raw_store import open_raw

GOAL = 1.3
#: ids of the history, far from those of the page
_OLD = 1_000_000


def run(*, few: int = 10_000, many: int = 200_000, checks: int = 50, rounds: int = ROUNDS) -> list[Row]:
    """Measure `checks` checks in a channel of `few` stored posts and as many in one of `many`."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(logged_to_nowhere())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (url,) = stack.enter_context(served(folder / "pages", marked_pages(1)))
        short = stack.enter_context(_followed(folder / "short.db", url, few))
        long = stack.enter_context(_followed(folder / "long.db", url, many))
        costs = take_turns({"few": lambda: short(checks), "many": lambda: long(checks)}, rounds)
    what = f"check an unchanged page, {many:,} : {few:,} stored"
    return [compare(what, "page", checks, work=costs["many"], limit=costs["few"], goal=GOAL)]


@contextlib.contextmanager
def _followed(database: Path, url: str, history: int) -> Iterator[Callable[[int], Cost]]:
    """Make a database in which the page and a history are stored; yield what checks the page so many times."""
    times = itertools.count()
    now = NOON

    def later(count: int) -> None:
        nonlocal now
        for number in itertools.islice(times, count):
            now = NOON + 2 * number * EVERY
            check(watch)

    with watching(database, [url], lambda: now) as watch:
        later(1)
        _remember(database, history)
        yield lambda count: timed(lambda: later(count))


def _remember(path: Path, history: int) -> None:
    """Store `history` older posts, copies of one post of the page under other ids."""
    with closing(open_raw(path)) as raw:
        columns = [row[1] for row in raw.execute("PRAGMA table_info(post)")]
        first = dict(zip(columns, raw.execute("SELECT * FROM post ORDER BY row_id").fetchone(), strict=True))
        rows = (
            tuple({**first, "row_id": _OLD + n, "post_id": str(_OLD + n), "fingerprint": f"2:{n:032x}"}.values())
            for n in range(history)
        )
        raw.execute("BEGIN")
        raw.executemany(f"INSERT INTO post VALUES ({', '.join('?' * len(columns))})", rows)
        raw.execute("COMMIT")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
