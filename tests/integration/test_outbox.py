"""The outbox on both databases: who is served when, in which order, and what closes the way to a recipient."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, event, select, update

from tests.builders import NOON, make_new, make_record
from worker.adapters.store import Store
from worker.adapters.store.schema import attempt, delivery, way
from worker.core.models import ChangeKind, Outcome, Result
from worker.core.record import Announcement, Delivery

SENT = Outcome(Result.SENT, "250 taken")
LATER = Outcome(Result.TEMPORARY, "451 come back")
GONE = Outcome(Result.PERMANENT, "the receiver answered 410", gone=True)
NAMES = ("desk", "hook", "night-desk")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(engine: Engine) -> Store:
    made = Store(engine)
    made.set_up_channels({"harbour": "https://t.me/s/harbour"}, NOON)
    made.set_up_ways({name: f"address of {name}" for name in NAMES})
    return made


def tell(store: Store, *told: str, at: datetime = NOON, recipients: Sequence[str] = ("hook",)) -> None:
    """Put alerts into the outbox, in one check."""
    store.record_check(
        make_record(
            *(
                make_new(
                    text,
                    announcement=Announcement(
                        ChangeKind.NEW, ("BRICS",), alerts=tuple((name, {"says": text}) for name in recipients)
                    ),
                )
                for text in told
            ),
            at=at,
        )
    )


def claim(store: Store, now: datetime = NOON, recipient: str = "hook") -> Delivery:
    claimed = store.claim_delivery(now, recipient=recipient)
    assert claimed is not None
    return claimed


def says(claimed: Delivery | None) -> object:
    return claimed and claimed.payload["says"]


def drain(store: Store, now: datetime, recipient: str = "hook") -> list[object]:
    said = []
    while claimed := store.claim_delivery(now, recipient=recipient):
        said.append(says(claimed))
        store.record_attempt(claimed, SENT, at=now, next_attempt_at=None)
    return said


def test_deliveries_of_one_moment_leave_in_the_order_in_which_they_were_made(store: Store) -> None:
    texts = [f"post {number}" for number in range(40)]
    tell(store, *texts)
    tell(store, "later", at=NOON + MINUTE)

    assert drain(store, NOON + MINUTE) == [*texts, "later"]


def test_a_recipient_is_sent_one_delivery_at_a_time(store: Store) -> None:
    tell(store, "one", "two")
    first = claim(store)

    assert says(first) == "one"
    assert store.claim_delivery(NOON, recipient="hook") is None
    store.record_attempt(first, SENT, at=NOON, next_attempt_at=None)
    assert says(claim(store)) == "two"


def test_a_recipient_who_is_being_served_or_has_failed_delays_no_other(store: Store) -> None:
    tell(store, "one", "two", recipients=NAMES)
    claim(store, recipient="hook")
    failed = claim(store, recipient="desk")
    again = NOON + MINUTE
    store.record_attempt(failed, LATER, at=NOON, next_attempt_at=again, rest_until=again)

    assert store.due_recipients(NOON) == ["night-desk"] or sorted(store.due_recipients(NOON)) == ["hook", "night-desk"]
    assert store.claim_delivery(NOON, recipient="desk") is None
    assert drain(store, NOON, "night-desk") == ["one", "two"]
    assert drain(store, again, "desk") == ["one", "two"]


def test_only_who_has_something_due_is_named(store: Store) -> None:
    assert store.due_recipients(NOON) == []
    tell(store, "one")
    assert store.due_recipients(NOON - MINUTE) == []
    assert store.due_recipients(NOON) == ["hook"]
    claimed = claim(store)
    assert store.due_recipients(NOON) == []
    assert store.due_recipients(NOON + timedelta(minutes=11)) == ["hook"]  # the lease has run out
    again = NOON + timedelta(hours=1)
    store.record_attempt(claimed, LATER, at=NOON, next_attempt_at=again)
    assert store.due_recipients(again - MINUTE) == []
    assert store.due_recipients(again) == ["hook"]


def test_a_receiver_that_is_gone_closes_the_way_and_operators_are_told_once(store: Store) -> None:
    tell(store, "one", "two", "three")
    notices = [("desk", {"type": "recipient.gone"})]
    first = claim(store)
    assert store.record_attempt(first, GONE, at=NOON, next_attempt_at=None, notices=notices) == "dead"

    assert store.due_recipients(NOON) == ["desk"]
    assert store.claim_delivery(NOON + timedelta(days=9), recipient="hook") is None
    assert claim(store, recipient="desk").payload == {"type": "recipient.gone"}
    # what was on its way meanwhile tells nobody a second time
    store.record_attempt(first, GONE, at=NOON, next_attempt_at=None, notices=notices)
    assert [line["kind"] for line in store.list_deliveries(recipient="desk")] == ["notice"]


def test_another_address_opens_a_closed_way_and_the_same_one_does_not(store: Store) -> None:
    tell(store, "one", "two")
    store.record_attempt(claim(store), GONE, at=NOON, next_attempt_at=None)

    store.set_up_ways({"hook": "address of hook"})
    assert store.due_recipients(NOON) == []
    store.set_up_ways({"hook": "another"})
    assert drain(store, NOON) == ["two"]


def test_a_retry_opens_a_closed_way_and_begins_the_back_off_anew(store: Store) -> None:
    tell(store, "one", "two")
    first = claim(store)
    store.record_attempt(first, GONE, at=NOON, next_attempt_at=None)

    assert store.retry_deliveries(NOON + MINUTE, recipient="hook", dead=True) == 1

    again = claim(store, NOON + MINUTE)
    assert (again.id, again.attempt, again.turn) == (first.id, 2, 1)
    store.record_attempt(again, SENT, at=NOON, next_attempt_at=None)
    assert drain(store, NOON + MINUTE) == ["two"]


def test_a_retry_of_a_recipient_opens_the_way_even_where_nothing_waits(store: Store, engine: Engine) -> None:
    tell(store, "one")
    store.record_attempt(claim(store), GONE, at=NOON, next_attempt_at=None)
    store.drop_deliveries(NOON, recipient="hook")

    assert store.retry_deliveries(NOON, recipient="hook") == 0

    with engine.connect() as connection:
        assert connection.execute(select(way.c.closed_at).where(way.c.recipient == "hook")).scalar_one() is None


def test_what_is_dropped_is_kept_and_not_sent(store: Store) -> None:
    tell(store, "one", "two")
    (first, _) = store.list_deliveries()

    assert store.drop_deliveries(NOON, numbers=[first["id"]]) == 1

    assert drain(store, NOON) == ["two"]
    assert [line["state"] for line in store.list_deliveries()] == ["dropped", "sent"]


@pytest.mark.parametrize("what", ["retry", "drop"])
def test_what_is_sent_or_on_its_way_cannot_be_changed(store: Store, what: str) -> None:
    tell(store, "one", "two")
    store.record_attempt(claim(store), SENT, at=NOON, next_attempt_at=None)
    claim(store)
    change = store.retry_deliveries if what == "retry" else store.drop_deliveries
    for line, words in zip(store.list_deliveries(), ("has been sent", "is being sent right now"), strict=True):
        with pytest.raises(Exception, match=words):
            change(NOON, numbers=[line["id"]])
    assert [line["state"] for line in store.list_deliveries()] == ["sent", "sending"]


@pytest.mark.parametrize(("number", "words"), [("0", "no id"), ("ffff", "no delivery has"), ("%%%%", "no id")])
def test_an_id_that_means_nothing_is_refused(store: Store, number: str, words: str) -> None:
    tell(store, "one")
    with pytest.raises(Exception, match=words):
        store.show_delivery(number)


def test_an_id_may_be_shortened_while_it_is_plain_what_is_meant(store: Store) -> None:
    tell(store, "one", "two")
    ids = [line["id"] for line in store.list_deliveries()]

    assert store.show_delivery(ids[0][:20])["payload"] == {"says": "one"}
    with pytest.raises(Exception, match="more than one delivery has an id"):
        store.show_delivery(ids[0][:4])


def test_a_listing_is_narrowed_by_state_recipient_and_time(store: Store) -> None:
    tell(store, "one", recipients=("hook", "desk"))
    tell(store, "two", at=NOON + MINUTE)
    store.record_attempt(claim(store), SENT, at=NOON, next_attempt_at=None)

    def listed(**wanted: object) -> list[tuple[str, str]]:
        return [(line["recipient"], line["state"]) for line in store.list_deliveries(**wanted)]  # type: ignore[arg-type]

    assert listed() == [("hook", "sent"), ("desk", "waiting"), ("hook", "waiting")]
    assert listed(states=["waiting"], recipient="hook") == [("hook", "waiting")]
    assert listed(states=["sent", "dead"]) == [("hook", "sent")]
    assert listed(since=NOON + MINUTE) == [("hook", "waiting")]


def test_a_delivery_is_shown_with_every_attempt(store: Store) -> None:
    tell(store, "one")
    again = NOON + MINUTE
    store.record_attempt(claim(store), LATER, at=NOON, next_attempt_at=again)
    claimed = claim(store, again)

    shown = store.show_delivery(claimed.id)

    assert (shown["state"], shown["attempts"], shown["detail"]) == ("sending", 2, "451 come back")
    assert [(one["number"], one["result"], one["detail"]) for one in shown["tries"]] == [
        (1, "temporary", "451 come back"),
        (2, None, None),
    ]


def test_a_delivery_that_is_given_back_is_due_again_and_says_why(store: Store, engine: Engine) -> None:
    tell(store, "one", "two")
    claimed = claim(store)
    store.release_delivery(claimed, at=NOON + MINUTE, detail="stopped")

    again = claim(store, NOON + MINUTE)
    assert (again.id, again.attempt) == (claimed.id, 2)
    with engine.connect() as connection:
        (first, _) = connection.execute(select(attempt).order_by(attempt.c.number)).all()
    assert (first.result, first.detail, first.finished_at) == (None, "stopped", NOON + MINUTE)


def test_what_the_retention_removed_cannot_be_sent_again(store: Store, engine: Engine) -> None:
    tell(store, "one")
    claimed = claim(store)
    store.record_attempt(claimed, Outcome(Result.PERMANENT, "550"), at=NOON, next_attempt_at=None)
    assert store.prune_deliveries(NOON + timedelta(days=1), NOON + timedelta(days=1)) == 1

    with pytest.raises(Exception, match="the retention has removed"):
        store.retry_deliveries(NOON, numbers=[claimed.id])
    assert store.retry_deliveries(NOON, dead=True) == 0


def test_what_is_due_is_found_by_the_index_of_what_is_to_be_sent(store: Store, engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses by its statistics, which an empty table has not")
    statements: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_c: object, _k: object, statement: str, parameters: object, *_: object) -> None:
        if statement.startswith("SELECT"):
            statements.append(statement)

    tell(store, "one")
    statements.clear()
    store.due_recipients(NOON)
    store.claim_delivery(NOON, recipient="hook")
    event.remove(engine, "before_cursor_execute", note)
    assert len(statements) == 3
    for statement in statements:
        with engine.connect() as connection:
            marks = tuple("0" for _ in range(statement.count("?")))
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", marks).all()
        assert any(("ix_delivery_waiting" in str(step) or "ix_delivery_sending" in str(step)) for step in plan), plan


def test_a_delivery_that_another_process_holds_is_skipped_not_waited_for(store: Store, engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    tell(store, "one", recipients=("hook",))
    with engine.begin() as other:
        other.execute(select(delivery).with_for_update())
        assert store.claim_delivery(NOON, recipient="hook") is None
    with engine.begin() as connection:
        connection.execute(update(delivery).values(attempts=0))
    assert says(store.claim_delivery(NOON, recipient="hook")) == "one"
