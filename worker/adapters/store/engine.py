"""Opening the database: engine, pragmas, migrations and the lock that keeps a second instance out.

SQLite is made at first use; PostgreSQL is the same code by URL. Knows nothing of channels or posts.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from worker.errors import StoreError

_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000", "cache_size=-16000")
#: one arbitrary number that all instances on one PostgreSQL database ask for
_LOCK_KEY = 0x57415443485752


def open_engine(url: str) -> Engine:
    """Make an engine for `url`; for SQLite the file's folder is made too. Raises StoreError for a bad URL."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite_engine(parsed)
        if parsed.get_backend_name() != "postgresql":
            message = (
                f"storage.url: {parsed.get_backend_name()} is not supported, use sqlite:///FILE or postgresql://..."
            )
            raise StoreError(message)
        return create_engine(parsed, pool_pre_ping=True, pool_size=5, json_serializer=_to_json)
    except (ArgumentError, SQLAlchemyError, ModuleNotFoundError) as error:
        message = f"storage.url: {error}"
        raise StoreError(message) from error
    except OSError as error:
        message = f"storage.url: the folder of the database cannot be made: {error}"
        raise StoreError(message) from error


def _to_json(value: object) -> str:
    """Write a value of a row; the standard library takes ten times as long, but it also writes half surrogate pairs."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return json.dumps(value)


def _sqlite_engine(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        message = "storage.url: name a file, as in sqlite:///var/lib/watchword/watchword.db"
        raise StoreError(message)
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, json_serializer=_to_json)

    @event.listens_for(engine, "connect")
    def set_up(dbapi_connection: "object", _entry: ConnectionPoolEntry) -> None:
        dbapi_connection.isolation_level = None  # type: ignore[attr-defined]  # we emit BEGIN ourselves
        for pragma in _PRAGMAS:
            dbapi_connection.execute(f"PRAGMA {pragma}").fetchall()  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Reading first and writing later fails at once when another writes in between: take the lock first.
        # Given to the driver itself: through SQLAlchemy it takes longer than the transaction of a small check.
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE"))

    return engine


def _alembic(connection: Connection) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def upgrade(engine: Engine) -> str:
    """Bring the database to the newest version; return that version. Raises StoreError."""
    with translated_errors(engine), engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Batch migrations drop and copy tables: with foreign keys on, the rows that point to them would go too.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        with connection.begin():
            command.upgrade(_alembic(connection), "head")
        if engine.dialect.name == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]
    return head()


def head() -> str:
    """Return the version that this program needs."""
    script = ScriptDirectory(str(Path(__file__).parent / "migrations"))
    newest = script.get_current_head()
    assert newest is not None
    return newest


def version(engine: Engine) -> str | None:
    """Return the version that the database has; None for an empty one."""
    with translated_errors(engine), engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def require_current(engine: Engine) -> None:
    """Make sure that the database fits this program: SQLite is upgraded, PostgreSQL only by hand. Raises StoreError."""
    have, need = version(engine), head()
    if have == need:
        return
    known = {script.revision for script in ScriptDirectory(str(Path(__file__).parent / "migrations")).walk_revisions()}
    if have is not None and have not in known:
        message = (
            f"the database has version {have}, made by a newer Watchword; this one knows {need}: install the newer one"
        )
        raise StoreError(message)
    if engine.dialect.name == "sqlite":
        upgrade(engine)
        return
    message = f"the database has version {have or 'none'}, this program needs {need}: run `watchword db upgrade`"
    raise StoreError(message)


@contextlib.contextmanager
def translated_errors(engine: Engine) -> Iterator[None]:
    """Turn what the driver raises into a StoreError of one line."""
    try:
        yield
    except (DBAPIError, engine.dialect.loaded_dbapi.Error) as error:
        said = (error.orig or error) if isinstance(error, DBAPIError) else error
        first = str(said).strip().splitlines()[0]
        message = f"database {engine.url.render_as_string(hide_password=True)}: {first}"
        raise StoreError(message) from error


@contextlib.contextmanager
def single_instance(engine: Engine) -> Iterator[None]:
    """Hold the database for this process alone; the lock dies with its holder. Raises StoreError if it is held."""
    if engine.dialect.name == "sqlite":
        with _file_lock(Path(f"{engine.url.database}.lock")):
            yield
        return
    with translated_errors(engine), engine.connect() as connection:
        held = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK_KEY}).scalar()
        connection.commit()
        if not held:
            message = "another watchword is working on this database; stop it first"
            raise StoreError(message)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK_KEY})


@contextlib.contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    try:
        file: IO[str] = path.open("a+", encoding="ascii")
    except OSError as error:
        message = f"{path}: the lock file cannot be written: {error.strerror}"
        raise StoreError(message) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            message = f"another watchword (process {holder}) is working on this database; stop it first"
            raise StoreError(message) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
