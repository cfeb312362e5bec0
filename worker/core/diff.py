"""Snapshot x stored posts -> what is new, edited or unchanged. Pure.

What a snapshot lacks is the part of `worker.core.absence`.

Posts with ids are looked up. Posts without ids (dumps) are aligned as sequences, because two different posts can have
the same text: a text is no identity, a place among neighbours is.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from worker.core.fingerprint import fingerprint
from worker.core.models import Post, StoredPost

#: state of a stored post that the source has taken away
DELETED = "deleted"
#: how alike (0 to 100) two texts in the same place must be to be one post and its edit
_EDIT_LIKENESS = 60.0
#: the same where no neighbour confirms the place
_EDIT_LIKENESS_ALONE = 85.0
#: a gap with more pairs than this holds no edits that are worth the time to find
_MOST_PAIRS = 40_000


@dataclass(frozen=True, slots=True)
class Found:
    """A post of the snapshot with its fingerprint, and its place if it has no id."""

    post: Post
    fingerprint: str
    position: float | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """A stored post whose text is another one now."""

    stored: StoredPost
    found: Found


@dataclass(frozen=True, slots=True)
class Restored:
    """A post that was deleted and is shown again, with its old text or with another one."""

    stored: StoredPost
    found: Found


@dataclass(frozen=True, slots=True)
class Diff:
    """What a snapshot says about the stored posts; `unchanged` are rows of posts seen again as they were."""

    new: tuple[Found, ...] = ()
    edited: tuple[Edit, ...] = ()
    unchanged: tuple[int, ...] = ()
    #: each of them is among the edited or unchanged ones too
    restored: tuple[Restored, ...] = ()
    #: (row, fingerprint) of posts whose stored fingerprint was made in another way, though their text is the same
    refreshed: tuple[tuple[int, str], ...] = ()
    #: (row, id) of posts that the source shows under another id now
    renamed: tuple[tuple[int, str], ...] = ()


def joined(one: Diff, other: Diff) -> Diff:
    """Return both in one: what a snapshot says of posts with ids and of posts without."""
    return Diff(*(getattr(one, field.name) + getattr(other, field.name) for field in fields(Diff)))


@dataclass(frozen=True, slots=True)
class StoredSequence:
    """The stretch of a channel's stored sequence that a dump may overlap, and the ends of the whole sequence."""

    posts: tuple[StoredPost, ...] = ()
    first: float = 1.0
    last: float = 0.0


def diff_by_id(posts: Sequence[Post], stored: Mapping[str, StoredPost]) -> Diff:
    """Compare posts that have ids; of two posts with one id in a snapshot the later one counts."""
    new, edited, unchanged, restored = [], [], [], []
    for post in {post.id: post for post in posts}.values():
        found = Found(post, fingerprint(post.text))
        known = stored.get(post.id or "")
        if known is None:
            new.append(found)
            continue
        if known.state == DELETED:
            restored.append(Restored(known, found))
        if known.fingerprint != found.fingerprint:
            edited.append(Edit(known, found))
        else:
            unchanged.append(known.row)
    return Diff(tuple(new), tuple(edited), tuple(unchanged), tuple(restored))


def diff_by_sequence(posts: Sequence[Post], stored: StoredSequence) -> Diff:
    """Compare posts without ids by aligning them with the stored sequence.

    Equal neighbours anchor the two sequences; what is left over and equal has moved; what is left over in the same gap
    between two anchors and alike is an edit; the rest is new and gets a place between its neighbours.
    """
    prints = [fingerprint(post.text) for post in posts]
    pairs = _anchors(prints, stored.posts)
    anchored = bool(pairs)
    edits = dict(_edits(posts, stored.posts, pairs, _EDIT_LIKENESS if anchored else _EDIT_LIKENESS_ALONE))
    places = _places(len(posts), {**pairs, **edits}, stored)
    return Diff(
        tuple(Found(posts[i], prints[i], places[i]) for i in range(len(posts)) if i not in pairs and i not in edits),
        tuple(Edit(stored.posts[j], Found(posts[i], prints[i], places[i])) for i, j in sorted(edits.items())),
        tuple(stored.posts[j].row for _, j in sorted(pairs.items())),
    )


def _anchors(prints: Sequence[str], stored: Sequence[StoredPost]) -> dict[int, int]:
    """Pair equal posts (snapshot index -> stored index): in sequence first, then those that have moved."""
    old = [post.fingerprint for post in stored]
    pairs: dict[int, int] = {}
    for step in Indel.opcodes(prints, old):
        if step.tag == "equal":
            pairs.update(zip(range(step.src_start, step.src_end), range(step.dest_start, step.dest_end), strict=True))
    taken = set(pairs.values())
    free = defaultdict(list)
    for j, mark in enumerate(old):
        if j not in taken:
            free[mark].append(j)
    for i, mark in enumerate(prints):
        if i not in pairs and free[mark]:
            pairs[i] = free[mark].pop(0)
    return pairs


def _edits(
    posts: Sequence[Post], stored: Sequence[StoredPost], pairs: Mapping[int, int], likeness: float
) -> Iterator[tuple[int, int]]:
    """Pair alike posts that lie between the same two anchors, in order."""
    matched = set(pairs.values())
    walls = [(-1, -1), *_increasing(pairs), (len(posts), len(stored))]
    for (i0, j0), (i1, j1) in pairwise(walls):
        ours = [i for i in range(i0 + 1, i1) if i not in pairs]
        theirs = [j for j in range(j0 + 1, j1) if j not in matched and stored[j].text is not None]
        if ours and theirs and len(ours) * len(theirs) <= _MOST_PAIRS:
            yield from _best_in_order(ours, theirs, posts, stored, likeness)


def _increasing(pairs: Mapping[int, int]) -> list[tuple[int, int]]:
    """Return the pairs that keep the order of both sequences; those that have moved are no walls."""
    kept: list[tuple[int, int]] = []
    for i, j in sorted(pairs.items()):
        if not kept or j > kept[-1][1]:
            kept.append((i, j))
    return kept


def _best_in_order(
    ours: Sequence[int], theirs: Sequence[int], posts: Sequence[Post], stored: Sequence[StoredPost], likeness: float
) -> list[tuple[int, int]]:
    """Return the order-keeping pairs of the highest likeness in all (dynamic programming over the gap)."""
    width = len(theirs)
    best = [[0.0] * (width + 1) for _ in range(len(ours) + 1)]
    score = [[fuzz.ratio(posts[i].text, stored[j].text or "", score_cutoff=likeness) for j in theirs] for i in ours]
    for a in range(len(ours) - 1, -1, -1):
        for b in range(width - 1, -1, -1):
            paired = score[a][b] + best[a + 1][b + 1] if score[a][b] else 0.0
            best[a][b] = max(best[a + 1][b], best[a][b + 1], paired)
    pairs, a, b = [], 0, 0
    while a < len(ours) and b < width:
        if score[a][b] and best[a][b] == score[a][b] + best[a + 1][b + 1]:
            pairs.append((ours[a], theirs[b]))
            a, b = a + 1, b + 1
        elif best[a][b] == best[a + 1][b]:
            a += 1
        else:
            b += 1
    return pairs


def _places(count: int, pairs: Mapping[int, int], stored: StoredSequence) -> list[float]:
    """Give each post of the snapshot a place: its stored one, or one between those of its neighbours."""
    places = [stored.posts[pairs[i]].position if i in pairs else None for i in range(count)]
    known = sorted(post.position for post in stored.posts if post.position is not None)
    result: list[float] = []
    i = 0
    while i < count:
        place = places[i]
        if place is not None:
            result.append(place)
            i += 1
            continue
        run = i
        while run < count and places[run] is None:
            run += 1
        after = places[run] if run < count else None
        result.extend(_between(result[-1] if result else None, after, run - i, known, stored))
        i = run
    return result


def _between(
    before: float | None, after: float | None, count: int, known: Sequence[float], stored: StoredSequence
) -> list[float]:
    """Return `count` ascending places behind `before`, or in front of `after` where nothing stands before."""
    if before is None and after is not None:
        below = max((place for place in known if place < after), default=None)
        if below is None:
            return [stored.first - count + k for k in range(count)]
        return [below + (after - below) * (k + 1) / (count + 1) for k in range(count)]
    if before is None or before >= stored.last:
        return [max(stored.last, before or stored.last) + k + 1 for k in range(count)]
    above = min((place for place in known if place > before), default=before + 1)
    return [before + (above - before) * (k + 1) / (count + 1) for k in range(count)]
