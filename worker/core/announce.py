"""Who is told of a change, and how: pure decisions on what a recipient asked for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from worker.core.alert import whole_payload
from worker.core.diff import Found
from worker.core.models import ChangeKind, Match, Told
from worker.core.payload import alert_payload, removal_payload
from worker.core.record import Announcement, Previous, TermChange
from worker.core.revision import Grade, grade

#: what an edit does to a watchlist is a kind of change of its own
GAINED, LOST = "gained", "lost"
#: everything that can be told at once
EVERYTHING = frozenset((*ChangeKind, GAINED, LOST))


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one recipient wants to be told, and what of it at once."""

    recipient: str
    watchlists: frozenset[str]
    #: None: every channel
    channels: frozenset[str] | None = None
    changes: frozenset[ChangeKind] = frozenset(ChangeKind)
    #: edits of a lower grade are not told, unless a watchlist came or went with them
    edits: Grade = Grade.MINOR
    #: some of `EVERYTHING`
    alerts: frozenset[str] = frozenset()
    #: whether what is not told at once is told in the next digest; False: not at all
    digest: bool = True
    #: whether the digest tells what was told at once, too
    repeats: bool = False
    #: whether alerts are frozen whole, for a person to read; False: as the body of a webhook
    whole: bool = False
    #: whether its pace is looked at before an alert is sent
    paced: bool = False

    def wants(self, told: Told) -> bool:
        """Tell whether a change is to be told; its tags are those of the post before and after it."""
        if self.channels is not None and told.channel not in self.channels:
            return False
        if told.kind not in self.changes or self.watchlists.isdisjoint((*told.tags, *told.lost)):
            return False
        return told.grade is None or bool(self._turned(told)) or Grade(told.grade).at_least(self.edits)

    def wants_at_once(self, told: Told) -> bool:
        """Tell whether a wanted change is to be told at once."""
        return told.kind in self.alerts or not self.alerts.isdisjoint(self._turned(told))

    def loses(self, told: Told) -> bool:
        """Tell whether an edit took one of the wanted watchlists from the post."""
        return not self.watchlists.isdisjoint(told.lost)

    def _turned(self, told: Told) -> set[str]:
        """Return whether wanted watchlists came to the post, went from it, or both."""
        turns = ((GAINED, told.gained), (LOST, told.lost))
        return {kind for kind, names in turns if not self.watchlists.isdisjoint(names)}


#: a post that returns within this time to a state it had is flipping between two, as behind two servers
_FLIPS_WITHIN = timedelta(days=1)


def announce_edit(
    told: Told, subscriptions: Sequence[Subscription], before: Previous, fingerprint: str
) -> Announcement | None:
    """Decide who is told of an edit; `fingerprint` is that of the present text.

    A post that flips between two states is told once: its first return to a state of the last day is kept among the
    changes and told to nobody, and further ones (None) are only seen in the post's history.
    """
    announcement = announce(told, subscriptions)
    since = told.found_at - _FLIPS_WITHIN
    returns = sum(state == fingerprint and ended_at >= since for state, ended_at in before.earlier)
    if returns == 0:
        return announcement
    return replace(announcement, digests=(), alerts=()) if returns == 1 else None


def by_present_rules(before: Previous, changed: Collection[str], present: Sequence[str]) -> Previous:
    """Return a post before an edit with the tags that changed watchlists give to it now.

    As long as history is being tagged anew it may have those of the old rules, and what new rules find in it is nothing
    that the edit has done.

    Args:
        before: as it is stored.
        changed: names of the watchlists by whose new rules not all stored posts are tagged yet.
        present: the tags that the present rules give to its text.
    """
    kept = (name for name in before.tags if name not in changed)
    return replace(before, tags=(*kept, *(name for name in present if name in changed)))


def told_of(
    found: Found,
    hits: tuple[Match, ...],
    tags: tuple[str, ...],
    *,
    channel: str,
    title: str,
    now: datetime,
    before: Previous | None = None,
) -> Told:
    """Return a new or edited post as recipients are told of it; `before` an edit, None if the post is new.

    Nobody knows what an edit changed whose text before it was removed: it is told as a substantive one without it.
    """
    post = found.post
    known = None if before is None or before.is_pruned else before
    changes = term_changes(known.tags, tags) if known else ()
    unknown = None if before is None else Grade.SUBSTANTIVE.value
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
        before=known.text if known else None,
        media=post.media,
        grade=grade(known.text, post.text, terms_changed=bool(changes)).value if known else unknown,
        gained=tuple(change.watchlist for change in changes if change.kind == GAINED),
        lost=tuple(change.watchlist for change in changes if change.kind == LOST),
        last_seen_at=before.last_seen_at if before else None,
    )


def term_changes(before: Sequence[str], after: Sequence[str]) -> tuple[TermChange, ...]:
    """Return which watchlists an edit brought to a post and which it took away."""
    gained = [TermChange(name, GAINED) for name in after if name not in before]
    return (*gained, *(TermChange(name, LOST) for name in before if name not in after))


def announce(told: Told, subscriptions: Sequence[Subscription]) -> Announcement:
    """Decide who is told of a change. `told` has the tags of the present text, and what an edit gained and lost."""
    tags = (*told.tags, *(name for name in told.lost if name not in told.tags))
    wanting = [subscription for subscription in subscriptions if subscription.wants(told)]
    at_once = [subscription for subscription in wanting if subscription.wants_at_once(told)]
    told = replace(told, tags=tags)
    body = alert_payload(told) if at_once else {}
    return Announcement(
        kind=told.kind,
        tags=tags,
        term_changes=(
            *(TermChange(name, GAINED) for name in told.gained),
            *(TermChange(name, LOST) for name in told.lost),
        ),
        grade=told.grade,
        digests=tuple(one.recipient for one in wanting if one.digest and (one.repeats or one not in at_once)),
        alerts=tuple((one.recipient, _frozen(told, body, one)) for one in at_once),
        paced=frozenset(one.recipient for one in at_once if one.paced),
    )


def _frozen(told: Told, body: Mapping[str, object], subscription: Subscription) -> Mapping[str, object]:
    if subscription.whole:
        return whole_payload(told)
    return removal_payload(body) if subscription.loses(told) else body
