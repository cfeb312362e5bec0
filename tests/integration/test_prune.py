"""Pruning: what is old loses its text and is still known; what is new, untold or held loses nothing."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from tests.builders import NOON, make_found, make_new, make_post, make_record
from worker.adapters.evidence import EvidenceFolder
from worker.adapters.store import Store
from worker.adapters.store.finding import PostsWanted
from worker.adapters.store.schema import delivery, match, post, revision, search_due, sketch
from worker.core.announce import told_of
from worker.core.diff import Edit, diff_by_id
from worker.core.models import ChangeKind, Match, Outcome, Result
from worker.core.record import Announcement, EditedPost
from worker.core.search import query
from worker.jobs.index import index_posts
from worker.jobs.prune import EvidencePolicy, Retention, cutoff, prune, prune_when_due

DAY = timedelta(days=1)
LATER = NOON + 100 * DAY
HIT = Match("BRICS", "BRICS", 0, 5)
NEWS = Announcement(ChangeKind.NEW, ("BRICS",), digests=("desk",), alerts=(("hook", {"type": "post.new"}),))
TEXTS = Retention(texts=30 * DAY)


@pytest.fixture
def store(engine: Engine) -> Store:
    made = Store(engine)
    made.set_up_channels({"harbour": "https://t.me/s/harbour"}, NOON)
    return made


def pruned(store: Store, retention: Retention, folder: EvidenceFolder | None = None) -> dict[str, int]:
    return {one.kind: one.count for one in prune(retention, store=store, evidence=folder, now=LATER)}


def index(store: Store) -> None:
    list(index_posts(store, most=10_000))


def edit(store: Store, number: int, text: str, announcement: Announcement | None = None, **more: object) -> None:
    known = store.fingerprints("harbour", [str(number)])[str(number)]
    before = store.previous([known.row])[known.row]
    edited = EditedPost(Edit(known, make_found(text, number)), before.revision + 1, (), announcement)
    at = {"at": NOON + DAY, **more}
    store.record_check(make_record(edited=(edited,), **at))  # type: ignore[arg-type]


def left(engine: Engine, *tables: object) -> list[int]:
    with engine.connect() as connection:
        return [len(connection.execute(select(table)).all()) for table in tables]  # type: ignore[call-overload]


def found(store: Store, words: str) -> list[str]:
    return [one["id"] for one in store.find_listed(PostsWanted(words=query(words)))]


def test_of_an_old_post_a_tombstone_stays(store: Store, engine: Engine) -> None:
    new = replace(make_new("BRICS ships", 1, matches=(HIT,)), sketch=(7, 8))
    store.record_check(make_record(new))
    edit(store, 1, "BRICS boats")
    index(store)
    before = store.fingerprints("harbour", ["1"])

    assert pruned(store, TEXTS) == {"texts": 1}

    assert store.fingerprints("harbour", ["1"]) == before
    (shown,) = store.list_posts()
    assert (shown["text"], shown["tags"], shown["revisions"], shown["state"]) == ("", [], 2, "live")
    assert shown["pruned_at"] == LATER.isoformat()
    assert left(engine, match, sketch, search_due) == [0, 0, 0]
    with engine.connect() as connection:
        assert connection.execute(select(revision.c.text, revision.c.pruned_at)).all() == [("", LATER)]
    assert (found(store, "ships"), found(store, "boats")) == ([], [])
    assert pruned(store, TEXTS) == {}


def test_the_index_forgets_the_words_of_what_was_pruned_and_keeps_those_of_the_others(
    store: Store, engine: Engine
) -> None:
    store.record_check(make_record(*(make_new(f"ship {n}", n) for n in range(1, 251))))
    store.record_check(make_record(make_new("ship of today", 300), at=LATER))
    index(store)

    assert pruned(store, TEXTS) == {"texts": 250}

    assert found(store, "ship") == ["300"]
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            statement = "SELECT count(*) FROM post_search WHERE post_search MATCH 'ship'"
            assert connection.exec_driver_sql(statement).scalar_one() == 1


def test_a_post_that_was_pruned_before_it_could_be_searched_harms_nothing(store: Store) -> None:
    store.record_check(make_record(make_new("ship", 1)))
    edit(store, 1, "boat")
    assert pruned(store, TEXTS) == {"texts": 1}
    index(store)
    assert (found(store, "ship"), store.count_unsearched()) == ([], 0)


def test_a_pruned_post_that_returns_as_it_was_is_nothing_new(store: Store) -> None:
    store.record_check(make_record(make_new("ship", 1)))
    pruned(store, TEXTS)

    diff = diff_by_id([make_post("ship", 1)], store.fingerprints("harbour", ["1"]))
    assert (diff.new, diff.edited, len(diff.unchanged)) == ((), (), 1)


def test_a_pruned_post_with_another_text_is_an_edit_without_a_before(store: Store) -> None:
    store.record_check(make_record(make_new("BRICS ship", 1, matches=(HIT,))))
    index(store)
    pruned(store, TEXTS)
    (before,) = store.previous([store.fingerprints("harbour", ["1"])["1"].row]).values()
    told = told_of(
        make_found("BRICS boat", 1), (HIT,), ("BRICS",), channel="harbour", title="H", now=LATER, before=before
    )
    assert (told.kind, told.before, told.grade, told.gained) == (ChangeKind.EDITED, None, "substantive", ())

    edit(store, 1, "BRICS boat", Announcement(ChangeKind.EDITED, ("BRICS",), digests=("desk",)), at=LATER)
    index(store)

    (untold,) = store.untold("desk").values()
    assert (untold.text, untold.before) == ("BRICS boat", None)
    assert found(store, "boat") == ["1"]
    past, present = store.post_history(before_row(store))["revisions"]
    assert (past["text"], past["pruned_at"], present["pruned_at"]) == ("", LATER.isoformat(), None)
    assert pruned(store, TEXTS) == {}


def before_row(store: Store) -> int:
    return store.fingerprints("harbour", ["1"])["1"].row


def test_what_is_still_to_be_told_or_held_is_not_pruned(store: Store) -> None:
    store.record_check(make_record(make_new("BRICS one", 1, announcement=NEWS)))
    store.record_check(make_record(make_new("BRICS two", 2, announcement=NEWS), held=True))
    assert pruned(store, TEXTS) == {}

    changes = list(store.untold("desk"))
    store.record_digest("desk", "daily", date(2026, 3, 2), since=NOON, until=NOON, changes=changes, payload=None)
    assert pruned(store, TEXTS) == {"texts": 1}


def test_a_post_that_was_lately_edited_keeps_its_text(store: Store) -> None:
    store.record_check(make_record(make_new("one", 1)))
    edit(store, 1, "two", at=LATER - 2 * DAY)
    assert pruned(store, TEXTS) == {}
    assert pruned(store, Retention(texts=timedelta(days=1))) == {}


def test_replaced_texts_go_alone_where_only_they_are_old(store: Store, engine: Engine) -> None:
    store.record_check(make_record(make_new("BRICS ship", 1, matches=(HIT,))))
    edit(store, 1, "boat")
    index(store)

    assert pruned(store, Retention(revisions=30 * DAY)) == {"revisions": 1}

    assert ([one["text"] for one in store.list_posts()], found(store, "boat")) == (["boat"], ["1"])
    assert left(engine, match) == [0]
    assert pruned(store, Retention(revisions=30 * DAY)) == {}


def test_messages_that_were_sent_lose_their_payload_and_stay_known(store: Store, engine: Engine) -> None:
    store.record_check(make_record(make_new("one", 1, announcement=NEWS), make_new("two", 2, announcement=NEWS)))
    sent = store.claim_delivery(NOON)
    assert sent is not None
    store.record_attempt(sent, Outcome(Result.SENT, "taken"), at=NOON, next_attempt_at=None)

    assert pruned(store, Retention(deliveries=30 * DAY)) == {"deliveries": 1}

    with engine.connect() as connection:
        rows = connection.execute(select(delivery.c.state, delivery.c.payload).order_by(delivery.c.state)).all()
    assert [tuple(row) for row in rows] == [("sent", {}), ("waiting", {"type": "post.new"})]


def test_nothing_goes_unless_the_retention_says_so(store: Store, engine: Engine) -> None:
    store.record_check(make_record(make_new("one", 1)))
    edit(store, 1, "two")
    assert pruned(store, Retention()) == {}
    assert left(engine, post, revision) == [1, 1]


def test_what_would_go_can_be_counted(store: Store) -> None:
    store.record_check(make_record(make_new("one", 1), make_new("two", 2)))
    edit(store, 1, "three")
    old = cutoff(30 * DAY, LATER)
    assert store.count_prunable(texts=old, revisions=old, deliveries=old, evidence=old) == {
        "texts": 2,
        "revisions": 1,
        "evidence": 0,
        "deliveries": 0,
    }
    assert store.count_prunable() == {}


def test_pruning_is_due_once_a_day_and_again_if_it_was_stopped(store: Store, tmp_path: Path) -> None:
    store.record_check(make_record(make_new("one", 1)))
    folder = EvidenceFolder(tmp_path / "evidence")

    def run(now: object, stopped: bool = False) -> list[str]:
        steps = prune_when_due(TEXTS, store=store, evidence=folder, now=now, stopping=lambda: stopped)  # type: ignore[arg-type]
        return [one.kind for one in steps]

    assert (run(LATER, stopped=True), store.next_prune_at()) == ([], None)
    assert run(LATER) == ["texts"]
    assert store.next_prune_at() == LATER + DAY
    store.record_check(make_record(make_new("two", 2)))
    assert run(LATER + timedelta(hours=23)) == []
    assert run(LATER + DAY) == ["texts"]


def test_evidence_is_pruned_with_the_rest(store: Store, tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path / "evidence")
    kept = folder.keep(b"a page")
    retention = Retention(evidence=EvidencePolicy(keep_for=30 * DAY))
    steps = prune(retention, store=store, evidence=folder, now=LATER + 1000 * 365 * DAY)
    assert [(one.kind, one.bytes) for one in steps] == [("evidence", kept.packed)]
