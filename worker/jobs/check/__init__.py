"""One check of each due channel: fetch, parse, diff, tag, record. Calls downward and is never called back.

The way of one check::

    due channels -> read (threads) -> stored fingerprints -> diff -> matches -> who is told -> one transaction

Nothing is written before the whole check is decided, and then everything in one transaction, which a few checks in a
row share. Nothing is logged or yielded before it is kept.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain

from worker.adapters.evidence import EvidenceFolder
from worker.adapters.store import Store
from worker.core.diff import Diff
from worker.core.models import Snapshot
from worker.core.record import ChannelState, CheckRecord, Gap
from worker.core.rhythm import is_extraordinary
from worker.core.standing import NEVER, GoodCheck, Pace, Standing, after_failure, after_good_check, message, notice
from worker.core.stories import STORY_AGE, find_stories
from worker.errors import EvidenceError
from worker.jobs.check.absences import turn
from worker.jobs.check.comparing import compare
from worker.jobs.check.deciding import Rules, Trial, decide, try_channel
from worker.jobs.check.evidence import with_evidence
from worker.jobs.check.portions import portions, record_together
from worker.jobs.check.reading import Channel, Failure, Readout, Sources
from worker.jobs.check.side_by_side import Bounds, read_channels
from worker.log import logger

__all__ = ["Bounds", "Channel", "ChannelChecked", "Rules", "Sources", "Trial", "check_channels", "try_channel"]


@dataclass(frozen=True, slots=True)
class ChannelChecked:
    """How one check of a channel, or of one of its files, ended."""

    channel: str
    #: ``ok``, ``not_modified`` or the state of a channel that failed
    outcome: str
    seen_in: str
    baseline: bool = False
    new: int = 0
    edited: int = 0
    deleted: int = 0
    restored: int = 0
    #: posts that the export should have shown and did not; a second look will tell why
    missed: int = 0
    unchanged: int = 0
    tagged: int = 0
    pages: int = 1
    #: changes that are told to nobody until a person has decided
    held: int = 0
    #: known posts that the source shows by other ids than before
    renamed: int = 0
    error: str | None = None
    #: checks in a row that have failed
    failures: int = 0
    #: None: not by itself
    next_check_at: datetime | None = None
    #: addresses at which the site offers more exact exports; only said after the first check
    better_sources: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether an operator should look."""
        return self.error is not None


#: what a check found out, and how its channel stands now
Recorded = tuple[ChannelChecked, Standing]


def check_channels(
    channels: Mapping[str, Channel],
    *,
    store: Store,
    sources: Sources,
    rules: Rules,
    clock: Callable[[], datetime],
    jitter: Callable[[], float],
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
    evidence: EvidenceFolder | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Iterator[ChannelChecked]:
    """Check every channel whose time has come; yield one result for each channel, or for each of its new files.

    `clock` gives the time at which a check is recorded, `jitter` a number from 0 to 1 that spreads the next one.
    `bounds` keep a round short: the rest of a host's channels comes in the next one, so that a host with a thousand
    channels, or a slow one, does not delay all others. `evidence` keeps the exports in which something was found; None:
    they are not kept.
    """
    due = [(channels[state.name], state) for state in store.due_channels(channels, clock())]

    def record(readout: Readout) -> Recorded:
        return _record(readout, store=store, rules=rules, evidence=evidence, now=clock(), jitter=jitter())

    batches = read_channels(
        due, sources=sources, files_read=store.files_read, bounds=bounds, clock=clock, stopping=stopping
    )
    with contextlib.closing(batches):
        for portion in chain.from_iterable(map(portions, batches)):
            for recorded in record_together(portion, record, store):
                for readout, (checked, standing) in recorded:
                    _log_standing(readout, standing)
                    _log(checked)
                yield from (checked for _, (checked, _) in recorded)
            if stopping():
                return


def _record(
    readout: Readout, *, store: Store, rules: Rules, evidence: EvidenceFolder | None, now: datetime, jitter: float
) -> Recorded:
    channel = readout.channel
    pace = Pace(channel.every, channel.slowest or 3 * channel.every, jitter)
    if readout.failure:
        return _record_failure(readout, readout.failure, store=store, rules=rules, now=now, pace=pace)
    if readout.snapshot is None:
        return _record_not_modified(readout, store=store, rules=rules, now=now, pace=pace)
    try:
        return _record_snapshot(
            readout, readout.snapshot, store=store, rules=rules, evidence=evidence, now=now, pace=pace
        )
    except EvidenceError as error:
        # nothing of the check has been written, so that the next one finds it all again; of a file too
        again, failure = replace(readout, file_read=None, ends_baseline=False), Failure("failing", str(error))
        return _record_failure(again, failure, store=store, rules=rules, now=now, pace=pace)


def _record_snapshot(
    readout: Readout,
    snapshot: Snapshot,
    *,
    store: Store,
    rules: Rules,
    evidence: EvidenceFolder | None,
    now: datetime,
    pace: Pace,
) -> Recorded:
    channel, state = readout.channel, readout.state
    diff = compare(snapshot, state, store)
    new, edited = decide(snapshot, diff, readout, store=store, rules=rules, now=now)
    new = find_stories(new, partial(store.story_candidates, channel.name, since=now - STORY_AGE))
    turned = turn(
        readout,
        snapshot,
        diff,
        edited,
        store=store,
        matcher=rules.matcher,
        subscriptions=rules.subscriptions,
        now=now,
    )
    check = GoodCheck(
        at=now,
        new=len(new),
        published=tuple(post.published_at for post in snapshot.posts),
        fresh_for=readout.fresh_for,
        moved_to=readout.moved_to,
    )
    standing, notices = _stand(readout, after_good_check(state.standing, check, pace), rules, now)
    found = len(new) + len(edited) + len(turned.deleted) + len(turned.restored)
    elapsed = now - state.standing.last_ok_at if state.standing.last_ok_at else None
    usual = state.standing.posts_per_day
    floods = state.has_baseline and (turned.is_mass or is_extraordinary(found, rules.hold_above, usual, elapsed))
    if floods and not _is_held(channel.name, state, store):
        counts = {"new": len(new), "edited": len(edited), "deleted": len(turned.deleted)}
        facts = {**counts, "posts_per_day": usual}
        body = message("channel.held", channel.name, channel.title or channel.name, now, facts)
        notices = (*notices, *((name, body) for name in rules.operators))
    held = floods or (state.is_held and not turned.is_released)
    record = CheckRecord(
        channel=channel.name,
        at=now,
        seen_in=readout.seen_in,
        standing=standing,
        new=new,
        edited=edited,
        unchanged=tuple(row for row in diff.unchanged if row not in turned.outdated),
        deleted=turned.deleted,
        restored=turned.restored,
        missed=turned.absences.missed,
        undecided=turned.absences.undecided,
        shown_apart=turned.absences.shown_apart,
        cleared=turned.absences.cleared,
        shown=readout.shown if readout.shown != state.shown else None,
        refreshed=diff.refreshed,
        renamed=diff.renamed,
        title=channel.title or snapshot.title,
        validators=readout.validators,
        watermark=_watermark(state.watermark, snapshot),
        file_read=readout.file_read,
        gap=_gap(readout, diff),
        closed_gap=readout.closed_gap,
        held=held,
        notices=notices,
        ends_baseline=readout.ends_baseline,
    )
    store.record_check(with_evidence(record, readout.exports, evidence))
    checked = ChannelChecked(
        channel.name,
        "ok",
        readout.seen_in,
        baseline=not state.has_baseline,
        new=len(new),
        edited=len(edited),
        deleted=len(turned.deleted),
        restored=len(turned.restored),
        missed=len(turned.absences.missed),
        unchanged=len(diff.unchanged),
        tagged=sum(bool(post.matches) for post in new) + sum(bool(post.matches) for post in edited),
        pages=readout.pages,
        held=found if held else 0,
        renamed=len(diff.renamed),
        better_sources=() if state.has_baseline else snapshot.better_sources,
    )
    return checked, standing


def _gap(readout: Readout, diff: Diff) -> Gap | None:
    """Return the gap that is to be kept: none where the known posts were only not known by their new ids."""
    gap = readout.gap
    return None if gap is not None and gap.number is None and diff.renamed else gap


def _is_held(name: str, before: ChannelState, store: Store) -> bool:
    """Tell whether changes wait for a person already; another file of this round may have brought them."""
    now = before if before.is_held else store.channel_state(name)
    return now is not None and now.is_held


def _record_not_modified(readout: Readout, *, store: Store, rules: Rules, now: datetime, pace: Pace) -> Recorded:
    assert readout.not_modified is not None
    check = GoodCheck(now, fresh_for=readout.fresh_for, moved_to=readout.moved_to)
    standing, notices = _stand(readout, after_good_check(readout.state.standing, check, pace), rules, now)
    validators = readout.not_modified.validators
    store.record_not_modified(readout.channel.name, validators, standing, at=now, notices=notices)
    return ChannelChecked(readout.channel.name, "not_modified", readout.seen_in), standing


def _record_failure(
    readout: Readout, failure: Failure, *, store: Store, rules: Rules, now: datetime, pace: Pace
) -> Recorded:
    channel = readout.channel
    after = after_failure(
        readout.state.standing,
        failure.state,
        failure.error,
        now=now,
        pace=pace,
        wait=failure.wait,
        backs_off=not channel.is_files,
        stops=failure.stops,
    )
    standing, notices = _stand(readout, after, rules, now)
    store.record_check_failure(
        channel.name,
        standing,
        at=now,
        bad_file=replace(readout.file_read, error=failure.error) if readout.file_read else None,
        ends_baseline=channel.is_files and readout.ends_baseline,
        notices=notices,
    )
    checked = ChannelChecked(
        channel.name,
        failure.state,
        readout.seen_in,
        error=failure.error,
        failures=standing.failures,
        next_check_at=None if standing.next_check_at == NEVER else standing.next_check_at,
    )
    return checked, standing


def _stand(
    readout: Readout, after: Standing, rules: Rules, now: datetime
) -> tuple[Standing, tuple[tuple[str, Mapping[str, object]], ...]]:
    """Return the standing and the messages to operators that it asks for."""
    channel, before = readout.channel, readout.state.standing
    title = channel.title or channel.name
    standing, body = notice(before, after, channel=channel.name, title=title, now=now)
    bodies = [] if body is None else [body]
    if standing.moved_to and standing.moved_to != before.moved_to:
        facts = {"from": channel.source, "to": standing.moved_to}
        bodies.append(message("channel.moved", channel.name, title, now, facts))
    return standing, tuple((name, body) for body in bodies for name in rules.operators)


def _log_standing(readout: Readout, standing: Standing) -> None:
    channel, before = readout.channel, readout.state.standing
    if standing.moved_to and standing.moved_to != before.moved_to:
        logger().warning("channel_moved", channel=channel.name, moved_to=standing.moved_to)
    if standing.state != before.state and (before.state, standing.state) != ("new", "ok"):
        logger().warning(
            "channel_state_changed",
            channel=channel.name,
            state=standing.state,
            before=before.state,
            error=standing.last_error,
        )


def _watermark(before: int | None, snapshot: Snapshot) -> int | None:
    if snapshot.coverage is None:
        return before
    return max(before or 0, snapshot.coverage.highest)


def _log(checked: ChannelChecked) -> None:
    facts = {"channel": checked.channel, "outcome": checked.outcome, "export": checked.seen_in}
    if checked.failed:
        again = checked.next_check_at.isoformat() if checked.next_check_at else None
        logger().warning(
            "channel_checked", **facts, error=checked.error, failures=checked.failures, next_check_at=again
        )
        return
    logger().info(
        "channel_checked",
        **facts,
        baseline=checked.baseline,
        new=checked.new,
        edited=checked.edited,
        deleted=checked.deleted,
        restored=checked.restored,
        missed=checked.missed,
        unchanged=checked.unchanged,
        tagged=checked.tagged,
        pages=checked.pages,
        held=checked.held,
    )
    if checked.renamed:
        logger().info("ids_changed", channel=checked.channel, export=checked.seen_in, posts=checked.renamed)
    if checked.better_sources:
        logger().info("better_source_known", channel=checked.channel, addresses=checked.better_sources)
