"""Evidence that is given up: by its age and by its size, and files that nothing refers to. Rows stay, bytes go."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from worker.adapters.evidence import EvidenceFolder
from worker.adapters.store import Store

#: a file that was written or asked for within this time may belong to a check that is not recorded yet
_GRACE = timedelta(hours=1)
#: files that are asked about together
_BATCH = 500


@dataclass(frozen=True, slots=True)
class EvidencePolicy:
    """How long evidence is kept, and how much of it."""

    #: None: for ever
    keep_for: timedelta | None = timedelta(days=400)
    #: on the disk; None: any size
    most_bytes: int | None = 5_000_000_000


@dataclass(frozen=True, slots=True)
class EvidencePruned:
    """What a pruning has given up."""

    #: whose bytes were given up
    exports: int = 0
    #: removed from the disk, and what they took there
    files: int = 0
    bytes: int = 0
    #: of the files: left by checks that were never recorded
    orphans: int = 0


def prune_evidence(
    now: datetime,
    *,
    store: Store,
    folder: EvidenceFolder,
    policy: EvidencePolicy,
    stopping: Callable[[], bool] = lambda: False,
) -> EvidencePruned:
    """Give up the bytes of old exports and of more than there is room for, then what nothing refers to.

    May be stopped after any batch and run again at any time. Raises EvidenceError, StoreError.
    """
    before = None if policy.keep_for is None else now - policy.keep_for
    exports, sizes = 0, list[int]()
    while not stopping():
        pruned = store.prune_exports(now, before=before, most_bytes=policy.most_bytes)
        if not pruned.exports:
            break
        exports += pruned.exports
        # a file in use just now is left: if nothing refers to it tomorrow, it goes then
        removed = (folder.remove(sha256, untouched_since=now - _GRACE) for sha256 in pruned.unneeded)
        sizes += [size for size in removed if size]
    orphans = [size for size in _remove_orphans(now - _GRACE, store, folder, stopping) if size]
    return EvidencePruned(exports, len(sizes) + len(orphans), sum(sizes) + sum(orphans), len(orphans))


def _remove_orphans(
    before: datetime, store: Store, folder: EvidenceFolder, stopping: Callable[[], bool]
) -> Iterator[int]:
    folder.remove_unfinished(before=before)
    old = (file.sha256 for file in folder.files() if file.sha256 is not None and file.touched_at < before)
    while not stopping() and (batch := list(islice(old, _BATCH))):
        for sha256 in sorted(store.unreferenced_evidence(batch)):
            yield folder.remove(sha256, untouched_since=before)
