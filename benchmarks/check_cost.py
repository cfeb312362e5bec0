"""Checks of a page that shows one new and one edited post, in channels with a short and with a long history.

The cost must not grow with what is stored. Short texts make the long history; the index of the search is left out, for
no check reads it.
"""

import contextlib
import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.checking import check, served, watching
from benchmarks.logless import logged_to_nowhere
from benchmarks.material import EVERY, NOON
from benchmarks.measure import ROUNDS, Cost, Row, compare, take_turns, timed
from benchmarks.preview_pages import page
from benchmarks.raw_store import open_raw

GOAL = 1.3
#: posts that a page shows; the one at this place is edited
_POSTS, _EDITED = 21, 5
#: ids of the history, far from those of the pages
_OLD = 100_000_000
_TEXT = b'js-message_text" dir="auto">'


def run(*, few: int = 10_000, many: int = 1_000_000, checks: int = 20, rounds: int = ROUNDS) -> list[Row]:
    """Measure `checks` checks in a channel of `few` stored posts and as many in one of `many`."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(logged_to_nowhere())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        short = stack.enter_context(_followed(folder / "short", few))
        long = stack.enter_context(_followed(folder / "long", many))
        costs = take_turns({"few": lambda: short(checks), "many": lambda: long(checks)}, rounds)
    what = f"check a page with news, {many:,} : {few:,} stored"
    return [compare(what, "page", checks, work=costs["many"], limit=costs["few"], goal=GOAL)]


@contextlib.contextmanager
def _followed(folder: Path, history: int) -> Iterator[Callable[[int], Cost]]:
    """Make a database in which a page and a history are stored; yield what checks so many of the following pages."""
    folder.mkdir()
    numbers = itertools.count(1)
    now = NOON

    def later(count: int) -> Cost:
        nonlocal now
        cost = Cost(0.0, 0.0)
        for number in itertools.islice(numbers, count):
            now = NOON + 2 * number * EVERY
            show.write_bytes(_shown(number))
            cost += timed(lambda: check(watch))
        return cost

    with (
        served(folder / "pages", [_shown(1)], reread=True) as (url,),
        watching(folder / "watchword.db", [url], lambda: now) as watch,
    ):
        show = folder / "pages" / url.rpartition("/")[2]
        later(1)
        _remember(folder / "watchword.db", history)
        yield later


def _shown(number: int) -> bytes:
    """Return a page of which, next to the one before, the last post is new and one is edited."""
    first, *texts = page(number, _POSTS).split(_TEXT)
    return first + b"".join(
        _TEXT + (b"Corrected: " if place <= _EDITED else b"") + text for place, text in enumerate(texts)
    )


def _remember(path: Path, history: int) -> None:
    """Store `history` older posts in the same channel, like one post of the page but with short texts."""
    own = {
        "row_id": f"{_OLD} + n",
        "post_id": f"CAST({_OLD} + n AS TEXT)",
        "text": "'Ship ' || n || ' has berthed.'",
        "fingerprint": "fingerprint_of(n)",
    }
    with closing(open_raw(path)) as raw:
        raw.create_function("fingerprint_of", 1, lambda n: f"2:{n:032x}", deterministic=True)
        columns = [row[1] for row in raw.execute("PRAGMA table_info(post)")]
        values = ", ".join(own.get(name, f'"{name}"') for name in columns)
        raw.execute("BEGIN")
        raw.execute(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?), "
            "sample AS (SELECT * FROM post ORDER BY row_id LIMIT 1) "
            f"INSERT INTO post SELECT {values} FROM sample, numbers",
            (history,),
        )
        raw.execute("COMMIT")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
