"""The daemon's clock: which job it wakes when, without any channel, database or receiver."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import cast

import pytest

from worker import daemon
from worker.adapters.store import Store
from worker.bootstrap import Watch
from worker.jobs.check import ChannelChecked


def test_a_digest_waits_for_the_first_round_of_checks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("_CHECK_SECONDS", "_DIGEST_SECONDS", "_DELIVER_SECONDS"):
        monkeypatch.setattr(daemon, name, 0.01)
    look, digested, ticks = threading.Event(), threading.Event(), list[bool]()

    def check(_stopping: Callable[[], bool]) -> Iterator[ChannelChecked]:
        assert look.wait(10)
        yield from ()

    def digests() -> Iterator[object]:
        digested.set()
        return iter(())

    def deliver(_stopping: Callable[[], bool]) -> Iterator[object]:
        ticks.append(digested.is_set())
        if len(ticks) == 5:  # by now a digest would have come several times
            look.set()
        if digested.is_set():
            os.kill(os.getpid(), signal.SIGTERM)
        return iter(())

    watch = Watch(cast("Store", None), check, digests, deliver)  # type: ignore[arg-type]

    assert daemon.run(watch) == 0
    assert ticks[:5] == [False] * 5
    assert digested.is_set()
