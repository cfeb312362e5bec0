"""The daemon: the clock (APScheduler) that wakes the jobs, signals, and a clean stop.

The clock decides nothing: which channel, digest or delivery is due stands in the database, so a late or missed tick
loses nothing.
"""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler

from worker.bootstrap import Watch
from worker.errors import WatchwordError
from worker.log import logger

#: seconds between two looks at what is due
_CHECK_SECONDS, _DIGEST_SECONDS, _DELIVER_SECONDS, _INDEX_SECONDS, _RETAG_SECONDS = 5, 20, 5, 5, 5
#: between two looks at whether a feed is to be written
_PUBLISH_SECONDS = 20
#: what asks to end
_ENDING = (signal.SIGTERM, signal.SIGINT)
#: how long a job that is broken may go unnoticed
_LOOK_SECONDS = 0.5
#: whether a pruning is due, which it is once a day
_PRUNE_SECONDS = 300
#: posts made searchable at a time: about a second of work, so that after a large import checks still get their share
_INDEX_POSTS = 1_000
#: posts tagged anew at a time where watchlists have changed: some tenths of a second of work
_RETAG_POSTS = 3_000


def run(watch: Watch) -> int:
    """Work until SIGTERM or SIGINT. Return the exit code.

    What is being written or sent is finished first; what is only being read is left.
    """
    stop = threading.Event()
    broken: list[BaseException] = []
    looked = threading.Event()

    def check() -> Iterator[object]:
        yield from watch.check(stop.is_set)
        looked.set()

    def digests() -> Iterator[object]:
        # after a time of standing still a digest waits for what the first round finds
        return watch.digests() if looked.is_set() else iter(())

    def job(name: str, work: Callable[[], Iterator[object]]) -> Callable[[], None]:
        def tick() -> None:
            try:
                for _ in work():
                    pass
            except WatchwordError as error:  # the database is locked or away: the next tick tries again
                logger().error("tick_failed", job=name, error=str(error))
            except BaseException as error:  # a defect: end loudly, systemd starts us again, nothing is lost
                broken.append(error)
                stop.set()
                raise

        return tick

    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    # a job that is still at work when its next tick comes is normal: the tick is left out
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    now = datetime.now(UTC)
    jobs: tuple[tuple[str, int, Callable[[], Iterator[object]]], ...] = (
        ("check", _CHECK_SECONDS, check),
        ("digest", _DIGEST_SECONDS, digests),
        ("deliver", _DELIVER_SECONDS, lambda: watch.deliver(stop.is_set)),
        ("publish", _PUBLISH_SECONDS, watch.publish),
        ("index", _INDEX_SECONDS, lambda: watch.index(_INDEX_POSTS, stop.is_set)),
        ("retag", _RETAG_SECONDS, lambda: watch.retag(_RETAG_POSTS, stop.is_set)),
        ("prune", _PRUNE_SECONDS, lambda: watch.prune(stop.is_set)),
    )
    for name, seconds, work in jobs:
        scheduler.add_job(job(name, work), "interval", seconds=seconds, id=name, next_run_time=now)
    with _signals_held_back():
        scheduler.start()
        logger().info("daemon_started")
        _await_end(stop)
        logger().info("daemon_stopping")
        scheduler.shutdown(wait=True)
    if broken:
        logger().error("daemon_broken", error=f"{type(broken[0]).__name__}: {broken[0]}", exc_info=broken[0])
        return 1
    logger().info("daemon_stopped")
    return 0


@contextmanager
def _signals_held_back() -> Iterator[None]:
    """Keep SIGTERM and SIGINT waiting until they are asked for, in this thread and all that it starts.

    A handler would run in the middle of whatever this thread does: one that sets an event can meet the event's own
    lock, held by the very thread that it interrupts, and then nothing ends any more.
    """
    handlers = {number: signal.getsignal(number) for number in _ENDING}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _await_end(stop: threading.Event) -> None:
    """Return when a signal asks to end, or a job has set the flag; from then on a signal ends the process at once."""
    while not stop.is_set():
        if signal.sigtimedwait(_ENDING, _LOOK_SECONDS):
            stop.set()
    for number in _ENDING:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
