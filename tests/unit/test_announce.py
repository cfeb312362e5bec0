"""Who is told of which change: the decision table."""

import pytest

from tests.builders import NOON
from worker.core.announce import Subscription, announce, term_changes
from worker.core.models import ChangeKind, Told
from worker.core.record import TermChange

DESK = Subscription("desk", frozenset({"BRICS", "CIS"}))
HARBOUR_DESK = Subscription("harbour-desk", frozenset({"BRICS"}), channels=frozenset({"harbour"}))
HOOK = Subscription("hook", frozenset({"BRICS", "CIS", "Ukraine"}), alerts=True)


def told(*tags: str, channel: str = "harbour", before: str | None = None) -> Told:
    kind = ChangeKind.NEW if before is None else ChangeKind.EDITED
    return Told(channel, channel.title(), kind, "a text", tags, (), NOON, before=before)


@pytest.mark.parametrize(
    ("change", "tags_before", "digests", "alerts"),
    [
        pytest.param(told(), (), (), (), id="a post without a tag is told to nobody"),
        pytest.param(told("BRICS"), (), ("desk", "harbour-desk"), ("hook",), id="a tag tells all who want it"),
        pytest.param(told("BRICS", channel="quay"), (), ("desk",), ("hook",), id="another channel is not everybody's"),
        pytest.param(told("Ukraine"), (), (), ("hook",), id="another watchlist is not everybody's"),
        pytest.param(told("CIS", before="x"), ("CIS",), ("desk",), ("hook",), id="an edit that keeps its tag"),
        pytest.param(
            told(before="x"), ("BRICS",), ("desk", "harbour-desk"), ("hook",), id="an edit that loses its tag"
        ),
        pytest.param(told(before="x"), (), (), (), id="an edit that never had one"),
    ],
)
def test_a_change_is_told_to_those_who_want_it(
    change: Told, tags_before: tuple[str, ...], digests: tuple[str, ...], alerts: tuple[str, ...]
) -> None:
    announcement = announce(change, [DESK, HARBOUR_DESK, HOOK], tags_before=tags_before)

    assert announcement.digests == digests
    assert tuple(name for name, _ in announcement.alerts) == alerts


def test_an_edit_says_which_watchlists_came_and_went() -> None:
    assert term_changes(("BRICS", "CIS"), ("CIS", "Ukraine")) == (
        TermChange("Ukraine", "gained"),
        TermChange("BRICS", "lost"),
    )


def test_a_lost_tag_stays_on_the_change_so_that_its_readers_find_it() -> None:
    announcement = announce(told("CIS", before="x"), [DESK], tags_before=("BRICS",))

    assert announcement.tags == ("CIS", "BRICS")
    assert announcement.term_changes == (TermChange("CIS", "gained"), TermChange("BRICS", "lost"))


def test_an_alert_is_frozen_as_the_body_that_will_be_sent() -> None:
    ((_, body),) = announce(told("Ukraine"), [HOOK]).alerts

    assert body["type"] == "post.new"
    assert body["timestamp"] == NOON.isoformat()
