"""Deletions: what a second look proves is told, and what merely is not shown is not."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.integration.disappearing import LANDING, NOT_FOUND, OTHER_PAGE, RULES, Answer, Gazette, Preview, Watch, status
from worker.adapters.store import Store
from worker.core.models import ChangeKind, NotModified, Validators
from worker.jobs.hold import approve, rebaseline


@pytest.fixture
def web() -> Preview:
    return Preview()


@pytest.fixture
def watch(store: Store, web: Preview) -> Watch:
    return Watch(store, web)


def test_a_post_taken_out_of_the_middle_is_suspected_and_deleted_after_the_second_look(
    watch: Watch, web: Preview
) -> None:
    web.numbers.remove(12)
    first = watch.check()
    assert (first.missed, first.deleted, watch.deleted(), watch.kinds(), web.singles()) == (1, 0, [], [], [])

    second = watch.check()

    assert (second.missed, second.deleted) == (0, 1)
    assert web.singles() == ["https://t.me/harbour/12?embed=1&mode=tme"]
    assert (watch.deleted(), watch.kinds(), watch.suspects()) == (["12"], [("deleted", "12")], [])
    (told,) = watch.store.untold("desk").values()
    assert (told.kind, told.text, told.tags) == (
        ChangeKind.DELETED,
        "The ferry 12 leaves at 12 o'clock.",
        ("Ferries",),
    )
    assert told.matches[0].term == "ferry"
    assert told.last_seen_at == watch.now - timedelta(hours=2)
    ((kind, body),) = watch.sent()
    assert (kind, body["text"]) == ("post.deleted", told.text)
    assert watch.check().deleted == 0


def test_a_post_that_has_scrolled_out_is_not_missed(watch: Watch, web: Preview) -> None:
    web.numbers |= set(range(21, 31))
    for _ in range(3):
        assert watch.check().missed == 0
    assert watch.deleted() == []
