"""Chats: how a recipient there is reached, and what a delivery says there, out of the settings."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from worker.adapters.chat import ChatSender
from worker.adapters.templates import Translations
from worker.config import Recipient
from worker.core.alert import changes_of
from worker.core.chat import ChatMessage, alert_message, digest_message, fitted, notice_message
from worker.core.digest import from_payload
from worker.core.models import Outcome, Result
from worker.core.phrases import Phrases
from worker.core.record import Delivery
from worker.core.schedule import WEBHOOK_BACKOFF
from worker.jobs.deliver import Way


def chat_way(recipient: Recipient, chats: ChatSender, watchlists: Sequence[str]) -> Way:
    """Return how a recipient in a chat is reached."""

    def send(delivery: Delivery, _now: datetime) -> Outcome:
        if recipient.chat is None:
            return Outcome(Result.PERMANENT, "this recipient has no chat any more")
        message, t = _message(delivery, recipient, watchlists)
        return chats.send(recipient.chat.read(), message.title, partial(fitted, message, t=t))

    return Way(send, WEBHOOK_BACKOFF, lane="chat")


def _message(delivery: Delivery, recipient: Recipient, watchlists: Sequence[str]) -> tuple[ChatMessage, Phrases]:
    """Return what a delivery says, and the fixed texts in its language."""
    if delivery.kind == "digest":
        digest = from_payload(delivery.payload)
        t = Translations(digest.language)
        return digest_message(digest, t, ZoneInfo(digest.timezone)), t
    t = Translations(recipient.tongue)
    if delivery.kind == "notice":
        return notice_message(delivery.payload, t, ZoneInfo(recipient.zone_name)), t
    return alert_message(changes_of(delivery.payload), watchlists, t), t
