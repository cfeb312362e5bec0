"""Settings -> the outbox as a person sees it, and what a person does to it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from worker.bootstrap import open_store, utc_now
from worker.config import Settings
from worker.core.delivery_words import words_of

#: what tells why a delivery is not sent, and is not shown itself
_REASONS = frozenset({"hold_until", "rest_until", "closed_at", "closed_detail"})


def list_deliveries(
    settings: Settings, *, states: Collection[str] = (), recipient: str | None = None, since: datetime | None = None
) -> Iterator[dict[str, Any]]:
    """Yield deliveries in the documented shape, in the order in which they were made; see `Store.list_deliveries`.

    Raises:
        StoreError: the database cannot be used.
    """
    names = {one.name for one in settings.recipients}
    now = utc_now()
    for line in open_store(settings).list_deliveries(states=states, recipient=recipient, since=since):
        yield _told(line, names, now)


def show_delivery(settings: Settings, number: str) -> dict[str, Any]:
    """Return one delivery in the documented shape, with what it says and every attempt.

    Raises:
        WatchwordError: there is no such delivery.
        StoreError: the database cannot be used.
    """
    line = open_store(settings).show_delivery(number)
    payload, tries = line.pop("payload"), line.pop("tries")
    told = _told(line, {one.name for one in settings.recipients}, utc_now())
    return {**told, "says": words_of(line["kind"], payload), "tries": tries}


def retry_deliveries(settings: Settings, numbers: Sequence[str], *, recipient: str | None, dead: bool) -> int:
    """Make deliveries due now, under the same ids; return how many. See `Store.retry_deliveries`."""
    return open_store(settings).retry_deliveries(utc_now(), numbers=numbers, recipient=recipient, dead=dead)


def drop_deliveries(settings: Settings, numbers: Sequence[str], *, recipient: str | None) -> int:
    """Mark deliveries as dropped; return how many. See `Store.drop_deliveries`."""
    return open_store(settings).drop_deliveries(utc_now(), numbers=numbers, recipient=recipient)


def _told(line: Mapping[str, Any], names: Collection[str], now: datetime) -> dict[str, Any]:
    told = {key: value for key, value in line.items() if key not in _REASONS}
    return {**told, "held_up": _held_up(line, names, now)}


def _held_up(line: Mapping[str, Any], names: Collection[str], now: datetime) -> str | None:
    """Say why a waiting delivery is not sent; None: nothing is in its way."""
    if line["state"] != "waiting":
        return None
    if line["recipient"] not in names:
        return "not_configured"
    if line["closed_at"]:
        return "gone"
    if line["hold_until"]:
        return "held"
    return "resting" if line["rest_until"] and datetime.fromisoformat(line["rest_until"]) > now else None
