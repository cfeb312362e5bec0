"""JSON exports of Telegram Desktop ("Export chat history"), of one chat or of a whole account, however large.

`stream` yields the posts of one chat and never holds more than a slice of the file, `chats` names the chats that there
are, `parse` collects a small export. An export says neither the channel's public name nor what range of dates was
asked for. Opens nothing: what is read from is given. Private chats are never named in an error.
"""

import re
from collections.abc import Iterator
from datetime import tzinfo
from io import BytesIO
from typing import Protocol, runtime_checkable

from worker.core.models import Coverage, Post, Snapshot
from worker.core.parse.telegram_desktop_bytes import SLICE, Broken, CutOff, Slices, Source
from worker.core.parse.telegram_desktop_events import read_events
from worker.core.parse.telegram_desktop_message import UNSUPPORTED, Chat, Message, read_message
from worker.core.parse.telegram_desktop_slices import ACCOUNT_KEYS, is_own_layout, read_slices
from worker.core.parse.telegram_desktop_words import clean_name
from worker.errors import ParseError

FORMAT = "telegram-desktop-json"

#: bytes; enough to see the first message of a chat
_HEAD = 1 << 16
_OBJECT = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{")
_MESSAGES = re.compile(rb'"messages"\s*:\s*\[\s*[\]{]')
_MESSAGE_TYPE = re.compile(rb'"type"\s*:\s*"(?:message|service|unsupported)"')
_CHAT_TYPE = re.compile(
    rb'"type"\s*:\s*(?:null|"(?:saved_messages|replies|verification_codes|\w+_chat|\w+_(?:super)?group|\w+_channel)")'
)
_ACCOUNT = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"(?:' + ACCOUNT_KEYS + rb')"\s*:')
_CHATS = re.compile(rb'"(?:left_)?chats"\s*:\s*\{')

#: so many chats are named in an error
_NAMED = 20
_PUBLISHED = ("_channel", "_group", "_supergroup")
#: what the Bot API puts before the id of a channel
_BOT_API_MARK = "-100"

_NO_CHAT = f"{FORMAT}: there is no chat in it; a chat is exported with 'Export chat history', as JSON"


@runtime_checkable
class _Rewindable(Protocol):
    def seek(self, place: int, /) -> int: ...

    def tell(self) -> int: ...


def looks_like(body: bytes) -> bool:
    """Tell whether these bytes begin like an export of one chat or of an account."""
    head = body[:_HEAD]
    if _OBJECT.match(head) is None:
        return False
    if _MESSAGES.search(head) is not None:
        return _MESSAGE_TYPE.search(head) is not None or _CHAT_TYPE.search(head) is not None
    return _ACCOUNT.match(head) is not None and _CHATS.search(body) is not None


def can_stream(head: bytes) -> bool:
    """Tell from the first 64 KB whether these may be an export that `stream` reads, of an account too."""
    return looks_like(head) or is_own_layout(head)


def parse(
    body: bytes,
    *,
    url: str | None = None,  # noqa: ARG001 - all formats share one signature
    timezone: tzinfo | None = None,
    username: str | None = None,
) -> Snapshot:
    """Read the export of one chat.

    There is no coverage where the chat was taken from a whole account's export: that may leave out what others wrote.

    Args:
        body: the bytes.
        url: unused; an export does not say where the channel is found.
        timezone: as for `stream`.
        username: as for `stream`.

    Raises:
        ParseError: this is no such export, it is cut off, or it has several chats.
    """
    posts: list[Post] = []
    ids: set[int] = set()
    title, of_account = None, False
    for chat, message in _chosen(BytesIO(body), None, SLICE):
        title, of_account = chat.name, chat.of_account
        if message is None:
            continue
        ids.add(message.id)
        if message.type != UNSUPPORTED:
            posts.append(read_message(message, chat, username=username, zone=timezone))
    covered = Coverage(min(ids), max(ids), frozenset(ids)) if ids and not of_account else None
    return Snapshot(FORMAT, tuple(posts), coverage=covered, title=clean_name(title))


def stream(
    source: Source,
    *,
    chat: str | int | None = None,
    timezone: tzinfo | None = None,
    username: str | None = None,
    slice_size: int = SLICE,
) -> Iterator[Post]:
    """Yield the posts of one chat in the order of the export; memory does not grow with its size.

    Args:
        source: is read from where it stands. Where an export has several chats and `chat` is not an id, it is read
            twice, so it needs `seek` and `tell` too.
        chat: the chat's id, with or without the ``-100`` of the Bot API, or its name; None: there is only one.
        timezone: of the computer that exported, for exports from before 2022, which tell the time by its clock;
            None: unknown, and so are then the times of their posts.
        username: the channel's public name, from which the posts' addresses are made; None: they have none.
        slice_size: bytes that are read at a time.

    Raises:
        ParseError: this is no such export; there is no such chat; there are several and none was chosen; or the export
            is cut off or broken, then every whole post before that place was yielded, and the message counts them.
    """
    for known, message in _chosen(source, chat, slice_size):
        if message is not None and message.type != UNSUPPORTED:
            yield read_message(message, known, username=username, zone=timezone)


def chats(source: Source, *, slice_size: int = SLICE) -> Iterator[Chat]:
    """Yield the chats of an export in its order, those that were left at the end.

    Raises:
        ParseError: this is no such export, or it is cut off or broken; the chats before that place were yielded.
    """
    try:
        for chat, _ in _read_chats(source, slice_size):
            yield chat
    except CutOff as error:
        raise ParseError(f"{FORMAT}: the file is cut off, there may be more chats; export it again") from error
    except Broken as error:
        raise ParseError(f"{FORMAT}: {error}; export it again") from error


# --------------------------------------------------------------------------- the chosen chat


def _read_chats(source: Source, slice_size: int) -> Iterator[tuple[Chat, Iterator[list[Message]]]]:
    reader = Slices(source, slice_size)
    head = b""
    while len(head) < _HEAD and (piece := reader.read()):
        head += piece
    return read_slices(reader, head) if is_own_layout(head) else read_events(reader, head)


def _chosen(source: Source, wanted: str | int | None, slice_size: int) -> Iterator[tuple[Chat, Message | None]]:
    """Yield the chosen chat, once with None, then with each of its messages."""
    count = 0
    try:
        for chat, batches in _open(source, wanted, slice_size):
            yield chat, None
            for batch in batches:
                for message in batch:
                    yield chat, message
                    count += message.type != UNSUPPORTED
            if chat.of_account:
                # what follows are other chats, which are nobody's business
                return
    except CutOff as error:
        raise ParseError(f"{FORMAT}: the file is cut off after {count} whole posts; export it again") from error
    except Broken as error:
        raise ParseError(f"{FORMAT}: {error}, after {count} whole posts; export it again") from error


def _open(source: Source, wanted: str | int | None, slice_size: int) -> Iterator[tuple[Chat, Iterator[list[Message]]]]:
    """Yield the one chat that is wanted, with its messages."""
    start = source.tell() if isinstance(source, _Rewindable) else None
    number = _bare_id(wanted)
    seen: list[Chat] = []
    for chat, batches in _read_chats(source, slice_size):
        seen.append(chat)
        if not chat.of_account:
            if wanted is not None and not _is(chat, wanted, number):
                break
            yield chat, batches
            # only now is the end of the file looked at
        elif number is not None and chat.id == number:
            yield chat, batches
            return
    if not seen:
        raise ParseError(_NO_CHAT)
    if not seen[-1].of_account and (wanted is None or _is(seen[-1], wanted, number)):
        return
    place = _choose(seen, wanted, number)
    if start is None or not isinstance(source, _Rewindable):
        raise ParseError(f"{FORMAT}: this source can be read only once: choose the chat by its id: {_name_all(seen)}")
    source.seek(start)
    for index, found in enumerate(_read_chats(source, slice_size)):
        if index == place:
            yield found
            return


def _choose(seen: list[Chat], wanted: str | int | None, number: int | None) -> int:
    """Return the place of the chat that is wanted, or the only one."""
    places = [place for place, chat in enumerate(seen) if wanted is None or _is(chat, wanted, number)]
    if not places:
        raise ParseError(f"{FORMAT}: there is no chat {wanted!r} in it, there are: {_name_all(seen)}")
    if len(places) > 1:
        several = [seen[place] for place in places]
        raise ParseError(f"{FORMAT}: {len(several)} chats in it, choose one by its id: {_name_all(several)}")
    return places[0]


def _bare_id(wanted: str | int | None) -> int | None:
    """Return the id that is wanted as exports write it; None if a name is wanted, or nothing."""
    written = str(wanted).removeprefix(_BOT_API_MARK)
    return int(written) if len(written) < 20 and written.isascii() and written.isdigit() else None


def _is(chat: Chat, wanted: str | int, number: int | None) -> bool:
    if number is not None and chat.id == number:
        return True
    return isinstance(wanted, str) and clean_name(chat.name) == clean_name(wanted)


def _name_all(seen: list[Chat]) -> str:
    """Name the chats that publish something; the private ones are only counted."""
    public = [chat for chat in seen if chat.type is not None and chat.type.endswith(_PUBLISHED)]
    named = [f"{clean_name(chat.name) or 'no name'} ({chat.id})" for chat in public[:_NAMED]]
    if len(public) > _NAMED:
        named.append(f"{len(public) - _NAMED} more")
    if len(public) < len(seen):
        named.append(f"{len(seen) - len(public)} private")
    return ", ".join(named)
