"""What all parts of the store share: transactions, translated errors, and numbers for new rows."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Select, Table, UpdateBase, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPICursor

from worker.adapters.store.bulk import Prepared, RowInsert, Rows, fill_up
from worker.adapters.store.engine import translated_errors
from worker.adapters.store.schema import counter


class _Joined(threading.local):
    """The transaction in which all that a thread reads and writes takes place; None: each has its own."""

    connection: Connection | None = None


class Transactions:
    """Opens transactions on one engine; a transaction that raises leaves nothing behind."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._joined = _Joined()
        self._inserts: dict[str, RowInsert] = {}
        self._prepared: dict[tuple[int, int], Prepared] = {}
        self._take_numbers = self._counting()

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Make one transaction of all that this thread reads and writes meanwhile: all of it is kept, or nothing.

        For small things in a row, of which none is believed kept before the end. Does not nest.
        """
        assert self._joined.connection is None
        with translated_errors(self._engine), self._engine.begin() as connection:
            self._joined.connection = connection
            try:
                yield
            finally:
                self._joined.connection = None

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        if self._joined.connection is not None:
            yield self._joined.connection
            return
        with translated_errors(self._engine), self._engine.connect() as connection:
            connection.execution_options(sqlite_begin="BEGIN")
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self._joined.connection is not None:
            yield self._joined.connection
            return
        with translated_errors(self._engine), self._engine.begin() as connection:
            yield connection

    def _upsert(self) -> "type[sqlite.Insert] | type[postgresql.Insert]":
        return sqlite.Insert if self._engine.dialect.name == "sqlite" else postgresql.Insert

    def _insert(self, connection: Connection, table: Table, columns: Sequence[str], rows: Rows) -> None:
        """Insert rows in bulk; always the same `columns` of a table."""
        if not rows:
            return
        insert = self._inserts.get(table.name)
        if insert is None:
            insert = self._inserts[table.name] = RowInsert(table, columns, self._engine.dialect)
        insert(connection, rows)

    def _run(self, connection: Connection, statement: UpdateBase, values: Mapping[str, object]) -> DBAPICursor:
        """Execute one of the few statements of every check; they live as long as the program."""
        return self._ready((id(statement), 0), lambda: statement)(connection, values)

    def _run_listed(
        self,
        connection: Connection,
        statement: Callable[[int], UpdateBase | Select[Any]],
        values: Mapping[str, object],
        chosen: Sequence[object],
    ) -> DBAPICursor:
        """Execute one of those that are about a list of `chosen` values; it is made for a few lengths of lists."""
        filled = fill_up(chosen)
        prepared = self._ready((id(statement), len(filled)), lambda: statement(len(filled)))
        return prepared(connection, {**values, **filled})

    def _ready(self, key: tuple[int, int], make: Callable[[], UpdateBase | Select[Any]]) -> Prepared:
        prepared = self._prepared.get(key)
        if prepared is None:
            prepared = self._prepared[key] = Prepared(make(), self._engine.dialect)
        return prepared

    def _numbers(self, connection: Connection, name: str, count: int) -> range:
        """Take `count` numbers that nobody else gets; they are given back if the transaction fails."""
        taken = self._run(connection, self._take_numbers, {"name": name, "value": count}).fetchone()
        assert taken is not None
        last = int(taken[0])
        return range(last - count + 1, last + 1)

    def _counting(self) -> UpdateBase:
        insert = self._upsert()(counter).values(name=bindparam("name"), value=bindparam("value"))
        return insert.on_conflict_do_update(
            index_elements=[counter.c.name], set_={"value": counter.c.value + insert.excluded.value}
        ).returning(counter.c.value)
