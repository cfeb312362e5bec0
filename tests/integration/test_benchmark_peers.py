"""The benchmark against the peer runs, with tiny sizes; its seconds are never judged."""

import io
import math
import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks import against_reader
from benchmarks.against_reader import Duel
from benchmarks.measure import Cost


def _peer_python() -> Path:
    """Return a Python 3.12 that has the peer; skip where there is none."""
    found = [against_reader.PEER_PYTHON, shutil.which("python3.12")]
    for python in found:
        if python and Path(python).exists():
            done = subprocess.run([python, "-c", "import reader"], capture_output=True, check=False)
            if done.returncode == 0:
                return Path(python)
    pytest.skip("no Python 3.12 with the library reader is here: `make bench-peers` makes one in .venv-peers")


def test_the_peer_and_watchword_check_the_same_feeds() -> None:
    first, again = against_reader.run(_peer_python(), count=3, posts=2, terms=20, rounds=1)

    assert first.what == "first check of 3 feeds"
    assert again.what == "check 3 unchanged feeds (304)"
    for duel in (first, again):
        assert duel.threads in {1, 4}
        assert all(math.isfinite(ratio) and ratio > 0 for ratio in (duel.wall, duel.cpu)), duel


def test_a_goal_is_met_only_by_both_clocks() -> None:
    duel = Duel(
        "lift",
        2,
        peer=[Cost(12, 20), Cost(1, 1), Cost(14, 22)],
        threads=4,
        ours=[Cost(2, 4), Cost(1, 1), Cost(2, 2)],
        goal=6,
    )
    table = io.StringIO()

    against_reader.print_duels([duel], table)

    assert (duel.wall, duel.cpu, duel.verdict) == (5.0, 6.0, "MISSED")
    assert [cell.strip() for cell in table.getvalue().splitlines()[2].split("|")[1:-1]] == [
        "lift",
        "4",
        "10 s",
        "6 s",
        "1 s",
        "1 s",
        "5.0",
        "6.0",
        "6.0 MISSED",
    ]
