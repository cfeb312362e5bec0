"""Recipients: what they want, when, and how they are reached, out of the settings."""

import hashlib
import ssl
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from worker.adapters.chat import ChatSender
from worker.adapters.guard import AddressGuard
from worker.adapters.mail import Mailer, message_id
from worker.adapters.templates import Templates
from worker.adapters.webhook import WebhookSender
from worker.bootstrap.chats import chat_way
from worker.bootstrap.letters import frame_of, key_of
from worker.config import Mail, Recipient, Settings
from worker.core.alert import changes_of, is_whole
from worker.core.announce import EVERYTHING, Subscription
from worker.core.digest import from_payload
from worker.core.hook import hook_body
from worker.core.models import ChangeKind, Outcome, Result
from worker.core.pace import Pace, Quiet
from worker.core.record import Delivery
from worker.core.revision import Grade
from worker.core.schedule import MAIL_BACKOFF, WEBHOOK_BACKOFF
from worker.core.watchlist.matcher import Matcher
from worker.errors import ConfigError
from worker.jobs.check import Rules
from worker.jobs.deliver import Way
from worker.jobs.digest import DigestPlan

#: grades below the one from which on a recipient wants edits
_TOO_SMALL: Mapping[str, tuple[Grade, ...]] = {
    "cosmetic": (),
    "minor": (Grade.COSMETIC,),
    "substantive": (Grade.COSMETIC, Grade.MINOR),
}


def rules_of(settings: Settings) -> Rules:
    """Return what is looked for and who is told of it."""
    return Rules(
        matcher=Matcher(settings.watchlists),
        subscriptions=[
            _subscription(recipient, settings)
            for recipient in settings.recipients
            if recipient.alerts or recipient.digest
        ],
        operators=[recipient.name for recipient in settings.recipients if recipient.notices],
        hold_above=settings.limits.hold_above,
    )


def _subscription(recipient: Recipient, settings: Settings) -> Subscription:
    channels = None if recipient.channels is None else frozenset(recipient.channels)
    at_once = EVERYTHING if recipient.alert_on is None else frozenset(recipient.alert_on)
    return Subscription(
        recipient.name,
        frozenset(watchlists_of(recipient, settings)),
        channels,
        changes=frozenset(ChangeKind(kind) for kind in recipient.changes),
        edits=Grade(recipient.edits),
        alerts=at_once if recipient.alerts else frozenset(),
        digest=recipient.digest is not None,
        repeats=recipient.digest is not None and recipient.digest.whole,
        whole=recipient.webhook is None,
        paced=pace_of(recipient).holds,
    )


def watchlists_of(recipient: Recipient, settings: Settings) -> tuple[str, ...]:
    """Return the watchlists that a recipient wants, in the order of its messages."""
    return recipient.watchlists or tuple(watchlist.name for watchlist in settings.watchlists)


def pace_of(recipient: Recipient) -> Pace:
    """Return how fast a recipient may be told at once."""
    hours = recipient.quiet
    zone = ZoneInfo((hours and hours.timezone) or recipient.zone_name)
    quiet = Quiet(hours.start, hours.end, zone, hours.days) if hours else None
    return Pace(quiet, recipient.alerts_per_hour)


def plan_of(recipient: Recipient, settings: Settings) -> DigestPlan:
    """Return when and of what a recipient gets a digest."""
    digest = recipient.digest
    assert digest is not None
    return DigestPlan(
        recipient=recipient.name,
        at=digest.at,
        days=digest.days,
        timezone=digest.timezone or recipient.zone_name,
        language=digest.language or recipient.tongue,
        empty=digest.empty == "send",
        weights=_weights(settings),
        unlisted=tuple(grade.value for grade in _TOO_SMALL[recipient.edits] if "edited" in recipient.changes),
        watchlists=watchlists_of(recipient, settings),
        channels=recipient.channels or tuple(channel.name for channel in settings.channels),
    )


def _weights(settings: Settings) -> Mapping[tuple[str, str], float]:
    """Return what a hit of each (watchlist, term) counts where that is not 1."""
    return {
        (watchlist.name, term.text): term.weight
        for watchlist in settings.watchlists
        for term in watchlist.terms
        if term.weight != 1
    }


def templates_of(settings: Settings) -> Templates:
    """Return the templates, with those of the operator's own folder."""
    folder = settings.templates.folder
    return Templates(None if folder is None else Path(folder))


def ways_of(
    settings: Settings, client: httpx.Client, guard: AddressGuard, tls_context: ssl.SSLContext | None
) -> Mapping[str, Way]:
    """Return how each recipient is reached."""
    chats = ChatSender(guard.addresses)
    templates = templates_of(settings)
    hooks = WebhookSender(client)
    mailer = _mailer(settings.mail, tls_context) if settings.mail else None
    ways = {}
    for recipient in settings.recipients:
        if recipient.email and mailer and settings.mail:
            ways[recipient.name] = _by_mail(recipient, mailer, templates, settings)
        elif recipient.chat:
            ways[recipient.name] = chat_way(recipient, chats, watchlists_of(recipient, settings))
        else:
            ways[recipient.name] = _by_webhook(recipient, hooks)
    return ways


def addresses_of(settings: Settings) -> Mapping[str, str]:
    """Return a hash of each recipient's address by name: it tells when the address has changed, and no token."""
    addresses = ((recipient.name, _address_of(recipient)) for recipient in settings.recipients)
    return {name: hashlib.sha256(address.encode()).hexdigest() for name, address in addresses}


def _address_of(recipient: Recipient) -> str:
    if recipient.chat is None:
        return recipient.email or recipient.webhook or ""
    try:
        return recipient.chat.read()
    except ConfigError:  # said when something is to be sent
        return repr(recipient.chat)


def _mailer(mail: Mail, tls_context: ssl.SSLContext | None) -> Mailer:
    return Mailer(
        host=mail.host,
        port=mail.port,
        security=mail.security,
        user=mail.user,
        password=mail.password.read if mail.password else None,
        sender=mail.sender,
        tls_context=tls_context,
    )


def _by_mail(recipient: Recipient, mailer: Mailer, templates: Templates, settings: Settings) -> Way:
    address = recipient.email
    assert address is not None
    assert settings.mail is not None
    mail = settings.mail
    watchlists = watchlists_of(recipient, settings)

    def send(delivery: Delivery, now: datetime) -> Outcome:
        digest = None
        if delivery.kind == "notice":
            rendered = templates.render_notice(
                delivery.payload, recipient=recipient.name, language=recipient.tongue, timezone=recipient.zone_name
            )
        elif delivery.kind == "alert":
            if not is_whole(delivery.payload):
                return Outcome(Result.PERMANENT, "this alert was made for a webhook, the recipient has an email now")
            rendered = templates.render_alert(
                changes_of(delivery.payload),
                recipient=recipient.name,
                watchlists=watchlists,
                language=recipient.tongue,
                timezone=recipient.zone_name,
            )
        else:
            digest = from_payload(delivery.payload)
            rendered = templates.render_digest(digest)
        identity = message_id(key_of(delivery), mailer.domain)
        frame = frame_of(delivery, recipient, mail, digest)
        return mailer.send(to=address, rendered=rendered, message_id=identity, date=now, frame=frame)

    return Way(send, MAIL_BACKOFF, lane="mail")


def _by_webhook(recipient: Recipient, hooks: WebhookSender) -> Way:
    def send(delivery: Delivery, now: datetime) -> Outcome:
        if recipient.webhook is None or recipient.secret is None:
            return Outcome(Result.PERMANENT, "this recipient has no webhook any more")
        return hooks.send(
            url=recipient.webhook,
            secret=recipient.secret.read(),
            webhook_id=f"msg_{delivery.id}",
            now=now,
            payload=hook_body(delivery.kind, delivery.payload),
        )

    return Way(send, WEBHOOK_BACKOFF, lane="webhook")
