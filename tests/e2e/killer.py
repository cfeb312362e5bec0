"""Ends this process with SIGKILL at its N-th step: the end of a commit that wrote something, or of a sending, or a file
that has got its name (evidence, which is kept before the commit that speaks of it).

What lies between two steps leaves nothing behind, so a death there is one at the step before: a transaction that was
not committed is none. Stands at the border of the process, outside of the code that is tried: the libraries' own
entrances are wrapped.
"""

import itertools
import os
import signal
import smtplib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy.engine.default import DefaultDialect

#: rows changed through a connection until its last commit
_CHANGES: dict[sqlite3.Connection, int] = {}


def arm(kill_at: int) -> None:
    """Count the steps from now on and die at number `kill_at`."""
    steps = itertools.count(1)

    def step() -> None:
        if next(steps) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    _after_writing_commits(step)
    _after(smtplib.SMTP, "data", step)
    _after(Path, "replace", step)
    _after(httpx.Client, "send", step)


def _after(owner: type, name: str, then: Callable[[], None]) -> None:
    inner = getattr(owner, name)

    def outer(*args: Any, **options: Any) -> Any:
        result = inner(*args, **options)
        then()
        return result

    setattr(owner, name, outer)


def _after_writing_commits(then: Callable[[], None]) -> None:
    commit: Callable[..., None] = DefaultDialect.do_commit

    def outer(dialect: DefaultDialect, connection: Any) -> None:
        wrote = _has_written(connection)
        commit(dialect, connection)
        if wrote:
            then()

    DefaultDialect.do_commit = outer  # type: ignore[method-assign]


def _has_written(connection: Any) -> bool:
    """Ask the database: what is written does not all go through the same entrance of the libraries."""
    driver = connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        before, _CHANGES[driver] = _CHANGES.get(driver, 0), driver.total_changes
        return driver.total_changes > before
    (number,) = driver.execute("SELECT pg_current_xact_id_if_assigned()").fetchone()
    return number is not None
