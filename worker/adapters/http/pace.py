"""Politeness: how many requests go to a host at once and how far they are apart, over all channels and threads.

Makes no requests. Hosts are independent of each other.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from worker.adapters.http.addresses import host_name

#: hosts are forgotten beyond this number, or a hostile redirector with endless host names would fill the memory
_MAX_IDLE_HOSTS = 1_000
#: the spacing is made longer by up to this share of it, at random: no beat, and no two readers in step
_JITTER_SHARE = 0.25


@dataclass(slots=True)
class _Host:
    """When the next request to a host may start."""

    slots: threading.Semaphore
    #: held by the one who waits for the time to come
    gate: threading.Lock = field(default_factory=threading.Lock)
    free_at: float = 0.0
    #: threads that run a request or want to
    users: int = 0


class HostPace:
    """Lets a few requests at a time go to each host, and keeps them apart.

    A request starts at least the spacing after the last one started, and after the last one ended.

    Args:
        spacing: between two requests to the same host.
        host_spacing: exceptions by host name.
        host_parallel: requests to a host at the same time, by host name; 1 for all others.
        clock: monotonic seconds.
        sleep: waits so many seconds.
        jitter: a number from 0 to 1 for each request: how much of the tolerated share its spacing is made longer.
    """

    def __init__(
        self,
        spacing: timedelta,
        host_spacing: Mapping[str, timedelta],
        host_parallel: Mapping[str, int] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._spacing = spacing.total_seconds()
        self._host_spacing = {host_name(host): span.total_seconds() for host, span in host_spacing.items()}
        self._host_parallel = {host_name(host): count for host, count in (host_parallel or {}).items()}
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._hosts: dict[str, _Host] = {}
        #: guards the hosts and their times; never held while waiting
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait for our turn at `host`, and hold it while the request runs."""
        with self._lock:
            pace = self._hosts.get(host)
            if pace is None:
                pace = self._hosts[host] = _Host(threading.Semaphore(self._host_parallel.get(host, 1)))
            pace.users += 1
        try:
            with pace.slots:
                self._wait(pace, host)
                try:
                    yield
                finally:
                    self._keep_free(pace, host)
        finally:
            with self._lock:
                pace.users -= 1
                if len(self._hosts) > _MAX_IDLE_HOSTS:
                    self._forget()

    def _wait(self, pace: _Host, host: str) -> None:
        with pace.gate:
            # again, because a request that ends in the meantime moves the time
            while (wait := pace.free_at - self._clock()) > 0:
                self._sleep(wait)
            self._keep_free(pace, host)

    def _keep_free(self, pace: _Host, host: str) -> None:
        spacing = self._host_spacing.get(host, self._spacing)
        if not spacing:
            return
        free_at = self._clock() + spacing * (1 + _JITTER_SHARE * self._jitter())
        with self._lock:
            pace.free_at = max(pace.free_at, free_at)

    def _forget(self) -> None:
        now = self._clock()
        self._hosts = {host: pace for host, pace in self._hosts.items() if pace.users or pace.free_at > now}
