"""Evidence that is old, too much or forgotten is removed from the disk, and no other."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.builders import make_record
from worker.adapters.evidence import EvidenceFolder
from worker.adapters.store import Store
from worker.core.record import KeptExport
from worker.errors import EvidenceError
from worker.jobs.prune import EvidencePolicy, EvidencePruned, prune_evidence

#: files get their times from the machine
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def store(engine: Engine) -> Store:
    made = Store(engine)
    made.set_up_channels({"harbour": "https://t.me/s/harbour"}, NOW)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceFolder:
    return EvidenceFolder(tmp_path / "evidence")


def keep(store: Store | None, folder: EvidenceFolder, body: bytes, *, days_ago: int) -> str:
    """Keep bytes as they were some days ago; without a store as by a check that died."""
    kept, at = folder.keep(body), NOW - days_ago * DAY
    path = folder.path / kept.sha256[:2] / f"{kept.sha256[2:]}.gz"
    os.utime(path, (at.timestamp(), at.timestamp()))
    if store:
        export = KeptExport("https://t.me/s/harbour", at, 200, (), kept.sha256, kept.size, kept.packed)
        store.record_check(make_record(exports=(export,), at=at))
    return kept.sha256


def left(folder: EvidenceFolder) -> set[str | None]:
    return {file.sha256 for file in folder.files()}


def test_what_is_too_old_goes_and_what_is_not_stays(store: Store, folder: EvidenceFolder) -> None:
    keep(store, folder, b"old", days_ago=401)
    young = keep(store, folder, b"young", days_ago=399)

    done = prune_evidence(NOW, store=store, folder=folder, policy=EvidencePolicy())

    assert (done.exports, done.files, done.orphans) == (1, 1, 0)
    assert done.bytes > 0
    assert left(folder) == {young}
    assert prune_evidence(NOW, store=store, folder=folder, policy=EvidencePolicy()) == EvidencePruned()


def test_what_is_too_much_goes_from_its_oldest_end(store: Store, folder: EvidenceFolder) -> None:
    kept = [keep(store, folder, os.urandom(1000), days_ago=days) for days in (5, 4, 3, 2)]

    done = prune_evidence(NOW, store=store, folder=folder, policy=EvidencePolicy(None, 2500))

    assert done.files == 2
    assert left(folder) == set(kept[2:])


def test_without_bounds_everything_stays(store: Store, folder: EvidenceFolder) -> None:
    kept = keep(store, folder, b"very old", days_ago=3000)

    assert prune_evidence(NOW, store=store, folder=folder, policy=EvidencePolicy(None, None)) == EvidencePruned()
    assert left(folder) == {kept}


def test_what_a_check_left_that_died_goes_once_it_is_surely_forgotten(store: Store, folder: EvidenceFolder) -> None:
    forgotten = keep(None, folder, b"forgotten", days_ago=1)
    fresh, known = keep(None, folder, b"fresh", days_ago=0), keep(store, folder, b"known", days_ago=1)

    done = prune_evidence(NOW, store=store, folder=folder, policy=EvidencePolicy())

    assert (done.files, done.orphans) == (1, 1)
    assert left(folder) == {fresh, known}
    with pytest.raises(EvidenceError):
        folder.read(forgotten)


def test_bytes_that_are_shown_again_survive_the_pruning_of_their_first_export(
    store: Store, folder: EvidenceFolder
) -> None:
    keep(store, folder, b"the same page", days_ago=500)
    kept = keep(store, folder, b"the same page", days_ago=1)

    done = prune_evidence(NOW, store=store, folder=folder, policy=EvidencePolicy())

    assert (done.exports, done.files) == (1, 0)
    assert folder.read(kept) == b"the same page"


def test_a_pruning_that_is_stopped_goes_on_another_time(store: Store, folder: EvidenceFolder) -> None:
    keep(store, folder, b"old", days_ago=401)

    stopped = prune_evidence(NOW, store=store, folder=folder, policy=EvidencePolicy(), stopping=lambda: True)

    assert stopped == EvidencePruned()
    assert prune_evidence(NOW, store=store, folder=folder, policy=EvidencePolicy()).files == 1
