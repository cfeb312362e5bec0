"""Ends this process with SIGKILL at its N-th step: the end of a commit that wrote something, or of a sending.

What lies between two steps leaves nothing behind, so a death there is one at the step before: a transaction that was
not committed is none. Stands at the border of the process, outside of the code that is tried: the libraries' own
entrances are wrapped.
"""

import itertools
import os
import signal
import smtplib
import threading
from collections.abc import Callable
from typing import Any

import httpx
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

_WRITING = ("INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP")


class _Transaction(threading.local):
    wrote = False


def arm(kill_at: int) -> None:
    """Count the steps from now on and die at number `kill_at`."""
    steps = itertools.count(1)
    transaction = _Transaction()

    def step() -> None:
        if next(steps) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        transaction.wrote |= statement.lstrip().startswith(_WRITING)

    def committed() -> None:
        if transaction.wrote:
            transaction.wrote = False
            step()

    event.listen(Engine, "before_cursor_execute", note)
    _after(DefaultDialect, "do_commit", committed)
    _after(smtplib.SMTP, "data", step)
    _after(httpx.Client, "send", step)


def _after(owner: type, name: str, then: Callable[[], None]) -> None:
    inner = getattr(owner, name)

    def outer(*args: Any, **options: Any) -> Any:
        result = inner(*args, **options)
        then()
        return result

    setattr(owner, name, outer)
