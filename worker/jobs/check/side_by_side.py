"""Channels read side by side: the threads of a round, how hosts are shared out to them, and what bounds a round.

Reads no channel itself. A stop never waits for a server: what only reads is left behind.
"""

import queue
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from worker.core.record import ChannelState
from worker.jobs.check.evidence import weight
from worker.jobs.check.handover import Handover
from worker.jobs.check.reading import Channel, Readout, Sources, read_channel


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of one host is read in one round, and by how many threads; the rest stays due for the next round."""

    #: threads in all
    workers: int = 8
    #: host -> threads that read its channels side by side; 1 for all others
    parallel: Mapping[str, int] = field(default_factory=dict)
    #: channels of one host; None: all that are due
    per_host: int | None = None
    #: after this time no other channel of a host is begun, so that a slow one delays nobody else; None: no bound
    host_time: timedelta | None = None


def read_channels(
    due: Sequence[tuple[Channel, ChannelState]],
    *,
    sources: Sources,
    files_read: Callable[[str], Mapping[str, str]],
    bounds: Bounds,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool],
) -> Generator[list[Readout]]:
    """Yield the readouts of the due channels in small batches as they come in; hosts are read side by side.

    Ends as soon as `stopping` says so, without waiting for a server that is slow: nothing read is lost, because nothing
    of it was written. The threads are daemons for the same reason.
    """
    groups: queue.SimpleQueue[Sequence[tuple[Channel, ChannelState]]] = queue.SimpleQueue()
    by_host = _by_host(due, bounds)
    for group in by_host:
        groups.put(group)
    working = min(bounds.workers, len(by_host))
    handover: Handover[Readout] = Handover(working, lambda readout: weight(readout.exports))

    def read_groups() -> None:
        error: BaseException | None = None
        try:
            while True:
                group, began = groups.get_nowait(), clock()
                for channel, state in group:
                    if handover.is_abandoned:
                        return
                    if bounds.host_time is not None and clock() - began > bounds.host_time:
                        break
                    for readout in read_channel(channel, state, sources, files_read):
                        handover.put(readout)
        except queue.Empty:
            pass
        except BaseException as failure:  # noqa: BLE001 - raised again in the thread that writes
            error = failure
        finally:
            handover.end(error)

    for number in range(working):
        threading.Thread(target=read_groups, name=f"fetch-{number}", daemon=True).start()
    try:
        while not handover.is_over and not stopping():
            if readouts := handover.take():
                yield readouts
    finally:
        handover.abandon()


def _by_host(
    due: Sequence[tuple[Channel, ChannelState]], bounds: Bounds
) -> Sequence[Sequence[tuple[Channel, ChannelState]]]:
    """Return what each thread reads one after the other: a host, or a share of one that allows several at once."""
    hosts: dict[str, list[tuple[Channel, ChannelState]]] = {}
    for channel, state in due:
        hosts.setdefault(channel.host, []).append((channel, state))
    shares = []
    for host, whole in hosts.items():
        bounded, threads = whole[: bounds.per_host], bounds.parallel.get(host, 1)
        shares += [(number, share) for number in range(threads) if (share := bounded[number::threads])]
    # first shares first: a host that allows many does not keep the threads from the others
    return [share for _, share in sorted(shares, key=lambda numbered: numbered[0])]
