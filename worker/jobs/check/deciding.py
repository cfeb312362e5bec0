"""The middle of a check: what is new or edited, what is found in it, who is told. Reads the store, writes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from worker.adapters.store import Store
from worker.core.announce import Subscription, announce, announce_edit, by_present_rules, told_of
from worker.core.diff import Diff
from worker.core.models import Snapshot, Told, Validators
from worker.core.record import ChannelState, EditedPost, NewPost
from worker.core.standing import Standing
from worker.core.watchlist.facts import facts_of
from worker.core.watchlist.matcher import Matcher
from worker.jobs.check.absences import turn
from worker.jobs.check.comparing import compare
from worker.jobs.check.reading import Channel, Readout, Sources, read_channel


@dataclass(frozen=True, slots=True)
class Rules:
    """What a check is decided by: what is looked for, who is told of it, and what is too much."""

    matcher: Matcher
    subscriptions: Sequence[Subscription]
    #: recipients who are told of a channel's state and of what is held
    operators: Sequence[str] = ()
    #: a check that finds more than this, and far more than usual, is held
    hold_above: int = 100


@dataclass(frozen=True, slots=True)
class Trial:
    """What a check would do with a channel, or with one of its files."""

    seen_in: str
    #: what went wrong; None if nothing did
    error: str | None
    new: tuple[NewPost, ...] = ()
    edited: tuple[EditedPost, ...] = ()
    #: posts that are deleted, as they would be told
    deleted: tuple[Told, ...] = ()
    #: posts that the export should have shown and did not; a second look would tell why
    missed: int = 0
    unchanged: int = 0
    not_modified: bool = False
    #: addresses at which the site offers more exact exports
    better_sources: tuple[str, ...] = ()


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
            diff = compare(readout.snapshot, state, store)
            new, edited = decide(readout.snapshot, diff, readout, store=store, rules=rules, now=now)
            turned = turn(
                readout,
                readout.snapshot,
                diff,
                edited,
                store=store,
                matcher=rules.matcher,
                subscriptions=rules.subscriptions,
                now=now,
            )
            yield Trial(
                readout.seen_in,
                None,
                new,
                edited,
                deleted=turned.gone,
                missed=len(turned.absences.missed),
                unchanged=len(diff.unchanged),
                better_sources=readout.snapshot.better_sources,
            )


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
        hits = match(found.post.text, facts_of(found.post, channel.name))
        announcement = None
        if tells:
            told = told_of(found, hits, tags(hits), channel=channel.name, title=title, now=now)
            announcement = announce(told, rules.subscriptions)
        new.append(NewPost(found, hits, announcement))
    previous = store.previous([edit.stored.row for edit in diff.edited]) if diff.edited else {}
    changed = {one.watchlist for one in store.retaggings()} if diff.edited else set()
    edited = []
    for edit in diff.edited:
        facts = facts_of(edit.found.post, channel.name, is_edited=True)
        before = previous[edit.stored.row]
        if changed:
            before = by_present_rules(before, changed, tags(match(before.text, facts)))
        hits = match(edit.found.post.text, facts)
        told = told_of(edit.found, hits, tags(hits), channel=channel.name, title=title, now=now, before=before)
        announcement = announce_edit(told, rules.subscriptions, before, edit.found.fingerprint)
        edited.append(EditedPost(edit, before.revision + 1, hits, announcement))
    return tuple(new), tuple(edited)
