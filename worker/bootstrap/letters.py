"""What stands around the content of a mail, out of the settings: its id, its thread, its list, how to leave it."""

from collections.abc import Mapping
from urllib.parse import quote
from zoneinfo import ZoneInfo

from worker.adapters.mail import Frame
from worker.config import Mail, Recipient
from worker.core.digest import Digest
from worker.core.mail_thread import place_of
from worker.core.record import Delivery


def key_of(delivery: Delivery) -> str:
    """Return what the Message-ID of a delivery comes from: the same on every try.

    The first alert of a post gets that of its thread, so that those that follow can name it.
    """
    place = place_of(delivery.recipient, delivery.payload)
    return place.root if place and place.is_first else delivery.id


def frame_of(delivery: Delivery, recipient: Recipient, mail: Mail, digest: Digest | None) -> Frame:
    """Return what stands around the content of a delivery.

    Args:
        delivery: what is sent.
        recipient: to whom.
        mail: how mail is sent.
        digest: None: it is an alert or a notice.
    """
    place = place_of(delivery.recipient, delivery.payload)
    return Frame(
        list_label=f"{recipient.name}.{delivery.kind}",
        replies_to=place.root if place and not place.is_first else None,
        unsubscribe=_leave(mail.unsubscribe, {"recipient": recipient.name, "address": recipient.email or ""}),
        one_click=mail.one_click,
        attached_as=f"watchword-{_day(digest)}.html" if digest else "watchword.html",
    )


def _day(digest: Digest) -> str:
    return digest.until.astimezone(ZoneInfo(digest.timezone)).date().isoformat()


def _leave(pattern: str | None, names: Mapping[str, str]) -> str | None:
    if pattern is None:
        return None
    for name, value in names.items():
        pattern = pattern.replace(f"{{{name}}}", quote(value, safe=""))
    return pattern
