"""Digests: who is due one by the ledger, and its content frozen into the outbox. Renders and sends nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from worker.adapters.store import Store
from worker.core.digest import Digest, Gap, build_digest, payload
from worker.core.record import LedgerLine
from worker.core.timetable import EVERY_DAY, Timetable, due_slot, last_told
from worker.log import logger

_DAY = timedelta(days=1)
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
#: who has had no digest yet is told of watchlists that were changed this lately
_LATELY = timedelta(days=7)
#: what finished in this time may not be written yet, and is left for the next digest
_SETTLE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class DigestPlan:
    """One recipient's digest: when, in which zone and language, about what."""

    recipient: str
    #: the times of day, ascending, each once
    at: tuple[time, ...]
    timezone: str
    language: str
    watchlists: tuple[str, ...]
    #: the channels it covers, by name
    channels: tuple[str, ...]
    #: days of the week, as in `worker.core.timetable`
    days: frozenset[int] = EVERY_DAY
    #: whether one is sent that has nothing to tell
    empty: bool = False
    #: what a hit of (watchlist, term) counts where that is not 1
    weights: Mapping[tuple[str, str], float] = field(default_factory=dict)
    #: grades of edits that are too small for this recipient, and only counted
    unlisted: tuple[str, ...] = ()

    @property
    def timetable(self) -> Timetable:
        """When it is due."""
        return Timetable(self.at, ZoneInfo(self.timezone), self.days)


@dataclass(frozen=True, slots=True)
class DigestEnqueued:
    """A line of the ledger; without changes no message was made."""

    recipient: str
    local_date: str
    changes: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What a digest would say now."""

    digest: Digest
    #: the numbers of the changes that it tells
    changes: tuple[int, ...]
    #: whether it is worth sending where empty ones are not wanted
    has_news: bool


def enqueue_digests(
    plans: Sequence[DigestPlan], *, store: Store, now: datetime, most: int = 500
) -> Iterator[DigestEnqueued]:
    """Put each digest that is due into the outbox, once for each recipient, local date and time of day.

    Without changes and gaps there is none, unless the plan wants empty ones or no channel of the recipient could be
    checked: silence would look like "nothing found". After a time of standing still there is one digest that covers
    all of it. A recipient who has had none yet gets the first as soon as there is something to tell (an empty one:
    something to say) and the hour of that day has passed.

    What a changed watchlist did to older posts is told in the first digest that is sent after it; for that alone none
    is.
    """
    for plan in plans:
        made = store.ledger(plan.recipient, now)
        slot = due_slot(now, plan.timetable, made)
        if slot is None:
            continue
        last = last_told(now, made)
        if last is None and slot.local_date < now.astimezone(plan.timetable.zone).date():
            continue
        draft = draft_digest(plan, store=store, now=now, last=last, most=most)
        is_sent = draft.has_news or plan.empty
        if last is None and not draft.changes and not (plan.empty and draft.digest.checked):
            continue
        is_ours = store.record_digest(
            plan.recipient,
            slot.name,
            slot.local_date,
            since=draft.digest.since,
            until=now,
            changes=draft.changes,
            payload=payload(draft.digest) if is_sent else None,
        )
        if not is_ours:
            continue
        enqueued = DigestEnqueued(plan.recipient, slot.local_date.isoformat(), len(draft.changes))
        logger().info(
            "digest_enqueued", recipient=plan.recipient, local_date=enqueued.local_date, changes=enqueued.changes
        )
        yield enqueued


def enqueue_now(plan: DigestPlan, *, store: Store, now: datetime, most: int = 500) -> DigestEnqueued | None:
    """Put a digest of what is untold into the outbox, out of turn; None, and nothing is written, without any news.

    It is a line of the ledger of its own. The next digest by the timetable comes all the same, and tells what was found
    since; one that was due already and not yet made is made no more: this one took its place.
    """
    last = last_told(now, store.ledger(plan.recipient, now))
    draft = draft_digest(plan, store=store, now=now, last=last, most=most)
    if not draft.has_news:
        return None
    day = now.astimezone(plan.timetable.zone).date()
    period = {"since": draft.digest.since, "until": now}
    frozen = payload(draft.digest)
    if not store.record_digest(
        plan.recipient, f"now-{now:%H%M%S.%f}", day, changes=draft.changes, payload=frozen, **period
    ):
        return None
    logger().info("digest_enqueued", recipient=plan.recipient, local_date=day.isoformat(), changes=len(draft.changes))
    return DigestEnqueued(plan.recipient, day.isoformat(), len(draft.changes))


def draft_digest(plan: DigestPlan, *, store: Store, now: datetime, last: LedgerLine | None, most: int = 500) -> Draft:
    """Return what a digest made now would say; nothing is written.

    Args:
        plan: whose, and about what.
        store: where the changes are.
        now: the end of its period.
        last: the digest before, at whose end the period begins; None: there was none.
        most: how many changes are shown at most.
    """
    untold = store.untold(plan.recipient)
    after = last.until if last else _EVER
    since = last.until if last else min((told.found_at for told in untold.values()), default=now - _DAY)
    # a first digest begins with its first change
    small_after = after if last else since - timedelta.resolution
    gaps = store.gaps(plan.channels, after=after, until=now)
    health = store.channel_health(plan.channels, since=after)
    told_until = store.last_sent_digest(plan.recipient) or now - _LATELY
    digest = build_digest(
        list(untold.values()),
        recipient=plan.recipient,
        watchlists=plan.watchlists,
        since=min(since, now),
        until=now,
        timezone=plan.timezone,
        language=plan.language,
        checked=health.checked,
        channels=len(plan.channels),
        failing=health.unchecked,
        gaps=[Gap(name, gap.from_at or since, gap.to_at or now, gap.at_most) for name, gap in gaps],
        retagged=store.retagged(plan.watchlists, after=told_until - _SETTLE, until=now - _SETTLE),
        unlisted=store.count_edits(plan.unlisted, plan.watchlists, plan.channels, after=small_after, until=now),
        weights=plan.weights,
        most=most,
    )
    return Draft(digest, tuple(untold), bool(untold or gaps or health.is_blind))
