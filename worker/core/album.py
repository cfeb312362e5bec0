"""Albums: what the preview shows as one post, Telegram Desktop exports as one message for each picture. Decides only.

An export does not say which messages are an album, and each of them has an id of its own. So they stay posts of their
own where only exports show them. Only where a source that knows albums has brought the post before, or brings it after
an export, the messages of one second are taken for the album that they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from worker.core.diff import Diff, Edit
from worker.core.fingerprint import fingerprint
from worker.core.models import Post, StoredPost

#: messages of one album, at most; Telegram's own bound
_MOST = 10
#: of which albums are made
_KINDS = frozenset({"photo", "video", "animation", "document", "audio", "video_too_big", "unsupported_in_browser"})
_NOTHING = fingerprint("")


def folded(posts: Sequence[Post], stored: Mapping[str, StoredPost]) -> list[Post]:
    """Return the posts of an export, with those that are one stored post put together.

    Args:
        posts: in the order of the export.
        stored: those of them that are stored, by id.
    """
    if len(stored) == len(posts) or not stored:
        return list(posts)
    result: list[Post] = []
    for album in _albums(posts):
        first, *others = album
        if others and first.id in stored and not any(other.id in stored for other in others):
            text = next((member.text for member in album if member.text), "")
            first = replace(first, text=text, media=tuple(media for member in album for media in member.media))
            others = []
        result += [first, *others]
    return result


def _albums(posts: Sequence[Post]) -> list[list[Post]]:
    """Part the posts into runs that may be one album each; most have one post."""
    albums: list[list[Post]] = [[post] for post in posts[:1]]
    for before, post in pairwise(posts):
        album = albums[-1]
        if len(album) < _MOST and _go_together(before, post) and not (post.text and any(one.text for one in album)):
            album.append(post)
        else:
            albums.append([post])
    return albums


def _go_together(before: Post, post: Post) -> bool:
    return (
        before.published_at is not None
        and before.published_at == post.published_at
        and before.forwarded_from == post.forwarded_from
        and _follows(before.id, post.id)
        and _is_picture(before)
        and _is_picture(post)
    )


def _follows(before: str | None, following: str | None) -> bool:
    return bool(before and following and before.isdecimal()) and str(int(before or 0) + 1) == following


def _is_picture(post: Post) -> bool:
    return len(post.media) == 1 and post.media[0].kind in _KINDS


def captions_in_doubt(diff: Diff) -> list[str]:
    """Return the ids of posts that may be what an edit seems to have added: members of an album that has a text now."""
    return [
        str(int(edit.stored.id) + further)
        for edit in diff.edited
        if edit.stored.fingerprint == _NOTHING
        and edit.found.post.media
        and edit.stored.id
        and edit.stored.id.isdecimal()
        for further in range(1, _MOST)
    ]


def without_known_captions(diff: Diff, members: Mapping[str, StoredPost]) -> Diff:
    """Return `diff` without the edits that only show the text of an album's first post, stored as a later one's."""
    known = {edit.stored.row for edit in diff.edited if _is_caption(edit, members)}
    return replace(
        diff,
        edited=tuple(edit for edit in diff.edited if edit.stored.row not in known),
        unchanged=(*diff.unchanged, *sorted(known)),
    )


def _is_caption(edit: Edit, members: Mapping[str, StoredPost]) -> bool:
    following = (members.get(name) for name in _members(edit))
    return any(member is not None and member.fingerprint == edit.found.fingerprint for member in following)


def _members(edit: Edit) -> list[str]:
    """Return the ids of what may be further members of an album whose first post got a text."""
    first = edit.stored.id
    if edit.stored.fingerprint != _NOTHING or not edit.found.post.media or not first or not first.isdecimal():
        return []
    return [str(int(first) + further) for further in range(1, _MOST)]
