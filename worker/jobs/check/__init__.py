"""One check of each due channel: fetch, parse, diff, tag, record. Calls downward and is never called back.

The way of one check::

    due channels -> read (threads) -> stored fingerprints -> diff -> matches -> who is told -> one transaction

Nothing is written before the whole check is decided, and then everything in one transaction.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from worker.adapters.store import Store
from worker.core.announce import Subscription, announce
from worker.core.diff import Diff, Found, diff_by_id, diff_by_sequence
from worker.core.fingerprint import fingerprint
from worker.core.models import ChangeKind, Match, Snapshot, Told
from worker.core.record import CheckRecord, EditedPost, NewPost
from worker.core.schedule import next_check
from worker.core.watchlist.matcher import Matcher
from worker.jobs.check.reading import Channel, Failure, Readout, Sources, read_channels
from worker.log import logger

__all__ = ["Channel", "ChannelChecked", "Sources", "check_channels", "decide"]


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
    error: str | None = None

    @property
    def failed(self) -> bool:
        """Whether an operator should look."""
        return self.error is not None


def check_channels(
    channels: Mapping[str, Channel],
    *,
    store: Store,
    sources: Sources,
    matcher: Matcher,
    subscriptions: Sequence[Subscription],
    clock: Callable[[], datetime],
    jitter: Callable[[], float],
    workers: int = 8,
    stopping: Callable[[], bool] = lambda: False,
) -> Iterator[ChannelChecked]:
    """Check every channel whose time has come; yield one result for each channel, or for each of its new files.

    `clock` gives the time at which a check is recorded, `jitter` a number from 0 to 1 that spreads the next one.
    """
    due = [(channels[state.name], state) for state in store.due_channels(channels, clock())]
    for readout in read_channels(due, sources=sources, files_read=store.files_read, workers=workers, stopping=stopping):
        now = clock()
        checked = _record(readout, store=store, matcher=matcher, subscriptions=subscriptions, now=now, jitter=jitter())
        _log(checked)
        yield checked


def decide(
    snapshot: Snapshot,
    diff: Diff,
    readout: Readout,
    *,
    store: Store,
    matcher: Matcher,
    subscriptions: Sequence[Subscription],
    now: datetime,
) -> tuple[tuple[NewPost, ...], tuple[EditedPost, ...]]:
    """Tag what is new or edited and decide who is told; in a baseline nobody is, unless asked."""
    channel = readout.channel
    title = channel.title or snapshot.title or channel.name
    tells = readout.state.has_baseline or channel.announce_first
    new = []
    for found in diff.new:
        hits = matcher.match(found.post.text)
        told = _told(found, hits, matcher.tags(hits), channel=channel.name, title=title, now=now)
        new.append(NewPost(found, hits, announce(told, subscriptions) if tells else None))
    previous = store.previous([edit.stored.row for edit in diff.edited]) if diff.edited else {}
    edited = []
    for edit in diff.edited:
        before = previous[edit.stored.row]
        hits = matcher.match(edit.found.post.text)
        told = _told(
            edit.found, hits, matcher.tags(hits), channel=channel.name, title=title, now=now, before=before.text
        )
        announcement = announce(told, subscriptions, tags_before=before.tags)
        edited.append(EditedPost(edit, before.revision + 1, hits, announcement))
    return tuple(new), tuple(edited)


def _record(
    readout: Readout,
    *,
    store: Store,
    matcher: Matcher,
    subscriptions: Sequence[Subscription],
    now: datetime,
    jitter: float,
) -> ChannelChecked:
    channel, state = readout.channel, readout.state
    if readout.failure:
        return _record_failure(readout, readout.failure, store, now, jitter)
    due = next_check(now, channel.every, jitter=jitter)
    if readout.snapshot is None:
        assert readout.not_modified is not None
        store.record_not_modified(channel.name, readout.not_modified.validators, at=now, next_check_at=due)
        return ChannelChecked(channel.name, "not_modified", readout.seen_in)
    snapshot = readout.snapshot
    diff = _diff(snapshot, channel.name, store)
    new, edited = decide(snapshot, diff, readout, store=store, matcher=matcher, subscriptions=subscriptions, now=now)
    store.record_check(
        CheckRecord(
            channel=channel.name,
            at=now,
            seen_in=readout.seen_in,
            next_check_at=due,
            new=new,
            edited=edited,
            unchanged=diff.unchanged,
            title=channel.title or snapshot.title,
            validators=readout.validators,
            watermark=_watermark(state.watermark, snapshot),
            file_read=readout.file_read,
            gap=readout.gap,
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
    )


def _record_failure(readout: Readout, failure: Failure, store: Store, now: datetime, jitter: float) -> ChannelChecked:
    channel = readout.channel
    failures = 0 if channel.is_files else readout.state.failures + 1
    store.record_check_failure(
        channel.name,
        at=now,
        state=failure.state,
        error=failure.error,
        next_check_at=next_check(now, channel.every, failures=failures, jitter=jitter, wait=failure.wait),
        bad_file=readout.file_read,
        ends_baseline=channel.is_files and readout.ends_baseline,
    )
    return ChannelChecked(channel.name, failure.state, readout.seen_in, error=failure.error)


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
    )
