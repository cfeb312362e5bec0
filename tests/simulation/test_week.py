"""Days of a whole house, whose process dies again and again: everybody is told everything, and nothing twice.

`python -m tests.simulation.soak` is the long form.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import Engine

from tests.simulation.house import Fate, House, Killed, World, die
from tests.simulation.receivers import Receivers
from tests.simulation.verdict import contradictions, losses, told_in
from tests.simulation.wishes import expected, make_wishes
from tests.simulation.world import START, make_channels
from worker.config import Settings
from worker.core.revision import grade

_LENGTH = timedelta(days=1)
_TICK = timedelta(minutes=30)
#: what was found last is told by then, even to who has a digest on two days of the week
_AFTERWARDS = timedelta(days=8)
#: a process makes so many steps on average
_STEPS = 280


@pytest.fixture(autouse=True)
def _in_silence() -> Iterator[None]:
    """Keep the log of thousands of rounds from being written."""
    before = structlog.get_config()
    structlog.configure(processors=[_drop])
    yield
    structlog.configure(**before)


def _drop(*_: object) -> str:
    raise structlog.DropEvent


def play(world: World, settings: Settings, receivers: Receivers, seed: int) -> int:
    """Play to the end and return how often the process died."""
    draw, now, deaths = random.Random(seed), START, 0
    while True:
        fate = Fate(die, draw.randint(1, 2 * _STEPS) if now < START + _LENGTH else None)
        house = None
        try:
            house = House(world, settings, receivers, fate, now=now, alone=draw.random() < 0.5, seed=f"{seed}-{deaths}")
            while not _round(house, receivers, fate, now):
                now += _TICK if now < START + _LENGTH else timedelta(hours=6)
            return deaths
        except Killed:
            deaths += 1
            now += timedelta(minutes=draw.choice([0, 1, 5, 45]))
        finally:
            if house:
                house.close()


def _round(house: House, receivers: Receivers, fate: Fate, now: datetime) -> bool:
    """Do one round, without deaths and faults when the days are over; say whether all is told."""
    assert now < START + _LENGTH + _AFTERWARDS, "not all is told"
    is_over = now >= START + _LENGTH
    if is_over:
        fate.left, receivers.fail = None, False
    house.round(now)
    return is_over and now > START + _LENGTH + timedelta(days=1) and house.is_done()


def test_whoever_wants_a_change_is_told_it_once_however_often_the_process_dies(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    seed = 7
    channels = make_channels(seed, channels=4, length=_LENGTH, a_day=9)
    world = World(channels, make_wishes(seed, 10, channels))
    receivers = Receivers(tmp_path / "received", seed)

    deaths = play(world, world.settings(tmp_path, database_url), receivers, seed)

    wishes, received = expected(channels, world.wishes), list(receivers.received())
    assert losses(wishes, told_in(received)) == []
    assert contradictions(engine, received) == []
    assert (deaths > 8, len(wishes) > 100, len({way for _, way, _, _ in wishes})) == (True, True, 2)
    # messages that had arrived and were thought lost came again, under the same id
    assert len(received) > len({one.id for one in received})


def test_the_simulated_world_has_edits_of_the_grades_that_it_claims() -> None:
    edited = [post for channel in make_channels(1, channels=9, length=_LENGTH, a_day=9) for post in channel.posts]
    for post in edited:
        if post.edited_at:
            turned = post.tags != post.edited_tags
            assert grade(post.text, post.edited_text, terms_changed=turned).value == post.grade
    assert {post.grade for post in edited} == {None, "cosmetic", "substantive"}
