"""Digests on real databases: each slot once, nothing lost and nothing told twice, whatever the settings."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from tests.builders import NOON, make_new, make_record
from worker.adapters.store import Store
from worker.adapters.store.engine import open_engine, upgrade
from worker.adapters.store.schema import change, delivery, digest, wanted
from worker.core.alert import changes_of
from worker.core.announce import EVERYTHING, Subscription, announce
from worker.core.digest import from_payload
from worker.core.models import ChangeKind, Outcome, Result, Told
from worker.core.pace import Pace, Quiet
from worker.core.record import Delivery
from worker.jobs.digest import DigestPlan, enqueue_digests
from worker.jobs.release import release_alerts

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MORNING, EVENING = time(7, 30), time(17)


def plan(name: str = "desk", at: tuple[time, ...] = (MORNING,), **more: object) -> DigestPlan:
    return DigestPlan(name, at, "Europe/Paris", "en", ("BRICS",), ("harbour",), **more)  # type: ignore[arg-type]


def subscription(name: str = "desk", **more: object) -> Subscription:
    return Subscription(name, frozenset({"BRICS"}), **more)  # type: ignore[arg-type]


class Harbour:
    """A channel in which posts appear, and the recipients of what is found in it."""

    def __init__(self, store: Store, subscriptions: Sequence[Subscription], channel: str = "harbour") -> None:
        self.store = store
        self._subscriptions = subscriptions
        self._channel = channel
        self._numbers = count(1)
        store.set_up_channels({channel: f"https://t.me/s/{channel}"}, NOON, parser_version=1)

    def find(self, many: int, at: datetime) -> list[str]:
        """Find new posts and return their texts."""
        texts = [f"BRICS talks, part {next(self._numbers)} of {self._channel}" for _ in range(many)]
        posts = []
        for text in texts:
            told = Told(self._channel, "Harbour", ChangeKind.NEW, text, ("BRICS",), (), at)
            number = int(text.split()[3])
            posts.append(make_new(text, number, announcement=announce(told, self._subscriptions)))
        self.store.record_check(make_record(*posts, channel=self._channel, at=at))
        return texts

    def digests(self, now: datetime, *plans: DigestPlan) -> list[tuple[str, int]]:
        return [(one.local_date, one.changes) for one in enqueue_digests(plans, store=self.store, now=now)]


def sent(store: Store, now: datetime, recipient: str | None = None) -> Iterator[Delivery]:
    while (claimed := store.claim_delivery(now, recipient=recipient)) is not None:
        store.record_attempt(claimed, Outcome(Result.SENT, "250 ok"), at=now, next_attempt_at=None)
        yield claimed


@pytest.fixture
def harbour(store: Store) -> Harbour:
    return Harbour(store, [subscription()])


def test_a_day_with_two_times_has_two_digests(harbour: Harbour) -> None:
    twice = plan(at=(MORNING, EVENING))
    made = []
    for hour in range(48):
        harbour.find(1, NOON + hour * HOUR)
        made += harbour.digests(NOON + hour * HOUR + MINUTE, twice)

    # the first comes with the first change; 07:30 is 06:30 in UTC, 17:00 is 16:00
    assert made == [
        ("2026-03-02", 1),
        ("2026-03-02", 4),
        ("2026-03-03", 15),
        ("2026-03-03", 9),
        ("2026-03-04", 15),
    ]


def test_after_standing_still_one_digest_names_the_whole_time(harbour: Harbour) -> None:
    harbour.find(1, NOON)
    harbour.digests(NOON, plan())
    harbour.find(2, NOON + MINUTE)

    assert harbour.digests(NOON + 5 * DAY, plan()) == [("2026-03-07", 2)]
    assert harbour.digests(NOON + 5 * DAY + HOUR, plan()) == []
    *_, last = sent(harbour.store, NOON + 5 * DAY)
    told = from_payload(last.payload)
    assert (told.since, told.until, told.total) == (NOON, NOON + 5 * DAY, 2)


@pytest.mark.parametrize("empty", [True, False])
def test_an_empty_digest_is_sent_where_it_is_wanted(harbour: Harbour, empty: bool) -> None:
    wishes = plan(empty=empty)
    harbour.find(1, NOON)
    harbour.digests(NOON, wishes)
    list(sent(harbour.store, NOON))
    harbour.store.record_check(make_record(at=NOON + DAY - HOUR))

    assert harbour.digests(NOON + DAY, wishes) == [("2026-03-03", 0)]

    mails = [from_payload(one.payload) for one in sent(harbour.store, NOON + DAY)]
    assert [(one.total, one.checked, one.channels) for one in mails] == ([(0, 1, 1)] if empty else [])


def test_the_first_empty_digest_comes_when_a_channel_has_been_checked(harbour: Harbour) -> None:
    wishes = plan(empty=True)
    assert harbour.digests(NOON, wishes) == []
    harbour.store.record_check(make_record(at=NOON + HOUR))

    assert harbour.digests(NOON + 2 * HOUR, wishes) == [("2026-03-02", 0)]
    assert harbour.digests(NOON + 3 * HOUR, wishes) == []


def test_two_machines_by_mistake_make_each_digest_once(database_url: str, store: Store) -> None:
    names = [f"desk-{number}" for number in range(6)]
    harbour = Harbour(store, [subscription(name) for name in names])
    harbour.find(3, NOON)
    plans = [plan(name) for name in names]
    engines = [open_engine(database_url) for _ in range(3)]
    ready = threading.Barrier(len(engines))
    made: list[str] = []

    def machine(own: Engine) -> None:
        other = Store(own)
        ready.wait()
        made.extend(one.recipient for one in enqueue_digests(plans, store=other, now=NOON))

    threads = [threading.Thread(target=machine, args=(own,)) for own in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
        # each has a connection of its own
    for own in engines:
        own.dispose()

    assert sorted(made) == names
    mails = [(one.recipient, from_payload(one.payload).total) for one in sent(store, NOON)]
    assert sorted(mails) == [(name, 3) for name in names]


def test_a_clock_that_was_far_ahead_loses_no_change(harbour: Harbour) -> None:
    harbour.find(1, NOON)
    harbour.digests(NOON, plan())
    ahead = NOON + 2000 * DAY
    harbour.find(1, ahead)
    harbour.digests(ahead, plan())
    harbour.find(1, NOON + HOUR)

    assert harbour.digests(NOON + DAY, plan()) == [("2026-03-03", 1)]
    newest = list(sent(harbour.store, ahead))[-1]
    assert newest.recipient == "desk"


# --------------------------------------------------------------------------- whatever the settings

_EXAMPLES = count(1)
_QUIETS = st.none() | st.builds(
    Quiet, st.sampled_from([time(22), time(12)]), st.sampled_from([time(7), time(23, 30)]), st.just(ZoneInfo("UTC"))
)
_PACES = st.builds(Pace, _QUIETS, st.none() | st.integers(1, 5))
_ALERTS = st.sampled_from([frozenset[str](), frozenset({"new"}), frozenset({"deleted"}), EVERYTHING])
_TIMES = st.sampled_from([(MORNING,), (MORNING, EVENING), (time(0), time(12), time(23, 59))])
_DAYS = st.sampled_from([frozenset(range(7)), frozenset(range(5)), frozenset({2})])
#: hours until the next round, back in time too, and how many posts it finds
_STORY = st.lists(st.tuples(st.integers(-5, 40), st.integers(0, 6)), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One database for all examples: each has recipients and a channel of its own."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('kept')}/watchword.db")
    upgrade(engine)
    yield engine
    engine.dispose()


@settings(max_examples=8)
@given(_PACES, _ALERTS, st.booleans(), st.booleans(), _TIMES, _DAYS, _STORY)
def test_each_change_is_told_exactly_once(
    kept: Engine,
    pace: Pace,
    alerts: frozenset[str],
    has_digest: bool,
    empty: bool,
    at: tuple[time, ...],
    days: frozenset[int],
    story: list[tuple[int, int]],
) -> None:
    name = f"desk-{next(_EXAMPLES)}"
    store = Store(kept)
    mine = subscription(name, alerts=alerts, digest=has_digest, whole=True, paced=pace.holds)
    harbour = Harbour(store, [mine], name)
    wishes = plan(name, at, days=days, empty=empty)
    store.set_up_ways({name: name})
    now, found, messages = NOON, list[str](), list[Delivery]()

    def play(many: int) -> None:
        found.extend(harbour.find(many, now) if many else ())
        if has_digest:
            harbour.digests(now, wishes)
        list(release_alerts({name: pace}, store=store, now=now))
        messages.extend(sent(store, now, name))

    for hours, many in story:
        now += hours * HOUR + 7 * MINUTE
        play(many)
    for _ in range(27):  # until a week's digest has come and all quiet hours are over, at all hours of the day
        now += 7 * HOUR
        play(0)

    told = Counter(change.text for one in messages if one.kind == "alert" for change in changes_of(one.payload))
    told.update(_in_digests(kept, name))
    is_wanted = has_digest or "new" in alerts
    assert told == (Counter(found) if is_wanted else Counter())
    totals = sum(from_payload(one.payload).total for one in messages if one.kind == "digest")
    assert totals == sum(_in_digests(kept, name).values())
    assert len({one.id for one in messages}) == len(messages)


def _in_digests(engine: Engine, name: str) -> Counter[str]:
    """Return the texts that the ledger calls told in a digest that was sent."""
    statement = (
        select(change.c.post_row)
        .join(wanted, wanted.c.change_id == change.c.change_id)
        .join(digest, digest.c.digest_id == wanted.c.digest_id)
        .join(delivery, delivery.c.delivery_id == digest.c.delivery_id)
        .where(wanted.c.recipient == name, delivery.c.state == "sent")
    )
    with engine.connect() as connection:
        rows = list(connection.execute(statement).scalars())
        texts = {row.row_id: row.text for row in connection.exec_driver_sql("SELECT row_id, text FROM post")}
    return Counter(texts[row] for row in rows)
