"""What each class of a message block says, as a table.

Each function takes what one element says into a draft and tells whether its children are to be looked at too. What is
not in the table is a wrapper; what is skipped is chrome. A text is not entered once it is taken, and neither are reply
quotes and the "not supported" twin of a whole post: that is what keeps a text from being taken twice.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from selectolax.lexbor import LexborNode

from worker.core.models import Media
from worker.core.parse.telegram_text import BLOCKS, clean_text, mark_blocks

_ALBUM_MEMBER = re.compile(r"[?&]single\b")
_SEARCH = re.compile(r"(?:(?:https?:)?//t\.me/s/\w+)?\?q=", re.ASCII)

#: links, and what has to be marked before a text is taken
_IN_TEXT = f"a, {BLOCKS}"

#: levels of wrappers; real ones stay below 10
_DEEPEST = 100

#: what is said where a post, or a part of it, is not shown -> kind of media; Telegram says it in English unless asked
LABELS = {
    "Media is too big": "video_too_big",
    "This media is not supported in your browser": "unsupported_in_browser",
}


class Draft:
    """What has been read of one block so far."""

    #: where the date link leads
    address: str | None = None
    author: str | None = None
    edited: bool | None = None
    forwarded_from: str | None = None
    published_at: datetime | None = None
    #: address of the post replied to
    reply: str | None = None

    def __init__(self) -> None:
        # lists: a hostile block can hold a hundred thousand of each
        self.hashtags: list[str] = []
        #: labels that say what is not shown
        self.labels: list[str] = []
        #: perhaps relative
        self.links: list[str] = []
        self.media: list[Media] = []
        #: addresses of the members of an album
        self.members: list[str] = []
        #: question and options
        self.poll: list[str] = []
        self.texts: list[str] = []


def walk(node: LexborNode, draft: Draft, levels: int = _DEEPEST) -> None:
    """Take what the elements within `node` say, in the order of the page, `levels` wrappers deep."""
    for child in node.iter():
        if not child.is_element_node:
            # a comment
            continue
        names = child.attrs.get("class")
        take = _meaning(names) if names else None
        if (take is None or take(child, draft)) and levels:
            walk(child, draft, levels - 1)


#: takes what an element says into the draft; true if its children are to be looked at too
_Take = Callable[[LexborNode, Draft], bool]


def _skip(_node: LexborNode, _draft: Draft) -> bool:
    return False


def _text(node: LexborNode, draft: Draft) -> bool:
    links = node.css(_IN_TEXT)
    if any(found.tag != "a" for found in links):
        mark_blocks(found for found in links if found.tag != "a")
        links = node.css("a")
    text = clean_text(node.text())
    if text:
        draft.texts.append(text)
    for link in links:
        href = link.attrs.get("href") or ""
        if "?q=" in href and _SEARCH.match(href):
            written = clean_text(link.text())
            if written.startswith("#"):
                draft.hashtags.append(written)
        else:
            # since 2024 an address behind Telegram's "Open this link?" is escaped twice, one that is not warned of once
            warned = "&amp;" in href and "onclick" in link.attrs
            draft.links.append(href.replace("&amp;", "&") if warned else href)
    return False


def _footer(node: LexborNode, draft: Draft) -> bool:
    meta = node.css_first(".tgme_widget_message_meta")
    if meta is not None and _meta(meta, draft):
        walk(meta, draft, 1)
    return False


def _meta(node: LexborNode, draft: Draft) -> bool:
    # the only words that stand here without an element around them are "edited"; so any language will do
    words = node.text(deep=False)
    draft.edited = bool(words) and any(map(str.isalpha, words))
    return True


def _author(node: LexborNode, draft: Draft) -> bool:
    draft.author = clean_text(node.text()) or None
    return False


def _date(node: LexborNode, draft: Draft) -> bool:
    draft.address = node.attrs.get("href") or draft.address
    for time in node.iter():
        if time.is_element_node and (written := time.attrs.get("datetime")):
            draft.published_at = _instant(written)
    return False


def _instant(written: str) -> datetime | None:
    """Return an ISO 8601 time with its offset in UTC; None if it is malformed or has no offset."""
    try:
        instant = datetime.fromisoformat(written)
        if instant.tzinfo is UTC:
            return instant
        return None if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _forward(node: LexborNode, draft: Draft) -> bool:
    name = node.css_first(".tgme_widget_message_forwarded_from_name")
    text = clean_text(node.text() if name is None else name.text())
    draft.forwarded_from = text.removeprefix("Forwarded from").strip() or None
    return False


def _reply(node: LexborNode, draft: Draft) -> bool:
    draft.reply = node.attrs.get("href")
    return False


def _label(node: LexborNode, draft: Draft) -> bool:
    label = node.css_first(".message_media_not_supported_label")
    if label is not None:
        draft.labels.append(clean_text(label.text()))
    return False


def _member(node: LexborNode, draft: Draft) -> None:
    """Note a member of an album: its id stands in its address only."""
    href = node.attrs.get("href")
    if href and _ALBUM_MEMBER.search(href):
        draft.members.append(href)


def _attachment(kind: str, title: str | None = None) -> _Take:
    """Make what takes an attachment, its title from the first element that `title` selects."""

    def take(node: LexborNode, draft: Draft) -> bool:
        _member(node, draft)
        draft.media.append(Media(kind, _first_text(node, title) if title else None))
        return False

    return take


def _first_text(node: LexborNode, selector: str) -> str | None:
    found = node.css_first(selector)
    return (clean_text(found.text()) or None) if found is not None else None


def _video(node: LexborNode, draft: Draft) -> bool:
    _member(node, draft)
    shown = node.css_first("video, .message_media_not_supported_label")
    if "not_supported" in (node.attrs.get("class") or "").split():
        kind = "video_too_big"
    elif shown is not None and shown.tag != "video" and (label := clean_text(shown.text())) in LABELS:
        kind = LABELS[label]
    else:
        kind = "animation" if node.css_first(".message_video_play") is None else "video"
    draft.media.append(Media(kind))
    return False


def _sticker(_node: LexborNode, draft: Draft) -> bool:
    if draft.media[-1:] != [Media("sticker")]:
        draft.media.append(Media("sticker"))
    return False


def _document(node: LexborNode, draft: Draft) -> bool:
    _member(node, draft)
    title = _first_text(node, ".tgme_widget_message_document_title")
    if node.css_first(".tgme_widget_message_document_icon.audio") is None:
        draft.media.append(Media("document", title))
    else:
        performer = _first_text(node, ".tgme_widget_message_document_extra")
        draft.media.append(Media("audio", " - ".join(part for part in (performer, title) if part) or None))
    return False


def _poll(node: LexborNode, draft: Draft) -> bool:
    question = _first_text(node, ".tgme_widget_message_poll_question")
    options = [clean_text(option.text()) for option in node.css(".tgme_widget_message_poll_option_text")]
    draft.poll += [line for line in (question, *options) if line]
    draft.media.append(Media("poll", question))
    return False


def _contact(node: LexborNode, draft: Draft) -> bool:
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
