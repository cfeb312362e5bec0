"""Digests: who is due one by the ledger, and its content frozen into the outbox. Renders and sends nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from worker.adapters.store import Store
from worker.core.digest import Gap, build_digest, payload
from worker.core.schedule import latest_slot
from worker.log import logger

#: the ledger's name of the one digest that a recipient has
DAILY = "daily"
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DigestPlan:
    """One recipient's digest: when, in which zone and language, about what."""

    recipient: str
    at: time
    timezone: str
    language: str
    watchlists: tuple[str, ...]
    #: the channels it covers, by name
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DigestEnqueued:
    """A line of the ledger; without changes no message was made."""

    recipient: str
    local_date: str
    changes: int


def enqueue_digests(
    plans: Sequence[DigestPlan], *, store: Store, now: datetime, most: int = 500
) -> Iterator[DigestEnqueued]:
    """Put each digest that is due into the outbox, once for each recipient and local date.

    Without changes and gaps there is none, unless no channel of the recipient could be checked: silence would look like
    "nothing found". After a time of standing still there is one digest that covers all of it. A recipient who has had
    none yet gets the first as soon as there is something to tell and the hour of that day has passed.
    """
    for plan in plans:
        zone = ZoneInfo(plan.timezone)
        slot = latest_slot(now, plan.at, zone)
        last = store.last_digest(plan.recipient, DAILY)
        if last is not None and last.local_date >= slot.local_date.isoformat():
            continue
        if last is None and slot.local_date < now.astimezone(zone).date():
            continue
        untold = store.untold(plan.recipient)
        if last is None and not untold:
            continue
        since = last.until if last else min(told.found_at for told in untold.values())
        gaps = store.gaps(plan.channels, after=last.until if last else _EVER, until=now)
        health = store.channel_health(plan.channels, since=last.until if last else _EVER)
        digest = build_digest(
            list(untold.values()),
            recipient=plan.recipient,
            watchlists=plan.watchlists,
            since=since,
            until=now,
            timezone=plan.timezone,
            language=plan.language,
            checked=health.checked,
            channels=len(plan.channels),
            failing=health.unchecked,
            gaps=[Gap(name, gap.from_at or since, gap.to_at or now, gap.at_most) for name, gap in gaps],
            most=most,
        )
        store.record_digest(
            plan.recipient,
            DAILY,
            slot.local_date,
            since=since,
            until=now,
            changes=list(untold),
            payload=payload(digest) if untold or gaps or health.is_blind else None,
        )
        enqueued = DigestEnqueued(plan.recipient, slot.local_date.isoformat(), len(untold))
        logger().info(
            "digest_enqueued", recipient=plan.recipient, local_date=enqueued.local_date, changes=enqueued.changes
        )
        yield enqueued
