"""Settings and the name of a post -> all that is known of it. Nothing is written."""

from itertools import pairwise
from typing import Any

from worker.adapters.evidence import EvidenceFolder
from worker.adapters.store import Store
from worker.adapters.store.lookup import PostFound
from worker.bootstrap import open_store
from worker.bootstrap.sources import evidence_of
from worker.config import Settings
from worker.core.revision import word_diff
from worker.errors import EvidenceError, WatchwordError


def read_history(settings: Settings, name: str) -> dict[str, Any]:
    """Return the history of a post in the documented shape.

    Args:
        settings: the configuration.
        name: ``CHANNEL/ID``, ``CHANNEL/row-N`` or the address of the post.

    Raises:
        WatchwordError: there is no such post, or more than one.
        StoreError: the database cannot be used.
    """
    store = open_store(settings)
    found = find_post(store, name)
    history = store.post_history(found.row)
    compare_revisions(history["revisions"])
    folder = evidence_of(settings)
    for one in (*history["revisions"], *history["changes"]):
        if one["export"]:
            one["export"]["is_there"] = _is_there(one["export"], folder)
    return history


def find_post(store: Store, name: str) -> PostFound:
    """Return the post that a person means. Raises WatchwordError if there is none, or more than one."""
    found = store.find_posts(name)
    if not found:
        message = f"there is no post {name!r}: write CHANNEL/ID, as `watchword posts --json` shows them, or its address"
        raise WatchwordError(message)
    if len(found) > 1:
        message = f"{name!r} may be several posts, choose one: {', '.join(post.name for post in found)}"
        raise WatchwordError(message)
    return found[0]


def compare_revisions(revisions: list[dict[str, Any]]) -> None:
    """Give each revision the word diff to the one before; None: there is none, or one of the two texts is gone."""
    revisions[0]["diff"] = None
    for before, after in pairwise(revisions):
        is_gone = before["pruned_at"] or after["pruned_at"]
        pieces = [] if is_gone else word_diff(before["text"], after["text"])
        after["diff"] = None if is_gone else [{"kind": piece.kind, "text": piece.text} for piece in pieces]


def _is_there(export: dict[str, Any], folder: EvidenceFolder | None) -> bool:
    """Say whether the bytes can still be shown, proved by their hash."""
    if folder is None or export["pruned_at"]:
        return False
    try:
        folder.read(export["sha256"])
    except EvidenceError:
        return False
    return True
