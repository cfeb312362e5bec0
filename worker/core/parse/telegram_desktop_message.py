"""One message of a Telegram Desktop JSON export -> a post.

Says which keys of a message are read, and what they mean; all others are skipped unread: reactions, counts of votes
and names of local files change from one export to the next without an edit. Reads no files and no chats.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple
from unicodedata import normalize

import msgspec

from worker.core.models import Media, Post
from worker.core.parse.telegram_desktop_service import service_sentence
from worker.core.parse.telegram_desktop_words import address, clean_name, clean_text, origin, post_url, to_utc


class Chat(NamedTuple):
    """One chat of an export."""

    #: without the ``-100`` of the Bot API; None if the file does not say
    id: int | None = None
    #: None for a deleted account and for the chats that have no name of their own
    name: str | None = None
    #: such as ``public_channel``; None if the exporter does not know it
    type: str | None = None
    #: False in an export of one chat, True in one of a whole account
    of_account: bool = False

    @property
    def is_channel(self) -> bool:
        """Whether one publisher writes here."""
        return self.type is not None and self.type.endswith("_channel")


class Part(msgspec.Struct, gc=False):
    """A run of text with one meaning; they never overlap."""

    type: str = "plain"
    text: str | None = None
    href: str | None = None


class Answer(msgspec.Struct, gc=False):
    """One option of a poll."""

    text: str | None = None


class Poll(msgspec.Struct, gc=False):
    """A poll without its votes."""

    question: str | None = None
    answers: list[Answer] = []


class Contact(msgspec.Struct, gc=False):
    """A shared contact; its telephone number is not read."""

    first_name: str | None = None
    last_name: str | None = None


class Message(msgspec.Struct, gc=False, rename={"sender": "from"}):
    """The keys of a message that are read."""

    id: int
    type: str = "message"
    date: str | None = None
    date_unixtime: str | None = None
    edited: str | None = None
    edited_unixtime: str | None = None
    sender: str | None = None
    from_id: str | None = None
    author: str | None = None
    # UNSET tells a key that is absent from one that is null
    forwarded_from: str | msgspec.UnsetType | None = msgspec.UNSET
    forwarded_from_id: str | None = None
    reply_to_message_id: int | None = None
    reply_to_peer_id: str | None = None
    text: str | list[str | Part] | None = None
    # as it stands in the file: it says the same as a text that is a list, so it is hardly ever needed
    text_entities: msgspec.Raw = msgspec.Raw()
    # attachments
    photo: str | None = None
    file: str | None = None
    file_name: str | None = None
    media_type: str | None = None
    performer: str | None = None
    title: str | None = None
    place_name: str | None = None
    address: str | None = None
    # null where Telegram does not know the place either
    location_information: object = msgspec.UNSET
    contact_information: Contact | None = None
    game_title: str | None = None
    invoice_information: object = None
    poll: Poll | None = None
    # service messages
    action: str | None = None
    actor: str | None = None
    information_text: str | None = None
    members: list[str | None] | None = None
    inviter: str | None = None
    score: int | None = None
    duration: int | None = None
    period: int | None = None
    emoticon: str | None = None
    new_title: str | None = None


#: a message of a kind that the exporter did not know: it only says that its id is taken
UNSUPPORTED = "unsupported"

_SERVICE_VALUES = (
    "actor", "title", "members", "inviter", "score", "duration", "period", "emoticon", "new_title",
)  # fmt: skip


_RUNS = msgspec.json.Decoder(list[Part])


def read_message(message: Message, chat: Chat, *, username: str | None = None, zone: tzinfo | None = None) -> Post:
    """Return the post that a message is.

    Args:
        message: any but an `UNSUPPORTED` one.
        chat: where it stands.
        username: the channel's public name, which no export says; None: the post has no address.
        zone: of the computer that exported; None: unknown. Needed for exports from before 2022 only, which tell the
            time by that computer's clock.
    """
    service = message.type == "service"
    hashtags, links = _meanings(message)
    forwarded = message.forwarded_from
    return Post(
        text=_service_text(message, chat) if service else _text(message),
        id=str(message.id),
        url=post_url(username, message.id),
        published_at=_instant(message, zone),
        edited=message.edited_unixtime is not None or message.edited is not None,
        forwarded_from=(
            (origin(None) if message.forwarded_from_id is not None else None)
            if forwarded is msgspec.UNSET
            else origin(forwarded)
        ),
        reply_to=_reply_to(message, chat) if message.reply_to_message_id is not None else None,
        author=clean_name(message.author) or _sender(message, chat),
        hashtags=hashtags,
        links=links,
        media=() if service else _media(message),
        service=service,
    )


def _instant(message: Message, zone: tzinfo | None) -> datetime | None:
    stamp = message.date_unixtime
    try:
        if stamp is not None:
            return datetime.fromtimestamp(int(stamp), UTC)
        return to_utc(datetime.fromisoformat(message.date), zone) if message.date is not None else None
    except (ValueError, OverflowError, OSError):
        return None


def _sender(message: Message, chat: Chat) -> str | None:
    """Return who wrote the message; None if that is the channel itself."""
    name = message.sender
    if name is None or name == chat.name or (chat.id is not None and message.from_id == f"channel{chat.id}"):
        return None
    return clean_name(name)


def _reply_to(message: Message, chat: Chat) -> str | None:
    """Return the id of the post replied to, its address in another channel, None if that cannot be known."""
    number, peer = message.reply_to_message_id, message.reply_to_peer_id
    if peer is None:
        return str(number)
    digits = peer.lstrip("abcdefghijklmnopqrstuvwxyz")
    if chat.id is not None and digits == str(chat.id):
        return str(number)
    return f"https://t.me/c/{digits}/{number}" if peer.startswith("channel") else None


# --------------------------------------------------------------------------- text


def _text(message: Message) -> str:
    text = clean_text(plain_text(message.text)) if message.text else ""
    if message.poll is None:
        return text
    poll = (message.poll.question, *(answer.text for answer in message.poll.answers))
    return "\n".join(line for line in (text, *(clean_text(line or "") for line in poll)) if line)


def plain_text(text: str | Sequence[str | Part] | None) -> str:
    """Return the words of a text, which is a string or a list of runs."""
    if text is None or isinstance(text, str):
        return text or ""
    return "".join([run if isinstance(run, str) else run.text or "" for run in text])


def _service_text(message: Message, chat: Chat) -> str:
    if message.action is None:
        said = message.information_text
    else:
        values = {key: getattr(message, key) for key in _SERVICE_VALUES}
        said = service_sentence(message.action, values, in_channel=chat.is_channel)
    return clean_text(said or plain_text(message.text))


#: type of a run -> the address it leads to
_ADDRESS: Mapping[str, Callable[[Part], str | None]] = {
    "link": lambda part: address(part.text or ""),
    "text_link": lambda part: address(part.href or ""),
    "mention": lambda part: f"https://t.me/{(part.text or '').strip().lstrip('@')}",
    "email": lambda part: f"mailto:{(part.text or '').strip()}",
    "phone": lambda part: f"tel:{(part.text or '').strip()}",
}


def _meanings(message: Message) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the hashtags and the links of a message."""
    hashtags: dict[str, None] = {}
    links: dict[str, None] = {}
    for run in _runs(message):
        if run.__class__ is not Part:
            continue
        if run.type == "hashtag":
            if run.text:
                hashtags[normalize("NFC", run.text.strip())] = None
        elif (lead := _ADDRESS.get(run.type)) is not None and (link := lead(run)):
            links[link] = None
    return tuple(hashtags), tuple(links)


def _runs(message: Message) -> Sequence[str | Part]:
    """Return the runs of a text; in the exporter's own files a text that is a string has one without a meaning."""
    if isinstance(message.text, list):
        return message.text
    written = bytes(message.text_entities)
    if written.count(b'"type"') == written.count(b'"plain"'):
        return ()
    try:
        return _RUNS.decode(written)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return ()


# --------------------------------------------------------------------------- attachments

#: a file without any of these is a document
_FILE_KINDS = {
    "sticker": "sticker",
    "video_message": "round_video",
    "voice_message": "voice",
    "animation": "animation",
    "video_file": "video",
    "audio_file": "audio",
}


def _media(message: Message) -> tuple[Media, ...]:
    if message.photo is not None:
        return (Media("photo"),)
    if message.file is not None or message.media_type is not None:
        return (_file(message),)
    if message.poll is not None:
        return (Media("poll", clean_text(message.poll.question or "") or None),)
    if message.location_information is not msgspec.UNSET or message.place_name is not None:
        return (Media("location", _join(", ", message.place_name, message.address)),)
    if message.contact_information is not None:
        contact = message.contact_information
        return (Media("contact", _join(" ", contact.first_name, contact.last_name)),)
    if message.game_title is not None or message.invoice_information is not None:
        return (Media("open_in_telegram", clean_name(message.game_title)),)
    return ()


def _file(message: Message) -> Media:
    kind = _FILE_KINDS.get(message.media_type or "", "document")
    if kind == "audio":
        return Media(kind, _join(" - ", message.performer, message.title) or clean_name(message.file_name))
    return Media(kind, clean_name(message.file_name or _last_part(message.file)) if kind == "document" else None)


def _last_part(path: str | None) -> str | None:
    """Return the file's name, which exports from before 2025 say in the path only; a notice stands in brackets."""
    return path.rpartition("/")[2] if path and not path.startswith("(") else None


def _join(glue: str, *names: str | None) -> str | None:
    return glue.join(name for name in map(clean_name, names) if name) or None
