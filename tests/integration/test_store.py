"""The store on both databases: what is recorded is found again, all of it or none."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, event, select

from tests.builders import NOON, make_found, make_new, make_record, make_standing
from worker.adapters.store import Store
from worker.adapters.store import engine as database
from worker.adapters.store.bulk import Prepared, RowInsert
from worker.adapters.store.schema import (
    attempt,
    change,
    delivery,
    export,
    metadata,
    post,
    revision,
    suspect,
    wanted,
)
from worker.core.diff import Edit
from worker.core.models import ChangeKind, Match, Outcome, Result, StoredPost, Validators
from worker.core.record import (
    Announcement,
    CheckRecord,
    DeletedPost,
    EditedPost,
    FileRead,
    Gap,
    KeptExport,
    RestoredPost,
    TermChange,
)
from worker.errors import StoreError

HIT = Match("BRICS", "BRICS", 0, 5)
NEWS = Announcement(ChangeKind.NEW, ("BRICS",), digests=("desk",), alerts=(("hook", {"type": "post.new"}),))


@pytest.fixture
def store(engine: Engine) -> Store:
    made = Store(engine)
    made.set_up_channels({"harbour": "https://t.me/s/harbour", "quay": "/srv/quay/*.txt"}, NOON)
    return made


def count(engine: Engine, table: "object") -> int:
    with engine.connect() as connection:
        return len(connection.execute(select(table)).all())  # type: ignore[call-overload]


def edit_of(store: Store, number: int, text: str, announcement: Announcement | None = None) -> EditedPost:
    known = store.fingerprints("harbour", [str(number)])[str(number)]
    before = store.previous([known.row])[known.row]
    return EditedPost(Edit(known, make_found(text, number)), before.revision + 1, (), announcement)


def test_a_channel_is_due_at_once_and_then_when_its_time_comes(store: Store) -> None:
    assert [state.name for state in store.due_channels({"harbour", "quay"}, NOON)] == ["harbour", "quay"]

    store.record_check(make_record(make_new("one", 1)))

    assert [state.name for state in store.due_channels({"harbour", "quay"}, NOON)] == ["quay"]
    later = NOON + timedelta(minutes=10)
    assert [state.name for state in store.due_channels({"harbour"}, later)] == ["harbour"]


def test_a_channel_that_left_the_configuration_is_not_due(store: Store) -> None:
    assert store.due_channels({"quay"}, NOON)[0].name == "quay"
    assert len(store.due_channels({"quay"}, NOON)) == 1


def test_a_check_keeps_validators_watermark_and_baseline(store: Store) -> None:
    store.record_check(make_record(make_new("one", 1), validators=Validators('W/"a"', "Mon"), watermark=1))

    (state,) = store.due_channels({"harbour"}, NOON + timedelta(hours=1))
    assert (state.validators, state.watermark, state.has_baseline) == (Validators('W/"a"', "Mon"), 1, True)


def test_a_changed_source_forgets_its_validators(store: Store) -> None:
    store.record_check(make_record(validators=Validators('"a"', None)))
    store.set_up_channels({"harbour": "https://t.me/s/harbour2"}, NOON)

    (state,) = store.due_channels({"harbour"}, NOON)
    assert state.validators == Validators()


def test_not_modified_is_a_good_check_and_keeps_posts(store: Store) -> None:
    store.record_check(make_record(make_new("one", 1)))
    store.record_check_failure("harbour", make_standing(state="failing", failures=1, last_error="away"), at=NOON)
    store.record_not_modified("harbour", Validators('"b"', None), make_standing(), at=NOON)

    (line,) = [line for line in store.status(["harbour"])["channels"] if line["name"] == "harbour"]
    assert (line["state"], line["failures"], line["last_error"], line["posts"]) == ("ok", 0, None, 1)


def test_a_failure_is_kept_in_words(store: Store) -> None:
    failing = make_standing(state="failing", failures=2, last_error="no answer", last_ok_at=None)
    store.record_check_failure("harbour", failing, at=NOON)

    line = store.status(["harbour"])["channels"][0]
    assert (line["failures"], line["last_error"], line["last_ok_at"]) == (2, "no answer", None)
    (state,) = store.due_channels({"harbour"}, NOON + timedelta(hours=1))
    assert state.standing == failing


def test_an_edit_keeps_the_state_before_it(store: Store, engine: Engine) -> None:
    store.record_check(make_record(make_new("before", 1, matches=(HIT,))))
    lost = Announcement(ChangeKind.EDITED, ("BRICS",), (TermChange("BRICS", "lost"),), digests=("desk",))
    store.record_check(make_record(edited=(edit_of(store, 1, "after", lost),), at=NOON + timedelta(hours=1)))

    (shown,) = store.list_posts()
    assert (shown["text"], shown["revisions"], shown["tags"]) == ("after", 2, [])
    with engine.connect() as connection:
        (old,) = connection.execute(select(revision)).all()
    assert (old.text, old.number) == ("before", 1)
    (found,) = store.list_changes()
    assert found["kind"] == "edited"
    assert found["term_changes"] == [{"watchlist": "BRICS", "kind": "lost"}]


def test_a_baseline_is_stored_and_tagged_and_told_to_nobody(store: Store, engine: Engine) -> None:
    store.record_check(make_record(make_new("BRICS", 1, matches=(HIT,))))

    assert next(iter(store.list_posts(tag="BRICS")))["tags"] == ["BRICS"]
    assert (count(engine, change), count(engine, wanted), count(engine, delivery)) == (0, 0, 0)


def test_a_digest_is_told_once_with_its_text_and_matches(store: Store) -> None:
    store.record_check(make_record(make_new("BRICS talks", 1, matches=(HIT,), announcement=NEWS)))
    untold = store.untold("desk")
    (told,) = untold.values()
    assert (told.text, told.matches, told.kind) == ("BRICS talks", (HIT,), ChangeKind.NEW)

    store.record_digest(
        "desk", "daily", date(2026, 3, 2), since=NOON, until=NOON, changes=list(untold), payload={"x": 1}
    )

    assert store.untold("desk") == {}
    (line,) = store.ledger("desk", NOON)
    assert (line.local_date, line.name, line.until) == ("2026-03-02", "daily", NOON)


def test_one_local_date_has_one_digest(store: Store, engine: Engine) -> None:
    def enter() -> bool:
        return store.record_digest(
            "desk", "daily", date(2026, 3, 2), since=NOON, until=NOON, changes=[], payload={"x": 1}
        )

    assert enter()
    assert not enter()

    assert count(engine, delivery) == 1


def test_a_post_edited_after_it_was_found_is_told_in_both_states(store: Store) -> None:
    store.record_check(make_record(make_new("first state", 1, announcement=NEWS)))
    edited = Announcement(ChangeKind.EDITED, (), digests=("desk",))
    store.record_check(make_record(edited=(edit_of(store, 1, "second state", edited),)))

    new, edit = store.untold("desk").values()
    assert (new.text, new.before) == ("first state", None)
    assert (edit.text, edit.before) == ("second state", "first state")


def test_a_claimed_delivery_has_its_attempt_committed_before_it_is_made(store: Store, engine: Engine) -> None:
    store.record_check(make_record(make_new("one", 1, announcement=NEWS)))
    claimed = store.claim_delivery(NOON)

    assert claimed is not None
    assert store.claim_delivery(NOON) is None
    with engine.connect() as connection:
        (tried,) = connection.execute(select(attempt)).all()
    assert (tried.delivery_id, tried.number, tried.result) == (claimed.id, 1, None)


def test_a_delivery_whose_process_died_is_given_back_under_the_same_id(store: Store) -> None:
    store.record_check(make_record(make_new("one", 1, announcement=NEWS)))
    before = store.claim_delivery(NOON)
    assert store.release_abandoned(NOON) == 1
    after = store.claim_delivery(NOON)

    assert before is not None
    assert after is not None
    assert (after.id, after.attempt) == (before.id, 2)


def test_a_lease_that_ran_out_lets_another_try(store: Store) -> None:
    store.record_check(make_record(make_new("one", 1, announcement=NEWS)))
    before = store.claim_delivery(NOON)

    assert store.claim_delivery(NOON + timedelta(minutes=5)) is None
    again = store.claim_delivery(NOON + timedelta(minutes=11))
    assert before is not None
    assert again is not None
    assert again.id == before.id


@pytest.mark.parametrize(
    ("result", "again", "state"),
    [
        (Result.SENT, None, "sent"),
        (Result.TEMPORARY, NOON + timedelta(hours=1), "waiting"),
        (Result.PERMANENT, None, "dead"),
    ],
)
def test_an_attempt_ends_as_its_outcome_says(store: Store, result: Result, again: "object", state: str) -> None:
    store.record_check(make_record(make_new("one", 1, announcement=NEWS)))
    claimed = store.claim_delivery(NOON)
    assert claimed is not None

    outcome = Outcome(result, "said the other side")
    assert store.record_attempt(claimed, outcome, at=NOON, next_attempt_at=again) == state  # type: ignore[arg-type]
    assert store.claim_delivery(NOON) is None
    assert (store.claim_delivery(NOON + timedelta(hours=1)) is not None) == (state == "waiting")


def test_files_that_were_read_are_remembered_with_their_stamp(store: Store) -> None:
    store.record_check(make_record(make_new("one"), channel="quay", file_read=FileRead("/srv/quay/1.txt", "10:1")))
    store.record_check_failure(
        "quay", make_standing(state="failing"), at=NOON, bad_file=FileRead("/srv/quay/2.txt", "5:2")
    )
    store.record_check(make_record(channel="quay", file_read=FileRead("/srv/quay/1.txt", "12:3")))

    assert store.files_read("quay") == {"/srv/quay/1.txt": "12:3", "/srv/quay/2.txt": "5:2"}


def test_a_sequence_reads_the_overlap_and_its_neighbours_not_the_history(store: Store) -> None:
    history = [make_new(f"post number {n}", position=float(n)) for n in range(1, 401)]
    store.record_check(make_record(*history, channel="quay"))
    seen = [make_found(f"post number {n}").fingerprint for n in (398, 399, 400)]

    stretch = store.sequence("quay", seen)

    assert (stretch.first, stretch.last) == (1.0, 400.0)
    assert [known.text for known in stretch.posts][-3:] == ["post number 398", "post number 399", "post number 400"]
    assert len(stretch.posts) < 20


def test_the_sequence_of_a_channel_without_dumps_is_empty(store: Store) -> None:
    assert store.sequence("quay", ["1:00"]).posts == ()


def test_a_gap_is_shown_by_status(store: Store) -> None:
    store.record_check(make_record(gap=Gap("5", "40", None, NOON, 34)))

    assert store.status(["harbour"])["channels"][0]["gaps"] == [
        {"after": "5", "before": "40", "from": None, "to": NOON.isoformat(), "at_most": 34}
    ]


def test_a_gap_that_can_be_closed_is_handed_to_the_next_check_and_forgotten_when_it_is(store: Store) -> None:
    store.record_check(make_record(gap=Gap("5", "40", None, NOON, 34, "https://t.me/s/harbour?before=40")))
    state = store.channel_state("harbour")
    assert state is not None
    assert state.open_gap is not None
    assert (state.open_gap.before_id, state.open_gap.resume_url) == ("40", "https://t.me/s/harbour?before=40")

    smaller = replace(state.open_gap, before_id="20", at_most=14, resume_url="https://t.me/s/harbour?before=20")
    store.record_check(make_record(gap=smaller))
    assert store.status(["harbour"])["channels"][0]["gaps"][0]["at_most"] == 14

    store.record_check(make_record(closed_gap=state.open_gap.number))
    assert store.status(["harbour"])["channels"][0]["gaps"] == []


def test_held_changes_are_kept_and_told_to_nobody_until_a_person_has_decided(store: Store) -> None:
    store.record_check(make_record(make_new("BRICS talks", 1, matches=(HIT,), announcement=NEWS), held=True))
    state = store.channel_state("harbour")
    assert state is not None
    assert state.is_held
    assert (store.untold("desk"), store.claim_delivery(NOON)) == ({}, None)

    held = store.held_changes("harbour")
    store.record_approval([(number, NEWS) for number in held], NOON)

    assert [told.text for told in store.untold("desk").values()] == ["BRICS talks"]
    assert store.claim_delivery(NOON) is not None
    assert store.held_changes("harbour") == {}


def test_a_rebaseline_keeps_the_posts_and_tells_nobody(store: Store) -> None:
    store.record_check(make_record(make_new("BRICS talks", 1, matches=(HIT,), announcement=NEWS), held=True))

    assert store.record_rebaseline("harbour") == 1

    assert [shown["text"] for shown in store.list_posts()] == ["BRICS talks"]
    assert (store.untold("desk"), list(store.list_changes())) == ({}, [])


def test_a_notice_goes_into_the_outbox_with_the_check(store: Store) -> None:
    store.record_check_failure("harbour", make_standing(), at=NOON, notices=[("ops", {"type": "channel.state"})])

    claimed = store.claim_delivery(NOON)
    assert claimed is not None
    assert (claimed.recipient, claimed.kind, claimed.payload) == ("ops", "notice", {"type": "channel.state"})


def test_a_new_parser_version_forgets_the_validators(store: Store) -> None:
    store.record_check(make_record(validators=Validators('"a"', None)))
    store.set_up_channels({"harbour": "https://t.me/s/harbour"}, NOON, parser_version=2)

    (state,) = store.due_channels({"harbour"}, NOON)
    assert state.validators == Validators()


def test_fingerprints_are_looked_up_by_id_in_any_number(store: Store) -> None:
    store.record_check(make_record(*(make_new(f"post {n}", n) for n in range(1200))))

    found = store.fingerprints("harbour", [str(n) for n in range(5000)])
    assert len(found) == 1200
    assert isinstance(found["7"], StoredPost)


@contextlib.contextmanager
def before_each_statement(engine: Engine, then: Callable[[], None]) -> Iterator[None]:
    """Call `then` before each statement: those of SQLAlchemy, and those that go to the driver past it."""

    def called(*_: object) -> None:
        then()

    def before(inner: Callable[..., Any]) -> Callable[..., Any]:
        def outer(*values: object) -> Any:
            then()
            return inner(*values)

        return outer

    event.listen(engine, "before_cursor_execute", called)
    try:
        with pytest.MonkeyPatch.context() as patch:
            for past in (RowInsert, Prepared):
                patch.setattr(past, "__call__", before(past.__call__))
            yield
    finally:
        event.remove(engine, "before_cursor_execute", called)


def stored_before(store: Store) -> None:
    """Six posts; the fourth and the sixth were missed by an export, the fifth is deleted."""
    store.record_check(
        make_record(*(make_new(f"before {n}", n) for n in (1, 2, 4, 5, 6, 7)), exports=(export_of("a"),))
    )
    store.record_check(make_record(missed=(4, 6), deleted=(DeletedPost(5, 1, None),), exports=(export_of("b"),)))


def export_of(name: str) -> KeptExport:
    return KeptExport("https://t.me/s/harbour", NOON, 200, (("Date", "Mon"),), name * 64, 100, 10)


def full_record(store: Store) -> CheckRecord:
    """A check that writes everything that a check can write."""
    edited = Announcement(ChangeKind.EDITED, ("BRICS",), grade="minor", digests=("desk",))
    gone, back = (Announcement(kind, (), digests=("desk",)) for kind in (ChangeKind.DELETED, ChangeKind.RESTORED))
    new = make_new("BRICS again", 3, matches=(HIT,), announcement=NEWS)
    return make_record(
        replace(new, export=0, sketch=(7, 8), story=2),
        edited=(replace(edit_of(store, 1, "after", edited), export=1),),
        unchanged=(2,),
        missed=(3,),
        deleted=(DeletedPost(4, 1, gone, export=1),),
        restored=(RestoredPost(5, 1, back, export=0),),
        undecided=(6,),
        exports=(export_of("c"), export_of("d")),
        shown=("1", "2", "3"),
        gap=Gap("1", "3", None, None, 1, "https://t.me/s/harbour?before=3"),
        file_read=FileRead("/x", "1:1"),
        at=NOON + timedelta(hours=1),
    )


def everything(engine: Engine) -> dict[str, list[str]]:
    """Every row of every table."""
    with engine.connect() as connection:
        rows = {table.name: connection.execute(select(table)).all() for table in metadata.sorted_tables}
    return {name: sorted(map(repr, found)) for name, found in rows.items()}


def test_a_failure_at_any_statement_of_a_check_leaves_nothing_of_it(store: Store, engine: Engine) -> None:
    stored_before(store)
    before = everything(engine)
    record = full_record(store)
    reached = 0
    for fatal in range(1, 60):
        number = 0

        def fail(fatal: int = fatal) -> None:
            nonlocal number
            number += 1
            if number == fatal:
                raise KeyboardInterrupt

        try:
            with before_each_statement(engine, fail):
                store.record_check(record)
        except KeyboardInterrupt:
            reached += 1
            assert everything(engine) == before
        else:
            break

    assert reached >= 20
    after = everything(engine)
    written = {name for name, rows in after.items() if rows != before[name]}
    assert written >= {
        *("channel", "post", "revision", "match", "change", "wanted", "delivery", "gap", "file_read", "counter"),
        *("export", "suspect", "sketch", "search_due"),
    }


def test_a_check_writes_its_evidence_and_what_became_of_missing_posts(store: Store, engine: Engine) -> None:
    stored_before(store)
    store.record_check(full_record(store))

    with engine.connect() as connection:
        numbers = dict(connection.execute(select(export.c.sha256, export.c.export_id)).all())
        posts = {row.row_id: row for row in connection.execute(select(post))}
        changes = {row.kind: row for row in connection.execute(select(change))}
        looks = dict(connection.execute(select(suspect.c.post_row, suspect.c.looks)).all())
        (old,) = connection.execute(select(revision)).all()
    first, second, third, fourth = (numbers[name * 64] for name in "abcd")
    assert (posts[4].state, posts[5].state, posts[6].state) == ("deleted", "live", "live")
    assert looks == {3: 0, 6: 1}
    assert (posts[1].export_id, old.export_id, posts[7].export_id, posts[2].export_id) == (fourth, None, third, None)
    assert (changes["new"].export_id, changes["edited"].export_id) == (third, fourth)
    assert (changes["deleted"].export_id, changes["deleted"].lacking_export_id) == (fourth, second)
    assert (changes["restored"].export_id, changes["restored"].lacking_export_id) == (third, None)
    assert first not in {row.export_id for row in changes.values()}


def test_migrations_make_the_tables_that_the_code_describes(engine: Engine) -> None:
    with engine.connect() as connection, connection.begin():
        command.check(database._alembic(connection))


def test_sqlite_is_made_at_first_use_and_upgraded_by_itself(tmp_path: "object") -> None:
    made = database.open_engine(f"sqlite:///{tmp_path}/new/folder/watchword.db")
    assert database.version(made) is None

    database.require_current(made)

    assert database.version(made) == database.head()
    made.dispose()


def test_a_database_of_a_newer_version_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    try:
        with pytest.raises(StoreError, match="newer Watchword"):
            database.require_current(engine)
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{database.head()}'")


def test_a_second_instance_is_refused_until_the_first_has_ended(database_url: str) -> None:
    first, second = database.open_engine(database_url), database.open_engine(database_url)
    with (
        database.single_instance(first),
        pytest.raises(StoreError, match="another watchword"),
        database.single_instance(second),
    ):
        pass
    with database.single_instance(second):
        pass
    first.dispose()
    second.dispose()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://host/db", "not supported"),
        ("sqlite://", "name a file"),
        ("nonsense", "storage.url"),
        ("sqlite:////proc/nowhere/watchword.db", "cannot be made"),
    ],
)
def test_a_database_that_cannot_be_used_is_said_in_one_line(url: str, words: str) -> None:
    with pytest.raises(StoreError, match=words) as caught:
        database.open_engine(url)

    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database_is_said_in_one_line(tmp_path: "object") -> None:
    path = f"{tmp_path}/watchword.db"
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(b"this is no database, but it is long enough to be taken for one" * 100)
    broken = database.open_engine(f"sqlite:///{path}")

    with pytest.raises(StoreError, match="not a database"):
        database.require_current(broken)
    broken.dispose()
