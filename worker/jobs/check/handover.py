"""Handing over: what several threads have read goes in small batches to the one that writes.

Knows nothing of channels. One by one would be simpler, but each handing over makes two threads fight for the
interpreter and empties the caches of both: checks took 5 to 13 % longer, measured in turns.
"""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

#: results waiting for the writer, and what they may weigh together; keeps memory bounded when the writer is slower than
#: the network
_MOST_WAITING, _MOST_WEIGHT = 64, 32_000_000
#: between two looks of the writer at whether it is to stop
_LOOK_SECONDS = 0.2
_BATCH = 8
#: how long a result waits for others to fill the batch: no person notices, and to a fast source it is long
_PATIENCE_SECONDS = 0.05

T = TypeVar("T")


class Handover(Generic[T]):
    """Between `readers` threads, which put and end, and one thread that takes, and abandons when it is told to stop.

    Args:
        readers: how many put and end.
        weigh: bytes that a result holds until the writer has done with it.
    """

    def __init__(self, readers: int, weigh: Callable[[T], int] = lambda _: 0) -> None:
        self._reading = readers
        self._weigh = weigh
        self._weight = 0
        self._ready: list[T] = []
        self._error: BaseException | None = None
        self._abandoned = False
        self._wanted = 1
        lock = threading.Lock()
        self._filled = threading.Condition(lock)
        self._emptied = threading.Condition(lock)

    @property
    def is_abandoned(self) -> bool:
        """Whether nobody takes any more."""
        return self._abandoned

    @property
    def is_over(self) -> bool:
        """Whether all readers have ended, without error, and everything has been taken."""
        with self._filled:
            return not (self._reading or self._ready or self._error)

    def put(self, result: T) -> None:
        """Hand over a result; waits while too many, or too heavy ones, are waiting already."""
        weight = self._weigh(result)
        with self._emptied:
            self._emptied.wait_for(lambda: self._has_room(weight) or self._abandoned)
            self._ready.append(result)
            self._weight += weight
            if len(self._ready) >= self._wanted:
                self._filled.notify()

    def end(self, error: BaseException | None = None) -> None:
        """Say that one of the readers puts nothing more; `error` is raised in the thread that takes."""
        with self._filled:
            self._reading -= 1
            self._error = self._error or error
            self._filled.notify()

    def take(self) -> list[T]:
        """Return up to eight results, in the order in which they came; none if none came for a while.

        Raises what a reader has ended with, once everything that was put before has been taken.
        """
        with self._filled:
            self._await(1, _LOOK_SECONDS)
            if self._ready:
                self._await(_BATCH, _PATIENCE_SECONDS)
            elif self._error:
                raise self._error
            taken = self._ready[:_BATCH]
            del self._ready[:_BATCH]
            self._weight -= sum(map(self._weigh, taken))
            self._emptied.notify_all()
            return taken

    def abandon(self) -> None:
        """Take nothing more; no reader waits any longer."""
        with self._emptied:
            self._abandoned = True
            self._emptied.notify_all()

    def _has_room(self, weight: int) -> bool:
        if not self._ready:
            return True  # for one that is heavier than all may be together
        return len(self._ready) < _MOST_WAITING and self._weight + weight <= _MOST_WEIGHT

    def _await(self, count: int, seconds: float) -> None:
        self._wanted = count
        self._filled.wait_for(lambda: len(self._ready) >= count or not self._reading or bool(self._error), seconds)
