"""The benchmarks run: with tiny sizes, and never judged by their seconds."""

import io
import math
from collections.abc import Callable
from functools import partial

import pytest

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
)
from benchmarks.measure import Cost, Row, added, compare, print_table

TINY = {
    "preview_parsing": partial(preview_parsing.run, count=2, rounds=1),
    "feed_parsing": partial(feed_parsing.run, count=2, rounds=1),
    "tagging": partial(tagging.run, count=2, terms=30, rounds=1),
    "desktop_import": partial(desktop_import.run, count=20, rounds=1),
    "page_storing": partial(page_storing.run, count=2, rounds=1),
    "fetching": partial(fetching.run, count=3, threads=2, rounds=1),
    "full_cycle": partial(full_cycle.run, count=2, rounds=1),
    "same_posts": partial(same_posts.run, count=2, rounds=1),
    "retagging": partial(retagging.run, count=1, rounds=1),
    "digest": partial(digest.run, count=150, rounds=1),  # fewer fit a mail
    "outbox": partial(outbox.run, changes=2, few=5, many=50, rounds=1),
    "doubles": partial(doubles.run, few=5, many=50, count=2, rounds=1),
    "check_cost": partial(check_cost.run, few=5, many=50, checks=2, rounds=1),
}


@pytest.mark.parametrize("name", TINY)
def test_a_benchmark_measures_the_product_and_its_limit(name: str) -> None:
    run: Callable[[], list[Row]] = TINY[name]

    rows = run()

    assert rows
    for row in rows:
        assert row.what
        assert row.unit
        assert all(math.isfinite(n) and n > 0 for n in (row.time, row.limit, row.ratio, row.wall_ratio)), row


def test_a_ratio_is_the_median_of_the_turns() -> None:
    work = [Cost(4, 8), Cost(90, 90), Cost(6, 6)]
    limit = added([Cost(1, 1), Cost(1, 2), Cost(1, 1)], [Cost(1, 3), Cost(1, 1), Cost(1, 2)])

    row = compare("lift", "crate", 2, work=work, limit=limit, goal=3.0)

    assert (row.time, row.limit, row.ratio, row.wall_ratio, row.verdict) == (3.0, 1.0, 3.0, 2.0, "met")


def test_the_table_says_which_goal_is_missed() -> None:
    table = io.StringIO()

    print_table(
        [Row("lift", "crate", 0.002, 0.001, 2.0, 2.1, goal=1.5), Row("drop", "crate", 4e-6, 2e-6, 2.0, 2.0)], table
    )

    lift, drop = table.getvalue().splitlines()[2:]
    assert lift.split("|")[1:-1] == [
        " lift ",
        " crate          ",
        "    1 ms ",
        "    2 ms ",
        "  2.00 ",
        "        2.10 ",
        " 1.5 MISSED    ",
    ]
    assert drop.split("|")[-2].strip() == ""
