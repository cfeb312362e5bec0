"""Timing: pieces of work side by side in one process, and the table that tells how far each is from its limit.

A figure alone says little on a shared machine; a ratio of two that were measured in the same minute does. So every
piece of work is run next to its limit, turn by turn, and the ratio is the median of the ratios of the turns.
"""

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TextIO

#: turns of a full run; the first one only warms up and is not counted
ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Cost:
    """What one piece of work took, in seconds: of this process's processor time, and of the clock on the wall."""

    cpu: float
    wall: float

    def __add__(self, other: "Cost") -> "Cost":
        """Return the cost of both, one after the other."""
        return Cost(self.cpu + other.cpu, self.wall + other.wall)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; times are seconds of processor time for one `unit`, medians over the turns."""

    what: str
    unit: str
    time: float
    limit: float
    ratio: float
    #: the same ratio on the clock on the wall
    wall_ratio: float
    #: the ratio that is to be kept; None: it is only reported
    goal: float | None = None

    @property
    def verdict(self) -> str:
        """Say whether the goal is met; "" where there is none."""
        if self.goal is None:
            return ""
        return "met" if self.ratio <= self.goal else "MISSED"


def timed(work: Callable[[], object]) -> Cost:
    """Run `work` once and return what it took; garbage of earlier work is collected before."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.process_time() - cpu, time.perf_counter() - wall)


def take_turns(works: Mapping[str, Callable[[], Cost]], rounds: int) -> dict[str, list[Cost]]:
    """Let each of `works` run `rounds` times and once more to warm up, in turns; return their costs by name.

    A work prepares what it needs and returns the cost of what counts, usually by `timed`.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            cost = work()
            if turn:
                costs[name].append(cost)
    return costs


def added(*parts: Sequence[Cost]) -> list[Cost]:
    """Return the costs of works that follow each other, turn by turn."""
    return [sum(turn[1:], turn[0]) for turn in zip(*parts, strict=True)]


def compare(
    what: str, unit: str, count: int, *, work: Sequence[Cost], limit: Sequence[Cost], goal: float | None = None
) -> Row:
    """Return the line of a work of `count` units that was measured in turns with its limit."""
    turns = list(zip(work, limit, strict=True))
    return Row(
        what=what,
        unit=unit,
        time=median(cost.cpu for cost in work) / count,
        limit=median(cost.cpu for cost in limit) / count,
        ratio=median(cost.cpu / floor.cpu for cost, floor in turns),
        wall_ratio=median(cost.wall / floor.wall for cost, floor in turns),
        goal=goal,
    )


def print_table(rows: Sequence[Row], stream: TextIO) -> None:
    """Print `rows` as a table that can be pasted into the page beside this file."""
    width = max(len(row.what) for row in rows)
    print(
        f"| {'what':{width}} | time of        |   limit |    time | ratio | on the wall | goal          |", file=stream
    )
    print(f"|{'-' * (width + 2)}|{'-' * 16}|--------:|--------:|------:|------------:|{'-' * 15}|", file=stream)
    for row in rows:
        goal = f"{row.goal:.1f} {row.verdict}" if row.goal is not None else ""
        print(
            f"| {row.what:{width}} | {row.unit:14} | {duration(row.limit):>7} | {duration(row.time):>7} "
            f"| {row.ratio:5.2f} | {row.wall_ratio:11.2f} | {goal:13} |",
            file=stream,
        )


def duration(seconds: float) -> str:
    """Write a time in three digits, with its unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
