"""One message block of Telegram's public preview -> a post.

The block's elements are walked once, in the order of the page; a table says what each class means, and what is chrome
is not entered. That order and that table are what keeps a text from being taken twice: a text is not entered once it
is taken, and neither are reply quotes and the "not supported" twin of a whole post. Knows nothing of whole pages.
"""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
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

#: the channel's own name in the sentence of a service message
_AUTHOR_NAME = "tgme_widget_message_author_name"

#: levels of wrappers; real ones stay below 10
_DEEPEST = 100

#: what is said where a post, or a part of it, is not shown -> kind of media; Telegram says it in English unless asked
_LABELS = {
    "Media is too big": "video_too_big",
    "This media is not supported in your browser": "unsupported_in_browser",
}


class Block(NamedTuple):
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
    _walk(node, draft, _DEEPEST)
    attributes = node.attributes
    identity = _IDENTITY.fullmatch(attributes.get("data-post") or "") or _ADDRESS.match(draft.address)
    if identity is None:
        return None
    channel, number = identity[1], int(identity[2])
    classes = (attributes.get("class") or "").split()
    return Block(
        post=_post(draft, channel, number, classes),
        channel=channel,
        ids=_ids(draft, channel, number) if draft.members else (number,),
        built=_built(attributes.get("data-view")),
    )


def _walk(node: LexborNode, draft: _Draft, levels: int) -> None:
    """Take what the elements within `node` say, in the order of the page."""
    for child in node.iter():
        names = child.attrs.get("class")
        take = _meaning(names) if names else None
        if (take is None or take(child, draft)) and levels:
            _walk(child, draft, levels - 1)


def mark_breaks(tree: LexborHTMLParser) -> None:
    """Write line breaks and the edges of quotes into the message texts of a tree, where `read_block` finds them."""
    for node in tree.css(".js-message_text br"):
        node.replace_with(_BREAK)
    for node in tree.css("blockquote, pre"):
        node.insert_before(_EDGE)
        node.insert_after(_EDGE)
        if node.tag == "pre":
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
    texts = draft.texts + draft.poll
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
        reply_to=_reply_to(draft.reply, channel) if draft.reply else None,
        author=draft.author,
        hashtags=tuple(draft.hashtags),
        links=_links(draft, channel) if draft.links else (),
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
        address = href.replace("&amp;", "&") if warned else href
        if address.startswith(("https://", "http://")):
            links[address] = None
        elif resolved := _absolute(address, channel):
            links[resolved] = None
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
    for link in node.css("a"):
        attributes = link.attributes
        href = attributes.get("href") or ""
        if "?q=" in href and _SEARCH.match(href):
            written = normalize("NFC", link.text().strip())
            if written.startswith("#"):
                draft.hashtags[written] = None
        elif attributes.get("class") != _AUTHOR_NAME:
            draft.links.append((href, "onclick" in attributes))
    return False


def _footer(node: LexborNode, draft: _Draft) -> bool:
    meta = node.css_first(".tgme_widget_message_meta")
    if meta is not None and _meta(meta, draft):
        _walk(meta, draft, 1)
    return False


def _meta(node: LexborNode, draft: _Draft) -> bool:
    # the only words that stand here without an element around them are "edited"; so any language will do
    words = node.text(deep=False)
    draft.edited = bool(words) and any(map(str.isalpha, words))
    return True


def _author(node: LexborNode, draft: _Draft) -> bool:
    draft.author = clean_text(node.text()) or None
    return False


def _date(node: LexborNode, draft: _Draft) -> bool:
    draft.address = node.attrs.get("href") or draft.address
    for time in node.iter():
        written = time.attrs.get("datetime")
        if written:
            draft.published_at = _instant(written)
    return False


def _instant(written: str) -> datetime | None:
    """Return an ISO 8601 time with its offset in UTC; None if it is malformed or has no offset."""
    try:
        instant = datetime.fromisoformat(written)
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
    shown = node.css_first("video, .message_media_not_supported_label")
    if "not_supported" in (node.attrs.get("class") or "").split():
        kind = "video_too_big"
    elif shown is not None and shown.tag != "video" and (label := clean_text(shown.text())) in _LABELS:
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
    draft.poll += [line for line in (question, *options) if line]
    draft.media.append(Media("poll", question))
    return False


def _contact(node: LexborNode, draft: _Draft) -> bool:
    draft.media.append(Media("contact", clean_text(node.text()) or None))
    return False


_M = "tgme_widget_message_"
_MEANING: Mapping[str, _Take] = {
    "js-message_text": _text,
    f"{_M}footer": _footer,
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
