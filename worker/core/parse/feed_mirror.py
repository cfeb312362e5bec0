"""Feeds that mirror a Telegram channel: the same posts, with the same ids, as its preview shows.

RSSHub and RSS-Bridge compose the text of a post of many parts (origin of a forward, quote of a reply, poll, body, link
preview, pictures), of which only the body is the message: the others change without an edit, or are another post's
words.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from worker.core.models import Media
from worker.core.parse.feed_body import Body, read_body
from worker.core.parse.feed_bridge import Bridged, take_apart
from worker.core.parse.feed_model import Attachment, Form, Written
from worker.core.parse.feed_tags import TAG, end_of

_HOST = r"(?:https?:)?//(?:www\.)?(?:t|telegram)\.(?:me|dog)/(?:s/)?"
_POST = re.compile(rf"{_HOST}(?P<channel>[A-Za-z]\w{{2,63}})/(?P<number>\d{{1,18}})/?(?:[?#].*)?", re.ASCII)
_CHANNEL = re.compile(rf"{_HOST}(?P<channel>[A-Za-z]\w{{2,63}})/?(?:[?#].*)?", re.ASCII)
#: RSSHub's mark of a service message in front of a title
_SERVICE = "🔧"
_MARKS = re.compile(r"\W*")

_VOID = frozenset({"br", "hr", "img", "input", "source", "wbr"})
#: parts of a text; anything else outside of a paragraph is one of RSSHub's boxes
_INLINE_NAMES = "a b br code del em i ins mark pre s span strong sub sup tg-emoji tg-spoiler u"
_INLINE = frozenset(_INLINE_NAMES.split())
_FORWARD = re.compile(r"\s*Forwarded From\s+<b>(?P<name>.*?)</b>", re.IGNORECASE | re.DOTALL)
_VIA = re.compile(r"\s*via\s+<b>", re.IGNORECASE)
_HREF = re.compile(r"""<a\s[^<>]*?href\s*=\s*["']([^"'<>]*)["']""", re.IGNORECASE)
_BOLD_ONLY = re.compile(r"\s*<b>[^<]*</b>\s*")
_POLL_LINE = re.compile(r"<p>\s*<b>[^<]*%\s*</b>\s*-\s*(?P<option>[^<]*)</p>")
_BOX_TITLE = re.compile(r"\s*<p>\s*<b>(?P<title>[^<]*)</b>\s*</p>")
_BOX_REST = re.compile(r"\s*(?:<p>\s*<small>[^<]*</small>\s*</p>\s*)?")


class MessageName(NamedTuple):
    """The name of a message of a public channel."""

    channel: str
    number: str

    @property
    def url(self) -> str:
        """Its canonical address."""
        return f"https://t.me/{self.channel}/{self.number}"


@dataclass(frozen=True, slots=True)
class Message:
    """What a mirror's text says about a message."""

    body: Body = Body()  # noqa: RUF009 - frozen
    forwarded_from: str | None = None
    #: id of the message replied to, or its address if it is in another channel
    reply_to: str | None = None
    #: those that are more than files
    media: tuple[Media, ...] = ()


def message_name(address: str | None) -> MessageName | None:
    """Return which message an address is that of; None for any other address."""
    found = _POST.fullmatch(address.strip()) if address else None
    return MessageName(found["channel"], str(int(found["number"]))) if found else None


def mirrored_channel(link: str | None, messages: Sequence[MessageName | None]) -> str | None:
    """Return the channel that a feed mirrors, in lower case; None if it mirrors none.

    It does if its own link is a channel's, or if each of its posts is a message of one and the same channel: an id
    alone names a message only within its channel.
    """
    found = _CHANNEL.fullmatch(link.strip()) if link else None
    if found:
        return found["channel"].lower()
    channels = {message.channel.lower() if message else None for message in messages}
    return channels.pop() if len(channels) == 1 else None


def is_service(title: str) -> bool | None:
    """Tell whether RSSHub marks a post as a service message; None if it does not say."""
    marks = _MARKS.match(title)
    return True if marks and _SERVICE in marks[0] else None


def read_message(written: Written, channel: str) -> Message:
    """Read the text of a post of a feed that mirrors `channel`; of its parts only the body of the message."""
    if written.form is Form.PLAIN:
        return Message(read_body(written, None))
    bridged = take_apart(written.text)
    return _read_composed(written.text, channel) if bridged is None else _read_bridged(bridged, channel)


def _read_bridged(bridged: Bridged, channel: str) -> Message:
    body = read_body(Written(bridged.text, Form.HTML), None)
    poll = tuple(map(_words, bridged.poll))
    text = "\n".join(line for line in (body.text, *poll) if line)
    media = [Media("poll", poll[0] or None)] if poll else []
    media += [Media("document", _words(name) or None) for name in bridged.files]
    return Message(
        Body(text, body.links, read_body(Written(bridged.shown, Form.HTML), None).shown),
        _words(bridged.forwarded_from) or None if bridged.forwarded_from else None,
        _reply_to(bridged.reply_to, channel),
        tuple(media),
    )


def _reply_to(link: str | None, channel: str) -> str | None:
    """Return the id of the message replied to, its address in another channel; None for any other address."""
    target = message_name(link)
    if target is None:
        return None
    return target.number if target.channel.lower() == channel else target.url


def _read_composed(markup: str, channel: str) -> Message:
    message = Message()
    texts: list[str] = []
    shown: list[Attachment] = []
    parts = list(_parts(markup))
    for place, part in enumerate(parts):
        following = parts[place + 1].name if place + 1 < len(parts) else ""
        if part.name in {"img", "video", "audio", "picture"}:
            shown += read_body(Written(part.whole, Form.HTML), None).shown
        elif part.name in {"div", "blockquote"} and (part.name != "div" or "rsshub-quote" in part.attributes):
            message = _read_box(part, message, channel, texts)
        elif part.name == "p":
            message = _read_paragraph(part, following, message, texts)
        elif part.name != "table":
            texts.append(part.whole)
    body = read_body(Written("".join(texts), Form.HTML), None)
    voices = tuple(Media("voice") for one in shown if one.type == "audio")
    files = tuple(one for one in shown if one.type != "audio")
    return replace(message, body=Body(body.text, body.links, (*body.shown, *files)), media=message.media + voices)


def _read_paragraph(part: "_Part", following: str, message: Message, texts: list[str]) -> Message:
    """Take what one paragraph says: the origin, a contact, the label of a voice message, or the body."""
    if found := _FORWARD.match(part.inner):
        return replace(message, forwarded_from=_words(found["name"]) or None)
    if _VIA.match(part.inner) or (following == "audio" and _BOLD_ONLY.fullmatch(part.inner)):
        return message
    if 'href="tel:' in part.inner:
        return replace(message, media=(*message.media, Media("contact", _words(part.inner) or None)))
    # as a block of no special distance: the text of a message is one block in the preview, too
    texts.append(f"<div>{part.inner}</div>")
    return message


def _read_box(part: "_Part", message: Message, channel: str, texts: list[str]) -> Message:
    """Take what a box says: a quoted message, a poll, a file, or what is no part of the message."""
    if part.name == "div":
        link = _HREF.search(part.inner)
        replied = _reply_to(link[1], channel) if link else None
        return message if replied is None else replace(message, reply_to=replied)
    title = _BOX_TITLE.match(part.inner)
    if title is None:
        return message
    name = _words(title["title"]) or None
    if options := _POLL_LINE.findall(part.inner):
        texts += [f"<div>{line}</div>" for line in (title["title"], *options)]
        return replace(message, media=(*message.media, Media("poll", name)))
    if _BOX_REST.fullmatch(part.inner, title.end()):
        return replace(message, media=(*message.media, Media("document", name)))
    return message


def _words(markup: str) -> str:
    return read_body(Written(markup, Form.HTML), None).text


class _Part(NamedTuple):
    """An element at the top level of a text, or a run of text and inline elements (without a name)."""

    name: str
    attributes: str
    inner: str
    whole: str


def _parts(markup: str) -> Iterator[_Part]:
    """Yield the parts at the top level, as written: a paragraph may hold a quote here, which in a tree it cannot."""
    position = run = 0
    while tag := TAG.search(markup, position):
        name = tag[2].lower()
        end, inner_end = tag.end(), tag.end()
        if not tag[1] and name not in _VOID:
            inner_end, end = end_of(markup, name, tag.end())
        if tag[1] or name in _INLINE:
            position = end
            continue
        if markup[run : tag.start()].strip():
            yield _Part("", "", "", markup[run : tag.start()])
        yield _Part(name, tag[3], markup[tag.end() : inner_end], markup[tag.start() : end])
        position = run = end
    if markup[run:].strip():
        yield _Part("", "", "", markup[run:])
