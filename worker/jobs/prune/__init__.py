"""What is given up when it is old enough: nothing that is told of a post, only what takes much space."""

from worker.jobs.prune.daily import Pruned, Retention, cutoff, prune, prune_when_due
from worker.jobs.prune.evidence import EvidencePolicy, EvidencePruned, prune_evidence

__all__ = [
    "EvidencePolicy",
    "EvidencePruned",
    "Pruned",
    "Retention",
    "cutoff",
    "prune",
    "prune_evidence",
    "prune_when_due",
]
