"""One message block of Telegram's public preview -> a post.

The block's elements are walked once, in the order of the page; a table says what each class means, and what is chrome
is not entered. That order and that table are what keeps a text from being taken twice: a text is not entered once it
is taken, and neither are reply quotes and the "not supported" twin of a whole post. Knows nothing of whole pages.
"""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from unicodedata import normalize
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from worker.core.models import Media, Post

#: stand for a ``<br>`` and for the edge of a quote until the white space of the source is out of the way; neither
#: character can be typed into a message
_BREAK, _EDGE = "\x1e", "\x1f"

_IDENTITY = re.compile(r"(\w+(?:/\w+)*)/(\d{1,18})", re.ASCII)
_ADDRESS = re.compile(
    r"(?:https?:)?//(?:t|telegram)\.(?:me|dog)/(?:s/)?(\w+(?:/\w+)*?)/(\d{1,18})(?=$|[?#/])", re.ASCII
)
_ALBUM_MEMBER = re.compile(r"[?&]single\b")
_SEARCH = re.compile(r"(?:(?:https?:)?//t\.me/s/\w+)?\?q=", re.ASCII)
_BUILT = re.compile(rb'"t":(\d{1,12})\b')
_SOURCE_BREAK = re.compile(rf"({_BREAK}?)(?<![ \t\r\f])[ \t\r\f]*+\n[ \t\r\n\f]*+({_BREAK}?)")
_EDGES = re.compile(rf"[{_BREAK}{_EDGE}]*+")
_BLANK_LINES = re.compile(r"\n{3,}")
_NOT_FOLLOWED = ("javascript:", "data:", "about:", "#")

#: what is said where a post, or a part of it, is not shown -> kind of media; Telegram says it in English unless asked
_LABELS = {
    "Media is too big": "video_too_big",
    "This media is not supported in your browser": "unsupported_in_browser",
}


@dataclass(frozen=True, slots=True)
class Block:
    """A post, and what its block says about the page it stands on."""

    post: Post
    #: the channel's name as it is really written
    channel: str
    #: the post's id and those of the other members of its album
    ids: tuple[int, ...]
    #: when the server built the page, in Unix time; None if the block does not say
    built: int | None


class _Draft:
    """What has been read of one block so far."""

    __slots__ = (
        "address",
        "author",
        "edited",
        "forwarded_from",
        "hashtags",
        "labels",
        "links",
        "media",
        "members",
        "poll",
        "published_at",
        "reply",
        "texts",
    )

    def __init__(self) -> None:
        self.address = ""
        self.author: str | None = None
        self.edited: bool | None = None
        self.forwarded_from: str | None = None
        # dicts where each is wanted once and in order
        self.hashtags: dict[str, None] = {}
        self.labels: list[str] = []
        self.links: list[tuple[str, bool]] = []
        self.media: list[Media] = []
        self.members: list[str] = []
        self.poll: list[str] = []
        self.published_at: datetime | None = None
        self.reply: str | None = None
        self.texts: list[str] = []


def read_block(node: LexborNode) -> Block | None:
    """Read one message element; None if it does not say which post it is.

    `mark_breaks` must have been called for its tree. A part that cannot be read is left out, the rest is kept.
    """
    draft = _Draft()
    waiting = [node]
    while waiting:
        children = []
        for child in waiting.pop().iter():
            names = child.attrs.get("class")
            take = _meaning(names) if names else None
            if take is None or take(child, draft):
                children.append(child)
        if children:
            children.reverse()
            waiting += children
    attributes = node.attributes
    identity = _IDENTITY.fullmatch(attributes.get("data-post") or "") or _ADDRESS.match(draft.address)
    if identity is None:
        return None
    channel, number = identity[1], int(identity[2])
    classes = (attributes.get("class") or "").split()
    return Block(
        post=_post(draft, channel, number, classes),
        channel=channel,
        ids=_ids(draft, channel, number),
        built=_built(attributes.get("data-view")),
    )


def mark_breaks(tree: LexborHTMLParser) -> None:
    """Write line breaks and the edges of quotes into the message texts of a tree, where `read_block` finds them."""
    for node in tree.css(".js-message_text :is(br, blockquote, pre)"):
        tag = node.tag
        if tag == "br":
            node.replace_with(_BREAK)
            continue
        node.insert_before(_EDGE)
        node.insert_after(_EDGE)
        if tag == "pre":
            for part in [part for part in node.traverse(include_text=True) if part.tag == "-text"]:
                lines = part.text_content or ""
                if "\n" in lines:
                    part.replace_with(lines.replace("\n", _BREAK))


def clean_text(text: str) -> str:
    """Turn the text of an element into the text a reader sees: lines, without the white space of the source."""
    if "\n" in text:
        text = _SOURCE_BREAK.sub(lambda found: found[1] + found[2] or " ", text)
    if _EDGE in text:
        text = _EDGES.sub(_break_at_edge, text)
    if _BREAK in text:
        text = "\n".join([line.rstrip() for line in text.split(_BREAK)])
        if "\n\n\n" in text:
            text = _BLANK_LINES.sub("\n\n", text)
    return normalize("NFC", text.strip())


def _break_at_edge(found: re.Match[str]) -> str:
    """Break the line once at the edge of a quote, unless it is broken there already."""
    marks = found[0]
    return _BREAK * (marks.count(_BREAK) or 1) if _EDGE in marks else marks


# --------------------------------------------------------------------------- from draft to post


def _post(draft: _Draft, channel: str, number: int, classes: list[str]) -> Post:
    service = "service_message" in classes
    texts = [text for text in (*draft.texts, *draft.poll) if text]
    media = draft.media
    if not media and "sticker_media" in classes:
        media.append(Media("sticker"))
    if not texts and not media and not service:
        # only now is the post really hidden: the same labels also stand, unseen, beside what is shown
        service = "Service message" in draft.labels
        if draft.labels and not service:
            media.append(Media(_LABELS.get(draft.labels[0], "open_in_telegram")))
    return Post(
        text="\n".join(texts),
        id=str(number),
        url=f"https://t.me/{channel}/{number}",
        published_at=draft.published_at,
        edited=draft.edited,
        forwarded_from=draft.forwarded_from,
        reply_to=_reply_to(draft.reply, channel),
        author=draft.author,
        hashtags=tuple(draft.hashtags),
        links=_links(draft, channel),
        media=tuple(media),
        service=service,
    )


def _reply_to(href: str | None, channel: str) -> str | None:
    """Return the id of the post replied to, or its address if it is in another channel."""
    if not href:
        return None
    found = _ADDRESS.match(href)
    if found is None:
        return _absolute(href, channel)
    if found[1].lower() == channel.lower():
        return str(int(found[2]))
    return href if href.startswith("http") else f"https:{href}"


def _ids(draft: _Draft, channel: str, number: int) -> tuple[int, ...]:
    ids = [number]
    for href in draft.members:
        found = _ADDRESS.match(href)
        if found is not None and found[1].lower() == channel.lower():
            ids.append(int(found[2]))
    return tuple(ids)


def _links(draft: _Draft, channel: str) -> tuple[str, ...]:
    links: dict[str, None] = {}
    for href, warned in draft.links:
        # since 2024 an address behind Telegram's "Open this link?" is escaped twice, one that is not warned of once
        address = _absolute(href.replace("&amp;", "&") if warned else href, channel)
        if address:
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


def _built(view: str | None) -> int | None:
    """Return the time inside a ``data-view``: base64url, without padding, of a small JSON object."""
    if not view:
        return None
    try:
        text = a2b_base64(view.replace("-", "+").replace("_", "/") + "==")
    except (Base64Error, ValueError):
        return None
    found = _BUILT.search(text)
    return int(found[1]) if found else None


# --------------------------------------------------------------------------- what each class means

#: takes what an element says into the draft; true if its children are to be looked at too
_Take = Callable[[LexborNode, _Draft], bool]


def _skip(_node: LexborNode, _draft: _Draft) -> bool:
    return False


def _text(node: LexborNode, draft: _Draft) -> bool:
    text = clean_text(node.text())
    if text:
        draft.texts.append(text)
    for link in node.css("a[href]"):
        attributes = link.attributes
        href = attributes["href"] or ""
        if _SEARCH.match(href):
            written = clean_text(link.text())
            if written.startswith("#"):
                draft.hashtags[written] = None
        elif "tgme_widget_message_author_name" not in (attributes.get("class") or ""):
            draft.links.append((href, "onclick" in attributes))
    return False


def _meta(node: LexborNode, draft: _Draft) -> bool:
    # the only words that stand here without an element around them are "edited"; so any language will do
    draft.edited = any(map(str.isalpha, node.text(deep=False)))
    return True


def _author(node: LexborNode, draft: _Draft) -> bool:
    draft.author = clean_text(node.text()) or None
    return False


def _date(node: LexborNode, draft: _Draft) -> bool:
    draft.address = node.attrs.get("href") or draft.address
    time = node.css_first("time[datetime]")
    if time is not None:
        draft.published_at = _instant(time.attrs.get("datetime"))
    return False


def _instant(written: str | None) -> datetime | None:
    """Return an ISO 8601 time with its offset in UTC; None if it is malformed or has no offset."""
    try:
        instant = datetime.fromisoformat(written or "")
        return None if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _forward(node: LexborNode, draft: _Draft) -> bool:
    name = node.css_first(".tgme_widget_message_forwarded_from_name")
    text = clean_text(node.text() if name is None else name.text())
    draft.forwarded_from = text.removeprefix("Forwarded from").strip() or None
    return False


def _reply(node: LexborNode, draft: _Draft) -> bool:
    draft.reply = node.attrs.get("href")
    return False


def _label(node: LexborNode, draft: _Draft) -> bool:
    label = node.css_first(".message_media_not_supported_label")
    if label is not None:
        draft.labels.append(clean_text(label.text()))
    return False


def _member(node: LexborNode, draft: _Draft) -> None:
    """Note a member of an album: its id stands in its address only."""
    href = node.attrs.get("href")
    if href and _ALBUM_MEMBER.search(href):
        draft.members.append(href)


def _attachment(kind: str, title: str | None = None) -> _Take:
    """Make what takes an attachment, its title from the first element that `title` selects."""

    def take(node: LexborNode, draft: _Draft) -> bool:
        _member(node, draft)
        draft.media.append(Media(kind, _first_text(node, title) if title else None))
        return False

    return take


def _first_text(node: LexborNode, selector: str) -> str | None:
    found = node.css_first(selector)
    return (clean_text(found.text()) or None) if found is not None else None


def _video(node: LexborNode, draft: _Draft) -> bool:
    _member(node, draft)
    label = _first_text(node, ".message_media_not_supported_label") or ""
    if "not_supported" in (node.attrs.get("class") or "").split():
        kind = "video_too_big"
    elif node.css_first("video") is None and label in _LABELS:
        kind = _LABELS[label]
    else:
        kind = "animation" if node.css_first(".message_video_play") is None else "video"
    draft.media.append(Media(kind))
    return False


def _sticker(_node: LexborNode, draft: _Draft) -> bool:
    if Media("sticker") not in draft.media:
        draft.media.append(Media("sticker"))
    return False


def _document(node: LexborNode, draft: _Draft) -> bool:
    _member(node, draft)
    title = _first_text(node, ".tgme_widget_message_document_title")
    if node.css_first(".tgme_widget_message_document_icon.audio") is None:
        draft.media.append(Media("document", title))
    else:
        performer = _first_text(node, ".tgme_widget_message_document_extra")
        draft.media.append(Media("audio", " - ".join(part for part in (performer, title) if part) or None))
    return False


def _poll(node: LexborNode, draft: _Draft) -> bool:
    question = _first_text(node, ".tgme_widget_message_poll_question")
    options = [clean_text(option.text()) for option in node.css(".tgme_widget_message_poll_option_text")]
    draft.poll += [question or "", *options]
    draft.media.append(Media("poll", question))
    return False


def _contact(node: LexborNode, draft: _Draft) -> bool:
    draft.media.append(Media("contact", clean_text(node.text()) or None))
    return False


_M = "tgme_widget_message_"
_MEANING: Mapping[str, _Take] = {
    "js-message_text": _text,
    f"{_M}meta": _meta,
    f"{_M}from_author": _author,
    f"{_M}date": _date,
    f"{_M}forwarded_from": _forward,
    f"{_M}reply": _reply,
    f"{_M}photo_wrap": _attachment("photo"),
    f"{_M}video_player": _video,
    f"{_M}roundvideo_player": _attachment("round_video"),
    f"{_M}voice_player": _attachment("voice"),
    f"{_M}document_wrap": _document,
    f"{_M}sticker_wrap": _sticker,
    f"{_M}sticker": _sticker,
    f"{_M}tgsticker": _sticker,
    f"{_M}videosticker": _sticker,
    f"{_M}poll": _poll,
    f"{_M}location_wrap": _attachment("location"),
    f"{_M}contact_name": _contact,
    "message_media_not_supported_wrap": _label,
    "media_not_supported_cont": _label,
    # chrome
    f"{_M}user": _skip,
    f"{_M}bubble_tail": _skip,
    f"{_M}author": _skip,
    f"{_M}link_preview": _skip,
    f"{_M}inline_keyboard": _skip,
    f"{_M}reactions": _skip,
    f"{_M}views": _skip,
    f"{_M}voters": _skip,
    "copyonly": _skip,
    "js-message_reply_text": _skip,
}


@lru_cache(maxsize=1024)
def _meaning(names: str) -> _Take | None:
    """Return what the class attribute says; None: a wrapper, to be looked into. Photos carry volatile classes too."""
    return next((take for name in names.split() if (take := _MEANING.get(name))), None)
