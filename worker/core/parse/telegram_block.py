"""One message block of Telegram's public preview -> a post.

Puts together what `worker.core.parse.telegram_parts` reads from the block's elements. Knows nothing of whole pages.
"""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urljoin

from selectolax.lexbor import LexborNode

from worker.core.models import Media, Post
from worker.core.parse.telegram_parts import LABELS, Draft, walk

_IDENTITY = re.compile(r"(\w+(?:/\w+)*)/(\d{1,18})", re.ASCII)
_ADDRESS = re.compile(
    r"(?:https?:)?//(?:t|telegram)\.(?:me|dog)/(?:s/)?(\w+(?:/\w+)*?)/(\d{1,18})(?=$|[?#/])", re.ASCII
)
_BUILT = re.compile(rb'"t":(\d{1,12})\b')
_NOT_FOLLOWED = ("javascript:", "data:", "about:", "#")


class Block(NamedTuple):
    """A post, and what its block says about the page it stands on."""

    post: Post
    #: the channel's name as it is really written
    channel: str
    #: the post's id and those of the other members of its album
    ids: tuple[int, ...]
    #: its ``data-view``, which says when the server built the page; see `built_at`
    view: str | None


def read_block(node: LexborNode) -> Block | None:
    """Read one message element; None if it does not say which post it is.

    `worker.core.parse.telegram_text` must have prepared the markup. A part that cannot be read is left out.
    """
    draft = Draft()
    walk(node, draft)
    attributes = node.attributes
    identity = _IDENTITY.fullmatch(attributes.get("data-post") or "") or _ADDRESS.match(draft.address or "")
    if identity is None:
        return None
    channel, number = identity[1], int(identity[2])
    classes = (attributes.get("class") or "").split()
    return Block(
        post=_post(draft, channel, number, classes),
        channel=channel,
        ids=_ids(draft, channel, number) if draft.members else (number,),
        view=attributes.get("data-view"),
    )


def _post(draft: Draft, channel: str, number: int, classes: list[str]) -> Post:
    service = "service_message" in classes
    texts = draft.texts + draft.poll
    media = draft.media
    if not media and "sticker_media" in classes:
        media.append(Media("sticker"))
    if not texts and not media and not service:
        # only now is the post really hidden: the same labels also stand, unseen, beside what is shown
        service = "Service message" in draft.labels
        if draft.labels and not service:
            media.append(Media(LABELS.get(draft.labels[0], "open_in_telegram")))
    return Post(
        text="\n".join(texts),
        id=str(number),
        url=f"https://t.me/{channel}/{number}",
        published_at=draft.published_at,
        edited=draft.edited,
        forwarded_from=draft.forwarded_from,
        reply_to=_reply_to(draft.reply, channel) if draft.reply else None,
        author=draft.author,
        hashtags=tuple(dict.fromkeys(draft.hashtags)) if draft.hashtags else (),
        # the only link in a service message leads to the channel itself
        links=_links(draft, channel) if draft.links and not service else (),
        media=tuple(media),
        service=service,
    )


def _reply_to(href: str, channel: str) -> str | None:
    """Return the id of the post replied to, or its address if it is in another channel."""
    found = _ADDRESS.match(href)
    if found is None:
        return _absolute(href, channel)
    if found[1].lower() == channel.lower():
        return str(int(found[2]))
    return href if href.startswith("http") else f"https:{href}"


def _ids(draft: Draft, channel: str, number: int) -> tuple[int, ...]:
    ids = [number]
    for href in draft.members:
        found = _ADDRESS.match(href)
        if found is not None and found[1].lower() == channel.lower():
            ids.append(int(found[2]))
    return tuple(ids)


def _links(draft: Draft, channel: str) -> tuple[str, ...]:
    links: dict[str, None] = {}
    for href in draft.links:
        if href.startswith(("https://", "http://")):
            links[href] = None
        elif address := _absolute(href, channel):
            links[address] = None
    return tuple(links)


def _absolute(href: str, channel: str) -> str | None:
    href = href.strip()
    if href.startswith(("https://", "http://")):
        return href
    if not href or href.lower().startswith(_NOT_FOLLOWED):
        return None
    try:
        return urljoin(f"https://t.me/s/{channel}", href)
    except ValueError:
        return None


def built_at(view: str) -> datetime | None:
    """Return the time inside a ``data-view`` (base64url, without padding, of a small JSON object); None without one."""
    try:
        text = a2b_base64(view.replace("-", "+").replace("_", "/") + "==")
        found = _BUILT.search(text)
        return datetime.fromtimestamp(int(found[1]), UTC) if found else None
    except (Base64Error, ValueError, OverflowError, OSError):
        return None
