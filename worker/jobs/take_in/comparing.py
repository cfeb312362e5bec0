"""How a batch of an import differs from what is stored, as in a check. Reads the store, writes nothing.

Ids that have changed are not looked for: an export may be a range, so that what it lacks says nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

from worker.adapters.store import Store
from worker.core.album import captions_in_doubt, folded, without_known_captions
from worker.core.diff import Diff, diff_by_id, diff_by_sequence, joined
from worker.core.fingerprint import fingerprint, former_fingerprints
from worker.core.models import Post
from worker.core.refresh import renewed, rows_in_doubt, without_false_edits, without_service


def compare(posts: Sequence[Post], name: str, store: Store) -> Diff:
    """Return how posts of the channel `name` differ from what is stored."""
    known = [post for post in posts if post.id is not None]
    anonymous = [post for post in posts if post.id is None]
    by_id = _compare_by_id(known, name, store) if known else Diff()
    return joined(by_id, _compare_by_place(anonymous, name, store)) if anonymous else by_id


def _compare_by_id(posts: Sequence[Post], name: str, store: Store) -> Diff:
    stored = store.fingerprints(name, [post.id for post in posts if post.id])
    diff = diff_by_id(folded(posts, stored), stored)
    diff = without_false_edits(diff, store.texts(rows_in_doubt(diff)))
    if not diff.edited:
        return diff
    diff = without_service(diff, store.service_rows([edit.stored.row for edit in diff.edited]))
    return without_known_captions(diff, store.fingerprints(name, captions_in_doubt(diff)))


def _compare_by_place(posts: Sequence[Post], name: str, store: Store) -> Diff:
    marks = [fingerprint(post.text) for post in posts]
    if store.has_outdated_sequence(name):
        marks += [former for post in posts for former in former_fingerprints(post.text)]
    sequence, refreshed = renewed(store.sequence(name, marks), posts)
    return replace(diff_by_sequence(posts, sequence), refreshed=refreshed)
