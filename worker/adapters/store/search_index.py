"""The index of the search: which posts hold a stem. Differs with the database, and lags behind the posts.

SQLite has an FTS5 table that keeps nothing but stem -> document; each revision of a post is a document of its own, so
that an edit only adds. To take one out, its stems must be given once more; so what is not known to be in there is not
taken out. PostgreSQL has a table with a tsvector for each post. Knows nothing of languages: it is given stems.
"""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    delete,
    func,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy import table as named

from worker.adapters.store.base import Transactions
from worker.adapters.store.bulk import pieces
from worker.adapters.store.schema import counter, post, revision, search_due
from worker.core.search import VERSION, Lookup, Unsearched

#: names of counters: the highest row that has been indexed, and the version of the stems
_SEARCHED, _STEMS = "searched", "search_stems"
#: a document is the row of its post and, in the lowest bits, the revision
_REVISION_BITS = 12
_LAST_REVISION = (1 << _REVISION_BITS) - 1
#: what FTS5 of every age takes for a part of a word; all else is written as its number
_UNSAFE = re.compile(r"[^0-9A-Za-zß-öø-ɏЀ-ҁҊ-ӿء-غف-ي一-鿋=]")

_ADD = text("INSERT INTO post_search (rowid, stems) VALUES (:document, :stems)")
_TAKE_OUT = text("INSERT INTO post_search (post_search, rowid, stems) VALUES ('delete', :document, :stems)")
_EMPTY = text("INSERT INTO post_search (post_search) VALUES ('delete-all')")
_PUT = text(
    "INSERT INTO post_search (post_row, stems) VALUES (:row, array_to_tsvector(CAST(:stems AS text[])))"
    " ON CONFLICT (post_row) DO UPDATE SET stems = excluded.stems"
)
_REMOVE = text("DELETE FROM post_search WHERE post_row = :row")


class SearchIndex(Transactions):
    """The index's part of the store."""

    def unsearched(self, most: int) -> list[Unsearched]:
        """Return texts that the search does not know, those of up to `most` posts; [] means that it knows all."""
        with self._reading() as connection:
            counters = _counters(connection)
            searched = counters.get(_SEARCHED, 0) if counters.get(_STEMS, VERSION) == VERSION else 0
            first = {
                row.post_row: row.revision
                for row in connection.execute(select(search_due).where(search_due.c.post_row <= searched).limit(most))
            }
            fresh = select(post.c.row_id).where(post.c.row_id > searched).order_by(post.c.row_id)
            first |= dict.fromkeys(connection.execute(fresh.limit(most - len(first))).scalars(), 1)
            found = _texts(connection, list(first), self._is_sqlite)
        return [one for one in found if one.revision >= first[one.row]]

    def record_searchable(self, found: Sequence[tuple[Unsearched, Sequence[str]]]) -> None:
        """Keep the stems of texts that `unsearched` gave, in its order."""
        present = {one.row: one.revision for one, _ in found}
        with self._writing() as connection:
            counters = _counters(connection)
            if counters.get(_STEMS, VERSION) != VERSION:
                connection.execute(_EMPTY if self._is_sqlite else text("TRUNCATE post_search"))
            self._add(connection, found)
            searched = max(counters.get(_SEARCHED, 0) if counters.get(_STEMS) == VERSION else 0, *present)
            for name, value in ((_SEARCHED, searched), (_STEMS, VERSION)):
                insert = self._upsert()(counter).values(name=name, value=value)
                connection.execute(insert.on_conflict_do_update(index_elements=[counter.c.name], set_={"value": value}))
            self._leave_due(connection, present)

    def count_unsearched(self) -> int:
        """Return how many posts the search does not know, or not in their present text."""
        with self._reading() as connection:
            return count_unsearched(connection)

    def is_candidate(self, lookups: Sequence[Lookup]) -> ColumnElement[bool]:
        """Return the condition on `post` that the index holds all that is looked up."""
        index = named("post_search")
        if self._is_sqlite:
            rows: Select[Any] = select(literal_column(f"rowid >> {_REVISION_BITS}")).select_from(index)
            held = text("post_search MATCH :looked_up").bindparams(looked_up=_match(lookups))
        else:
            rows = select(literal_column("post_row")).select_from(index)
            held = text("stems @@ CAST(:looked_up AS tsquery)").bindparams(looked_up=_tsquery(lookups))
        return post.c.row_id.in_(rows.where(held))

    def _add(self, connection: Connection, found: Sequence[tuple[Unsearched, Sequence[str]]]) -> None:
        if self._is_sqlite:
            rows = [{"document": _document(one.row, one.revision), "stems": _written(stems)} for one, stems in found]
            connection.execute(_ADD, rows)
            return
        connection.execute(_PUT, [{"row": one.row, "stems": sorted(set(stems))} for one, stems in found])

    def _leave_due(self, connection: Connection, present: dict[int, int]) -> None:
        """Forget that posts were due, but for those that were edited once more meanwhile."""
        for chunk in pieces(list(present)):
            now = dict(connection.execute(select(post.c.row_id, post.c.revision).where(post.c.row_id.in_(chunk))).all())
            same = [row for row in chunk if now.get(row) == present[row]]
            connection.execute(delete(search_due).where(search_due.c.post_row.in_(same)))
            for row in set(chunk) - set(same):
                connection.execute(
                    update(search_due).where(search_due.c.post_row == row).values(revision=present[row] + 1)
                )

    @property
    def _is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"


def count_unsearched(connection: Connection) -> int:
    """Return how many posts the search does not know, or not in their present text."""
    counters = _counters(connection)
    searched = counters.get(_SEARCHED, 0) if counters.get(_STEMS, VERSION) == VERSION else 0
    fresh = select(func.count()).select_from(post).where(post.c.row_id > searched)
    due = select(func.count()).select_from(search_due).where(search_due.c.post_row <= searched)
    return int(connection.execute(fresh).scalar_one()) + int(connection.execute(due).scalar_one())


def known_revisions(connection: Connection, rows: Sequence[int]) -> dict[int, int]:
    """Return for each of `rows` the highest revision that the index knows; 0: it knows none, `_LAST_REVISION`: all."""
    counters = _counters(connection)
    searched = counters.get(_SEARCHED, 0) if counters.get(_STEMS) == VERSION else 0
    known = {row: _LAST_REVISION if row <= searched else 0 for row in rows}
    for chunk in pieces(rows):
        due = select(search_due).where(search_due.c.post_row.in_(chunk), search_due.c.post_row <= searched)
        known |= {row.post_row: row.revision - 1 for row in connection.execute(due)}
    return known


def take_out(connection: Connection, found: Sequence[tuple[Unsearched, Sequence[str]]], *, whole: bool) -> None:
    """Take texts with these stems out of the index; only those that it knows may be given.

    `whole` says that they are all texts of their posts; without it they are past ones, which PostgreSQL does not know.
    """
    if not found:
        return
    if connection.dialect.name == "sqlite":
        rows = [{"document": _document(one.row, one.revision), "stems": _written(stems)} for one, stems in found]
        connection.execute(_TAKE_OUT, rows)
    elif whole:
        connection.execute(_REMOVE, [{"row": row} for row in {one.row for one, _ in found}])


def _counters(connection: Connection) -> dict[str, int]:
    statement = select(counter.c.name, counter.c.value).where(counter.c.name.in_((_SEARCHED, _STEMS)))
    return dict(connection.execute(statement).all())


def _texts(connection: Connection, rows: Sequence[int], with_past: bool) -> list[Unsearched]:
    """Return the texts of posts, by row and revision."""
    found: list[Unsearched] = []
    for chunk in pieces(rows):
        present = select(post.c.row_id, post.c.revision, post.c.text).where(post.c.row_id.in_(chunk))
        found += [Unsearched(*row) for row in connection.execute(present)]
        if with_past:
            past = select(revision.c.post_row, revision.c.number, revision.c.text)
            there = past.where(revision.c.post_row.in_(chunk), revision.c.pruned_at.is_(None))
            found += [Unsearched(*row) for row in connection.execute(there)]
    return sorted(found, key=lambda one: (one.row, one.revision))


def _document(row: int, number: int) -> int:
    return row << _REVISION_BITS | min(number, _LAST_REVISION)


def _written(stems: Sequence[str]) -> str:
    return " ".join(_safe(stem) for stem in dict.fromkeys(stems))


def _safe(stem: str) -> str:
    """Write a stem so that FTS5 takes it for one word; what begins a stem also begins what is written."""
    return _UNSAFE.sub(lambda found: f"_{ord(found[0]):x}_", stem)


def _match(lookups: Sequence[Lookup]) -> str:
    """Write lookups as an expression of FTS5."""
    groups = []
    for lookup in lookups:
        choices = [f'"{_safe(stem)}"' for stem in lookup.stems]
        choices += [f'"{_safe(lookup.prefix)}" *'] if lookup.prefix else []
        groups.append(f"({' OR '.join(choices)})")
    return " AND ".join(groups)


def _tsquery(lookups: Sequence[Lookup]) -> str:
    """Write lookups as a tsquery; stems hold nothing that needs escaping but, to be sure, quotes are doubled."""
    groups = []
    for lookup in lookups:
        choices = [_quoted(stem) for stem in lookup.stems]
        choices += [f"{_quoted(lookup.prefix)}:*"] if lookup.prefix else []
        groups.append(f"({' | '.join(choices)})")
    return " & ".join(groups)


def _quoted(stem: str) -> str:
    return "'" + stem.replace("\\", "\\\\").replace("'", "''") + "'"
