"""Make stored texts searchable, in the background. Searches nothing.

Writing the index in the transaction of a check would cost far more than all the rest of the check.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from worker.adapters.store import Store
from worker.core.search import stems

#: posts in one transaction: it takes well under a tenth of a second
_BATCH = 500


@dataclass(frozen=True, slots=True)
class PostsIndexed:
    """One batch that can now be searched."""

    posts: int


def index_posts(store: Store, *, most: int, stopping: Callable[[], bool] = lambda: False) -> Iterator[PostsIndexed]:
    """Take up what the search does not know, up to `most` posts; yield one result for each batch."""
    left = most
    while left > 0 and not stopping() and (found := store.unsearched(min(left, _BATCH))):
        store.record_searchable([(one, stems(one.text)) for one in found])
        count = len({one.row for one in found})
        left -= count
        yield PostsIndexed(count)
