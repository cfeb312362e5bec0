"""What the store keeps of missed, deleted and restored posts, on both databases."""

from datetime import timedelta
from typing import Any

import pytest

from tests.builders import NOON, make_found, make_new, make_record
from worker.adapters.store import Store
from worker.core.absence import SHOWN_APART
from worker.core.diff import Edit
from worker.core.models import ChangeKind, Match, StoredPost
from worker.core.record import (
    Announcement,
    CheckRecord,
    DeletedPost,
    EditedPost,
    ImportRecord,
    Intake,
    RestoredPost,
)
from worker.errors import StoreError

HIT = Match("Ferries", "ferry", 4, 9)
GONE = Announcement(ChangeKind.DELETED, ("Ferries",), digests=("desk",), alerts=(("hook", {"type": "post.deleted"}),))
HOUR = timedelta(hours=1)


@pytest.fixture
def known(store: Store) -> Store:
    store.set_up_channels({"harbour": "https://t.me/s/harbour", "quay": "https://t.me/s/quay"}, NOON)
    store.record_check(make_record(*(make_new(f"The ferry {n}", n, matches=(HIT,)) for n in range(1, 6)), watermark=5))
    return store


def stored(store: Store, number: int) -> StoredPost:
    return store.fingerprints("harbour", [str(number)])[str(number)]


def row(store: Store, number: int) -> int:
    return stored(store, number).row


def record(store: Store, hours: int = 1, **more: Any) -> None:
    store.record_check(make_record(at=NOON + hours * HOUR, **more))


def looks(store: Store) -> dict[str, int]:
    return {suspect.id: suspect.looks for suspect in store.suspects("harbour")}


def test_a_missed_post_is_kept_until_it_is_decided(known: Store) -> None:
    record(known, missed=(row(known, 2), row(known, 3), row(known, 4)))
    assert looks(known) == {"2": 0, "3": 0, "4": 0}
    (first, *_) = known.suspects("harbour")
    assert (first.missed_at, first.url) == (NOON + HOUR, "https://t.me/harbour/2")

    record(known, undecided=(row(known, 2),), shown_apart=(row(known, 3),), cleared=(row(known, 4),))
    assert looks(known) == {"2": 1, "3": SHOWN_APART}
    (state,) = known.due_channels({"harbour"}, NOON + timedelta(days=1))
    assert state.suspects == known.suspects("harbour")
    other = known.channel_state("quay")
    assert other is not None
    assert other.suspects == ()

    record(known, deleted=(DeletedPost(row(known, 2), 1, GONE),))
    assert looks(known) == {"3": SHOWN_APART}
    assert stored(known, 2).state == "deleted"


def test_only_live_posts_that_a_check_has_seen_can_be_missed(known: Store) -> None:
    intake = Intake("/srv/old.json", "1", "json")
    known.record_import(ImportRecord("harbour", NOON, NOON, "/srv/old.json", intake, new=(make_new("The ferry 9", 9),)))
    record(known, deleted=(DeletedPost(row(known, 2), 1, None),))

    rows = {stored(known, number).row: number for number in (1, 2, 3, 9)}
    assert sorted(rows[one] for one in known.missable("harbour", ["1", "2", "3", "9", "77"])) == [1, 3]
    assert known.missable("quay", ["1"]) == ()
    assert known.missable("harbour", []) == ()
    assert len(known.missable("harbour", [str(n) for n in range(-1_000, 1_200)])) == 4


def test_a_deletion_is_told_with_the_last_text_and_its_matches(known: Store) -> None:
    edit = EditedPost(
        Edit(stored(known, 2), make_found("No ferry today", 2)), 2, (Match("Ferries", "ferry", 3, 8),), None
    )
    record(known, edited=(edit,))

    revision, told = known.last_known([row(known, 2)])[row(known, 2)]

    assert (revision, told.text, told.tags, told.url) == (2, "No ferry today", ("Ferries",), "https://t.me/harbour/2")
    assert [match.start for match in told.matches] == [3]
    assert (told.kind, told.last_seen_at) == (ChangeKind.DELETED, NOON + HOUR)

    record(known, 2, deleted=(DeletedPost(row(known, 2), revision, GONE),))
    (untold,) = known.untold("desk").values()
    assert (untold.text, untold.matches, untold.last_seen_at) == ("No ferry today", told.matches, NOON + HOUR)
    assert known.claim_delivery(NOON + 2 * HOUR) is not None


def test_a_restored_post_is_live_and_a_held_deletion_of_it_is_forgotten(known: Store) -> None:
    gone = tuple(DeletedPost(row(known, number), 1, GONE) for number in (2, 3))
    record(known, deleted=gone, held=True)
    rows = [row(known, 2), row(known, 3)]
    assert known.held_deletions([*rows, row(known, 4)]) == set(rows)
    assert known.is_held_beside("harbour", rows[:1])
    assert not known.is_held_beside("harbour", rows)

    record(known, 2, restored=(RestoredPost(rows[0], 1, None),), unchanged=(rows[0],))

    assert (stored(known, 2).state, stored(known, 3).state) == ("live", "deleted")
    assert [change["post"] for change in known.list_changes()] == ["3"]
    assert len(known.held_changes("harbour")) == 1


def test_a_deletion_that_was_told_stays_told_when_the_post_is_back(known: Store) -> None:
    record(known, deleted=(DeletedPost(row(known, 2), 1, GONE),))
    back = Announcement(ChangeKind.RESTORED, ("Ferries",), digests=("desk",))
    record(known, 2, restored=(RestoredPost(row(known, 2), 1, back),), unchanged=(row(known, 2),))

    assert [told.kind for told in known.untold("desk").values()] == [ChangeKind.DELETED, ChangeKind.RESTORED]
    assert [post["state"] for post in known.list_posts()] == ["live"] * 5


def test_what_an_export_showed_is_kept_until_another_shows_more(known: Store) -> None:
    def shown() -> tuple[str, ...]:
        state = known.channel_state("harbour")
        assert state is not None
        return state.shown

    record(known, shown=("b", "a"))
    assert shown() == ("b", "a")
    record(known, 2)
    assert shown() == ("b", "a")
    record(known, 3, shown=())
    assert shown() == ()


def test_a_check_that_fails_while_it_is_kept_leaves_no_suspects(known: Store) -> None:
    broken: CheckRecord = make_record(make_new("again", 1), missed=(row(known, 2),))
    with pytest.raises(StoreError):
        known.record_check(broken)
    assert looks(known) == {}
