"""Ids that change: a post that an export shows under another id than the one it is stored under. Decides only.

Feeds give their posts new ids when a site moves or its software is replaced, and every one of them would be new then.
An id alone proves little, and neither does a text: only a post that the export before showed, and that this one does
not show under its id, can be the one that is shown under another. Only WordPress has two names for each post: its feed
says ``https://site/?p=308`` where its interface and its pages say 308.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from worker.core.diff import Diff, Found
from worker.core.fingerprint import former_fingerprints
from worker.core.models import Post, StoredPost

#: characters that no two posts have in common by chance, where neither date nor address says that they are one
_TELLING = 80
_GUID = re.compile(r"(?:https?://[^/?#\s]+)?/?\?p=(\d{1,18})", re.ASCII | re.IGNORECASE)
_SITE = re.compile(r"https?://(?:www\.)?([^/?#\s]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unshown:
    """A stored post that the export before showed, and this one does not show under its id."""

    row: int
    id: str
    fingerprint: str
    url: str | None
    published_at: datetime | None


def other_names(posts: Sequence[Post], stored: Mapping[str, StoredPost], *, numbered: bool) -> dict[str, str]:
    """Return the ids under which posts that are not stored may be stored all the same, each with the present one.

    Args:
        posts: of a snapshot.
        stored: those of them that are stored, by id.
        numbered: whether they have WordPress's numbers.
    """
    if len(stored) >= len(posts):
        return {}
    here = {post.id for post in posts}
    return {
        name: post.id
        for post in posts
        if post.id is not None and post.id not in stored
        for name in _names(post.id, post.url, numbered=numbered)
        if name not in here
    }


def _names(name: str, url: str | None, *, numbered: bool) -> tuple[str, ...]:
    if found := _GUID.fullmatch(name):
        return (found[1],)
    site = _SITE.match(url or "")
    if not (numbered and site and name.isdecimal()):
        return ()
    sites = (f"{scheme}://{www}{site[1].lower()}" for scheme in ("http", "https") for www in ("", "www."))
    return (f"/?p={name}", *(f"{each}/?p={name}" for each in sites))


def unshown_ids(diff: Diff, posts: Sequence[Post], shown: Collection[str]) -> list[str]:
    """Return the ids that the export before showed and this one does not; none where nothing in it is new."""
    if not shown or not diff.new:
        return []
    still = {post.id for post in posts}
    return [name for name in shown if name not in still]


def with_renamed(diff: Diff, unshown: Sequence[Unshown]) -> Diff:
    """Return `diff` with the new posts that are stored ones under another id among the unchanged and the renamed."""
    waiting: defaultdict[str, list[Unshown]] = defaultdict(list)
    for known in unshown:
        waiting[known.fingerprint].append(known)
    new, renamed, refreshed = [], [], []
    for found in diff.new:
        same = _taken(found, waiting)
        if same is None or found.post.id is None:
            new.append(found)
            continue
        renamed.append((same.row, found.post.id))
        if same.fingerprint != found.fingerprint:
            refreshed.append((same.row, found.fingerprint))
    return replace(
        diff,
        new=tuple(new),
        unchanged=diff.unchanged + tuple(row for row, _ in renamed),
        renamed=diff.renamed + tuple(renamed),
        refreshed=diff.refreshed + tuple(refreshed),
    )


def _taken(found: Found, waiting: "defaultdict[str, list[Unshown]]") -> Unshown | None:
    """Return the stored post that `found` is, and take it away, so that it is no other one too; None: it is none."""
    for mark in (found.fingerprint, *former_fingerprints(found.post.text)):
        known = waiting.get(mark, [])
        # the same address is the better proof where several posts have one text
        for proves in (_has_address_of, _agrees_with):
            for place, candidate in enumerate(known):
                if proves(found.post, candidate):
                    return known.pop(place)
    return None


def _has_address_of(post: Post, known: Unshown) -> bool:
    return post.url is not None and post.url == known.url


def _agrees_with(post: Post, known: Unshown) -> bool:
    if post.published_at is not None and known.published_at is not None:
        return post.published_at == known.published_at
    addresses_differ = post.url is not None and known.url is not None
    return not addresses_differ and len(post.text) >= _TELLING
