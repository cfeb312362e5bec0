"""Settings -> the recipients as a person sees them, and a message to one of them for a trial."""

import ssl
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx

from worker.adapters.guard import AddressGuard, guarded_client
from worker.adapters.store import Store
from worker.bootstrap import open_store, utc_now
from worker.bootstrap.recipients import plan_of, watchlists_of, ways_of
from worker.config import Recipient, Settings
from worker.core.hook import trial_payload
from worker.core.models import Outcome, Result
from worker.core.record import Delivery
from worker.core.timetable import due_slot, next_slot
from worker.errors import WatchwordError

_TIMEOUT = timedelta(seconds=20)


def list_recipients(settings: Settings) -> Iterator[dict[str, Any]]:
    """Yield the recipients of the configuration in the documented shape, in its order.

    Raises:
        StoreError: the database cannot be used.
    """
    store, now = open_store(settings), utc_now()
    known = store.tellings()
    nothing = {"waiting": 0, "dead": 0, "last_sent_at": None, "gone": False}
    for recipient in settings.recipients:
        yield {
            "name": recipient.name,
            "way": _way(recipient),
            "wants": _wants(recipient),
            "watchlists": list(watchlists_of(recipient, settings)),
            "next_digest_at": _next_digest(recipient, settings, store, now),
            **known.get(recipient.name, nothing),
        }


def _way(recipient: Recipient) -> str:
    return "email" if recipient.email else "chat" if recipient.chat else "webhook"


def _wants(recipient: Recipient) -> list[str]:
    wishes = {"digest": recipient.digest is not None, "alerts": recipient.alerts, "notices": recipient.notices}
    return [name for name, wanted in wishes.items() if wanted]


def _next_digest(recipient: Recipient, settings: Settings, store: Store, now: datetime) -> str | None:
    if recipient.digest is None:
        return None
    timetable = plan_of(recipient, settings).timetable
    made = store.ledger(recipient.name, now)
    # who has had none yet gets no late one for a time that has passed
    slot = (due_slot(now, timetable, made) if made else None) or next_slot(now, timetable)
    return slot.due_at.isoformat()


def try_recipient(settings: Settings, name: str, *, tls_context: ssl.SSLContext | None = None) -> Outcome:
    """Send one recipient a message that says it is a test, outside the outbox; return what the other side said.

    Args:
        settings: the configuration.
        name: of a recipient that it has.
        tls_context: certificates to trust for mail; None: those of the system.

    Raises:
        ConfigError: a secret cannot be read.
    """
    now = utc_now()
    delivery = Delivery(uuid.uuid4().hex, name, "notice", trial_payload(name, now), attempt=1)
    guard = AddressGuard(tuple(str(network) for network in settings.fetch.allow_networks))
    trusted = httpx.create_ssl_context(trust_env=False)
    with guarded_client(guard, timeout_seconds=_TIMEOUT.total_seconds(), verify=trusted) as client:
        way = ways_of(settings, client, guard, tls_context)[name]
        try:
            return way.send(delivery, now)
        except WatchwordError as error:
            return Outcome(Result.TEMPORARY, str(error))
