"""Paging back: what is stored is met, or the gap is known and closed later."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import pytest

from tests.builders import NOON, make_post, make_standing
from worker.core.models import Coverage, Snapshot, Validators
from worker.core.record import ChannelState, Gap
from worker.jobs.check.paging import PagedBack, page_back

WIDTH = 20


def page(newest: int, *, width: int = WIDTH) -> Snapshot:
    """A preview page that ends with post `newest`; the history begins at 1."""
    ids = range(max(1, newest - width + 1), newest + 1)
    older = f"?before={ids[0]}" if ids[0] > 1 else None
    coverage = Coverage(ids[0], ids[-1], frozenset(ids))
    return Snapshot("telegram-preview", tuple(make_post(f"post {n}", n) for n in ids), coverage, older=older)


def fetch(url: str) -> Snapshot | str:
    return page(int(url.rpartition("=")[2]) - 1)


def stored_up_to(watermark: int | None, gap: Gap | None = None, *, baseline: bool = True) -> ChannelState:
    standing = make_standing(last_new_at=NOON)
    return ChannelState("harbour", Validators(), watermark, baseline, standing, gap)


def nothing_known(_ids: Sequence[str]) -> Collection[str]:
    return ()


def follow(
    newest: Snapshot,
    state: ChannelState,
    *,
    most: int = 50,
    fetch: Callable[[str], Snapshot | str] = fetch,
    known: Callable[[Sequence[str]], Collection[str]] = nothing_known,
) -> PagedBack:
    return page_back(newest, state, fetch=fetch, known=known, most=most)


def ids_of(result: PagedBack) -> list[int]:
    return [int(post.id or 0) for post in result.snapshot.posts]


@pytest.mark.parametrize(
    ("newest", "watermark", "first", "pages"),
    [
        pytest.param(500, 500, 481, 1, id="nothing new needs no older page"),
        pytest.param(500, 480, 481, 1, id="the page begins right behind what is stored"),
        pytest.param(500, 479, 461, 2, id="one post is below the page"),
        pytest.param(600, 100, 101, 25, id="500 posts while nobody looked"),
        pytest.param(15, 3, 1, 1, id="the whole history is on one page"),
        pytest.param(45, 0, 1, 3, id="the history ends before the stored is met"),
    ],
)
def test_pages_are_followed_back_to_what_is_stored(newest: int, watermark: int, first: int, pages: int) -> None:
    result = follow(page(newest), stored_up_to(watermark))

    assert (ids_of(result)[0], ids_of(result)[-1], result.pages) == (first, newest, pages)
    assert result.gap is None
    assert ids_of(result) == sorted(set(ids_of(result)))


def test_a_baseline_is_one_page() -> None:
    assert follow(page(500), stored_up_to(None, baseline=False)).pages == 1


def test_where_the_bound_comes_first_the_gap_is_known_and_the_next_check_closes_it() -> None:
    first = follow(page(600), stored_up_to(100), most=9)
    assert first.gap is not None
    assert (first.gap.after_id, first.gap.before_id, first.gap.at_most) == ("100", "401", 300)
    gap = replace(first.gap, number=7)

    second = follow(page(605), stored_up_to(600, gap), most=9)
    assert ids_of(second)[0] == 221
    assert second.gap is not None
    assert (second.gap.number, second.gap.before_id, second.gap.at_most) == (7, "221", 120)

    third = follow(page(605), stored_up_to(605, second.gap), most=9)
    assert (third.gap, third.closed_gap) == (None, 7)
    assert set(range(101, 606)) <= {*ids_of(first), *ids_of(second), *ids_of(third)}


def test_a_failure_on_the_way_back_keeps_what_was_read_and_where_to_go_on() -> None:
    def fail_below_500(url: str) -> Snapshot | str:
        return "no answer" if url == "?before=541" else fetch(url)

    result = follow(page(600), stored_up_to(100), fetch=fail_below_500)

    assert ids_of(result)[0] == 541
    assert result.gap is not None
    assert result.gap.resume_url == "?before=541"


def test_a_page_that_names_itself_as_its_older_page_ends_the_walk() -> None:
    result = follow(page(600), stored_up_to(100), fetch=lambda _: page(600))

    assert result.pages == 2


def feed(*ids: str, older: str | None = None) -> Snapshot:
    posts = tuple(replace(make_post(name), id=name, published_at=NOON) for name in ids)
    return Snapshot("feed", posts, older=older)


@pytest.mark.parametrize(
    ("pages", "stored", "met"),
    [
        pytest.param({}, {"b"}, True, id="the feed still shows a stored post"),
        pytest.param({}, set(), False, id="nothing of the feed is known and it has no older pages"),
        pytest.param({"p2": feed("c", "d")}, {"d"}, True, id="the second page shows a stored post"),
        pytest.param({"p2": feed("c", "d", older="p3"), "p3": feed("e")}, set(), False, id="no page does"),
    ],
)
def test_a_feed_is_followed_until_a_stored_post_is_met(
    pages: Mapping[str, Snapshot], stored: set[str], met: bool
) -> None:
    newest = feed("a", "b", older="p2" if pages else None)

    result = follow(newest, stored_up_to(None), fetch=pages.__getitem__, known=stored.intersection)

    assert (result.gap is None) == met
    if result.gap:
        assert (result.gap.from_at, result.gap.to_at, result.gap.at_most) == (NOON, NOON, None)


def test_a_dump_has_no_ids_to_be_met() -> None:
    dump = Snapshot("plain-text", (make_post("one"), make_post("two")))

    assert follow(dump, stored_up_to(None)).gap is None
