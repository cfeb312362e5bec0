"""A process that ends all along the steps of telling, which lie before and after every statement and every commit of

- the digests that are due: ledger, outbox, changes marked as told, in one transaction for each recipient;
- the release of held alerts: let go, held on, put together, in one transaction for each recipient;
- the deliveries: the claim and its attempt (one transaction), the sending, how it ended (one transaction);
- the start after it, which gives back what was being sent.
"""

import contextlib
import itertools
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import structlog

from tests.simulation.house import Fate, House, Killed, World, die
from tests.simulation.receivers import Receivers
from tests.simulation.verdict import contradictions, losses, told_in
from tests.simulation.wishes import Wish, expected
from tests.simulation.world import EVERY, START, make_channels
from worker.adapters.store.engine import open_engine, upgrade
from worker.config import Settings

_KINDS = ("new", "edited", "deleted")
_LENGTH = timedelta(hours=5)
#: a transaction has more steps than that, and each kind of them comes several times
_STRIDE = 7
_TELLING = START + timedelta(hours=8)
_LISTS = ("Ferries", "Locks", "Weirs")
_WISHES = {
    "reader": 'email = "reader@example.org"\ndigest = { at = "08:00" }',
    "hurried": 'email = "hurried@example.org"\nalerts = true\nquiet = { from = "00:00", to = "08:00" }',
    "hook": 'webhook = "https://hooks.example/hook"\nsecret = { file = "hook-secret" }\ndigest = { at = "08:00" }',
}


@pytest.fixture(autouse=True)
def _in_silence() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(processors=[_drop])
    yield
    structlog.configure(**before)


def _drop(*_: object) -> str:
    raise structlog.DropEvent


def _world() -> World:
    channels = make_channels(5, channels=1, length=_LENGTH, a_day=20)
    names = tuple(channel.name for channel in channels)
    wishes = [
        Wish(
            name=name,
            is_mail="email" in way,
            watchlists=_LISTS,
            channels=names,
            changes=_KINDS,
            edits="minor",
            alert_on=(*_KINDS, "gained", "lost") if "alerts" in way else None,
            has_digest="digest" in way,
            whole=False,
            table=f'[[recipient]]\nname = "{name}"\n{way}',
        )
        for name, way in _WISHES.items()
    ]
    return World(channels, wishes)


def _open(world: World, settings: Settings, folder: Path, fate: Fate, *, alone: bool, now: datetime) -> House:
    receivers = Receivers(folder / "received", 0)
    receivers.fail = False
    return House(world, settings, receivers, fate, now=now, alone=alone, seed=0)


def test_a_process_that_ends_at_any_step_of_telling_loses_and_doubles_nothing(tmp_path: Path) -> None:
    world, database = _world(), tmp_path / "watchword.db"
    settings = world.settings(tmp_path, f"sqlite:///{database}")
    engine = open_engine(f"sqlite:///{database}")
    upgrade(engine)
    house = _open(world, settings, tmp_path, Fate(die), alone=True, now=START)
    for tick in range((_TELLING - START) // EVERY):
        house.round(START + tick * EVERY)
    house.close()
    engine.dispose()
    assert not (tmp_path / "received").exists()
    before = tmp_path / "before.db"
    with contextlib.closing(sqlite3.connect(database)) as source, contextlib.closing(sqlite3.connect(before)) as copy:
        source.backup(copy)
    # edits and deletions come later in this world
    due = {told for told in expected(world.channels, world.wishes) if told[2] == "new"}

    for step in itertools.count(1, _STRIDE):
        (tmp_path / "received").unlink(missing_ok=True)
        for path in tmp_path.glob("watchword.db*"):
            path.unlink()
        shutil.copy(before, database)
        died = _die_at(step, world, settings, tmp_path)
        again = _open(world, settings, tmp_path, Fate(die), alone=step % 2 == 0, now=_TELLING)
        for minutes in (0, 11, 22):  # a lease is over after ten minutes
            again.tell(_TELLING + timedelta(minutes=minutes))
        received = list(Receivers(tmp_path / "received", 0).received())
        assert losses(due, told_in(received)) == [], step
        assert contradictions(again.engine, received) == [], step
        again.close()
        if not died:
            break
    assert step > 60


def _die_at(step: int, world: World, settings: Settings, folder: Path) -> bool:
    """Start, and tell what is due, to the end or to death; say whether it died."""
    house = None
    try:
        house = _open(world, settings, folder, Fate(die, step), alone=True, now=_TELLING)
        house.tell(_TELLING)
    except Killed:
        return True
    finally:
        if house:
            house.close()
    return False
