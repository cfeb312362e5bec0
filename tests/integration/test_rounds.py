"""Rounds in this process, with the time in the test's hand."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from worker.bootstrap import open_watch
from worker.config import load

_CONFIG = """
[storage]
url = "sqlite:///watchword.db"
[[channel]]
name = "quay"
path = "dumps/*.txt"
every = "1m"
"""
_WRITTEN = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with one dump, written at noon."""
    (tmp_path / "watchword.toml").write_text(_CONFIG, encoding="utf-8")
    dump = tmp_path / "dumps" / "1.txt"
    dump.parent.mkdir()
    dump.write_text("The ferry is back\nIt sails at eight.\nTickets are sold on board.\n", encoding="utf-8")
    os.utime(dump, (_WRITTEN.timestamp(), _WRITTEN.timestamp()))
    return tmp_path / "watchword.toml"


def test_a_round_that_may_wait_takes_a_file_dropped_just_now(config: Path) -> None:
    now, waits = _WRITTEN + timedelta(seconds=0.5), list[float]()

    def wait(seconds: float) -> None:
        nonlocal now
        waits.append(seconds)
        now += timedelta(seconds=seconds)

    with open_watch(load(config), clock=lambda: now, wait=wait) as watch:
        assert [check.new for check in watch.check(lambda: False)] == [1]
        now += timedelta(hours=1)
        assert [check.outcome for check in watch.check(lambda: False)] == ["not_modified"]
    assert waits == [pytest.approx(1.5)]


def test_a_round_that_may_not_wait_leaves_the_file_to_the_next(config: Path) -> None:
    now = _WRITTEN + timedelta(seconds=0.5)
    with open_watch(load(config), clock=lambda: now) as watch:
        assert [check.outcome for check in watch.check(lambda: False)] == ["not_modified"]
        now += timedelta(minutes=5)
        assert [check.new for check in watch.check(lambda: False)] == [1]
