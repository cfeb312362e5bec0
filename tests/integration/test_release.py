"""Alerts that are held back: kept in the outbox, let go once, several as one message, on both databases."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select

from tests.builders import NOON, make_new, make_record
from worker.adapters.store import Store
from worker.adapters.store.schema import alerted, change, delivery
from worker.core.alert import changes_of, thread_of, whole_payload
from worker.core.announce import EVERYTHING, Subscription, announce
from worker.core.models import ChangeKind, Outcome, Result, Told
from worker.core.pace import Pace, Quiet, Release
from worker.core.record import Announcement, CheckRecord
from worker.jobs.release import AlertsReleased, release_alerts

HOUR = timedelta(hours=1)
NIGHT = Quiet(time(11), time(15), ZoneInfo("UTC"))
DUTY = Subscription("duty", frozenset({"BRICS"}), alerts=EVERYTHING, digest=False, whole=True, paced=True)


def found(text: str, at: datetime, who: Subscription = DUTY) -> Announcement:
    told = Told("harbour", "Harbour Office", ChangeKind.NEW, text, ("BRICS",), (), at)
    return announce(told, [who])


def check(numbers: range, at: datetime, who: Subscription = DUTY) -> CheckRecord:
    posts = [make_new(f"BRICS {n}", n, announcement=found(f"BRICS {n}", at, who)) for n in numbers]
    return make_record(*posts, at=at)


@pytest.fixture
def channel(store: Store) -> Store:
    """A store that knows the channel."""
    store.set_up_channels({"harbour": "https://t.me/s/harbour"}, NOON, parser_version=1)
    store.set_up_ways({"duty": "a", "hook": "b"})
    return store


def play(store: Store, pace: Pace, at: datetime) -> list[AlertsReleased]:
    return list(release_alerts({"duty": pace}, store=store, now=at))


def sent(store: Store, at: datetime) -> Iterator[tuple[str, list[str], str | None]]:
    """Send all that is due, and yield id, texts and thread of each message."""
    while (claimed := store.claim_delivery(at)) is not None:
        store.record_attempt(claimed, Outcome(Result.SENT, "250 ok"), at=at, next_attempt_at=None)
        yield claimed.id, [told.text for told in changes_of(claimed.payload)], thread_of(claimed.payload)


def rows(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(delivery).order_by(delivery.c.created_at, delivery.c.delivery_id)))


def test_an_alert_with_a_pace_is_not_sent_before_it_has_been_decided_on(channel: Store) -> None:
    channel.record_check(check(range(1, 3), NOON))
    assert channel.claim_delivery(NOON) is None
    assert channel.due_recipients(NOON) == []

    (released,) = play(channel, Pace(per_hour=10), NOON)

    assert len(released.decided.apart) == 2
    assert [texts for _, texts, _ in sent(channel, NOON)] == [["BRICS 1"], ["BRICS 2"]]
    assert play(channel, Pace(per_hour=10), NOON) == []


def test_quiet_hours_end_in_one_message_that_tells_all(channel: Store, engine: Engine) -> None:
    pace = Pace(NIGHT)
    for minute in range(6):
        at = NOON + timedelta(minutes=minute)
        channel.record_check(check(range(minute + 1, minute + 2), at))
        play(channel, pace, at)
    assert list(sent(channel, NOON + timedelta(hours=2, minutes=59))) == []
    assert {row.hold_until for row in rows(engine)} == {NOON + 3 * HOUR}

    play(channel, pace, NOON + 3 * HOUR)

    ((number, texts, thread),) = sent(channel, NOON + 3 * HOUR)
    assert texts == [f"BRICS {n}" for n in range(1, 7)]
    assert thread is None
    (row,) = rows(engine)
    assert row.delivery_id == number
    with engine.connect() as connection:
        told = set(connection.execute(select(alerted.c.change_id, alerted.c.delivery_id)).all())
        changes = set(connection.execute(select(change.c.change_id)).scalars())
    assert {one.change_id for one in told} == changes
    assert {one.delivery_id for one in told} == {number}


def test_beyond_the_measure_the_hour_ends_in_one_message(channel: Store) -> None:
    pace = Pace(per_hour=3)
    at = NOON + timedelta(minutes=40)
    channel.record_check(check(range(1, 11), at))
    play(channel, pace, at)
    first = [texts for _, texts, _ in sent(channel, at)]
    channel.record_check(check(range(11, 13), at + timedelta(minutes=5)))
    play(channel, pace, at + timedelta(minutes=5))
    assert list(sent(channel, at + timedelta(minutes=19))) == []

    play(channel, pace, NOON + HOUR)
    (rolled,) = [texts for _, texts, _ in sent(channel, NOON + HOUR)]

    assert first == [["BRICS 1"], ["BRICS 2"], ["BRICS 3"]]
    assert rolled == [f"BRICS {n}" for n in range(4, 13)]
    # it counts for its hour
    channel.record_check(check(range(13, 17), NOON + HOUR))
    play(channel, pace, NOON + HOUR)
    assert [texts for _, texts, _ in sent(channel, NOON + HOUR)] == [["BRICS 13"], ["BRICS 14"]]


def test_alerts_of_one_post_have_a_thread_in_common(channel: Store) -> None:
    channel.record_check(check(range(1, 3), NOON))
    play(channel, Pace(per_hour=9), NOON)
    threads = [thread for _, _, thread in sent(channel, NOON)]

    assert None not in threads
    assert len(set(threads)) == 2


def test_who_has_no_pace_any_more_gets_what_was_held(channel: Store) -> None:
    channel.record_check(check(range(1, 3), NOON))
    play(channel, Pace(NIGHT), NOON)

    assert list(release_alerts({}, store=channel, now=NOON + HOUR)) == []  # held until the hour that was set
    list(release_alerts({}, store=channel, now=NOON + 3 * HOUR))

    assert [texts for _, texts, _ in sent(channel, NOON + 3 * HOUR)] == [["BRICS 1", "BRICS 2"]]


def test_a_hold_that_a_clock_far_ahead_has_written_is_looked_at_again(channel: Store) -> None:
    ahead = NOON + timedelta(days=900)
    channel.record_check(check(range(1, 2), ahead))
    play(channel, Pace(NIGHT), ahead)

    play(channel, Pace(NIGHT), NOON + 4 * HOUR)

    assert [texts for _, texts, _ in sent(channel, NOON + 4 * HOUR)] == [["BRICS 1"]]


def test_an_alert_that_was_tried_is_never_put_into_another_message(channel: Store, engine: Engine) -> None:
    channel.record_check(check(range(1, 2), NOON))
    play(channel, Pace(per_hour=1), NOON)
    claimed = channel.claim_delivery(NOON)
    assert claimed is not None
    later = NOON + timedelta(minutes=50)
    channel.record_attempt(claimed, Outcome(Result.TEMPORARY, "451 later"), at=NOON, next_attempt_at=later)
    channel.record_check(check(range(2, 8), NOON + timedelta(minutes=1)))
    play(channel, Pace(per_hour=1), NOON + timedelta(minutes=1))
    play(channel, Pace(per_hour=1), NOON + HOUR)

    texts = [texts for _, texts, _ in sent(channel, NOON + HOUR)]

    assert sorted(texts, key=len) == [["BRICS 1"], [f"BRICS {n}" for n in range(2, 8)]]


def test_digests_notices_and_webhooks_never_wait(channel: Store) -> None:
    hook = Subscription("hook", frozenset({"BRICS"}), alerts=EVERYTHING, digest=False)
    channel.record_check(check(range(1, 3), NOON, hook))

    assert channel.recipients_of_held(NOON) == []
    assert channel.claim_delivery(NOON) is not None


def test_a_decision_that_is_cut_off_has_changed_nothing(channel: Store, engine: Engine) -> None:
    channel.record_check(check(range(1, 8), NOON))
    play(channel, Pace(NIGHT), NOON)
    before = rows(engine)

    class _Killed(BaseException):
        pass

    def die_in_the_middle() -> None:
        with channel.together():
            held, count = channel.held_alerts("duty", NOON + 4 * HOUR)
            assert (len(held), count) == (7, 0)
            told = whole_payload(Told("harbour", "Harbour Office", ChangeKind.NEW, "all", (), (), NOON))
            decided = Release(together=tuple(one.id for one in held))
            channel.record_release("duty", decided, payload=told, now=NOON + 4 * HOUR)
            raise _Killed

    with pytest.raises(_Killed):
        die_in_the_middle()

    assert rows(engine) == before
    play(channel, Pace(NIGHT), NOON + 4 * HOUR)
    assert [len(texts) for _, texts, _ in sent(channel, NOON + 4 * HOUR)] == [7]
