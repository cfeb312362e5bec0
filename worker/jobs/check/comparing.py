"""The first step of deciding: how a snapshot differs from what is stored. Reads the store, writes nothing.

Posts with ids are looked up, posts without are aligned. What is stored under another version of the fingerprint is
compared by its text, so that nothing looks edited that is not, and what is stored under another id is looked for among
what the export before showed, so that nothing looks new that is not.
"""

from collections.abc import Sequence
from dataclasses import replace

from worker.adapters.store import Store
from worker.core.album import captions_in_doubt, folded, without_known_captions
from worker.core.diff import Diff, diff_by_id, diff_by_sequence, joined
from worker.core.fingerprint import fingerprint, former_fingerprints
from worker.core.models import Post, Snapshot
from worker.core.parse import telegram_desktop_html, telegram_desktop_json, webpage, wordpress_rest
from worker.core.record import ChannelState
from worker.core.refresh import renewed, rows_in_doubt, without_false_edits, without_service
from worker.core.renaming import other_names, unshown_ids, with_renamed

#: formats in which each member of an album is a post
_ALBUMS_APART = frozenset({telegram_desktop_json.FORMAT, telegram_desktop_html.FORMAT})

#: formats in which WordPress says the number of a post
_NUMBERED = frozenset({wordpress_rest.FORMAT, webpage.FORMAT})


def compare(snapshot: Snapshot, state: ChannelState, store: Store) -> Diff:
    """Return how a snapshot of a channel differs from what is stored."""
    known = [post for post in snapshot.posts if post.id is not None]
    anonymous = [post for post in snapshot.posts if post.id is None]
    by_id = _compare_by_id(known, snapshot.format, state, store) if known else Diff()
    return joined(by_id, _compare_by_place(anonymous, state.name, store)) if anonymous else by_id


def _compare_by_id(posts: Sequence[Post], format_name: str, state: ChannelState, store: Store) -> Diff:
    name = state.name
    stored = store.fingerprints(name, [post.id for post in posts if post.id])
    names = other_names(posts, stored, numbered=format_name in _NUMBERED) if state.has_baseline else {}
    otherwise = {names[old]: known for old, known in store.fingerprints(name, list(names)).items()} if names else {}
    stored |= otherwise
    diff = diff_by_id(folded(posts, stored) if format_name in _ALBUMS_APART else posts, stored)
    diff = replace(diff, renamed=tuple((known.row, new) for new, known in otherwise.items()))
    diff = without_false_edits(diff, store.texts(rows_in_doubt(diff)))
    if diff.edited:
        diff = without_service(diff, store.service_rows([edit.stored.row for edit in diff.edited]))
        diff = without_known_captions(diff, store.fingerprints(name, captions_in_doubt(diff)))
    unshown = store.unshown(name, unshown_ids(diff, posts, state.shown))
    return with_renamed(diff, [known for known in unshown if known.id not in names]) if unshown else diff


def _compare_by_place(posts: Sequence[Post], name: str, store: Store) -> Diff:
    marks = [fingerprint(post.text) for post in posts]
    if store.has_outdated_sequence(name):
        marks += [former for post in posts for former in former_fingerprints(post.text)]
    sequence, refreshed = renewed(store.sequence(name, marks), posts)
    return replace(diff_by_sequence(posts, sequence), refreshed=refreshed)
