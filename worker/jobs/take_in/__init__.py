"""An import: the posts of exported files go into a channel, beside what checks have found there.

The way of one file::

    how far it was taken in -> the next batch -> stored fingerprints -> diff -> matches -> one transaction

Posts are known by their ids, as in a check, so that nothing is stored twice, and nothing is ever deleted: an export may
be a range. An export says how a post was when the export was made: where an export or a check has shown it later with
another text, that text stays and nothing is recorded. Nobody is told, unless asked. Of the channel itself nothing is
changed: neither its state nor its watermark, its validators or the time of its next check.

Each batch is one transaction and says how far the file was taken in; the same import goes on from there.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial

from worker.adapters.files import FileProblem, FoundExport
from worker.adapters.store import Store
from worker.core.announce import Subscription, announce, announce_edit, by_present_rules, told_of
from worker.core.diff import Edit, Found
from worker.core.record import Announcement, Counts, EditedPost, ImportRecord, Intake, NewPost
from worker.core.stories import STORY_AGE, find_stories
from worker.core.watchlist.facts import facts_of
from worker.core.watchlist.matcher import Matcher
from worker.jobs.take_in.comparing import compare
from worker.jobs.take_in.reading import Batch, Choice, Target, read_batches
from worker.log import logger

__all__ = ["BATCH", "Choice", "Step", "Target", "Terms", "take_in"]

#: posts in one transaction
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What an import is decided by: what is looked for, and who is told."""

    matcher: Matcher
    #: None: nobody
    subscriptions: Sequence[Subscription] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """How far the import of one file has come; one for each batch and one at the end."""

    path: str
    #: ``reading``, ``done``, ``already`` (taken in before) or ``failed``; after the last three nothing follows
    outcome: str
    #: posts gone through by this and earlier imports of the file
    posts: int = 0
    #: what this and earlier imports of the file did
    counts: Counts = Counts()  # noqa: RUF009 - frozen
    #: posts that an earlier, interrupted import had gone through
    resumed_at: int = 0
    #: how much of the file has been read, from 0 to 1
    progress: float = 0.0
    #: one line; None unless failed
    error: str | None = None

    @property
    def is_end(self) -> bool:
        """Whether this is the last step of a file."""
        return self.outcome != "reading"

    @property
    def failed(self) -> bool:
        """Whether the file, or a part of it, could not be taken in."""
        return self.outcome == "failed"


def take_in(
    target: Target,
    exports: Iterable[FoundExport | FileProblem],
    *,
    store: Store,
    terms: Terms,
    choice: Choice,
    clock: Callable[[], datetime],
    max_bytes: int,
    size: int = BATCH,
) -> Iterator[Step]:
    """Take files into a channel one after the other; yield after each batch and at the end of each file.

    Args:
        target: the channel, which the store must know.
        exports: the files.
        store: where the posts go.
        terms: what is looked for, and who is told.
        choice: what is known of the files.
        clock: gives the time at which a batch is recorded.
        max_bytes: of a file that must be read whole.
        size: posts in one transaction.
    """
    for export in exports:
        if isinstance(export, FileProblem):
            steps: Iterator[Step] = iter([Step(export.path, "failed", error=export.message)])
        else:
            steps = _take_in_file(
                target, export, store=store, terms=terms, choice=choice, clock=clock, max_bytes=max_bytes, size=size
            )
        for step in steps:
            if step.is_end:
                _log(target, step)
            yield step


def _take_in_file(
    target: Target,
    export: FoundExport,
    *,
    store: Store,
    terms: Terms,
    choice: Choice,
    clock: Callable[[], datetime],
    max_bytes: int,
    size: int,
) -> Iterator[Step]:
    fresh = Intake(export.path, export.stamp, choice.reading)
    before = store.intake(target.name, export.path, choice.reading)
    intake = before if before and before.stamp == export.stamp else fresh
    skipped = intake.posts
    if intake.finished:
        yield Step(export.path, "already", skipped, intake.counts, progress=1.0)
        return
    for batch in read_batches(export, choice, target, max_bytes=max_bytes, size=size, skip=skipped):
        intake = _record(batch, export, intake, target=target, store=store, terms=terms, now=clock())
        outcome = "failed" if batch.problem else "done" if batch.is_last else "reading"
        yield Step(export.path, outcome, intake.posts, intake.counts, skipped, batch.progress, batch.problem)


def _record(
    batch: Batch, export: FoundExport, before: Intake, *, target: Target, store: Store, terms: Terms, now: datetime
) -> Intake:
    """Decide on one batch and write it; return how far the file has been taken in now."""
    # a clock that was wrong must not make an export newer than what checks will see
    seen_at = min(export.written_at, now)
    diff = compare(batch.posts, target.name, store)
    new = tuple(_new(found, target, terms, now) for found in diff.new)
    new = find_stories(new, partial(store.story_candidates, target.name, since=now - STORY_AGE))
    edited, kept = _edited(diff.edited, seen_at, target=target, store=store, terms=terms, now=now)
    counts = Counts(
        new=len(new),
        edited=len(edited),
        unchanged=len(batch.posts) - len(new) - len(edited) - kept,
        kept=kept,
        tagged=sum(bool(post.matches) for post in new) + sum(bool(post.matches) for post in edited),
        service=sum(post.service is True for post in batch.posts),
    )
    intake = replace(
        before,
        posts=before.posts + len(batch.posts),
        counts=before.counts + counts,
        finished=batch.is_last and batch.problem is None,
    )
    if batch.posts or intake.finished:
        store.record_import(
            ImportRecord(
                channel=target.name,
                at=now,
                seen_at=seen_at,
                seen_in=export.path,
                intake=intake,
                new=new,
                edited=edited,
                unchanged=diff.unchanged,
                refreshed=diff.refreshed,
            )
        )
    return intake


def _new(found: Found, target: Target, terms: Terms, now: datetime) -> NewPost:
    hits = terms.matcher.match(found.post.text, facts_of(found.post, target.name))
    announcement: Announcement | None = None
    if terms.subscriptions is not None:
        tags = terms.matcher.tags(hits)
        told = told_of(found, hits, tags, channel=target.name, title=target.title, now=now)
        announcement = announce(told, terms.subscriptions)
    return NewPost(found, hits, announcement)


def _edited(
    edits: Sequence[Edit], seen_at: datetime, *, target: Target, store: Store, terms: Terms, now: datetime
) -> tuple[tuple[EditedPost, ...], int]:
    """Return the edits that are newer than what is stored, and how many are older."""
    if not edits:
        return (), 0
    previous = store.previous([edit.stored.row for edit in edits])
    changed = {one.watchlist for one in store.retaggings()} if terms.subscriptions is not None else set()
    match, tags = terms.matcher.match, terms.matcher.tags
    edited = []
    for edit in edits:
        before = previous[edit.stored.row]
        if before.last_seen_at > seen_at:
            continue
        facts = facts_of(edit.found.post, target.name, is_edited=True)
        if changed:
            before = by_present_rules(before, changed, tags(match(before.text, facts)))
        hits = match(edit.found.post.text, facts)
        announcement: Announcement | None = None
        if terms.subscriptions is not None:
            told = told_of(
                edit.found,
                hits,
                tags(hits),
                channel=target.name,
                title=target.title,
                now=now,
                before=before,
            )
            announcement = announce_edit(told, terms.subscriptions, before, edit.found.fingerprint)
        edited.append(EditedPost(edit, before.revision + 1, hits, announcement))
    return tuple(edited), len(edits) - len(edited)


def _log(target: Target, step: Step) -> None:
    facts = {"channel": target.name, "export": step.path, "outcome": step.outcome}
    if step.error is not None:
        facts["error"] = step.error
    write = logger().warning if step.failed else logger().info
    write("file_imported", **facts, posts=step.posts, **asdict(step.counts))
