"""Rows for the driver: INSERTs whose SQL is built once, with values that are converted once.

For the few rows of one page SQLAlchemy takes several times as long as the database. So here the SQL is compiled once
for each database and the rows go to the driver as tuples. Queries and single rows stay with SQLAlchemy.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Boolean, Connection, Dialect, Float, Table

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
