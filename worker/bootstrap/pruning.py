"""Settings -> a pruning by hand: carried out, or only counted."""

from collections.abc import Iterator, Mapping

from worker.adapters.store import Store
from worker.adapters.store.engine import open_engine, require_current, single_instance
from worker.bootstrap import open_store, retention_of, utc_now
from worker.bootstrap.sources import evidence_of
from worker.config import Settings
from worker.jobs.prune import Pruned, cutoff, prune


def prune_now(settings: Settings) -> Iterator[Pruned]:
    """Give up what is too old, due or not; yield one result for each kind of which anything was given up.

    Raises StoreError (also if another instance holds the database), EvidenceError.
    """
    engine = open_engine(settings.storage.full_url())
    try:
        with single_instance(engine):
            require_current(engine)
            evidence = evidence_of(settings)
            yield from prune(retention_of(settings), store=Store(engine), evidence=evidence, now=utc_now())
    finally:
        engine.dispose()


def count_prunable(settings: Settings) -> Mapping[str, int]:
    """Return how much a pruning would give up now, by kind; of evidence what is too old. Raises StoreError."""
    retention, now = retention_of(settings), utc_now()
    return open_store(settings).count_prunable(
        texts=cutoff(retention.texts, now),
        revisions=cutoff(retention.revisions, now),
        deliveries=cutoff(retention.deliveries, now),
        evidence=None if retention.evidence.keep_for is None else now - retention.evidence.keep_for,
    )
