"""Who is told of which change: the decision tables."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.builders import NOON
from worker.core.announce import EVERYTHING, GAINED, LOST, Subscription, announce, announce_edit, term_changes, told_of
from worker.core.diff import Found
from worker.core.models import ChangeKind, Post, Told
from worker.core.record import Previous, TermChange
from worker.core.revision import Grade

DESK = Subscription("desk", frozenset({"BRICS", "CIS"}))
HARBOUR_DESK = Subscription("harbour-desk", frozenset({"BRICS"}), channels=frozenset({"harbour"}))
HOOK = Subscription("hook", frozenset({"BRICS", "CIS", "Ukraine"}), alerts=EVERYTHING, digest=False)
NEW, EDITED, DELETED, RESTORED = ChangeKind


def told(
    *tags: str, kind: ChangeKind = NEW, channel: str = "harbour", grade: str | None = None, lost: tuple[str, ...] = ()
) -> Told:
    before = "an old text" if kind is EDITED else None
    grade = grade or ("substantive" if kind is EDITED else None)
    return Told(channel, channel.title(), kind, "a text", tags, (), NOON, before=before, grade=grade, lost=lost)


@pytest.mark.parametrize(
    ("change", "digests", "alerts"),
    [
        pytest.param(told(), (), (), id="a post without a tag is told to nobody"),
        pytest.param(told("BRICS"), ("desk", "harbour-desk"), ("hook",), id="a tag tells all who want it"),
        pytest.param(told("BRICS", channel="quay"), ("desk",), ("hook",), id="another channel is not everybody's"),
        pytest.param(told("Ukraine"), (), ("hook",), id="another watchlist is not everybody's"),
        pytest.param(told("CIS", kind=EDITED), ("desk",), ("hook",), id="an edit that keeps its tag"),
        pytest.param(
            told(kind=EDITED, lost=("BRICS",)), ("desk", "harbour-desk"), ("hook",), id="an edit that loses its tag"
        ),
        pytest.param(told(kind=EDITED), (), (), id="an edit that never had one"),
        pytest.param(told("CIS", kind=DELETED), ("desk",), ("hook",), id="a deletion of what was wanted"),
        pytest.param(told("CIS", kind=RESTORED), ("desk",), ("hook",), id="its return"),
    ],
)
def test_a_change_is_told_to_those_who_want_it(change: Told, digests: tuple[str, ...], alerts: tuple[str, ...]) -> None:
    announcement = announce(change, [DESK, HARBOUR_DESK, HOOK])

    assert announcement.digests == digests
    assert tuple(name for name, _ in announcement.alerts) == alerts


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_a_recipient_names_the_kinds_that_are_told(kind: ChangeKind) -> None:
    for wanted in ChangeKind:
        subscription = replace(DESK, changes=frozenset({wanted}))
        assert bool(announce(told("CIS", kind=kind), [subscription]).digests) == (kind is wanted)


@pytest.mark.parametrize("wanted", ["cosmetic", "minor", "substantive"])
@pytest.mark.parametrize("grade", ["cosmetic", "minor", "substantive"])
def test_edits_are_told_from_the_wanted_grade_on(grade: str, wanted: str) -> None:
    order = ["cosmetic", "minor", "substantive"]
    subscription = replace(DESK, edits=Grade(wanted))

    announced = announce(told("CIS", kind=EDITED, grade=grade), [subscription])

    assert bool(announced.digests) == (order.index(grade) >= order.index(wanted))
    assert announced.grade == grade


def test_an_edit_that_moves_a_watchlist_is_told_whatever_its_grade() -> None:
    subscription = replace(DESK, edits=Grade.SUBSTANTIVE)
    gained = replace(told("CIS", kind=EDITED, grade="minor"), gained=("CIS",))

    assert announce(gained, [subscription]).digests == ("desk",)
    assert announce(told(kind=EDITED, grade="minor", lost=("CIS",)), [subscription]).digests == ("desk",)
    # of no concern to this recipient
    elsewhere = replace(told("CIS", kind=EDITED, grade="minor"), gained=("Ukraine",))
    assert announce(elsewhere, [subscription]).digests == ()


@pytest.mark.parametrize(
    ("change", "at_once"),
    [
        pytest.param(told("CIS"), (), id="new"),
        pytest.param(told("CIS", kind=EDITED), (), id="edited"),
        pytest.param(told("CIS", kind=DELETED), ("deleted",), id="deleted"),
        pytest.param(told(kind=EDITED, lost=("CIS",)), (LOST,), id="lost"),
        pytest.param(replace(told("CIS", kind=EDITED), gained=("CIS",)), (GAINED,), id="gained"),
        pytest.param(told("CIS", kind=EDITED, lost=("Ukraine",)), (), id="lost to others"),
    ],
)
def test_some_changes_are_told_at_once_and_the_rest_in_the_digest(change: Told, at_once: tuple[str, ...]) -> None:
    for alerts in ("deleted", LOST, GAINED):
        announced = announce(change, [replace(DESK, alerts=frozenset({alerts}))])
        assert bool(announced.alerts) == (alerts in at_once)
        assert announced.digests == (() if announced.alerts else ("desk",))


def test_an_edit_says_which_watchlists_came_and_went() -> None:
    assert term_changes(("BRICS", "CIS"), ("CIS", "Ukraine")) == (
        TermChange("Ukraine", "gained"),
        TermChange("BRICS", "lost"),
    )


def test_a_lost_tag_stays_on_the_change_so_that_its_readers_find_it() -> None:
    change = replace(told("CIS", kind=EDITED, lost=("BRICS",)), gained=("CIS",))

    announcement = announce(change, [DESK])

    assert announcement.tags == ("CIS", "BRICS")
    assert announcement.term_changes == (TermChange("CIS", "gained"), TermChange("BRICS", "lost"))


def test_an_alert_is_frozen_as_the_body_that_will_be_sent() -> None:
    ((_, body),) = announce(told("Ukraine"), [HOOK]).alerts

    assert body["type"] == "post.new"
    assert body["timestamp"] == NOON.isoformat()


# --------------------------------------------------------------------------- flips


def edit(text: str, before: Previous) -> tuple[str, ...] | None:
    """Return who is told of an edit to `text`; None if it is not even kept among the changes."""
    found = Found(Post(text), f"print of {text}")
    change = told_of(found, (), ("CIS",), channel="quay", title="Quay", now=NOON, before=before)
    announced = announce_edit(change, [DESK], before, found.fingerprint)
    return None if announced is None else announced.digests


def was(text: str, *earlier: tuple[str, timedelta]) -> Previous:
    states = tuple((f"print of {state}", NOON - ago) for state, ago in earlier)
    return Previous(text, ("CIS",), 1 + len(earlier), NOON, states)


def test_a_post_that_flips_between_two_states_is_told_once() -> None:
    one, two, minute = "the pier opens at 7", "the pier opens at 8", timedelta(minutes=1)

    assert edit(two, was(one)) == ("desk",)
    assert edit(one, was(two, (one, minute))) == ()
    assert edit(two, was(one, (one, 2 * minute), (two, minute))) == ()
    assert edit(one, was(two, (one, 3 * minute), (two, 2 * minute), (one, minute))) is None


def test_a_text_that_comes_back_days_later_is_an_edit_again() -> None:
    one, two = "the pier opens at 7", "the pier opens at 8"

    assert edit(one, was(two, (one, timedelta(days=3)))) == ("desk",)


def test_an_edit_is_graded_and_says_when_the_text_before_was_last_seen() -> None:
    found = Found(Post("the pier opens at 8"), "print")
    before = was("the pier opens at 7")

    change = told_of(found, (), (), channel="quay", title="Quay", now=NOON, before=before)

    assert (change.grade, change.gained, change.lost) == ("substantive", (), ("CIS",))
    assert change.last_seen_at == before.last_seen_at
