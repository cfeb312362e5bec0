"""What several threads read comes in batches to the one that writes, complete and in order."""

import threading

import pytest

from worker.jobs.check.handover import Handover


def _take_all(handover: Handover[int]) -> list[list[int]]:
    batches = []
    while not handover.is_over:
        batches.append(handover.take())
    return batches


def test_what_one_reader_puts_is_taken_in_its_order_and_in_batches_of_eight() -> None:
    handover: Handover[int] = Handover(1)
    for number in range(20):
        handover.put(number)
    handover.end()

    batches = _take_all(handover)

    assert batches == [[*range(8)], [*range(8, 16)], [*range(16, 20)]]


def test_a_lone_result_of_a_source_that_is_slow_afterwards_is_not_held_back() -> None:
    handover: Handover[int] = Handover(1)
    handover.put(1)

    # the reader has not ended
    assert handover.take() == [1]
    assert not handover.is_over


def test_readers_wait_while_too_many_results_wait_and_lose_none() -> None:
    handover: Handover[int] = Handover(3)

    def read(first: int) -> None:
        for number in range(first, first + 100):
            handover.put(number)
        handover.end()

    readers = [threading.Thread(target=read, args=(first,)) for first in (0, 100, 200)]
    for reader in readers:
        reader.start()
    taken = [number for batch in _take_all(handover) for number in batch]
    for reader in readers:
        reader.join()

    assert sorted(taken) == list(range(300))
    for first in (0, 100, 200):
        assert [number for number in taken if first <= number < first + 100] == list(range(first, first + 100))


def test_the_error_of_a_reader_comes_after_what_was_read_before() -> None:
    handover: Handover[int] = Handover(2)
    handover.put(1)
    handover.end(KeyError("harbour"))

    assert handover.take() == [1]
    with pytest.raises(KeyError, match="harbour"):
        handover.take()


def test_a_reader_that_waits_goes_on_when_nobody_takes_any_more() -> None:
    handover: Handover[int] = Handover(1)

    def read() -> None:
        while not handover.is_abandoned:
            handover.put(0)
        handover.end()

    reader = threading.Thread(target=read)
    reader.start()
    handover.take()
    handover.abandon()
    reader.join(timeout=30)

    assert not reader.is_alive()


def test_heavy_results_wait_for_room_and_one_that_is_too_heavy_still_comes() -> None:
    handover: Handover[int] = Handover(1, weigh=lambda megabytes: megabytes * 1_000_000)
    waiting: list[int] = []

    def read() -> None:
        for megabytes in (100, 20, 10, 10, 1):
            handover.put(megabytes)
            waiting.append(megabytes)
        handover.end()

    reader = threading.Thread(target=read)
    reader.start()
    first = handover.take()
    batches = [first, *_take_all(handover)]
    reader.join()

    assert first == [100], "nothing is put beside what weighs more than all may"
    assert [megabytes for batch in batches for megabytes in batch] == [100, 20, 10, 10, 1]
    assert all(sum(batch) <= 32 for batch in batches[1:])
    assert waiting == [100, 20, 10, 10, 1]
