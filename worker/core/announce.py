"""Who is told of a change, and how: pure decisions on what a recipient asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from worker.core.diff import Found
from worker.core.models import ChangeKind, Match, Told
from worker.core.payload import alert_payload
from worker.core.record import Announcement, TermChange


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one recipient wants to be told."""

    recipient: str
    watchlists: frozenset[str]
    #: None: every channel
    channels: frozenset[str] | None = None
    #: True: each change at once; False: in the next digest
    alerts: bool = False

    def wants(self, channel: str, tags: Iterable[str]) -> bool:
        """Tell whether a change of a post with these tags, before or after it, is to be told."""
        return (self.channels is None or channel in self.channels) and not self.watchlists.isdisjoint(tags)


def told_of(
    found: Found,
    hits: tuple[Match, ...],
    tags: tuple[str, ...],
    *,
    channel: str,
    title: str,
    now: datetime,
    before: str | None = None,
) -> Told:
    """Return a change as recipients are told of it; `before` is the text before an edit, None if the post is new."""
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


def term_changes(before: Sequence[str], after: Sequence[str]) -> tuple[TermChange, ...]:
    """Return which watchlists an edit brought to a post and which it took away."""
    gained = [TermChange(name, "gained") for name in after if name not in before]
    return (*gained, *(TermChange(name, "lost") for name in before if name not in after))


def announce(told: Told, subscriptions: Sequence[Subscription], *, tags_before: Sequence[str] = ()) -> Announcement:
    """Decide who is told of a change. `told` has the present text's tags, `tags_before` are those before an edit."""
    changes = term_changes(tags_before, told.tags) if told.before is not None else ()
    tags = (*told.tags, *(change.watchlist for change in changes if change.kind == "lost"))
    wanting = [subscription for subscription in subscriptions if subscription.wants(told.channel, tags)]
    at_once = [subscription for subscription in wanting if subscription.alerts]
    body = alert_payload(replace(told, tags=tags)) if at_once else {}
    return Announcement(
        kind=told.kind,
        tags=tags,
        term_changes=changes,
        digests=tuple(subscription.recipient for subscription in wanting if not subscription.alerts),
        alerts=tuple((subscription.recipient, body) for subscription in at_once),
    )
