"""One change, frozen for the outbox and as a webhook's body."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.models import ChangeKind, Match, Media, Told
from worker.core.payload import BODY_BYTES, alert_payload, body_of, told_from_payload, told_payload

_TOLD = Told(
    channel="harbours",
    channel_title="Ministry of Harbours",
    kind=ChangeKind.EDITED,
    text="the CIS summit",
    tags=("CIS",),
    matches=(Match("CIS", "CIS", 4, 7),),
    found_at=datetime(2026, 11, 21, 6, 30, 1, 250, tzinfo=UTC),
    published_at=datetime(2026, 11, 21, 6, 0, tzinfo=UTC),
    url="https://example.org/harbours/12",
    forwarded_from="Bureau of Maps",
    before="the CIS meeting",
    media=(Media("document", "plan.pdf"),),
    grade="substantive",
    lost=("BRICS",),
    last_seen_at=datetime(2026, 11, 21, 6, 20, tzinfo=UTC),
)


def _data(told: Told) -> Any:
    return alert_payload(told)["data"]


def test_an_alert_says_what_happened_where_and_why() -> None:
    assert json.loads(body_of(alert_payload(_TOLD))) == {
        "type": "post.edited",
        "timestamp": "2026-11-21T06:30:01.000250+00:00",
        "data": {
            "channel": "harbours",
            "title": "Ministry of Harbours",
            "url": "https://example.org/harbours/12",
            "published_at": "2026-11-21T06:00:00+00:00",
            "text": "the CIS summit",
            "before": "the CIS meeting",
            "tags": ["CIS"],
            "matches": [{"watchlist": "CIS", "term": "CIS", "start": 4, "end": 7, "text": "CIS"}],
            "forwarded_from": "Bureau of Maps",
            "grade": "substantive",
            "gained": [],
            "lost": ["BRICS"],
            "last_seen_at": "2026-11-21T06:20:00+00:00",
        },
    }


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_the_type_names_the_kind_of_change(kind: ChangeKind) -> None:
    assert alert_payload(replace(_TOLD, kind=kind))["type"] == f"post.{kind.value}"


@pytest.mark.parametrize("letter", ["x", "Ж", "👩\u200d🚀", "\n", '"', "\x00"])
def test_a_body_stays_below_the_limit_and_says_that_it_was_cut(letter: str) -> None:
    told = replace(_TOLD, text=letter * 50_000, before=letter * 50_000, matches=(Match("CIS", "CIS", 0, 9),) * 500)
    body = body_of(alert_payload(told))
    assert 15_000 < len(body.encode()) < BODY_BYTES
    assert json.loads(body)["data"]["cut"] is True


@pytest.mark.parametrize("field", ["channel_title", "forwarded_from", "url"])
def test_no_field_can_blow_the_body_up(field: str) -> None:
    told = replace(_TOLD, text="Ж" * 50_000, tags=("Ж" * 1000,) * 99, **{field: "https://" + "Ж" * 50_000})  # type: ignore[arg-type]
    assert len(body_of(alert_payload(told)).encode()) < BODY_BYTES


def test_a_short_text_is_not_marked_as_cut() -> None:
    assert "cut" not in _data(_TOLD)


def test_half_characters_are_replaced_one_by_one_so_that_offsets_stay_true() -> None:
    told = replace(_TOLD, text="\ud83d CIS", matches=(Match("CIS", "CIS", 2, 5),))
    data = _data(told)
    assert data["text"][data["matches"][0]["start"] : data["matches"][0]["end"]] == "CIS"
    assert body_of(alert_payload(told)).encode()


@given(text=st.text(max_size=50), published_at=st.none() | st.datetimes(timezones=st.just(UTC)))
@settings(max_examples=40)
def test_a_frozen_change_comes_back_as_it_was(text: str, published_at: datetime | None) -> None:
    told = replace(_TOLD, text=text, published_at=published_at)
    assert told_from_payload(json.loads(json.dumps(told_payload(told)))) == told


def test_what_is_no_frozen_change_is_refused() -> None:
    with pytest.raises(ValueError, match="channel"):
        told_from_payload({"text": "alone"})
