"""The daily pruning: everything that is older than the retention allows, in short transactions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from worker.adapters.evidence import EvidenceFolder
from worker.adapters.store import Store
from worker.core.stories import STORY_AGE
from worker.jobs.prune.evidence import EvidencePolicy, prune_evidence
from worker.log import logger

_EVERY = timedelta(days=1)
#: what was found so lately may still be told: a digest that waits for a mail server, a decision that is made late
_LEAST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is stored is kept; None: for ever."""

    texts: timedelta | None = None
    revisions: timedelta | None = None
    deliveries: timedelta | None = None
    evidence: EvidencePolicy = field(default_factory=EvidencePolicy)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was given up of one kind: ``texts``, ``revisions``, ``deliveries``, ``sketches`` or ``evidence``."""

    kind: str
    count: int
    #: given back on the disk at once, by evidence only
    bytes: int = 0


def prune_when_due(
    retention: Retention,
    *,
    store: Store,
    evidence: EvidenceFolder | None,
    now: datetime,
    stopping: Callable[[], bool] = lambda: False,
) -> Iterator[Pruned]:
    """Prune if a day has passed since the last time; the due time stands in the database."""
    due = store.next_prune_at()
    if due is None or due <= now:
        yield from prune(retention, store=store, evidence=evidence, now=now, stopping=stopping)


def prune(
    retention: Retention,
    *,
    store: Store,
    evidence: EvidenceFolder | None,
    now: datetime,
    stopping: Callable[[], bool] = lambda: False,
) -> Iterator[Pruned]:
    """Give up what is too old; yield one result for each kind of which anything was given up.

    Once it is stopped it is due again. Raises EvidenceError, StoreError.
    """
    works: list[tuple[str, timedelta | None, Callable[[datetime], int]]] = [
        ("texts", retention.texts, lambda before: store.prune_texts(before, now)),
        ("revisions", retention.revisions, lambda before: store.prune_revisions(before, now)),
        ("deliveries", retention.deliveries, lambda before: store.prune_deliveries(before, now)),
        ("sketches", STORY_AGE, store.prune_sketches),
    ]
    for kind, age, work in works:
        before = cutoff(age, now)
        count = 0
        while before is not None and not stopping() and (done := work(before)):
            count += done
        if count:
            yield _said(Pruned(kind, count))
    if evidence is not None and not stopping():
        given_up = prune_evidence(now, store=store, folder=evidence, policy=retention.evidence, stopping=stopping)
        if given_up.files or given_up.exports:
            yield _said(Pruned("evidence", given_up.exports, given_up.bytes))
    if not stopping():
        store.record_prune(now + _EVERY)


def cutoff(age: timedelta | None, now: datetime) -> datetime | None:
    """Return the time before which something is too old; None: it never is. What is a few days old is kept always."""
    return None if age is None else now - max(age, _LEAST)


def _said(pruned: Pruned) -> Pruned:
    logger().info("pruned", kind=pruned.kind, count=pruned.count, bytes=pruned.bytes)
    return pruned
