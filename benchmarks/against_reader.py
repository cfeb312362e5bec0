"""Watchword against a peer, the library `reader`: the same feeds, from the same server, in the same minutes.

``python -m benchmarks.against_reader [PYTHON]``, where PYTHON is that of an environment with `reader`; it is made by
`make bench-peers`. Both check feeds that they have never seen, and then the same feeds again, which are answered by
304. Ours also tags, with 1,000 terms; both store what they find in SQLite. The peer runs in a process of its own and
counts its own time; it is given one thread and then four, and the better of the two stands in the table.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import TextIO

from benchmarks import fetching, same_posts
from benchmarks.checking import check, check_unchanged, watching, write_bodies
from benchmarks.feed_material import feeds
from benchmarks.feed_server import answered, feed_server
from benchmarks.logless import logged_to_nowhere
from benchmarks.material import NOON, synthetic_watchlists
from benchmarks.measure import Cost, duration, print_table, take_turns, timed
from worker.bootstrap import Watch
from worker.core.models import Watchlist

_ROOT = Path(__file__).resolve().parents[1]
#: made by `make bench-peers`
PEER_PYTHON = _ROOT / ".venv-peers" / "bin" / "python"
_THREADS = (1, 4)
#: how many times the peer's rate is to be reached
_FIRST_GOAL, _AGAIN_GOAL = 6.0, 2.0


@dataclass(frozen=True, slots=True)
class Duel:
    """One line of the table: the peer and Watchword at the same work."""

    what: str
    count: int
    peer: Sequence[Cost]
    #: threads that the peer had
    threads: int
    ours: Sequence[Cost]
    #: times the peer's rate
    goal: float

    @property
    def wall(self) -> float:
        """How many times as fast ours is, on the clock on the wall: the median of the ratios of the turns."""
        return median(peer.wall / ours.wall for peer, ours in zip(self.peer, self.ours, strict=True))

    @property
    def cpu(self) -> float:
        """The same, of processor time."""
        return median(peer.cpu / ours.cpu for peer, ours in zip(self.peer, self.ours, strict=True))

    @property
    def verdict(self) -> str:
        """Say whether the goal is met, by both clocks."""
        return "met" if min(self.wall, self.cpu) >= self.goal else "MISSED"


def run(peer: Path, *, count: int = 1_000, posts: int = 20, terms: int = 1_000, rounds: int = 2) -> list[Duel]:
    """Measure `count` feeds of so many `posts`; `peer` is the Python that has `reader`."""
    watchlists = synthetic_watchlists(terms)
    with contextlib.ExitStack() as stack:
        stack.enter_context(logged_to_nowhere())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        names = write_bodies(folder / "feeds", feeds(count, posts, watchlists))
        root = stack.enter_context(feed_server(folder / "feeds"))
        urls = [f"{root}/s/{name}" for name in names]
        peers = [_Peer(peer, folder / f"peer-{threads}.db", root, count, threads) for threads in _THREADS]
        works: dict[str, Callable[[], Cost]] = {}
        sides: list[_Ours | _Peer] = [_Ours(folder / "watchword.db", urls, watchlists), *peers]
        for side in sides:
            works[f"first {side.name}"] = _answering(root, {200: count}, side.first)
            works[f"again {side.name}"] = _answering(root, {304: count}, side.again)
        costs = take_turns(works, rounds)
    return [
        _duel(f"first check of {count:,} feeds", count, "first", costs, _FIRST_GOAL),
        _duel(f"check {count:,} unchanged feeds (304)", count, "again", costs, _AGAIN_GOAL),
    ]


@dataclass(frozen=True, slots=True)
class _Ours:
    """Watchword, wired as the daemon is."""

    database: Path
    urls: Sequence[str]
    watchlists: tuple[Watchlist, ...]
    name: str = "ours"

    def first(self) -> Cost:
        self.database.unlink(missing_ok=True)
        return self._check(timedelta(0), check)

    def again(self) -> Cost:
        return self._check(timedelta(days=2), check_unchanged)

    def _check(self, later: timedelta, checking: Callable[[Watch], None]) -> Cost:
        with watching(self.database, self.urls, lambda: NOON + later, self.watchlists) as watch:
            return timed(lambda: checking(watch))


@dataclass(frozen=True, slots=True)
class _Peer:
    """The peer, in its own environment and process; it starts and makes its database before it counts its time."""

    python: Path
    database: Path
    root: str
    count: int
    threads: int

    @property
    def name(self) -> str:
        return str(self.threads)

    def first(self) -> Cost:
        self.database.unlink(missing_ok=True)
        return self._update("first")

    def again(self) -> Cost:
        return self._update("again")

    def _update(self, phase: str) -> Cost:
        script = _ROOT / "benchmarks" / "reader_side.py"
        arguments = [script, phase, self.database, self.root, self.count, self.threads]
        done = subprocess.run([self.python, *map(str, arguments)], stdout=subprocess.PIPE, check=True)
        took = json.loads(done.stdout)
        assert took["feeds"] == self.count, took
        assert took["posts"] >= self.count, took
        return Cost(took["cpu"], took["wall"])


def _answering(root: str, expected: Mapping[int, int], work: Callable[[], Cost]) -> Callable[[], Cost]:
    """Return `work`, made sure that it was answered as expected: or one of the two would have had less to do."""

    def watched() -> Cost:
        before = answered(root)
        cost = work()
        more = answered(root) - before
        del more[404]  # the robots.txt that ours asks for
        assert more == expected, f"answered {dict(more)}, not {dict(expected)}"
        return cost

    return watched


def _duel(what: str, count: int, phase: str, costs: Mapping[str, Sequence[Cost]], goal: float) -> Duel:
    best = min(_THREADS, key=lambda threads: median(cost.wall for cost in costs[f"{phase} {threads}"]))
    return Duel(what, count, costs[f"{phase} {best}"], best, costs[f"{phase} ours"], goal)


def print_duels(duels: Sequence[Duel], stream: TextIO) -> None:
    """Print a table of `duels`; the times are of one feed, on the wall and of the processor."""
    width = max(len(duel.what) for duel in duels)
    heads = ("reader: threads", "   wall", "    cpu", "ours: wall", "    cpu", "faster: wall", " cpu")
    print(
        f"| {'what':{width}} | {' | '.join(heads)} | goal       |",
        f"|{'-' * (width + 2)}|{''.join('-' * (len(head) + 1) + ':|' for head in heads)}------------|",
        *(_line(duel, width) for duel in duels),
        sep="\n",
        file=stream,
    )


def _line(duel: Duel, width: int) -> str:
    peer_wall, peer_cpu, wall, cpu = (
        duration(median(seconds) / duel.count)
        for seconds in (
            [cost.wall for cost in duel.peer],
            [cost.cpu for cost in duel.peer],
            [cost.wall for cost in duel.ours],
            [cost.cpu for cost in duel.ours],
        )
    )
    return (
        f"| {duel.what:{width}} | {duel.threads:15} | {peer_wall:>7} | {peer_cpu:>7} | {wall:>10} | {cpu:>7} "
        f"| {duel.wall:12.1f} | {duel.cpu:4.1f} | {duel.goal:.1f} {duel.verdict:6} |"
    )


def main() -> None:
    """Run and print all of it."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.against_reader", description=__doc__)
    arguments.add_argument("python", nargs="?", type=Path, default=PEER_PYTHON, help="of an environment with reader")
    arguments.add_argument("--quick", action="store_true", help="small sizes, for a first look")
    given = arguments.parse_args()
    if not given.python.exists():
        print(f"{given.python}: there is no such Python; `make bench-peers` makes it", file=sys.stderr)
        sys.exit(2)
    sizes = {"count": 100, "rounds": 2} if given.quick else {}
    print_duels(run(given.python, **sizes), sys.stdout)
    print()
    print_table([*fetching.run(**sizes), *same_posts.run(**sizes)], sys.stdout)


if __name__ == "__main__":
    main()
