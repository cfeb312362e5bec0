"""Paging back: older pages are fetched until what is stored is met, so that a time without us leaves no hole.

Bounded in each check and resumable: where the bound or a failure comes first, the gap is kept with the page at which to
go on, and the next check does.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from worker.core.absence import join_coverage
from worker.core.models import Coverage, Snapshot
from worker.core.record import ChannelState, Gap


@dataclass(frozen=True, slots=True)
class PagedBack:
    """All pages of a check in one snapshot, and what is still missing below them."""

    snapshot: Snapshot
    pages: int = 1
    #: a new gap, or a known one that has become smaller
    gap: Gap | None = None
    #: the number of a gap that has been closed
    closed_gap: int | None = None


def page_back(
    newest: Snapshot,
    state: ChannelState,
    *,
    fetch: Callable[[str], Snapshot | str],
    known: Callable[[Sequence[str]], Collection[str]],
    most: int,
) -> PagedBack:
    """Follow a channel back from its newest page to what is stored, and then go on closing a gap left before.

    Args:
        newest: the page that was fetched.
        state: what is known of the channel.
        fetch: address -> older page, or why there is none.
        known: ids -> those of them that are stored.
        most: older pages to fetch at most in this check.
    """
    if not state.has_baseline or (state.watermark is None and state.standing.last_new_at is None):
        return PagedBack(newest)  # nothing is stored that could be met
    whole, pages, meets = _down(newest, newest.older, state.watermark, fetch=fetch, known=known, most=most)
    if not meets:
        return PagedBack(whole, pages + 1, gap=_new_gap(whole, state))
    if state.open_gap is None or pages >= most:
        return PagedBack(whole, pages + 1)
    return _close(whole, pages, state.open_gap, fetch=fetch, known=known, most=most)


def _close(
    whole: Snapshot,
    pages: int,
    gap: Gap,
    *,
    fetch: Callable[[str], Snapshot | str],
    known: Callable[[Sequence[str]], Collection[str]],
    most: int,
) -> PagedBack:
    """Go on where an earlier check had to stop."""
    below = Snapshot(whole.format, ())
    floor = int(gap.after_id) if gap.after_id and gap.after_id.isdecimal() else None
    below, more, meets = _down(below, gap.resume_url, floor, fetch=fetch, known=known, most=most - pages)
    joined = replace(whole, posts=(*below.posts, *whole.posts))
    if meets:
        return PagedBack(joined, pages + more + 1, closed_gap=gap.number)
    lowest = below.coverage.lowest if below.coverage else None
    smaller = replace(
        gap,
        before_id=gap.before_id if lowest is None else str(lowest),
        to_at=_oldest(below) or gap.to_at,
        at_most=gap.at_most if lowest is None or floor is None else lowest - floor - 1,
        resume_url=below.older or gap.resume_url,
    )
    return PagedBack(joined, pages + more + 1, gap=smaller)


def _down(
    snapshot: Snapshot,
    url: str | None,
    floor: int | None,
    *,
    fetch: Callable[[str], Snapshot | str],
    known: Callable[[Sequence[str]], Collection[str]],
    most: int,
) -> tuple[Snapshot, int, bool]:
    """Fetch older pages below `snapshot`; return all in one, how many were fetched, and whether the stored was met."""
    pages = 0
    while not _meets(snapshot, floor, known):
        if url is None:
            # The history ends here: below a page with numbers there is nothing, below a feed there may be.
            return snapshot, pages, snapshot.coverage is not None
        older = fetch(url) if pages < most else "enough for this check"
        if isinstance(older, str):
            return replace(snapshot, older=url), pages, False
        pages += 1
        joined = _joined(older, snapshot)
        if len(joined.posts) == len(snapshot.posts):
            return snapshot, pages, True  # an older page without older posts: the end of the history
        snapshot, url = joined, older.older
    return snapshot, pages, True


def _meets(snapshot: Snapshot, floor: int | None, known: Callable[[Sequence[str]], Collection[str]]) -> bool:
    ids = [post.id for post in snapshot.posts if post.id is not None]
    if not snapshot.posts:
        return False
    if floor is not None and snapshot.coverage is not None:
        return snapshot.coverage.lowest <= floor + 1
    # dumps have no ids: their overlap is found by alignment
    return len(ids) < len(snapshot.posts) or bool(known(ids))


def _joined(older: Snapshot, newer: Snapshot) -> Snapshot:
    seen = {post.id for post in newer.posts}
    posts = (*(post for post in older.posts if post.id not in seen), *newer.posts)
    return replace(newer, posts=posts, coverage=_both(older.coverage, newer.coverage), older=older.older)


def _both(below: Coverage | None, above: Coverage | None) -> Coverage | None:
    if below is None or above is None:
        return below or above
    return join_coverage(below, above)


def _new_gap(snapshot: Snapshot, state: ChannelState) -> Gap:
    lowest = snapshot.coverage.lowest if snapshot.coverage else None
    counted = lowest is not None and state.watermark is not None
    return Gap(
        after_id=None if state.watermark is None else str(state.watermark),
        before_id=None if lowest is None else str(lowest),
        from_at=state.standing.last_ok_at,
        to_at=_oldest(snapshot),
        at_most=lowest - state.watermark - 1 if counted and lowest and state.watermark is not None else None,
        resume_url=snapshot.older,
    )


def _oldest(snapshot: Snapshot) -> datetime | None:
    return min((post.published_at for post in snapshot.posts if post.published_at), default=None)
