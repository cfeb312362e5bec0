"""Settings -> digests as a person tries them: what one would say, what one has said, and one out of turn."""

from dataclasses import dataclass
from datetime import date, datetime

from worker.bootstrap import open_store, utc_now
from worker.bootstrap.recipients import plan_of, templates_of
from worker.config import Recipient, Settings
from worker.core.digest import from_payload
from worker.core.models import Rendered
from worker.core.timetable import last_told
from worker.errors import WatchwordError
from worker.jobs.digest import DigestEnqueued, draft_digest, enqueue_now


@dataclass(frozen=True, slots=True)
class Preview:
    """A digest that is looked at."""

    since: datetime
    until: datetime
    changes: int
    #: False: there is nothing to tell, and the recipient wants no empty digests
    is_sent: bool
    #: whether it was made; False: this is what one would say now
    frozen: bool
    rendered: Rendered


def preview_digest(settings: Settings, recipient: Recipient, day: date | None) -> Preview:
    """Return what the next digest would say now, or what the last one of a local date says; nothing is written.

    Raises:
        WatchwordError: there is no digest of this day any more, or a template cannot be used.
        StoreError: the database cannot be used.
    """
    templates, store, plan = templates_of(settings), open_store(settings), plan_of(recipient, settings)
    if day is None:
        now = utc_now()
        last = last_told(now, store.ledger(recipient.name, now))
        draft = draft_digest(plan, store=store, now=now, last=last, most=settings.limits.digest_posts)
        is_sent = draft.has_news or plan.empty
        rendered = templates.render_digest(draft.digest)
        return Preview(draft.digest.since, now, len(draft.changes), is_sent, frozen=False, rendered=rendered)
    made = store.frozen_digest(recipient.name, day)
    if made is None:
        message = f"{recipient.name} has had no digest on {day}: `watchword deliveries list --recipient` shows them"
        raise WatchwordError(message)
    if made.payload is None:
        why = "had nothing to tell, none was sent" if not made.changes else "is no longer kept (retention.deliveries)"
        message = f"the digest of {recipient.name} on {day} {why}"
        raise WatchwordError(message)
    rendered = templates.render_digest(from_payload(made.payload))
    return Preview(made.since, made.until, made.changes, is_sent=True, frozen=True, rendered=rendered)


def send_now(settings: Settings, recipient: Recipient) -> DigestEnqueued | None:
    """Put a digest into the outbox, out of turn; None: there is nothing to tell. See `enqueue_now`.

    Raises:
        StoreError: the database cannot be used.
    """
    plan = plan_of(recipient, settings)
    return enqueue_now(plan, store=open_store(settings), now=utc_now(), most=settings.limits.digest_posts)
