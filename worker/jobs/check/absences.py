"""What follows from posts that an export lacks, and from deleted ones that it shows. Reads the store, writes nothing.

The decision itself is `worker.core.absence`; what the posts' own pages say was asked while the export was read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from worker.adapters.store import Store
from worker.core.absence import Absences, Suspect, View, judge, left_out, missing_ids, shows_older
from worker.core.announce import Subscription, announce
from worker.core.diff import Diff
from worker.core.models import ChangeKind, Post, Snapshot, Told
from worker.core.record import Announcement, DeletedPost, EditedPost, RestoredPost
from worker.core.watchlist.matcher import Matcher
from worker.jobs.check.reading import Readout


@dataclass(frozen=True, slots=True)
class Turned:
    """Posts that have vanished or are back, with everything that a check records of them."""

    absences: Absences = Absences()  # noqa: RUF009 - frozen
    deleted: tuple[DeletedPost, ...] = ()
    restored: tuple[RestoredPost, ...] = ()
    #: the deleted posts as they are told
    gone: tuple[Told, ...] = ()
    #: rows of deleted posts that a file shows which is older than their last sight
    outdated: frozenset[int] = frozenset()
    #: True: nothing of the channel is held any more, because what was held has not happened
    is_released: bool = False

    @property
    def is_mass(self) -> bool:
        """Whether so much was deleted at once that a person must look before it is told."""
        return bool(self.deleted) and self.absences.is_mass


def turn(
    readout: Readout,
    snapshot: Snapshot,
    diff: Diff,
    edited: Sequence[EditedPost],
    *,
    store: Store,
    matcher: Matcher,
    subscriptions: Sequence[Subscription],
    now: datetime,
) -> Turned:
    """Decide which posts are missed, deleted or restored, and who is told.

    Args:
        readout: of the export, with what the own pages of suspected posts say.
        snapshot: what it showed.
        diff: how that differs from what is stored.
        edited: the edited posts of `diff`, as they will be recorded.
        store: only read.
        matcher: says which tags matches have.
        subscriptions: what recipients want to be told.
        now: the time of the check.
    """
    channel, state = readout.channel, readout.state
    if not state.has_baseline and not channel.is_files:
        return Turned()
    seen = frozenset(
        [*diff.unchanged, *(edit.stored.row for edit in diff.edited), *(row for row, _ in diff.renamed)],
    )
    absences = _absences(readout, snapshot, seen, store, now)
    said = frozenset(store.missable(channel.name, snapshot.deleted_ids)) - seen
    gone = tuple(dict.fromkeys([*absences.gone, *sorted(said)]))
    shown = tuple(restored.stored.row for restored in diff.restored)
    if not gone and not shown:
        return Turned(absences)
    known = store.last_known([*gone, *shown])
    voice = _Voice(
        title=channel.title or snapshot.title or channel.name,
        now=now,
        matcher=matcher,
        subscriptions=subscriptions if state.has_baseline or channel.announce_first else None,
    )
    back = tuple(row for row in shown if not _is_older(readout, known[row][1]))
    untold = store.held_deletions(back)
    renewed = {post.edit.stored.row: post for post in edited}
    lost = [(row, known[row][0], voice.deleted(known[row][1])) for row in gone]
    return Turned(
        absences,
        deleted=tuple(DeletedPost(row, revision, voice.announce(told)) for row, revision, told in lost),
        restored=tuple(_restored(row, *known[row], renewed.get(row), None if row in untold else voice) for row in back),
        gone=tuple(told for _, _, told in lost),
        outdated=frozenset(shown) - frozenset(back),
        is_released=bool(untold) and not store.is_held_beside(channel.name, sorted(untold)),
    )


@dataclass(frozen=True, slots=True)
class _Voice:
    """How changes of one check are told."""

    title: str
    now: datetime
    matcher: Matcher
    #: None: nobody is told, it is the baseline
    subscriptions: Sequence[Subscription] | None

    def deleted(self, last: Told) -> Told:
        """Return a deletion as it is told; `last`: the last known state of the post."""
        return replace(last, found_at=self.now, channel_title=self.title, tags=self.matcher.tags(last.matches))

    def restored(self, last: Told, edited: EditedPost | None) -> Told:
        """Return a post that is back: with its present text, for those who follow the old or the new one."""
        told = replace(self.deleted(last), kind=ChangeKind.RESTORED, last_seen_at=None)
        if edited is None:
            return told
        text, hits = edited.edit.found.post.text, edited.matches
        return replace(told, text=text, matches=hits, tags=self.matcher.tags([*last.matches, *hits]))

    def announce(self, told: Told) -> Announcement | None:
        """Decide who is told."""
        return None if self.subscriptions is None else announce(told, self.subscriptions)


def _restored(row: int, revision: int, last: Told, edited: EditedPost | None, voice: _Voice | None) -> RestoredPost:
    """Return a post that is back; without a voice nobody was told that it was gone."""
    number = edited.revision if edited else revision
    return RestoredPost(row, number, voice.announce(voice.restored(last, edited)) if voice else None)


def _is_older(readout: Readout, last: Told) -> bool:
    """Tell whether a file was made before its post was last seen: it cannot know that the post is gone."""
    return readout.written_at is not None and last.last_seen_at is not None and readout.written_at < last.last_seen_at


def _absences(readout: Readout, snapshot: Snapshot, seen: frozenset[int], store: Store, now: datetime) -> Absences:
    channel, state = readout.channel, readout.state
    # a round may read several files of a channel: what the state knows is from before the first
    suspects = store.suspects(channel.name) if channel.is_files else state.suspects
    if not snapshot.posts:
        return Absences()
    absent = seen_ids = frozenset[int]()
    if snapshot.coverage is not None:
        seen_ids = snapshot.coverage.ids
        absent = frozenset(store.missable(channel.name, missing_ids(snapshot.coverage)))
    elif readout.shown is not None:
        listed = frozenset(readout.shown)
        first_page = [post for post in snapshot.posts if post.id in listed]
        absent = frozenset(store.missable(channel.name, left_out(state.shown, first_page)))
        absent |= _still_left_out(suspects, first_page)
    present = {suspect.row for suspect in suspects if suspect.row in seen or _is_named(suspect, seen_ids)}
    view = View(
        at=now,
        present=frozenset(present),
        absent=absent - seen - present,
        posts=len(snapshot.posts),
        verdicts=readout.verdicts,
        stands_alone=channel.is_files,
    )
    return judge(suspects, view)


def _still_left_out(suspects: Sequence[Suspect], first_page: Sequence[Post]) -> frozenset[int]:
    return frozenset(suspect.row for suspect in suspects if shows_older(first_page, suspect.published_at))


def _is_named(suspect: Suspect, ids: frozenset[int]) -> bool:
    """Tell whether an export names a post without showing it, as it does with the members of an album."""
    return suspect.id.removeprefix("-").isdecimal() and int(suspect.id) in ids
