"""Digests out of turn, and two processes that make digests of the same changes: each change is told in one of them."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import Engine, select

from tests.builders import NOON, make_new, make_record
from worker.adapters.store import Store
from worker.adapters.store.schema import delivery, digest
from worker.core.models import ChangeKind
from worker.core.record import Announcement
from worker.jobs.digest import DigestPlan, enqueue_digests, enqueue_now

_PLAN = DigestPlan("desk", (time(18),), "UTC", "en", ("BRICS",), ("harbour",))
_TODAY = NOON.date()


@pytest.fixture
def told(store: Store) -> Store:
    """A store in which two changes wait for the desk's digest."""
    store.set_up_channels({"harbour": "https://t.me/s/harbour"}, NOON)
    news = Announcement(ChangeKind.NEW, ("BRICS",), digests=("desk",))
    store.record_check(make_record(*(make_new(f"BRICS {n}", n, announcement=news) for n in (1, 2))))
    return store


def tell_more(store: Store, number: int) -> None:
    news = Announcement(ChangeKind.NEW, ("BRICS",), digests=("desk",))
    at = NOON + timedelta(hours=number)
    store.record_check(make_record(make_new(f"BRICS {number}", number, announcement=news), at=at))


def made(store: Store, hours: float) -> list[int]:
    return [one.changes for one in enqueue_digests([_PLAN], store=store, now=NOON + timedelta(hours=hours))]


def test_a_digest_out_of_turn_leaves_the_rest_to_the_regular_one(told: Store) -> None:
    sent = enqueue_now(_PLAN, store=told, now=NOON + timedelta(hours=1))

    assert (sent and sent.changes, enqueue_now(_PLAN, store=told, now=NOON + timedelta(hours=2))) == (2, None)
    tell_more(told, 3)
    assert (made(told, 7), made(told, 8), told.untold("desk")) == ([1], [], {})


def test_a_digest_out_of_turn_takes_the_place_of_one_that_was_due(told: Store) -> None:
    assert enqueue_now(_PLAN, store=told, now=NOON + timedelta(hours=6, minutes=1))
    assert made(told, 7) == []
    tell_more(told, 8)
    assert (made(told, 9), made(told, 31)) == ([], [1])


def test_changes_that_another_process_has_told_meanwhile_are_not_told_again(told: Store, engine: Engine) -> None:
    """Two processes read what is untold before either writes; the second must make nothing of it."""
    changes = tuple(told.untold("desk"))
    period = {"since": NOON, "until": NOON, "payload": {}}

    def record(name: str, numbers: tuple[int, ...]) -> bool:
        return told.record_digest("desk", name, _TODAY, changes=numbers, **period)  # type: ignore[arg-type]

    assert (record("now-1", changes[:1]), record("daily", changes)) == (True, False)

    assert list(told.untold("desk")) == list(changes[1:])
    with engine.connect() as connection:
        assert list(connection.execute(select(digest.c.name)).scalars()) == ["now-1"]
        assert len(connection.execute(select(delivery.c.delivery_id)).all()) == 1
    assert record("daily", changes[1:])


def test_the_digest_of_a_day_is_found_as_it_was_frozen(told: Store) -> None:
    assert told.frozen_digest("desk", _TODAY) is None
    made(told, 7)

    frozen = told.frozen_digest("desk", _TODAY)

    assert frozen is not None
    assert (frozen.changes, frozen.until) == (2, NOON + timedelta(hours=7))
    assert (frozen.payload or {})["total"] == 2
    assert told.frozen_digest("desk", date(2026, 3, 3)) is None
