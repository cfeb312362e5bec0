"""Logging as the daemon does it, thrown away: the cost is counted and the terminal stays quiet."""

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import structlog

from worker import log


@contextlib.contextmanager
def logged_to_nowhere() -> Iterator[None]:
    """Log to the null device; put everything back in the end."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        log.configure(stream=nowhere)
        try:
            yield
        finally:
            structlog.configure(**before)
            root.handlers[:] = handlers
            root.setLevel(level)
