"""The history of a post: every text with its times, what was found, who was told, and by which message."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from tests.builders import NOON, make_found, make_new, make_record
from worker.adapters.store import Store
from worker.bootstrap.history import compare_revisions
from worker.cli.history import history_lines
from worker.core.diff import Edit
from worker.core.models import ChangeKind, Match, Outcome, Result
from worker.core.record import Announcement, DeletedPost, EditedPost, KeptExport, TermChange

HOUR = timedelta(hours=1)
HIT = Match("BRICS", "BRICS", 4, 9)
EXPORT = KeptExport("https://t.me/s/harbour", NOON, 200, (), "ab" * 32, 90_000, packed=7_000)
NEWS = Announcement(ChangeKind.NEW, ("BRICS",), digests=("desk",), alerts=(("hook", {"type": "post.new"}),))
LOST = Announcement(
    ChangeKind.EDITED, ("BRICS",), (TermChange("BRICS", "lost"),), grade="substantive", digests=("desk",)
)


@pytest.fixture
def store(engine: Engine) -> Store:
    made = Store(engine)
    made.set_up_channels({"harbour": "https://t.me/s/harbour"}, NOON)
    return made


def live_through(store: Store) -> int:
    """A post is found, told, seen again, edited and taken away; return its row."""
    new = replace(make_new("The BRICS house is open", 1, matches=(HIT,), announcement=NEWS), export=0)
    store.record_check(make_record(new, exports=(EXPORT,)))
    known = store.fingerprints("harbour", ["1"])["1"]
    store.record_check(make_record(unchanged=(known.row,), at=NOON + HOUR))
    changes = list(store.untold("desk"))
    store.record_digest("desk", "daily", date(2026, 3, 2), since=NOON, until=NOON, changes=changes, payload={"x": 1})
    while claimed := store.claim_delivery(NOON + HOUR):
        outcome = Outcome(Result.SENT, "250 taken")
        store.record_attempt(claimed, outcome, at=NOON + HOUR, next_attempt_at=None)
    edit = EditedPost(Edit(known, make_found("The house is closed", 1)), 2, (), LOST)
    store.record_check(make_record(edited=(edit,), at=NOON + 2 * HOUR))
    gone = DeletedPost(known.row, 2, Announcement(ChangeKind.DELETED, (), digests=("desk",)))
    store.record_check(make_record(deleted=(gone,), at=NOON + 5 * HOUR))
    return known.row


def at(hours: int) -> str:
    return (NOON + hours * HOUR).isoformat()


def test_the_texts_of_a_post_come_with_their_times_matches_and_evidence(store: Store) -> None:
    known = store.post_history(live_through(store))

    assert (known["channel"], known["id"], known["state"], known["missed"]) == ("harbour", "1", "deleted", None)
    first, second = known["revisions"]
    assert (first["number"], first["text"], first["tags"]) == (1, "The BRICS house is open", ["BRICS"])
    place = {"watchlist": "BRICS", "term": "BRICS", "start": 4, "end": 9}
    assert first["matches"] == [{**place, "text": "BRICS", "backfill": False}]
    assert (first["first_seen_at"], first["last_seen_at"], first["replaced_at"]) == (at(0), at(1), at(2))
    assert first["export"] == {
        "url": "https://t.me/s/harbour",
        "fetched_at": at(0),
        "status": 200,
        "sha256": "ab" * 32,
        "size": 90_000,
        "pruned_at": None,
    }
    assert (second["first_seen_at"], second["last_seen_at"], second["replaced_at"]) == (at(2), at(2), None)
    assert (second["tags"], second["export"]) == ([], None)


def test_what_was_found_comes_with_who_was_told_and_how_that_ended(store: Store) -> None:
    found, edited, deleted = store.post_history(live_through(store))["changes"]

    assert [(told["recipient"], told["by"], told["local_date"], told["state"]) for told in found["told"]] == [
        ("desk", "digest", "2026-03-02", "sent"),
        ("hook", "alert", None, "sent"),
    ]
    assert found["told"][1]["attempts"] == [
        {"number": 1, "started_at": at(1), "finished_at": at(1), "result": "sent", "detail": "250 taken"}
    ]
    assert (edited["kind"], edited["grade"]) == ("edited", "substantive")
    assert edited["term_changes"] == [{"watchlist": "BRICS", "kind": "lost"}]
    assert [(told["recipient"], told["state"]) for told in edited["told"]] == [("desk", "next_digest")]
    assert (deleted["kind"], deleted["at"], deleted["missing_since"]) == ("deleted", at(5), at(2))


def test_what_was_decided_later_is_told_with_its_alerts(store: Store) -> None:
    store.record_check(make_record(make_new("BRICS", 1, announcement=NEWS), held=True))
    (number,) = store.held_changes("harbour")
    row = store.fingerprints("harbour", ["1"])["1"].row
    assert store.post_history(row)["changes"][0]["told"] == []

    store.record_approval([(number, NEWS)], NOON + HOUR)
    told = store.post_history(row)["changes"][0]["told"]
    assert [(one["recipient"], one["by"]) for one in told] == [("desk", "digest"), ("hook", "alert")]


def test_a_terminal_shows_it_in_the_order_in_which_it_happened(store: Store) -> None:
    known = store.post_history(live_through(store))
    compare_revisions(known["revisions"])
    for one in (*known["revisions"], *known["changes"]):
        if one["export"]:
            one["export"]["is_there"] = True

    lines = list(history_lines(known, 80))

    assert max(map(len, lines)) <= 80
    assert [line for line in lines if line.startswith("2026-")] == [
        "2026-03-02 12:00  new  [BRICS]",
        "2026-03-02 14:00  edited, substantive, lost BRICS",
        "2026-03-02 17:00  deleted",
    ]
    text = "\n".join(lines)
    for part in (
        "harbour/1  deleted\nhttps://t.me/harbour/1\n",
        "    The BRICS house is open\n",
        "    matches: BRICS: BRICS\n",
        "    last shown: 2026-03-02 13:00\n",
        "    told: desk, digest of 2026-03-02: sent 2026-03-02 13:00\n",
        "    told: hook, alert: sent 2026-03-02 13:00\n",
        "    The[- BRICS-] house is [-open-][+closed+]\n",
        "    told: desk, digest: stands in the next digest\n",
        "    last shown: 2026-03-02 14:00, 3h before\n",
    ):
        assert part in text
