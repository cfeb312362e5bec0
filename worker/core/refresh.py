"""Posts stored under another version of the fingerprint: their stored text says whether they were edited. Pure.

A new way of normalising must not make an archive look edited. So a fingerprint of another version proves nothing: the
earlier version's fingerprint of what is shown now may be the stored one, and where it is not, the stored text is
compared. Nothing is read and nothing compared while every fingerprint is of the present version.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from worker.core.diff import Diff, Edit, StoredSequence
from worker.core.fingerprint import fingerprint, former_fingerprints, is_outdated
from worker.core.models import Post, StoredPost


def rows_in_doubt(diff: Diff) -> tuple[int, ...]:
    """Return the rows that only seem edited and whose stored text must be known to tell."""
    return tuple(edit.stored.row for edit in diff.edited if is_outdated(edit.stored.fingerprint) and not _is_same(edit))


def without_false_edits(diff: Diff, texts: Mapping[int, str | None]) -> Diff:
    """Return `diff` with the posts that only seem edited among the unchanged and the refreshed ones.

    Args:
        diff: what the fingerprints say.
        texts: stored texts by the rows in doubt; None where it was removed: then nothing speaks for an edit.
    """
    outdated = [edit for edit in diff.edited if is_outdated(edit.stored.fingerprint)]
    if not outdated:
        return diff
    same = {
        edit.stored.row: edit.found.fingerprint
        for edit in outdated
        if _is_same(edit) or _has_text_of(edit, texts[edit.stored.row])
    }
    return replace(
        diff,
        edited=tuple(edit for edit in diff.edited if edit.stored.row not in same),
        unchanged=diff.unchanged + tuple(same),
        refreshed=diff.refreshed + tuple(same.items()),
    )


def without_service(diff: Diff, service: Collection[int]) -> Diff:
    """Return `diff` without edits of service messages: nobody can edit them, but each source says them in its words.

    Args:
        diff: what the fingerprints say.
        service: rows of the edited posts that are stored as service messages.
    """
    told = {edit.stored.row for edit in diff.edited if edit.found.post.service or edit.stored.row in service}
    if not told:
        return diff
    return replace(
        diff,
        edited=tuple(edit for edit in diff.edited if edit.stored.row not in told),
        unchanged=(*diff.unchanged, *sorted(told)),
    )


def renewed(sequence: StoredSequence, posts: Sequence[Post]) -> tuple[StoredSequence, tuple[tuple[int, str], ...]]:
    """Return a stored sequence with fingerprints of the present version only, and (row, fingerprint) of the others.

    Where the stored text was removed, the fingerprint is that of the post among `posts` that had it before.
    """
    if not any(is_outdated(known.fingerprint) for known in sequence.posts):
        return sequence, ()
    shown = {former: fingerprint(post.text) for post in posts for former in former_fingerprints(post.text)}
    present = [_present(known, shown) for known in sequence.posts]
    changed = [
        (known.row, mark)
        for known, mark in zip(sequence.posts, present, strict=True)
        if mark is not None and mark != known.fingerprint
    ]
    renamed = (
        known if mark is None else replace(known, fingerprint=mark)
        for known, mark in zip(sequence.posts, present, strict=True)
    )
    return replace(sequence, posts=tuple(renamed)), tuple(changed)


def _present(known: StoredPost, shown: Mapping[str, str]) -> str | None:
    if not is_outdated(known.fingerprint):
        return known.fingerprint
    return shown.get(known.fingerprint) if known.text is None else fingerprint(known.text)


def _is_same(edit: Edit) -> bool:
    return edit.stored.fingerprint in former_fingerprints(edit.found.post.text)


def _has_text_of(edit: Edit, stored: str | None) -> bool:
    return stored is None or fingerprint(stored) == edit.found.fingerprint
