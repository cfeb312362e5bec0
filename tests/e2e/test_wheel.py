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


def run(unpacked: Path, *words: str | Path) -> "subprocess.CompletedProcess[str]":
    # the wheel's folder stands before the checkout that the environment may know
    environment = {**os.environ, "PYTHONPATH": str(unpacked), "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-m", "worker", *words],
        cwd=unpacked.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_wheel_brings_its_templates_and_samples_and_the_demonstration(unpacked: Path) -> None:
    where = subprocess.run(
        [sys.executable, "-c", "import worker, worker.resources as r; print(worker.__file__, r.shipped('templates'))"],
        cwd=unpacked.parent,
        env={**os.environ, "PYTHONPATH": str(unpacked), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert all(place.startswith(str(unpacked)) for place in where)

    assert run(unpacked, "init", "made").returncode == 0
    checked = run(unpacked, "check-config", "made/watchword.toml")
    assert (checked.returncode, checked.stdout[:5]) == (0, "fine:"), checked.stderr
    shown = run(unpacked, "demo", "--out", "demonstration")
    assert shown.returncode == 0, shown.stderr
    assert (unpacked.parent / "demonstration" / "digest-1.eml").is_file()
