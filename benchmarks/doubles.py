"""Finding the doubles of a new post, with few and with many posts stored that have keys.

The cost must not grow with what is stored. ``python -m benchmarks.doubles 10000000`` measures another number of posts;
ten million take some 5 GB of disk and a quarter of an hour to make.
"""

import contextlib
import itertools
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.material import NOON
from benchmarks.measure import ROUNDS, Cost, Row, compare, print_table, take_turns, timed
from benchmarks.raw_store import open_raw
from worker.adapters.store import Store
from worker.adapters.store.engine import open_engine, upgrade
from worker.core.diff import Found
from worker.core.models import ChangeKind, Match, Post
from worker.core.record import Announcement, NewPost
from worker.core.stories import Candidate, find_stories

GOAL = 1.5
#: keys of a stored post, and which post in so many has the key of a template
_KEYS, _TEMPLATED = 7, 20
_TEMPLATE = 1_234_567_890_123
_AT = NOON.isoformat(" ", "microseconds")[:26]

_POSTS = """
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :count)
INSERT INTO post (row_id, channel, post_id, text, fingerprint, revision, state, first_seen_at, last_seen_at, imported)
SELECT n, 'stored', n, 'The harbour office of Selmouth says that berth ' || n || ' is free for barges from the canals',
       printf('1:%032x', n), 1, 'live', :at, :at, 0 FROM number
"""
#: keys come in no order, as hashes do; written in theirs, because that is quicker
_SKETCHES = """
WITH RECURSIVE place(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM place WHERE k < :keys)
INSERT INTO sketch (key, post_row, at)
SELECT CASE WHEN k = 1 AND row_id % :templated = 0 THEN :template ELSE random() END AS key, row_id, :at
FROM post, place ORDER BY 1, 2
"""
_NEWS = Announcement(ChangeKind.NEW, ("Canals",), digests=("desk",))


def run(*, few: int = 10_000, many: int = 1_000_000, count: int = 200, rounds: int = ROUNDS) -> list[Row]:
    """Measure finding the doubles of `count` posts with `few` and with `many` posts stored."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        small = stack.enter_context(_stored(folder / "few.db", few))
        large = stack.enter_context(_stored(folder / "many.db", many))
        costs = take_turns({"few": lambda: small(count), "many": lambda: large(count)}, rounds)
    what = f"find the doubles of a post, {many:,} : {few:,} stored"
    return [compare(what, "post", count, work=costs["many"], limit=costs["few"], goal=GOAL)]


@contextlib.contextmanager
def _stored(database: Path, posts: int) -> Iterator[Callable[[int], Cost]]:
    """Make a database of so many posts with keys; yield what finds the doubles of so many new ones, one by one."""
    engine = open_engine(f"sqlite:///{database}")
    upgrade(engine)
    store = Store(engine)
    store.set_up_channels({"stored": "https://t.me/s/stored", "new": "https://t.me/s/new"}, NOON)
    with closing(open_raw(database)) as raw:
        raw.execute("BEGIN")
        raw.execute(_POSTS, {"count": posts, "at": _AT})
        raw.execute(_SKETCHES, {"keys": _KEYS, "templated": _TEMPLATED, "template": _TEMPLATE, "at": _AT})
        raw.execute("COMMIT")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    numbers = itertools.count(1)

    def look_up(sketches: Sequence[Sequence[int]]) -> list[tuple[Candidate, ...]]:
        # every new post has the key of the template too, so that the most texts there can be are compared
        return store.story_candidates("new", [(*keys, _TEMPLATE) for keys in sketches], since=NOON)

    def find(count: int) -> None:
        for number in itertools.islice(numbers, count):
            (post,) = find_stories([_new(number)], look_up)
            assert post.sketch

    yield lambda count: timed(lambda: find(count))
    engine.dispose()


def _new(number: int) -> NewPost:
    text = f"The pilots of Port Amity have met for talk number {number} on fees, tides and the lights of {number} buoys"
    return NewPost(Found(Post(text, str(number)), f"1:{number:032x}"), (Match("Canals", "tides", 0, 5),), _NEWS)


if __name__ == "__main__":
    print_table(run(many=int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000), sys.stdout)
