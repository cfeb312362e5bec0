"""The wheel holds all that the program needs: it runs away from the checkout, with its own templates and samples."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.e2e.process import CHECKOUT


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """The wheel's content, unpacked where nothing else is."""
    folder = tmp_path
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


#: one process for all of it: starting it takes longer than most commands
_TOUR = """
import sys
import worker, worker.resources
from worker.cli import main

print(worker.__file__, worker.resources.shipped("templates"), flush=True)
for command in ("init made", "check-config made/watchword.toml", "demo --out demonstration"):
    sys.argv = ["watchword", *command.split()]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
"""


def test_the_wheel_brings_its_templates_and_samples_and_the_demonstration(unpacked: Path) -> None:
    toured = subprocess.run(
        [sys.executable, "-c", _TOUR],
        cwd=unpacked.parent,
        # the wheel's folder stands before the checkout that the environment may know
        env={**os.environ, "PYTHONPATH": str(unpacked), "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert toured.returncode == 0, toured.stderr
    places, *lines = toured.stdout.splitlines()
    assert all(place.startswith(str(unpacked)) for place in places.split())
    assert any(line.startswith("fine: ") for line in lines), lines
    assert (unpacked.parent / "demonstration" / "digest-1.eml").is_file()
