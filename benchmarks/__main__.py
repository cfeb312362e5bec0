"""Run every benchmark and print one table: ``python -m benchmarks [--quick]``. A missed goal is no failure."""

import argparse
import os
import platform
import sys
from collections.abc import Callable
from functools import partial

from benchmarks import (
    check_cost,
    desktop_import,
    digest,
    doubles,
    feed_parsing,
    fetching,
    full_cycle,
    outbox,
    page_storing,
    preview_parsing,
    retagging,
    same_posts,
    tagging,
    word_diff,
)
from benchmarks.measure import Row, print_table

#: in the order of the table: the full run, and a short one for a first look
_BENCHMARKS: tuple[tuple[Callable[[], list[Row]], Callable[[], list[Row]]], ...] = (
    (preview_parsing.run, lambda: preview_parsing.run(count=50, rounds=5)),
    (feed_parsing.run, lambda: feed_parsing.run(count=20, rounds=5)),
    (tagging.run, lambda: tagging.run(count=20, rounds=5)),
    (word_diff.run, lambda: word_diff.run(count=2_000, rounds=5)),
    (page_storing.run, lambda: page_storing.run(count=50, rounds=5)),
    (lambda: desktop_import.run(rounds=3), lambda: desktop_import.run(count=5_000, rounds=1)),
    (fetching.run, lambda: fetching.run(count=100, rounds=5)),
    (full_cycle.run, lambda: full_cycle.run(count=100, rounds=5)),
    (same_posts.run, lambda: same_posts.run(count=50)),
    (check_cost.run, lambda: check_cost.run(few=1_000, many=20_000, checks=10, rounds=5)),
    (retagging.run, lambda: retagging.run(count=50, rounds=5)),
    (digest.run, lambda: digest.run(count=200, rounds=3)),
    (outbox.run, lambda: outbox.run(changes=10, few=1_000, many=50_000, rounds=3)),
    (doubles.run, lambda: doubles.run(few=1_000, many=20_000, count=50, rounds=5)),
)
_HUGE = ((partial(check_cost.run, many=10_000_000),) * 2,)
#: without it the C library gives the memory of each tree back and asks for it again, which doubles the time of both
_TRIM = "MALLOC_TRIM_THRESHOLD_"


def main() -> None:
    """Run them one after the other."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="small sizes, for a first look")
    arguments.add_argument("--huge", action="store_true", help="only a check with ten million stored posts, 5 GB")
    chosen = arguments.parse_args()
    quick = chosen.quick
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, {platform.machine()}", file=sys.stderr)
    if _TRIM not in os.environ:
        print(f"{_TRIM} is not set: run `make bench`, or the limits are measured too slow", file=sys.stderr)
    rows: list[Row] = []
    for full, short in _HUGE if chosen.huge else _BENCHMARKS:
        found = (short if quick else full)()
        print(*(f"{row.what}: {row.ratio:.2f}" for row in found), sep="\n", file=sys.stderr, flush=True)
        rows += found
    print_table(rows, sys.stdout)


if __name__ == "__main__":
    main()
