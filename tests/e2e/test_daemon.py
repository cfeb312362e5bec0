"""The daemon as a process: it starts, works, stops quickly, and lets no second instance in."""

import json
import signal
import subprocess
import sys
import threading
import time

from tests.e2e import story
from tests.e2e.conftest import House
from tests.e2e.process import CHECKOUT
from tests.e2e.servers import Answer

_STOP_SECONDS = 5


def test_the_daemon_does_a_round_and_ends_cleanly_when_asked(any_house: House) -> None:
    house = any_house
    house.furnish(story.tables(story.FISHERIES, every="1h"))
    house.site.pages.update(story.pages(1, story.FISHERIES))
    running = house.start("run")
    running.wait_for("channel_checked")

    second = house.run("once")
    assert second.code == 1
    assert second.err.startswith("watchword: another watchword")
    assert len(second.err.splitlines()) == 1

    running.signal(signal.SIGTERM)
    ended = running.end(_STOP_SECONDS)
    assert ended.code == 0, ended.err
    assert ended.logged("daemon_stopped")
    assert [line["level"] for line in ended.logged("channel_checked")] == ["info"]


def test_a_daemon_that_was_killed_is_followed_by_another_at_once(any_house: House) -> None:
    house = any_house
    house.furnish(story.tables(story.FISHERIES, every="1h"))
    house.site.pages.update(story.pages(1, story.FISHERIES))
    running = house.start("run")
    running.wait_for("channel_checked")

    running.signal(signal.SIGKILL)
    assert running.end(_STOP_SECONDS).code == -9

    assert house.run("once").code == 0


def test_a_stop_does_not_wait_for_a_slow_server(house: House) -> None:
    held = threading.Event()
    house.furnish(story.tables(story.FISHERIES, story.PORT), timeout="60s")
    house.site.pages["/s/estria_fisheries"] = Answer(hold=held)
    process = subprocess.Popen(  # a real start and a real end: threads that read are left behind only there
        [sys.executable, "-m", "worker", "run", "--config", house.config],
        stderr=subprocess.PIPE,
        cwd=CHECKOUT,
        text=True,
    )
    try:
        assert house.site.holding.wait(20)
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
        took = time.monotonic() - asked
    finally:
        held.set()
        process.kill()

    assert process.returncode == 0, err
    assert took < _STOP_SECONDS
    assert json.loads(err.splitlines()[-1])["event"] == "daemon_stopped"
    assert "Traceback" not in err
