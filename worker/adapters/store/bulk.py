"""Statements for the driver: their SQL is built once, and their values are converted once.

For the few rows of one page SQLAlchemy takes several times as long as the database. So here the SQL is compiled once
for each database, and the values go to the driver as they are. All that is not done for every check stays with
SQLAlchemy.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    Boolean,
    Column,
    Connection,
    Dialect,
    Float,
    Select,
    Table,
    UpdateBase,
    bindparam,
)
from sqlalchemy.engine.interfaces import DBAPICursor

Rows = Sequence[tuple[object, ...]]
#: drivers take numbers and truth values without SQLAlchemy's looking at each
_TAKEN_AS_THEY_ARE = (Boolean, Float)
#: lengths of lists that a statement is compiled for; a shorter list is filled up
_LENGTHS = (8, 32, 128, 500)
#: the longest list of a statement; SQLite allows 32,766 variables
MOST_LISTED = _LENGTHS[-1]

T = TypeVar("T")


def pieces(values: Sequence[T]) -> list[Sequence[T]]:
    """Cut a list of values into pieces that fit into one statement."""
    return [values[i : i + MOST_LISTED] for i in range(0, len(values), MOST_LISTED)]


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
        """Insert `rows`, of which there must be one at least; raises what the driver raises."""
        columns: list[Iterable[object]] = list(zip(*rows, strict=True))
        for place, convert in self._conversions:
            columns[place] = map(convert, columns[place])
        bound = list(zip(*columns, strict=True))
        cursor = connection.connection.cursor()
        if self._names is None:
            cursor.executemany(self._sql, bound)
        else:
            cursor.executemany(self._sql, [dict(zip(self._names, row, strict=True)) for row in bound])


class Prepared:
    """A statement with bound values, compiled for one dialect; each name stands for one value.

    What it returns comes as the driver gives it: rows are tuples, in the order of the statement's columns.
    """

    def __init__(self, statement: UpdateBase | Select[Any], dialect: Dialect) -> None:
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

    def __call__(self, connection: Connection, values: Mapping[str, object]) -> DBAPICursor:
        """Execute the statement with a value for each name; raises what the driver raises."""
        cursor = connection.connection.cursor()
        if self._is_positional:
            bound = [convert(values[name]) if convert else values[name] for name, convert in self._conversions]
            cursor.execute(self._sql, bound)
        else:
            named = {name: convert(values[name]) if convert else values[name] for name, convert in self._conversions}
            cursor.execute(self._sql, named)
        return cursor


def listed(column: Column[Any], length: int) -> list[BindParameter[Any]]:
    """Return what stands for a list of values of `column`: ``column.in_(listed(column, length))``."""
    return [bindparam(f"listed_{number}", type_=column.type) for number in range(length)]


def fill_up(values: Sequence[object]) -> dict[str, object]:
    """Return the values of a list by name, the last one repeated up to a length that statements are compiled for.

    There must be one value at least and `MOST_LISTED` at most.
    """
    length = next(length for length in _LENGTHS if length >= len(values))
    filled = [*values, *[values[-1]] * (length - len(values))]
    return {f"listed_{number}": value for number, value in enumerate(filled)}
