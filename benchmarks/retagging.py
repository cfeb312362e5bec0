"""Tagging stored posts anew because watchlists have changed, against tagging the same posts and nothing else.

Once with rules that find the same as before, where nothing has to be written, and once with watchlists that are new.
What a check may have to wait for meanwhile is one batch of 500 being written; it is set beside storing one new page.
"""

import contextlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.logless import logged_to_nowhere
from benchmarks.material import NOON, marked_pages, posts_of, shipped_matcher
from benchmarks.measure import ROUNDS, Cost, Row, compare, print_table, take_turns, timed
from worker.adapters.store import Store
from worker.adapters.store.engine import open_engine, upgrade
from worker.core.diff import Found
from worker.core.fingerprint import fingerprint
from worker.core.models import Match, Post
from worker.core.record import CheckRecord, NewPost
from worker.core.standing import Standing
from worker.core.watchlist.facts import facts_of
from worker.jobs.retag import retag_posts

GOAL = 3.0
_BATCH = 500
_NAMES = ("BRICS", "CIS", "Ukraine")


def run(*, count: int = 500, rounds: int = ROUNDS) -> list[Row]:
    """Measure the stored posts of `count` pages of 20."""
    posts = [post for page in marked_pages(count) for post in posts_of(page)]
    with contextlib.ExitStack() as stack:
        stack.enter_context(logged_to_nowhere())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store = stack.enter_context(_stored(folder / "watchword.db", posts))
        steps = iter(range(1_000_000))
        costs = take_turns(
            {
                "tag": lambda: timed(lambda: _tag(posts)),
                "same": lambda: _retag(store, f"other {next(steps)}"),
                "new": lambda: _retag(store, f"new {next(steps)}", is_new=True),
                "page": lambda: _check(store, posts[:20], next(steps)),
                "batch": lambda: _batch(store, f"batch {next(steps)}"),
            },
            rounds,
        )
    total = len(posts)
    return [
        compare("tag anew, nothing changes : tag", "post", total, work=costs["same"], limit=costs["tag"], goal=GOAL),
        compare("tag anew, new watchlists : tag", "post", total, work=costs["new"], limit=costs["tag"]),
        compare("write 500 posts tagged anew : store a page", "batch", 1, work=costs["batch"], limit=costs["page"]),
    ]


@contextlib.contextmanager
def _stored(database: Path, posts: Sequence[Post]) -> Iterator[Store]:
    """Make a database with these posts, tagged by watchlists that are known to it."""
    engine = open_engine(f"sqlite:///{database}")
    upgrade(engine)
    store = Store(engine)
    store.set_up_channels({"stored": "https://t.me/s/stored", "new": "https://t.me/s/new"}, NOON)
    store.set_up_tagging(dict.fromkeys(_NAMES, "first"), NOON)
    store.record_check(_record("stored", posts, 0, _tag(posts)))
    try:
        yield store
    finally:
        engine.dispose()


def _record(channel: str, posts: Sequence[Post], first: int, matches: Sequence[tuple[Match, ...]]) -> CheckRecord:
    new = tuple(
        # without ids, because the pages repeat them
        NewPost(Found(replace(post, id=None), fingerprint(post.text), float(first + number)), hits, None)
        for number, (post, hits) in enumerate(zip(posts, matches, strict=True))
    )
    return CheckRecord(channel, NOON, "https://t.me/s/stored", Standing(next_check_at=NOON), new=new)


def _tag(posts: Sequence[Post]) -> list[tuple[Match, ...]]:
    matcher = shipped_matcher()
    return [matcher.match(post.text, facts_of(post, "stored")) for post in posts]


def _change(store: Store, mark: str, *, is_new: bool) -> None:
    """Make all stored posts due; `is_new` takes the watchlists away before."""
    if is_new:
        store.set_up_tagging({}, NOON)
        _go_through(store)
    store.set_up_tagging(dict.fromkeys(_NAMES, mark), NOON)


def _retag(store: Store, mark: str, *, is_new: bool = False) -> Cost:
    _change(store, mark, is_new=is_new)
    return timed(lambda: _go_through(store))


def _go_through(store: Store) -> None:
    for _ in retag_posts(shipped_matcher(), store=store, clock=lambda: NOON, most=1_000_000_000):
        pass


def _batch(store: Store, mark: str) -> Cost:
    """Write one batch of which every match is new."""
    _change(store, mark, is_new=True)
    portion = store.untagged(_BATCH)
    assert portion is not None
    matches = {one.row: hits for one, hits in zip(portion.posts, _tag([p.post for p in portion.posts]), strict=True)}
    cost = timed(lambda: store.record_tagged(portion, matches, NOON))
    _go_through(store)
    return cost


def _check(store: Store, posts: Sequence[Post], step: int) -> Cost:
    record = _record("new", posts, step * len(posts), _tag(posts))
    return timed(lambda: store.record_check(record))


if __name__ == "__main__":
    print_table(run(), sys.stdout)
