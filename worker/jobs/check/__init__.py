"""One check of each due channel: fetch, parse, diff, tag, record. Calls downward and is never called back.

The way of one check::

    due channels -> read (threads) -> stored fingerprints -> diff -> matches -> who is told -> one transaction

Nothing is written before the whole check is decided, and then everything in one transaction.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from worker.adapters.store import Store
from worker.core.announce import Subscription, announce
from worker.core.diff import Diff, Found, diff_by_id, diff_by_sequence
from worker.core.fingerprint import fingerprint
from worker.core.models import ChangeKind, Match, Snapshot, Told, Validators
from worker.core.record import ChannelState, CheckRecord, EditedPost, NewPost
from worker.core.rhythm import is_extraordinary
from worker.core.standing import GoodCheck, Pace, Standing, after_failure, after_good_check, message, notice
from worker.core.watchlist.matcher import Matcher
from worker.jobs.check.reading import Channel, Failure, Readout, Sources, read_channel, read_channels
from worker.log import logger

__all__ = ["Channel", "ChannelChecked", "Rules", "Sources", "Trial", "check_channels", "try_channel"]


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
    unchanged: int = 0
    tagged: int = 0
    pages: int = 1
    #: changes that are told to nobody until a person has decided
    held: int = 0
    error: str | None = None

    @property
    def failed(self) -> bool:
        """Whether an operator should look."""
        return self.error is not None


@dataclass(frozen=True, slots=True)
class Rules:
    """What a check is decided by: what is looked for, who is told of it, and what is too much."""

    matcher: Matcher
    subscriptions: Sequence[Subscription]
    #: recipients who are told of a channel's state and of what is held
    operators: Sequence[str] = ()
    #: a check that finds more than this, and far more than usual, is held
    hold_above: int = 100


def check_channels(
    channels: Mapping[str, Channel],
    *,
    store: Store,
    sources: Sources,
    rules: Rules,
    clock: Callable[[], datetime],
    jitter: Callable[[], float],
    workers: int = 8,
    per_host: int | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Iterator[ChannelChecked]:
    """Check every channel whose time has come; yield one result for each channel, or for each of its new files.

    `clock` gives the time at which a check is recorded, `jitter` a number from 0 to 1 that spreads the next one.
    `per_host` bounds a round: the rest of a host's channels comes in the next one, so that a host with a thousand
    channels, asked one after the other, does not delay all others; None: everything that is due.
    """
    due = [(channels[state.name], state) for state in store.due_channels(channels, clock())]
    if per_host is not None:
        asked: Counter[str] = Counter()
        due = [pair for pair in due if asked.update([pair[0].host]) or asked[pair[0].host] <= per_host]
    for readout in read_channels(due, sources=sources, files_read=store.files_read, workers=workers, stopping=stopping):
        checked = _record(readout, store=store, rules=rules, now=clock(), jitter=jitter())
        _log(checked)
        yield checked


@dataclass(frozen=True, slots=True)
class Trial:
    """What a check would do with a channel, or with one of its files."""

    seen_in: str
    #: what went wrong; None if nothing did
    error: str | None
    new: tuple[NewPost, ...] = ()
    edited: tuple[EditedPost, ...] = ()
    unchanged: int = 0
    not_modified: bool = False


def try_channel(channel: Channel, *, store: Store, sources: Sources, rules: Rules, now: datetime) -> Iterator[Trial]:
    """Read a channel and decide as a check would; write nothing."""
    state = store.channel_state(channel.name) or ChannelState(channel.name, Validators(), None, False, Standing())
    state = replace(state, validators=Validators())  # a 304 would show nothing
    for readout in read_channel(channel, state, sources, store.files_read):
        if readout.failure:
            yield Trial(readout.seen_in, readout.failure.error)
        elif readout.snapshot is None:
            yield Trial(readout.seen_in, None, not_modified=True)
        else:
            diff = _diff(readout.snapshot, channel.name, store)
            new, edited = decide(readout.snapshot, diff, readout, store=store, rules=rules, now=now)
            yield Trial(readout.seen_in, None, new, edited, len(diff.unchanged))


def decide(
    snapshot: Snapshot, diff: Diff, readout: Readout, *, store: Store, rules: Rules, now: datetime
) -> tuple[tuple[NewPost, ...], tuple[EditedPost, ...]]:
    """Tag what is new or edited and decide who is told; in a baseline nobody is, unless asked."""
    channel = readout.channel
    title = channel.title or snapshot.title or channel.name
    tells = readout.state.has_baseline or channel.announce_first
    match, tags = rules.matcher.match, rules.matcher.tags
    new = []
    for found in diff.new:
        hits = match(found.post.text)
        told = _told(found, hits, tags(hits), channel=channel.name, title=title, now=now)
        new.append(NewPost(found, hits, announce(told, rules.subscriptions) if tells else None))
    previous = store.previous([edit.stored.row for edit in diff.edited]) if diff.edited else {}
    edited = []
    for edit in diff.edited:
        before = previous[edit.stored.row]
        hits = match(edit.found.post.text)
        told = _told(edit.found, hits, tags(hits), channel=channel.name, title=title, now=now, before=before.text)
        announcement = announce(told, rules.subscriptions, tags_before=before.tags)
        edited.append(EditedPost(edit, before.revision + 1, hits, announcement))
    return tuple(new), tuple(edited)


def _record(readout: Readout, *, store: Store, rules: Rules, now: datetime, jitter: float) -> ChannelChecked:
    channel = readout.channel
    pace = Pace(channel.every, channel.slowest or 3 * channel.every, jitter)
    if readout.failure:
        return _record_failure(readout, readout.failure, store=store, rules=rules, now=now, pace=pace)
    if readout.snapshot is None:
        return _record_not_modified(readout, store=store, rules=rules, now=now, pace=pace)
    return _record_snapshot(readout, readout.snapshot, store=store, rules=rules, now=now, pace=pace)


def _record_snapshot(
    readout: Readout, snapshot: Snapshot, *, store: Store, rules: Rules, now: datetime, pace: Pace
) -> ChannelChecked:
    channel, state = readout.channel, readout.state
    diff = _diff(snapshot, channel.name, store)
    new, edited = decide(snapshot, diff, readout, store=store, rules=rules, now=now)
    check = GoodCheck(
        at=now,
        new=len(new),
        published=tuple(post.published_at for post in snapshot.posts),
        fresh_for=readout.fresh_for,
        moved_to=readout.moved_to,
    )
    standing, notices = _stand(readout, after_good_check(state.standing, check, pace), rules, now)
    found = len(new) + len(edited)
    elapsed = now - state.standing.last_ok_at if state.standing.last_ok_at else None
    floods = state.has_baseline and is_extraordinary(found, rules.hold_above, state.standing.posts_per_day, elapsed)
    if floods and not state.is_held:
        facts = {"new": len(new), "edited": len(edited), "posts_per_day": state.standing.posts_per_day}
        body = message("channel.held", channel.name, channel.title or channel.name, now, facts)
        notices = (*notices, *((name, body) for name in rules.operators))
    held = floods or state.is_held
    store.record_check(
        CheckRecord(
            channel=channel.name,
            at=now,
            seen_in=readout.seen_in,
            standing=standing,
            new=new,
            edited=edited,
            unchanged=diff.unchanged,
            title=channel.title or snapshot.title,
            validators=readout.validators,
            watermark=_watermark(state.watermark, snapshot),
            file_read=readout.file_read,
            gap=readout.gap,
            closed_gap=readout.closed_gap,
            held=held,
            notices=notices,
            ends_baseline=readout.ends_baseline,
        )
    )
    return ChannelChecked(
        channel.name,
        "ok",
        readout.seen_in,
        baseline=not state.has_baseline,
        new=len(new),
        edited=len(edited),
        unchanged=len(diff.unchanged),
        tagged=sum(bool(post.matches) for post in new) + sum(bool(post.matches) for post in edited),
        pages=readout.pages,
        held=found if held else 0,
    )


def _record_not_modified(readout: Readout, *, store: Store, rules: Rules, now: datetime, pace: Pace) -> ChannelChecked:
    assert readout.not_modified is not None
    check = GoodCheck(now, fresh_for=readout.fresh_for, moved_to=readout.moved_to)
    standing, notices = _stand(readout, after_good_check(readout.state.standing, check, pace), rules, now)
    validators = readout.not_modified.validators
    store.record_not_modified(readout.channel.name, validators, standing, at=now, notices=notices)
    return ChannelChecked(readout.channel.name, "not_modified", readout.seen_in)


def _record_failure(
    readout: Readout, failure: Failure, *, store: Store, rules: Rules, now: datetime, pace: Pace
) -> ChannelChecked:
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
        bad_file=readout.file_read,
        ends_baseline=channel.is_files and readout.ends_baseline,
        notices=notices,
    )
    return ChannelChecked(channel.name, failure.state, readout.seen_in, error=failure.error)


def _stand(
    readout: Readout, after: Standing, rules: Rules, now: datetime
) -> tuple[Standing, tuple[tuple[str, Mapping[str, object]], ...]]:
    """Return the standing and the messages to operators that it asks for; a change of state is logged too."""
    channel, before = readout.channel, readout.state.standing
    title = channel.title or channel.name
    standing, body = notice(before, after, channel=channel.name, title=title, now=now)
    bodies = [] if body is None else [body]
    if standing.moved_to and standing.moved_to != before.moved_to:
        facts = {"from": channel.source, "to": standing.moved_to}
        bodies.append(message("channel.moved", channel.name, title, now, facts))
        logger().warning("channel_moved", channel=channel.name, moved_to=standing.moved_to)
    if standing.state != before.state and (before.state, standing.state) != ("new", "ok"):
        logger().warning(
            "channel_state_changed",
            channel=channel.name,
            state=standing.state,
            before=before.state,
            error=standing.last_error,
        )
    return standing, tuple((name, body) for body in bodies for name in rules.operators)


def _diff(snapshot: Snapshot, name: str, store: Store) -> Diff:
    known = [post for post in snapshot.posts if post.id is not None]
    anonymous = [post for post in snapshot.posts if post.id is None]
    by_id = by_place = Diff()
    if known:
        by_id = diff_by_id(known, store.fingerprints(name, [post.id for post in known if post.id]))
    if anonymous:
        by_place = diff_by_sequence(anonymous, store.sequence(name, [fingerprint(post.text) for post in anonymous]))
    return Diff(by_id.new + by_place.new, by_id.edited + by_place.edited, by_id.unchanged + by_place.unchanged)


def _watermark(before: int | None, snapshot: Snapshot) -> int | None:
    if snapshot.coverage is None:
        return before
    return max(before or 0, snapshot.coverage.highest)


def _told(
    found: Found,
    hits: tuple[Match, ...],
    tags: tuple[str, ...],
    *,
    channel: str,
    title: str,
    now: datetime,
    before: str | None = None,
) -> Told:
    post = found.post
    return Told(
        channel=channel,
        channel_title=title,
        kind=ChangeKind.NEW if before is None else ChangeKind.EDITED,
        text=post.text,
        tags=tags,
        matches=hits,
        found_at=now,
        published_at=post.published_at,
        url=post.url,
        forwarded_from=post.forwarded_from,
        before=before,
        media=post.media,
    )


def _log(checked: ChannelChecked) -> None:
    facts = {"channel": checked.channel, "outcome": checked.outcome, "export": checked.seen_in}
    if checked.failed:
        logger().warning("channel_checked", **facts, error=checked.error)
        return
    logger().info(
        "channel_checked",
        **facts,
        baseline=checked.baseline,
        new=checked.new,
        edited=checked.edited,
        unchanged=checked.unchanged,
        tagged=checked.tagged,
        pages=checked.pages,
        held=checked.held,
    )
