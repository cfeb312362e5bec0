"""Several checks in one transaction: each is kept whole or not at all, and none is lost for another one."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from tests.builders import NOON
from worker.adapters.store import Store
from worker.core.models import Fetched, NotModified, Post, Snapshot, Term, Validators, Watchlist
from worker.core.record import ChannelState
from worker.core.standing import Standing
from worker.core.watchlist.matcher import Matcher
from worker.demo.pages import preview_page
from worker.demo.story import DemoChannel, DemoPost
from worker.jobs.check import Bounds, Channel, ChannelChecked, Rules, Sources, check_channels
from worker.jobs.check.portions import portions, record_together
from worker.jobs.check.reading import Readout

NAMES = tuple(f"quay{number}" for number in range(6))
CHANNELS = {
    name: Channel(name, f"https://t.me/s/{name}", timedelta(minutes=10), host="t.me", announce_first=True)
    for name in NAMES
}
RULES = Rules(Matcher([Watchlist("Ferries", (Term("ferry"),))]), [])


@pytest.fixture
def store(store: Store) -> Store:
    store.set_up_channels({name: channel.source for name, channel in CHANNELS.items()}, NOON)
    return store


def fetch(url: str, _validators: Validators | None) -> Fetched | NotModified:
    name = url.rpartition("/")[2]
    post = DemoPost(1, 1, timedelta(minutes=1), f"The ferry leaves {name} at noon.")
    return Fetched(url, preview_page(DemoChannel(name, name, (post,)), 1, NOON - timedelta(days=10)))


def check_all(store: Store, each: Callable[[ChannelChecked], object] = lambda _checked: None) -> list[ChannelChecked]:
    sources = Sources(fetch, lambda _pattern, _seen: iter(()), known=store.fingerprints)
    found = []
    for checked in check_channels(
        CHANNELS, store=store, sources=sources, rules=RULES, clock=lambda: NOON, jitter=float, bounds=Bounds(workers=1)
    ):
        each(checked)
        found.append(checked)
    return found


def kept(store: Store) -> list[str]:
    return sorted(str(post["channel"]) for post in store.list_posts())


def test_a_check_that_has_been_yielded_has_been_kept(store: Store) -> None:
    """Seen by another connection: one that shares the transaction would see what may still be lost."""
    seen: dict[str, list[str]] = {}

    checked = check_all(store, lambda checked: seen.update({checked.channel: kept(store)}))

    assert [(check.channel, check.new, check.tagged) for check in checked] == [(name, 1, 1) for name in NAMES]
    assert all(name in posts for name, posts in seen.items())
    assert kept(store) == sorted(NAMES)


def recorded_together(store: Store, failing: str, *, times: int) -> Iterator[str]:
    """Record a check of each channel; that of `failing` fails so many times, when those before it are written."""
    left = [OSError("the disk is full")] * times

    def record(readout: Readout) -> str:
        name = readout.channel.name
        if name == failing and left:
            raise left.pop()
        keep_validators(store, name)
        return name

    for kept in record_together([readout(0, name) for name in NAMES], record, store):
        yield from (name for _, name in kept)


def test_a_check_that_cannot_be_kept_costs_no_check_before_it(store: Store) -> None:
    yielded: list[str] = []

    with pytest.raises(OSError, match="disk is full"):
        yielded.extend(recorded_together(store, "quay3", times=2))

    assert yielded == with_validators(store) == list(NAMES[:3])


def test_a_check_that_fails_once_is_recorded_again_with_all_others(store: Store) -> None:
    assert list(recorded_together(store, "quay3", times=1)) == list(NAMES)
    assert with_validators(store) == list(NAMES)


def test_checks_that_fail_together_have_not_been_yielded(store: Store) -> None:
    kept_by_then = [(name, with_validators(store)) for name in recorded_together(store, "quay3", times=1)]

    # alone, one after the other
    assert kept_by_then == [(name, list(NAMES[: number + 1])) for number, name in enumerate(NAMES)]


def test_what_is_done_together_is_kept_as_a_whole_or_not_at_all(store: Store) -> None:
    with contextlib.suppress(KeyError), store.together():
        keep_validators(store, "quay0")
        keep_validators(store, "quay1")
        assert with_validators(store) == ["quay0", "quay1"]
        raise KeyError
    assert with_validators(store) == []

    with store.together():
        keep_validators(store, "quay0")
        keep_validators(store, "quay1")
    assert with_validators(store) == ["quay0", "quay1"]


def test_what_a_thread_does_together_is_not_seen_by_another(store: Store) -> None:
    seen: list[list[str]] = []
    with store.together():
        keep_validators(store, "quay0")
        reader = threading.Thread(target=lambda: seen.append(with_validators(store)))
        reader.start()
        reader.join()
    assert seen == [[]]


def keep_validators(store: Store, name: str) -> None:
    store.record_not_modified(name, Validators('"a"'), Standing(state="ok", next_check_at=NOON), at=NOON)


def with_validators(store: Store) -> list[str]:
    return [name for name in NAMES if state_of(store, name).validators == Validators('"a"')]


def state_of(store: Store, name: str) -> ChannelState:
    state = store.channel_state(name)
    assert state is not None
    return state


def readout(posts: int, name: str = "quay0") -> Readout:
    state = ChannelState(name, Validators(), None, False, Standing())
    snapshot = Snapshot("feed", (Post("The ferry"),) * posts)
    return Readout(CHANNELS[name], state, f"https://t.me/s/{name}", snapshot=snapshot)


def test_a_portion_has_a_thousand_posts_at_most_unless_one_readout_has_more() -> None:
    sizes = [[400, 400, 400], [1_000, 1], [0, 5_000, 0, 7], [20] * 8, []]

    cut = [[[len(r.snapshot.posts) for r in p if r.snapshot] for p in portions([readout(n) for n in s])] for s in sizes]

    assert cut == [[[400, 400], [400]], [[1_000], [1]], [[0], [5_000], [0, 7]], [[20] * 8], []]
