"""Fixtures for all tests: the databases, each fresh."""

import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, text

from tests import postgres
from worker.adapters.store import Store
from worker.adapters.store.engine import open_engine, upgrade
from worker.adapters.store.schema import metadata

settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """Undo what a test did to the log: the stream that a command wrote to is closed by then."""
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = []


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of our own; its absence is a loud skip, or a failure where the variable says so."""
    binaries = postgres.find_binaries()
    if binaries is None:
        message = "PostgreSQL is not installed: the tests on PostgreSQL did not run (install postgresql)"
        if os.environ.get("WATCHWORD_REQUIRE_POSTGRES"):
            pytest.fail(message)
        pytest.skip(message)
    with postgres.server(binaries) as url:
        engine = open_engine(url)
        upgrade(engine)
        engine.dispose()
        yield url


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, current SQLite database to be copied: migrating one for each test takes longer than many tests."""
    path = tmp_path_factory.mktemp("empty") / "watchword.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty, current database of each kind."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("empty_sqlite"), tmp_path / "watchword.db")
        yield f"sqlite:///{tmp_path}/watchword.db"
        return
    url: str = request.getfixturevalue("postgres_url")
    yield url
    engine = open_engine(url)
    with engine.begin() as connection:
        # emptying all of them would take longer than most tests
        names = [*(table.name for table in metadata.sorted_tables), "post_search"]
        looks = ", ".join(f'EXISTS (SELECT 1 FROM "{name}")' for name in names)
        filled = [
            name for name, rows in zip(names, connection.execute(text(f"SELECT {looks}")).one(), strict=True) if rows
        ]
        for name in reversed(filled):
            connection.execute(text(f'DELETE FROM "{name}"'))
    engine.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on the empty database."""
    made = open_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def store(engine: Engine) -> Store:
    """A store on each kind of database."""
    return Store(engine)
