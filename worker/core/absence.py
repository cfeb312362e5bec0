"""Absences: what it means that an export does not show a stored post. Decides only; reads and writes nothing.

An export is a window on its source. That a post is missing from it proves something only inside the window, and even
there only a second look does: another good export that lacks it too, and the post's own page where there is one.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice, pairwise

from worker.core.models import Coverage, Post

#: `Suspect.looks` of a post that its own page shows although the exports do not
SHOWN_APART = -1
#: looks inside the coverage that could not reach the own page, after which the exports alone decide
_MOST_LOOKS = 3
#: a suspicion that nothing can decide is dropped
_FORGOTTEN_AFTER = timedelta(days=7)
#: missing ids that are looked up at most for one export
_MOST_MISSING = 20_000
#: so many posts may vanish at once from a source that is whole
_FEW = 3
#: or such a part of the posts that it shows
_PART = 5


class Verdict(StrEnum):
    """What a post's own page says of it."""

    SHOWN = "shown"
    #: the source itself says that there is no such post
    GONE = "gone"
    #: the source has no pages of single posts
    NO_PAGE = "no_page"
    #: it could not be asked now
    UNREACHABLE = "unreachable"


class Fate(StrEnum):
    """What becomes of a suspected post."""

    #: this export says nothing new of it
    AS_IT_WAS = "as_it_was"
    UNDECIDED = "undecided"
    SHOWN_APART = "shown_apart"
    CLEARED = "cleared"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Suspect:
    """A stored post that an export should have shown and did not."""

    row: int
    id: str
    url: str | None
    published_at: datetime | None
    missed_at: datetime
    #: second looks that could not decide; `SHOWN_APART`: the post's own page shows it
    looks: int = 0

    @property
    def is_asked_for(self) -> bool:
        """Whether a second look is still to be taken."""
        return self.looks != SHOWN_APART


@dataclass(frozen=True, slots=True)
class View:
    """One good export as a witness."""

    at: datetime
    #: rows of suspected posts that it shows
    present: frozenset[int] = frozenset()
    #: rows of stored posts that lie inside what it covers, and that it lacks
    absent: frozenset[int] = frozenset()
    #: how many posts it shows
    posts: int = 0
    #: row -> what the own page of a suspected post says
    verdicts: Mapping[int, Verdict] = field(default_factory=dict)
    #: True: no suspected post has an own page, as in dropped files
    stands_alone: bool = False


@dataclass(frozen=True, slots=True)
class Absences:
    """What follows from one good export, as rows of posts."""

    #: for the first time
    missed: tuple[int, ...] = ()
    #: a second look could not decide
    undecided: tuple[int, ...] = ()
    #: shown by their own pages
    shown_apart: tuple[int, ...] = ()
    #: no longer suspected
    cleared: tuple[int, ...] = ()
    #: deleted, as a second look has proved
    gone: tuple[int, ...] = ()
    #: True: so many have vanished at once that the source itself is in doubt
    is_mass: bool = False


def judge(suspects: Sequence[Suspect], view: View) -> Absences:
    """Decide what an export says of the posts that it lacks."""
    fates: dict[Fate, list[int]] = {fate: [] for fate in Fate}
    for suspect in suspects:
        fates[_fate(suspect, view)].append(suspect.row)
    missed = view.absent - {suspect.row for suspect in suspects}
    pending = sum(_is_pending(suspect, view) for suspect in suspects)
    return Absences(
        missed=tuple(sorted(missed)),
        undecided=tuple(fates[Fate.UNDECIDED]),
        shown_apart=tuple(fates[Fate.SHOWN_APART]),
        cleared=tuple(fates[Fate.CLEARED]),
        gone=tuple(fates[Fate.GONE]),
        is_mass=max(pending, len(missed)) > max(_FEW, view.posts // _PART),
    )


def _fate(suspect: Suspect, view: View) -> Fate:
    is_old = view.at - suspect.missed_at > _FORGOTTEN_AFTER
    inside = suspect.row in view.absent
    if suspect.row in view.present or (is_old and not suspect.is_asked_for):
        return Fate.CLEARED
    if not suspect.is_asked_for:
        return Fate.AS_IT_WAS
    verdict = view.verdicts.get(suspect.row, Verdict.NO_PAGE if view.stands_alone else None)
    if verdict is Verdict.SHOWN:
        return Fate.SHOWN_APART
    if verdict is Verdict.GONE or (inside and verdict is Verdict.NO_PAGE):
        return Fate.GONE
    if inside and verdict is Verdict.UNREACHABLE:
        return Fate.GONE if suspect.looks + 1 >= _MOST_LOOKS else Fate.UNDECIDED
    return Fate.CLEARED if is_old and not inside else Fate.AS_IT_WAS


def _is_pending(suspect: Suspect, view: View) -> bool:
    """Tell whether a suspect counts among what has vanished from the source at this moment."""
    if not suspect.is_asked_for or suspect.row in view.present:
        return False
    verdict = view.verdicts.get(suspect.row)
    return verdict is Verdict.GONE or (suspect.row in view.absent and verdict is not Verdict.SHOWN)


# --------------------------------------------------------------------------- what an export covers


def stretches(coverage: Coverage) -> tuple[tuple[int, int], ...]:
    """Return lowest and highest id of each stretch that was looked at without a hole, in ascending order."""
    return coverage.stretches or ((coverage.lowest, coverage.highest),)


def join_coverage(below: Coverage, above: Coverage) -> Coverage:
    """Return what two pages of one channel cover together: a hole between them stays one."""
    parts: list[tuple[int, int]] = []
    for low, high in sorted({*stretches(below), *stretches(above)}):
        if parts and low <= parts[-1][1]:
            parts[-1] = (parts[-1][0], max(parts[-1][1], high))
        else:
            parts.append((low, high))
    ids = below.ids | above.ids
    return Coverage(parts[0][0], parts[-1][1], ids, tuple(parts) if len(parts) > 1 else ())


def missing_ids(coverage: Coverage) -> list[str]:
    """Return the ids inside a coverage that the export does not name, the highest first, and not without end."""
    return [str(number) for number in islice(_missing(coverage), _MOST_MISSING)]


def _missing(coverage: Coverage) -> Iterator[int]:
    if len(coverage.ids) > coverage.highest - coverage.lowest:
        return
    named = sorted(coverage.ids, reverse=True)
    parts = stretches(coverage)
    for above, below in pairwise(named):
        if above - below > 1 and any(low <= below and above <= high for low, high in parts):
            yield from range(above - 1, below, -1)


def left_out(shown: Sequence[str], posts: Sequence[Post]) -> list[str]:
    """Return the ids that the export before showed, and that this one lacks although it shows older ones.

    Args:
        shown: ids of the export before, in its order.
        posts: of this export's first page.
    """
    dates = {post.id: post.published_at for post in posts if post.id is not None}
    still = [(place, at) for place, name in enumerate(shown) if (at := dates.get(name)) is not None]
    if not still:
        return []
    # Nearly all feeds show the newest first, but for a pinned one; what fell off the end has nothing behind it.
    falling = sum(1 if before >= after else -1 for (_, before), (_, after) in pairwise(still))
    inner = range(still[-1][0]) if falling >= 0 else range(still[0][0] + 1, len(shown))
    return [shown[place] for place in inner if shown[place] not in dates]


def shows_older(posts: Iterable[Post], published_at: datetime | None) -> bool:
    """Tell whether an export shows posts older than one of that time; False where its time is not known."""
    return published_at is not None and any(
        post.published_at is not None and post.published_at < published_at for post in posts
    )


def to_ask(suspects: Sequence[Suspect], present: Collection[str], most: int) -> list[Suspect]:
    """Return the suspects whose own pages are to be asked in this check, those that have waited longest first."""
    waiting = [suspect for suspect in suspects if suspect.is_asked_for and suspect.id not in present]
    return sorted(waiting, key=lambda suspect: (suspect.looks, suspect.missed_at, suspect.row))[:most]
