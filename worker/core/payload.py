"""One change as JSON-safe data: frozen for the outbox, and as the body of a webhook. Sends nothing."""

import json
import re
from collections.abc import Mapping
from typing import cast

from pydantic import TypeAdapter

from worker.core.excerpt import clean
from worker.core.models import ChangeKind, Match, Told

#: Standard Webhooks 1.0.0: bodies should stay below 20 kB
BODY_BYTES = 20_000
_MOST_MATCHES = 20
_MOST_TAGS = 20
_NAME_CHARS = 100
_URL_CHARS = 2000
_HALF = re.compile("[\ud800-\udfff]")
#: for the signs of JSON around the cut texts, the version, and a longer type
_RESERVE_BYTES = 96

_TOLD = TypeAdapter(Told)


def told_payload(told: Told) -> dict[str, object]:
    """Return the change as JSON-safe data, from which `told_from_payload` makes an equal one."""
    return cast("dict[str, object]", _TOLD.dump_python(told, mode="json"))


def told_from_payload(frozen: Mapping[str, object]) -> Told:
    """Return the change that `told_payload` froze.

    Raises:
        ValueError: this is no frozen change (pydantic's ValidationError).
    """
    return _TOLD.validate_python(frozen)


def body_of(message: Mapping[str, object]) -> str:
    """Return the message as the text that is signed and sent."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def alert_payload(told: Told) -> dict[str, object]:
    """Return the body of a webhook for one change (Standard Webhooks 1.0.0: type, timestamp, data).

    Written by `body_of` it stays below 20 kB: the text, and the text before an edit, are cut at their end if need be,
    and ``"cut": true`` says so. Offsets of matches count characters of the whole text.
    """
    title, origin = (
        None if name is None else clean(name)[:_NAME_CHARS] for name in (told.channel_title, told.forwarded_from)
    )
    facts: dict[str, object] = {
        "channel": told.channel,
        "title": title,
        "url": told.url if told.url is None or len(told.url) <= _URL_CHARS else None,
        "published_at": None if told.published_at is None else told.published_at.isoformat(),
        "tags": [clean(tag)[:_NAME_CHARS] for tag in told.tags[:_MOST_TAGS]],
        "matches": [_evidence(told.text, match) for match in told.matches[:_MOST_MATCHES]],
        "forwarded_from": origin,
    }
    if told.kind is ChangeKind.EDITED:
        facts["grade"] = told.grade
        facts["gained"], facts["lost"] = (
            [clean(name)[:_NAME_CHARS] for name in names[:_MOST_TAGS]] for names in (told.gained, told.lost)
        )
    if told.last_seen_at is not None:
        facts["last_seen_at"] = told.last_seen_at.isoformat()
    head = {"type": f"post.{told.kind}", "timestamp": told.found_at.isoformat()}
    room = BODY_BYTES - _RESERVE_BYTES - _size({**head, "data": facts})
    texts = {"text": told.text} if told.before is None else {"text": told.text, "before": told.before}
    cut = {name: _fitting(_whole_characters(text), room // len(texts)) for name, text in texts.items()}
    if any(len(cut[name]) < len(text) for name, text in texts.items()):
        facts["cut"] = True
    return {**head, "data": {**facts, **cut}}


def removal_payload(body: Mapping[str, object]) -> dict[str, object]:
    """Return the body of an edit for a recipient from whose watchlists it took one; the data are the same."""
    return {**body, "type": "watchlist.term_removed"}


def _evidence(text: str, match: Match) -> dict[str, object]:
    return {
        "watchlist": clean(match.watchlist)[:_NAME_CHARS],
        "term": clean(match.term)[:_NAME_CHARS],
        "start": match.start,
        "end": match.end,
        "text": _whole_characters(text[match.start : match.end])[:_NAME_CHARS],
    }


def _whole_characters(text: str) -> str:
    """Replace half characters, which no encoding can write, one by one: offsets stay true."""
    return _HALF.sub("\ufffd", text)


def _fitting(text: str, room: int) -> str:
    """Return the longest beginning of `text` that takes at most `room` bytes as JSON."""
    if _size(text) <= room:
        return text
    low, high = 0, min(len(text), max(room, 0))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _size(text[:middle]) <= room else (low, middle - 1)
    return text[:low]


def _size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
