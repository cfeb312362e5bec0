"""What is in a delivery, in words for an operator: a few lines made of its frozen payload. Renders no message."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from worker.core.digest import from_payload
from worker.core.excerpt import one_line

_LINE_CHARS = 100


def words_of(kind: str, payload: Mapping[str, Any]) -> list[str]:
    """Return what a delivery says, as lines; one that this version does not understand is named by its type.

    Args:
        kind: of the delivery: ``digest``, ``alert`` or ``notice``.
        payload: as it was frozen; empty once the retention has removed it.
    """
    if not payload:
        return ["what it said was removed by retention"]
    try:
        return _READERS.get(kind, _typed)(payload)
    except (KeyError, TypeError, ValueError):
        return [one_line(str(payload.get("type", "not understood by this version")), _LINE_CHARS)]


def _digest(payload: Mapping[str, Any]) -> list[str]:
    digest = from_payload(payload)
    counts = ", ".join(f"{section.count} {section.watchlist}" for section in digest.sections if section.watchlist)
    return [
        f"{_minute(digest.since)} to {_minute(digest.until)} UTC: {digest.total} changes",
        *([counts] if counts else []),
        f"{digest.checked} of {digest.channels} channels checked",
    ]


def _alert(payload: Mapping[str, Any]) -> list[str]:
    """Return an alert by mail, which has its changes whole, or one by webhook, which is a body."""
    if "changes" not in payload:
        return _typed(payload)
    return [
        line
        for change in payload["changes"]
        for line in (
            f"{change['kind']}  {one_line(change['channel_title'], _LINE_CHARS)}",
            *([one_line(change["url"], 2 * _LINE_CHARS)] if change.get("url") else []),
            one_line(change["text"], _LINE_CHARS),
        )
    ]


def _typed(payload: Mapping[str, Any]) -> list[str]:
    facts = payload["data"]
    kind = str(payload["type"])
    about = facts.get("title") or facts.get("channel") or facts.get("recipient") or ""
    lines = [f"{kind}  {one_line(str(about), _LINE_CHARS)}".rstrip()]
    if facts.get("url"):
        lines.append(one_line(str(facts["url"]), 2 * _LINE_CHARS))
    if facts.get("tags"):
        lines.append(f"[{' '.join(map(str, facts['tags']))}]")
    said = facts.get("text") or facts.get("error") or facts.get("detail") or facts.get("to")
    if said:
        lines.append(one_line(str(said), _LINE_CHARS))
    return lines


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


_READERS: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {"digest": _digest, "alert": _alert}
