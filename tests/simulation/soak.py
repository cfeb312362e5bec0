"""The long form of the simulation: child processes that are killed with SIGKILL at random moments.

``python -m tests.simulation.soak`` (`make soak`) plays a week of 40 channels and 50 recipients with 200 kills on
SQLite; ``--url`` names an empty PostgreSQL database instead. Exit code 1: something was lost, told twice, or does not
agree.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from tests.simulation.house import Fate, House, World, die
from tests.simulation.receivers import Receivers
from tests.simulation.verdict import contradictions, losses, told_in
from tests.simulation.wishes import expected, make_wishes
from tests.simulation.world import START, make_channels
from worker.adapters.store.engine import open_engine, upgrade
from worker.config import Settings

TICK = timedelta(minutes=30)
#: what was found last is told by then, even to who has a digest on two days of the week
AFTERWARDS = timedelta(days=8)
#: a process is killed at most so long after the tick that was chosen
_MOMENT_SECONDS = 0.15


@dataclass(frozen=True)
class Soak:
    """One simulation and where it is kept."""

    world: World
    settings: Settings
    folder: Path
    length: timedelta
    seed: int

    @property
    def ticks(self) -> int:
        return self.length // TICK

    def work(self, start: int, generation: int, tell: int) -> None:
        """Be one process: play from tick `start` to the end, and write each tick into the pipe `tell` before it."""
        receivers = Receivers(self.folder / "received", f"{self.seed}-{generation}")
        now = START + start * TICK
        alone = random.Random(f"{self.seed}-{generation}").random() < 0.5
        house = House(self.world, self.settings, receivers, Fate(die), now=now, alone=alone, seed=generation)
        for tick in range(start, self.ticks):
            os.write(tell, tick.to_bytes(4, "big"))
            house.round(START + tick * TICK)
        receivers.fail = False
        now = START + self.length
        while now < START + self.length + timedelta(days=1) or not house.is_done():
            house.round(now)
            now = _next(now, START + self.length + AFTERWARDS)
        house.close()


def _next(now: datetime, end: datetime) -> datetime:
    if now > end:
        raise AssertionError("not all is told")
    return now + timedelta(hours=6)


def run(soak: Soak, kills: int) -> int:
    """Kill children at random moments, spread over all ticks; return how often it was done. Raises AssertionError."""
    draw = random.Random(soak.seed)
    tick = done = 0
    for generation in range(kills + 1):
        left = kills - generation
        target = tick + int(2 * draw.random() * (soak.ticks - tick) / (left + 1)) if left else None
        child, heard = _fork(soak, tick, generation)
        tick = max(tick, _follow(heard, target))
        if target is not None:
            time.sleep(_MOMENT_SECONDS * draw.random())
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        tick = max(tick, _follow(heard, None))
        os.close(heard)
        if os.WIFSIGNALED(status):
            done += 1
        elif status:
            raise AssertionError("a child has failed: its traceback stands above")
        else:
            break
    return done


def _fork(soak: Soak, tick: int, generation: int) -> tuple[int, int]:
    """Start a child; return its process id and the pipe on which it tells its ticks."""
    heard, tell = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(heard)
            soak.work(tick, generation, tell)
            code = 0
        except BaseException:  # noqa: BLE001 - the child ends here, whatever it was
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(code)
    os.close(tell)
    return child, heard


def _follow(heard: int, target: int | None) -> int:
    """Read ticks until `target` is reached, or the child has ended; return the last."""
    tick = 0
    while read := os.read(heard, 4):
        tick = int.from_bytes(read, "big")
        if target is not None and tick >= target:
            break
    return tick


def main() -> int:
    """Play, and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, number in (("days", 7), ("channels", 40), ("recipients", 50), ("kills", 200), ("posts-a-day", 6)):
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--url", help="of an empty PostgreSQL database; a new SQLite file without it")
    given = parser.parse_args()
    structlog.configure(processors=[_drop])
    folder = Path(tempfile.mkdtemp(prefix="watchword-soak-"))
    url = given.url or f"sqlite:///{folder}/watchword.db"
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
    length = timedelta(days=given.days)
    channels = make_channels(given.seed, channels=given.channels, length=length, a_day=given.posts_a_day)
    world = World(channels, make_wishes(given.seed, given.recipients, channels))
    soak = Soak(world, world.settings(folder, url), folder, length, given.seed)
    began = time.monotonic()
    killed = run(soak, given.kills)
    wanted, received = expected(channels, world.wishes), list(Receivers(folder / "received", 0).received())
    found = losses(wanted, told_in(received)) + contradictions(open_engine(url), received)
    print(*found, sep="\n")  # noqa: T201
    ids = {one.id for one in received}
    print(  # noqa: T201
        f"seed {given.seed}: {killed} kills, {len(wanted)} things to tell, {len(ids)} messages, "
        f"{len(received) - len(ids)} came again under their id, {len(found)} mistakes, "
        f"{time.monotonic() - began:.0f} s; kept in {folder}"
    )
    return bool(found)


def _drop(*_: object) -> str:
    raise structlog.DropEvent


if __name__ == "__main__":
    sys.exit(main())
