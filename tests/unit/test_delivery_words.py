"""What is in a delivery, in words for an operator, whatever it is."""

from typing import Any

import pytest

from tests.builders import NOON
from worker.core.alert import put_together, whole_payload
from worker.core.delivery_words import words_of
from worker.core.digest import payload
from worker.core.hook import gone_payload
from worker.core.payload import alert_payload
from worker.core.sample import sample_digest, sample_told
from worker.core.standing import message


def test_a_digest_is_told_by_its_period_and_its_counts() -> None:
    period, counts, coverage = words_of("digest", payload(sample_digest()))

    assert period.endswith("changes")
    assert "BRICS" in counts
    assert coverage.endswith("channels checked")


def test_an_alert_for_a_hook_is_told_by_type_channel_tags_and_first_words() -> None:
    told = sample_told()[0]
    head, *rest = words_of("alert", alert_payload(told))

    assert head == f"post.new  {told.channel_title}"
    assert rest[0] == told.url
    assert rest[-1].rstrip("…") in " ".join(told.text.split())


def test_an_alert_for_a_person_names_each_of_its_changes() -> None:
    several = sample_told()[:3]
    lines = words_of("alert", put_together(whole_payload(told) for told in several))

    for told in several:
        assert f"{told.kind}  {told.channel_title}" in lines


@pytest.mark.parametrize(
    ("frozen", "words"),
    [
        (message("channel.state", "harbour", "Harbour Office", NOON, {"error": "no answer"}), "no answer"),
        (gone_payload("hook", "the receiver answered 410", NOON), "the receiver answered 410"),
    ],
    ids=["state", "gone"],
)
def test_a_message_to_operators_is_told_by_its_type_and_its_reason(frozen: Any, words: str) -> None:
    head, *rest = words_of("notice", frozen)
    assert head.startswith(frozen["type"])
    assert rest == [words]


def test_what_is_gone_or_not_understood_is_said_so() -> None:
    assert words_of("digest", {}) == ["what it said was removed by retention"]
    assert words_of("digest", {"type": "digest.of.tomorrow"}) == ["digest.of.tomorrow"]
    assert words_of("alert", {"data": 3}) == ["not understood by this version"]


def test_no_line_can_break_a_terminal() -> None:
    told = sample_told()[0]
    frozen = alert_payload(told)
    frozen["data"] = {**frozen["data"], "text": "a\x1b[31m\r\n\u202eb" * 90, "title": "x\ny"}  # type: ignore[dict-item]
    for line in words_of("alert", frozen):
        assert line.isprintable()
        assert len(line) <= 200
