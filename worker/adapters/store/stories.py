"""Stories: the stored posts that may tell the same as a new one, found by the keys of their texts.

What is read for a new post has a bound that does not grow with what is stored.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, delete, literal_column, select, tuple_, union_all

from worker.adapters.store.base import Transactions
from worker.adapters.store.bulk import listed, pieces
from worker.adapters.store.schema import UTCDateTime, post, sketch
from worker.core.stories import Candidate

#: the newest posts with one key; of a template there may be any number
_MOST_OF_KEY = 20
#: posts looked up to find the candidates from other channels among them
_MOST_LIKELY = 60
#: keys in one statement
_KEYS_AT_ONCE = 32
_PRUNED_AT_ONCE = 5_000


def _sharing(length: int) -> Select[Any]:
    """Select the newest posts with each of so many keys; what is too old is left out afterwards, to keep the bound."""
    most: ColumnElement[int] = literal_column(str(_MOST_OF_KEY))
    none: ColumnElement[int] = literal_column("0")
    parts = []
    for key in listed(sketch.c.key, length):
        newest = (
            select(sketch.c.key, sketch.c.post_row, sketch.c.at)
            .where(sketch.c.key == key)
            .order_by(sketch.c.post_row.desc())
            .limit(most)
            .offset(none)  # SQLite's dialect would bind a value of its own
            .subquery()
        )
        since = bindparam("since", type_=UTCDateTime())
        parts.append(select(newest.c.key, newest.c.post_row).where(newest.c.at >= since))
    found = union_all(*parts).subquery()
    return select(found.c.key, found.c.post_row)


def _likely(length: int) -> Select[Any]:
    return select(post.c.row_id, post.c.text, post.c.story).where(
        post.c.row_id.in_(listed(post.c.row_id, length)), post.c.channel != bindparam("told_by")
    )


class Stories(Transactions):
    """The stories' part of the store."""

    def story_candidates(
        self, channel: str, sketches: Sequence[Sequence[int]], *, since: datetime, limit: int = 20
    ) -> list[tuple[Candidate, ...]]:
        """Return for each of some new posts of `channel`, given by its keys, stored posts that share some.

        They are of other channels and were found at `since` or later; those with the most keys in common come first,
        of equal ones the newest, `limit` at most.
        """
        with self._reading() as connection:
            rows_of = self._rows_of(connection, sorted({key for keys in sketches for key in keys}), since)
            ranked = [_ranked(keys, rows_of) for keys in sketches]
            known = self._known(connection, channel, sorted({row for rows in ranked for row in rows}))
        return [tuple(known[row] for row in rows if row in known)[:limit] for rows in ranked]

    def _rows_of(self, connection: Connection, keys: Sequence[int], since: datetime) -> dict[int, set[int]]:
        rows_of: dict[int, set[int]] = {}
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            chosen = keys[start : start + _KEYS_AT_ONCE]
            for key, row in self._run_listed(connection, _sharing, {"since": since}, chosen).fetchall():
                rows_of.setdefault(key, set()).add(row)
        return rows_of

    def _known(self, connection: Connection, channel: str, rows: Sequence[int]) -> dict[int, Candidate]:
        known = {}
        for chunk in pieces(rows):
            for row, text, story in self._run_listed(connection, _likely, {"told_by": channel}, chunk).fetchall():
                known[row] = Candidate(row, text, story)
        return known

    def prune_sketches(self, before: datetime, *, most: int = _PRUNED_AT_ONCE) -> int:
        """Forget the keys of posts that were found before a time, `most` of them; return how many that were.

        Whoever calls this calls it again until it returns 0, so that no check waits long for its turn to write.
        """
        old = select(sketch.c.key, sketch.c.post_row).where(sketch.c.at < before).limit(most)
        with self._writing() as connection:
            return connection.execute(delete(sketch).where(tuple_(sketch.c.key, sketch.c.post_row).in_(old))).rowcount


def _ranked(keys: Sequence[int], rows_of: dict[int, set[int]]) -> list[int]:
    """Return the rows that share keys, likeliest first."""
    shared = Counter(row for key in keys for row in rows_of.get(key, ()))
    return sorted(shared, key=lambda row: (-shared[row], -row))[:_MOST_LIKELY]
