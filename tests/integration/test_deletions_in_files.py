"""Deletions by dropped exports of Telegram Desktop: two that cover a post and lack it prove it, nothing else does."""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.builders import NOON
from worker.bootstrap import Watch, open_watch
from worker.config import load

_CONFIG = """
[storage]
url = "sqlite:///watchword.db"
[[channel]]
name = "quay"
path = "dumps/*.json"
every = "1m"
"""


class Folder:
    """A folder into which exports of one chat are dropped, one each hour, with a check after each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = NOON
        self.drops = 0

    def drop(self, watch: Watch, *numbers: int, written: timedelta = timedelta()) -> tuple[int, int, int]:
        """Drop an export of these messages, made `written` after the last check; return missed, deleted, restored."""
        self.drops += 1
        self.now += timedelta(hours=1)
        path = self.path / "dumps" / f"{self.drops:02}.json"
        path.write_text(json.dumps(_chat(numbers)), encoding="utf-8")
        made = (self.now - timedelta(minutes=30) + written).timestamp()
        os.utime(path, (made, made))
        (checked,) = watch.check(lambda: False)
        assert checked.error is None
        return checked.missed, checked.deleted, checked.restored


def _chat(numbers: tuple[int, ...]) -> dict[str, object]:
    messages = [
        {
            "id": n,
            "type": "message",
            "date": "2026-03-01T12:00:00",
            "date_unixtime": str(1772366400 + n),
            "from": "Quay",
            "from_id": "channel700",
            "text": f"Ship {n} has berthed.",
            "text_entities": [{"type": "plain", "text": f"Ship {n} has berthed."}],
        }
        for n in numbers
    ]
    return {"name": "Quay", "type": "public_channel", "id": 700, "messages": messages}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "dumps").mkdir()
    (tmp_path / "watchword.toml").write_text(_CONFIG, encoding="utf-8")
    return Folder(tmp_path)


@pytest.fixture
def watch(folder: Folder) -> Iterator[Watch]:
    with open_watch(load(folder.path / "watchword.toml"), clock=lambda: folder.now) as opened:
        yield opened


def test_two_exports_that_cover_a_message_and_lack_it_delete_it(folder: Folder, watch: Watch) -> None:
    assert folder.drop(watch, *range(1, 30)) == (0, 0, 0)
    assert folder.drop(watch, *range(1, 10), *range(11, 31)) == (1, 0, 0)
    assert folder.drop(watch, *range(5, 10), *range(11, 31)) == (0, 1, 0)
    assert folder.drop(watch, *range(5, 10), *range(11, 31)) == (0, 0, 0)


def test_slices_of_a_chat_delete_nothing_outside_of_their_own_range(folder: Folder, watch: Watch) -> None:
    folder.drop(watch, *range(1, 40))
    for first in (1, 20, 5, 30, 10, 35, 1):
        assert folder.drop(watch, *range(first, first + 5)) == (0, 0, 0)


def test_exports_of_one_round_are_looked_at_one_after_the_other(folder: Folder, watch: Watch) -> None:
    folder.drop(watch, *range(1, 30))
    for name in ("a.json", "b.json", "c.json"):
        path = folder.path / "dumps" / name
        path.write_text(json.dumps(_chat((*range(1, 10), *range(11, 30)))), encoding="utf-8")
        os.utime(path, (folder.now.timestamp(), folder.now.timestamp()))
    folder.now += timedelta(hours=1)

    checks = list(watch.check(lambda: False))

    assert [(check.missed, check.deleted) for check in checks] == [(1, 0), (0, 1), (0, 0)]


def test_an_export_made_before_a_message_was_last_seen_does_not_bring_it_back(folder: Folder, watch: Watch) -> None:
    folder.drop(watch, *range(1, 30))
    for _ in range(2):
        folder.drop(watch, *range(1, 10), *range(11, 30))
    assert folder.drop(watch, *range(1, 30), written=-timedelta(days=3)) == (0, 0, 0)
    assert folder.drop(watch, *range(1, 30)) == (0, 0, 1)
