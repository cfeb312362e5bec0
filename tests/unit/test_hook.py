"""The bodies of webhooks: every kind of them fits the published schema and stays below the limit."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import NOON
from tests.json_schema import problems
from worker.core.alert import put_together, whole_payload
from worker.core.announce import EVERYTHING, Subscription, announce
from worker.core.digest import Gap, build_digest, payload
from worker.core.hook import VERSION, broken_payload, gone_payload, hook_body, mail_refused_payload, trial_payload
from worker.core.models import ChangeKind, Match, Told
from worker.core.payload import BODY_BYTES, alert_payload, body_of
from worker.core.sample import sample_digest, sample_told
from worker.core.standing import message
from worker.errors import WatchwordError

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "webhook.schema.json").read_text("utf-8"))
CHANNEL = ("harbour", "Harbour Office", NOON)


def received(kind: str, frozen: Mapping[str, object]) -> Any:
    """Return the body as it arrives, having held it against the schema and the limit."""
    text = body_of(hook_body(kind, json.loads(json.dumps(frozen))))
    body = json.loads(text)
    assert problems(body, SCHEMA) == []
    assert len(text.encode()) < BODY_BYTES
    return body


def state(name: str, **facts: object) -> Mapping[str, object]:
    told = {"state": name, "before": "ok", "error": "no answer", "last_ok_at": NOON.isoformat(), **facts}
    return message("channel.state", *CHANNEL, told)


@pytest.mark.parametrize("told", sample_told(), ids=range(len(sample_told())))
@pytest.mark.parametrize("kind", list(ChangeKind))
def test_every_change_fits_the_schema(told: Told, kind: ChangeKind) -> None:
    edited = kind is ChangeKind.EDITED
    one = replace(told, kind=kind, before="as it was" if edited else None, grade="minor" if edited else None)
    body = received("alert", alert_payload(one))

    assert (body["type"], body["version"]) == (f"post.{kind}", VERSION)


NOTICES = [
    *(state(name) for name in ("ok", "quiet", "failing", "changed_layout", "no_preview", "gone")),
    state("ok", error=None, last_ok_at=None),
    message("channel.held", *CHANNEL, {"new": 400, "edited": 2, "deleted": 3, "posts_per_day": 3.5}),
    message("channel.held", *CHANNEL, {"new": 400, "edited": 2, "posts_per_day": None}),
    message("channel.moved", *CHANNEL, {"from": "https://a.example", "to": "https://b.example"}),
    trial_payload("ops-hook", NOON),
    gone_payload("ops-hook", "the receiver answered 410", NOON),
    broken_payload("digest.txt.j2:3: no such name", NOON),
    mail_refused_payload("the mail server refused the sender: 553 5.7.1 not you", NOON),
]


@pytest.mark.parametrize("frozen", NOTICES, ids=range(len(NOTICES)))
def test_every_message_to_operators_fits_the_schema(frozen: Mapping[str, object]) -> None:
    assert received("notice", frozen)["data"] == frozen["data"]


def test_an_error_that_goes_on_for_ever_is_cut() -> None:
    received("notice", state("failing", error="Ж" * 100_000))
    received("notice", message("channel.moved", *CHANNEL, {"from": "https://" + "Ж" * 50_000, "to": "x" * 50_000}))


def test_an_edit_that_takes_a_wanted_watchlist_away_has_a_type_of_its_own() -> None:
    told = next(one for one in sample_told() if one.kind is ChangeKind.EDITED)
    told = replace(told, grade="substantive", gained=(), lost=("CIS",), tags=("BRICS",))
    wants = [
        Subscription(name, frozenset(lists), alerts=EVERYTHING, digest=False)
        for name, lists in (("both", {"BRICS", "CIS"}), ("brics", {"BRICS"}), ("cis", {"CIS"}))
    ]
    frozen = dict(announce(told, wants).alerts)
    bodies = {name: received("alert", body) for name, body in frozen.items()}

    assert {name: body["type"] for name, body in bodies.items()} == {
        "both": "watchlist.term_removed",
        "brics": "post.edited",
        "cis": "watchlist.term_removed",
    }
    assert bodies["both"]["data"] == bodies["brics"]["data"] == bodies["cis"]["data"]


def test_a_digest_is_told_by_its_counts_and_its_first_posts() -> None:
    digest = sample_digest()
    body = received("digest", payload(digest))

    data = body["data"]
    assert body["type"] == "digest.ready"
    assert body["timestamp"] == digest.until.isoformat()
    assert sum(data["kinds"].values()) == data["total"] == digest.total
    assert [one["watchlist"] for one in data["watchlists"]] == ["BRICS", "CIS", "Ukraine"]
    assert data["posts"]
    assert len(data["posts"]) + data["more"] == data["total"]


def test_the_digest_of_a_day_without_changes_is_told_too() -> None:
    digest = build_digest(
        [],
        recipient="hook",
        watchlists=["CIS"],
        since=NOON,
        until=NOON + timedelta(days=1),
        timezone="UTC",
        language="en",
        checked=2,
        channels=3,
        failing=["Harbour Office"],
        gaps=[Gap("Harbour Office", NOON, NOON, 5)],
    )
    data = received("digest", payload(digest))["data"]
    assert (data["total"], data["posts"], data["more"], data["gaps"]) == (0, [], 0, 1)
    assert (data["checked"], data["channels"], data["failing"]) == (2, 3, ["Harbour Office"])


@given(
    text=st.text(max_size=400),
    title=st.text(max_size=300),
    name=st.text(min_size=1, max_size=80),
    count=st.integers(1, 120),
)
@settings(max_examples=15)
def test_no_digest_is_too_large(text: str, title: str, name: str, count: int) -> None:
    told = [
        replace(one, text=f"{number} {text * 3}", channel_title=title, tags=(name,), lost=(name,), matches=())
        for number, one in enumerate((sample_told() * count)[:count])
    ]
    digest = build_digest(
        told,
        recipient="hook",
        watchlists=[name, *(f"{name} {number}" for number in range(60))],
        since=NOON,
        until=NOON + timedelta(days=1),
        timezone="UTC",
        language="en",
        checked=1,
        channels=1,
        failing=[title] * 200,
    )
    received("digest", payload(digest))


@given(text=st.text(max_size=300), title=st.text(max_size=300), times=st.integers(1, 200))
@settings(max_examples=25)
def test_no_change_is_too_large_with_whatever_comes_to_it(text: str, title: str, times: int) -> None:
    told = next(one for one in sample_told() if one.kind is ChangeKind.EDITED)
    told = replace(
        told, text=text * times, before=title * times, channel_title=title, matches=(Match("CIS", text, 0, 4),) * 30
    )
    frozen = {**alert_payload(told), "type": "watchlist.term_removed"}
    received("alert", frozen)


def test_an_alert_that_was_frozen_for_an_e_mail_is_posted_all_the_same() -> None:
    (told, *_) = sample_told()
    assert received("alert", whole_payload(told))["data"]["text"] == told.text


def test_alerts_that_were_put_together_for_an_e_mail_are_refused_in_words() -> None:
    several = put_together(whole_payload(told) for told in sample_told()[:2])
    with pytest.raises(WatchwordError, match="2 alerts were put together"):
        hook_body("alert", several)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.pop("version"),
        lambda body: body.update(type="post.moved"),
        lambda body: body["data"].update(extra=1),
        lambda body: body["data"].pop("channel"),
        lambda body: body.update(timestamp="2026-11-21T07:30:00"),
        lambda body: body["data"]["matches"].append({"watchlist": "CIS"}),
    ],
    ids=["version", "type", "extra", "lacking", "time", "match"],
)
def test_the_schema_refuses_what_is_not_as_documented(spoil: Any) -> None:
    body = received("alert", alert_payload(sample_told()[0]))
    spoil(body)
    assert problems(body, SCHEMA)
