"""How far a way through the stored posts has come: a bar on a terminal, log lines anywhere else."""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from worker.jobs.backtest import Tried
from worker.log import configure, logger

#: seconds between two log lines
_LOG_EVERY = 10.0

End = TypeVar("End")


def last_of(steps: Iterable[Tried | End], watchlist: str) -> End:
    """Go all the way, show how far it is, and return the end of it."""
    terminal = Console(stderr=True)
    configure(level="error" if terminal.is_terminal else "info")
    end: End | None = None
    with _shown(terminal, watchlist, time.monotonic) as show:
        for step in steps:
            if isinstance(step, Tried):
                show(step)
            else:
                end = step
    assert end is not None, "every way ends with what was found"
    return end


@contextlib.contextmanager
def _shown(terminal: Console, watchlist: str, clock: Callable[[], float]) -> Iterator[Callable[[Tried], None]]:
    if not terminal.is_terminal:
        yield log_progress(watchlist, clock)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    rate = TextColumn("{task.fields[rate]:,.0f} posts a second,")
    with Progress(*columns, rate, TimeRemainingColumn(), TextColumn("left"), console=terminal, transient=True) as bars:
        task = bars.add_task(watchlist, total=None, rate=0.0)
        begun = clock()

        def draw(step: Tried) -> None:
            rate = step.posts / max(clock() - begun, 1e-3)
            bars.update(task, total=max(step.total, step.posts), completed=step.posts, rate=rate)

        yield draw


def log_progress(watchlist: str, clock: Callable[[], float]) -> Callable[[Tried], None]:
    """Return what logs how far it has come, every few seconds by `clock`."""
    last = clock()

    def log(step: Tried) -> None:
        nonlocal last
        if clock() - last < _LOG_EVERY:
            return
        last = clock()
        percent = round(100 * step.posts / max(step.total, step.posts, 1))
        logger().info("watchlist_progress", watchlist=watchlist, posts=step.posts, percent=percent)

    return log
