"""How many requests go to a host and how far they are apart."""

import threading
from collections.abc import Mapping
from datetime import timedelta
from email.message import Message

import httpx
import pytest

from tests.integration.http.web import PAGE, Clock, Site, answer, fetched, make_fetcher, redirect
from worker.adapters.http import HttpFetcher
from worker.adapters.http.pace import HostPace
from worker.errors import FetchError


def make_pace(seconds: float, clock: Clock, host_spacing: Mapping[str, timedelta] | None = None) -> HostPace:
    spacing = timedelta(seconds=seconds)
    return HostPace(spacing, host_spacing or {}, clock=clock, sleep=clock.sleep, jitter=lambda: 0)


def test_requests_to_one_host_are_kept_apart_and_others_are_not() -> None:
    clock = Clock()
    pace = make_pace(2, clock, {"T.me": timedelta(seconds=1)})
    for host in ("a.example", "b.example", "t.me", "t.me", "a.example", "a.example"):
        with pace.turn(host):
            pass
    assert clock.slept == [1.0, 1.0, 2.0]


@pytest.mark.parametrize("written", ["новости.example", "НОВОСТИ.example", "xn--b1amnebsh.example"])
def test_a_host_is_known_by_its_name_however_it_is_written(written: str) -> None:
    clock = Clock()
    pace = make_pace(2, clock, {written: timedelta(seconds=9)})
    for _ in range(2):
        with pace.turn(httpx.URL("http://xn--b1amnebsh.example/").host):
            pass
    assert clock.slept == [9.0]


def test_the_distance_counts_from_the_end_of_a_request_even_if_it_failed() -> None:
    clock = Clock()
    pace = make_pace(2, clock)

    def fail() -> None:
        with pace.turn("a.example"):
            clock.now += 30
            raise FetchError("failed")

    with pytest.raises(FetchError, match="failed"):
        fail()
    with pace.turn("a.example"):
        assert clock.slept == [2.0]


def test_waiting_for_the_turn_does_not_count_against_the_timeout(site: Site, client: httpx.Client) -> None:
    clock = Clock()
    fetcher = HttpFetcher(
        client,
        contact=None,
        timeout=timedelta(seconds=5),
        spacing=timedelta(seconds=60),
        host_spacing={},
        clock=clock,
        sleep=clock.sleep,
        jitter=lambda: 0.5,
    )
    site.pages["/"] = redirect("/b")
    site.pages["/b"] = answer()
    assert fetched(fetcher, f"{site.url}/").body == PAGE
    assert clock.slept == [67.5]


@pytest.mark.parametrize(("parallel", "most"), [(None, 1), ({"127.0.0.1": 3}, 3), ({"other.example": 3}, 1)])
def test_no_more_requests_run_at_a_host_than_it_allows(
    site: Site, client: httpx.Client, parallel: Mapping[str, int] | None, most: int
) -> None:
    expected = threading.Barrier(most)
    lock = threading.Lock()
    at_once: list[int] = []
    running = 0

    def page(headers: Message) -> bytes:
        nonlocal running
        with lock:
            running += 1
            at_once.append(running)
        # all that may run at the same time do so
        expected.wait(5)
        with lock:
            running -= 1
        return answer()

    site.pages["/"] = page
    fetcher = make_fetcher(client, host_parallel=parallel)
    threads = [threading.Thread(target=fetcher.fetch, args=(f"{site.url}/", None)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(at_once) == 6
    assert max(at_once) == most


def test_requests_side_by_side_are_kept_apart_too() -> None:
    clock = Clock()
    pace = HostPace(timedelta(seconds=2), {}, {"A.example": 2}, clock=clock, sleep=clock.sleep, jitter=lambda: 0)
    with pace.turn("a.example"):
        clock.now += 1
        with pace.turn("a.example"):
            clock.now += 5
    # the second one started two seconds after the first, and the third waits for the end of both
    with pace.turn("a.example"):
        pass
    assert clock.slept == [1.0, 2.0]


def test_the_distance_grows_by_up_to_a_quarter_at_random() -> None:
    clock = Clock()
    shares = iter([0.0, 0.0, 0.0, 0.5, 0.0, 1.0, 0.0, 0.0])
    pace = HostPace(timedelta(seconds=8), {}, clock=clock, sleep=clock.sleep, jitter=lambda: next(shares))
    for _ in range(4):
        with pace.turn("a.example"):
            pass
    assert clock.slept == [8.0, 9.0, 10.0]


def test_endless_host_names_do_not_fill_the_memory() -> None:
    clock = Clock()
    pace = make_pace(1, clock)
    for number in range(5_000):
        clock.now += 0.01
        with pace.turn(f"{number}.example"):
            pass
    assert len(pace._hosts) <= 1_001
