"""Several checks in one transaction: it costs more than all that a small check writes.

Knows nothing of what is written, and keeps the promise that each check is kept whole or not at all, and none is lost
for what is wrong with another one.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from worker.adapters.store import Store
from worker.jobs.check.reading import Readout

#: of one transaction: the database is held for others no longer than a second
_MOST_POSTS = 1_000

T = TypeVar("T")


def portions(readouts: Sequence[Readout]) -> Iterator[list[Readout]]:
    """Cut what has been read into portions of a thousand posts; a single readout may have more."""
    portion: list[Readout] = []
    size = 0
    for readout in readouts:
        more = len(readout.snapshot.posts) if readout.snapshot else 0
        if portion and size + more > _MOST_POSTS:
            yield portion
            portion, size = [], 0
        portion.append(readout)
        size += more
    if portion:
        yield portion


def record_together(
    portion: Sequence[Readout], record: Callable[[Readout], T], store: Store
) -> Iterator[list[tuple[Readout, T]]]:
    """Call `record` for each readout of a portion, in one transaction if that is possible; yield what has been kept.

    Where one of them fails nothing of the portion is kept, and each is recorded once more, alone; so those before the
    one that fails again are kept. What it raises then is raised.
    """
    if len(portion) > 1:
        try:
            with store.together():
                recorded = [(readout, record(readout)) for readout in portion]
        except Exception:  # noqa: BLE001 - whatever it is, it is raised below unless it was only for once
            recorded = []
        if recorded:
            yield recorded
            return
    for readout in portion:
        yield [(readout, record(readout))]
