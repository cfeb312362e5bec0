"""Statements for the driver: their SQL is built once, and their values are converted once.

For the few rows of one page SQLAlchemy takes several times as long as the database. So here the SQL is compiled once
for each database, and the values go to the driver as they are. All that is not done for every check stays with
SQLAlchemy.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Boolean, Connection, CursorResult, Dialect, Float, Table, UpdateBase

Rows = Sequence[tuple[object, ...]]
#: drivers take numbers and truth values without SQLAlchemy's looking at each
_TAKEN_AS_THEY_ARE = (Boolean, Float)


class RowInsert:
    """An INSERT of many rows, compiled for one dialect.

    Args:
        table: where the rows go.
        columns: names, in the order of the table and of the values in each row.
        dialect: the database's.
    """

    def __init__(self, table: Table, columns: Sequence[str], dialect: Dialect) -> None:
        # inline: nobody asks for the numbers that the database gives out
        compiled = table.insert().inline().compile(dialect=dialect, column_keys=list(columns))
        self._sql = str(compiled)
        assert list(compiled.params) == list(columns), f"{table.name}: the table has its columns in another order"
        #: None: the driver takes values by their places
        self._names = None if dialect.positional else tuple(columns)
        self._conversions: list[tuple[int, Callable[[Any], Any]]] = []
        for place, name in enumerate(columns):
            kind = table.c[name].type
            convert = kind.dialect_impl(dialect).bind_processor(dialect)
            if convert and not isinstance(kind, _TAKEN_AS_THEY_ARE):
                self._conversions.append((place, convert))

    def __call__(self, connection: Connection, rows: Rows) -> None:
        """Insert `rows`, of which there must be one at least."""
        columns: list[Iterable[object]] = list(zip(*rows, strict=True))
        for place, convert in self._conversions:
            columns[place] = map(convert, columns[place])
        bound = list(zip(*columns, strict=True))
        if self._names is None:
            connection.exec_driver_sql(self._sql, bound)
        else:
            connection.exec_driver_sql(self._sql, [dict(zip(self._names, row, strict=True)) for row in bound])


class Prepared:
    """A statement with bound values, compiled for one dialect; each name is bound once and expands to one value."""

    def __init__(self, statement: UpdateBase, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._sql = str(compiled)
        names = compiled.positiontup if dialect.positional else list(compiled.params)
        assert names is not None
        self._is_positional = dialect.positional
        kinds = ((name, compiled.binds[name].type) for name in names)
        self._conversions = [
            (name, None if isinstance(kind, _TAKEN_AS_THEY_ARE) else kind.dialect_impl(dialect).bind_processor(dialect))
            for name, kind in kinds
        ]

    def __call__(self, connection: Connection, values: Mapping[str, object]) -> CursorResult[Any]:
        """Execute the statement with a value for each name."""
        bound = [(name, convert(values[name]) if convert else values[name]) for name, convert in self._conversions]
        if self._is_positional:
            return connection.exec_driver_sql(self._sql, tuple(value for _, value in bound))
        return connection.exec_driver_sql(self._sql, dict(bound))
