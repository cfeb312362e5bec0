"""The limit of the store: the driver of the standard library writes the very rows that Watchword has written.

The rows are read back from a database that Watchword filled, ready to be bound; no conversion is left to do.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Rows = Sequence[tuple[Any, ...]]

#: as Watchword sets them
_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000", "cache_size=-16000")


@dataclass(frozen=True, slots=True)
class Written:
    """What the check of one channel has written."""

    channel: tuple[Any, ...]
    posts: Rows
    matches: Rows = ()
    changes: Rows = ()
    wanted: Rows = ()


def open_raw(path: Path) -> sqlite3.Connection:
    """Open a database without SQLAlchemy, with the same pragmas."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection


def read_written(path: Path) -> list[Written]:
    """Read back, channel by channel, what was written."""
    with closing(open_raw(path)) as raw:

        def rows(query: str, name: str) -> Rows:
            return raw.execute(query, (name,)).fetchall()

        # all columns but the name, which comes last, as the update wants them
        columns = ", ".join(f'"{name}"' for name in _other_columns(raw))
        return [
            Written(
                channel,
                rows("SELECT * FROM post WHERE channel = ? ORDER BY row_id", channel[-1]),
                rows("SELECT m.* FROM match m JOIN post ON row_id = post_row WHERE channel = ?", channel[-1]),
                rows("SELECT * FROM change WHERE channel = ? ORDER BY change_id", channel[-1]),
                rows("SELECT w.* FROM wanted w JOIN change USING (change_id) WHERE channel = ?", channel[-1]),
            )
            for channel in raw.execute(f"SELECT {columns}, name FROM channel ORDER BY name").fetchall()
        ]


def forget_posts(path: Path) -> None:
    """Leave only the channels, and the search, which no check and no import writes to."""
    with closing(open_raw(path)) as raw:
        raw.execute("PRAGMA foreign_keys=OFF")
        for (table,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            if table not in {"alembic_version", "channel"} and not table.startswith("post_search"):
                raw.execute(f'DELETE FROM "{table}"')


def _other_columns(raw: sqlite3.Connection) -> list[str]:
    return [name for _, name, *_ in raw.execute("PRAGMA table_info(channel)") if name != "name"]


def write_raw(connection: sqlite3.Connection, checks: Sequence[Written]) -> None:
    """Write all of it, one transaction for each channel."""
    columns = ", ".join(f'"{name}" = ?' for name in _other_columns(connection))
    update = f"UPDATE channel SET {columns} WHERE name = ?"
    for check in checks:
        connection.execute("BEGIN IMMEDIATE")
        for table, rows in (
            ("post", check.posts),
            ("match", check.matches),
            ("change", check.changes),
            ("wanted", check.wanted),
        ):
            if rows:
                connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        connection.execute(update, check.channel)
        connection.execute("COMMIT")
