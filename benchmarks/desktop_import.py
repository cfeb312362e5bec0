"""Taking an export of Telegram Desktop into a channel, against reading its JSON and writing the same rows bare."""

import contextlib
import resource
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from benchmarks.checking import watching
from benchmarks.desktop_export import write_export
from benchmarks.logless import logged_to_nowhere
from benchmarks.material import NOON
from benchmarks.measure import ROUNDS, Cost, Row, added, compare, take_turns, timed
from benchmarks.raw_store import Rows, open_raw
from worker.bootstrap import open_import
from worker.config import load
from worker.core.parse.telegram_desktop_json import stream
from worker.jobs.take_in import Choice

GOAL = 3.0
_BATCH = 1_000


def run(*, count: int = 100_000, rounds: int = ROUNDS) -> list[Row]:
    """Measure an export of `count` messages with the shipped watchlists on SQLite."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(logged_to_nowhere())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database, export = folder / "watchword.db", folder / "result.json"
        write_export(export, count)
        with watching(database, ["http://example.org/s/canals"], lambda: NOON):
            pass  # only the database and the configuration are wanted
        shutil.copy(database, _empty(database))
        _take_in(database, export, count)
        costs = take_turns(
            {
                "read": lambda: timed(lambda: _read(export, count)),
                "write": lambda: _write(database),
                "import": lambda: _take_in(database, export, count),
            },
            rounds,
        )
        limit = added(costs["read"], costs["write"])
        return [
            compare("import an export", "message", count, work=costs["import"], limit=limit, goal=GOAL),
            compare("import, reading alone", "message", count, work=costs["import"], limit=costs["read"]),
        ]


def _empty(database: Path) -> Path:
    return database.with_name("empty.db")


def _take_in(database: Path, export: Path, count: int) -> Cost:
    # deleting the rows of the last import would leave its pages behind, full of holes
    for path in database.parent.glob("watchword.db*"):
        path.unlink()
    shutil.copy(_empty(database), database)
    settings = load(database.with_suffix(".toml"))

    def take_in() -> None:
        with open_import(settings, "canals", [str(export)], choice=Choice(), clock=lambda: NOON) as steps:
            *_, end = steps
        assert (end.outcome, end.counts.new) == ("done", count), end

    return timed(take_in)


def _read(export: Path, count: int) -> None:
    with export.open("rb") as file:
        assert sum(1 for _ in stream(file)) == count


def _write(database: Path) -> Cost:
    """Write the rows of the last import into the same empty tables, ready to be bound, a thousand posts at a time.

    They are read back before, a batch at a time too: a million rows in memory would slow down what is measured.
    """
    bare = database.with_suffix(".bare.db")
    bare.unlink(missing_ok=True)
    total = Cost(0.0, 0.0)
    with closing(open_raw(database)) as source, closing(open_raw(bare)) as target:
        # without the search, which no import writes to
        known = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'post_search%' ORDER BY rootpage"
        for (statement,) in source.execute(known):
            target.execute(statement)
        target.execute("PRAGMA foreign_keys=OFF")
        (first, last) = source.execute("SELECT min(row_id), max(row_id) FROM post").fetchone()
        for start in range(first, last + 1, _BATCH):
            ends = (start, start + _BATCH - 1)
            posts = source.execute("SELECT * FROM post WHERE row_id BETWEEN ? AND ?", ends).fetchall()
            hits = source.execute("SELECT * FROM match WHERE post_row BETWEEN ? AND ?", ends).fetchall()
            total += timed(lambda posts=posts, hits=hits: _insert(target, posts, hits))  # type: ignore[misc]
    return total


def _insert(target: sqlite3.Connection, posts: Rows, hits: Rows) -> None:
    target.execute("BEGIN IMMEDIATE")
    for table, rows in (("post", posts), ("match", hits)):
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            target.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    target.execute("COMMIT")


if __name__ == "__main__":
    for row in run(count=int(sys.argv[1]), rounds=1):
        print(f"{row.what}: {row.ratio:.2f} (wall {row.wall_ratio:.2f}), {1 / row.time:,.0f} a second")
    print(f"largest size in memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB")
