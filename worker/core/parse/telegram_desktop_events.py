"""Telegram Desktop JSON exports in any layout (minified, indented anew), read by ijson without ever holding the whole.

Slower than `worker.core.parse.telegram_desktop_slices`, and takes whatever is JSON. The chats of a whole account are
read event by event, because each must be told from the next; the messages of a single chat object by object.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import ijson
from ijson.common import ObjectBuilder

from worker.core.parse.telegram_desktop_bytes import Broken, CutOff, RepairedSlices, Slices
from worker.core.parse.telegram_desktop_decode import message_from
from worker.core.parse.telegram_desktop_depth import Depth
from worker.core.parse.telegram_desktop_message import Chat, Message
from worker.core.parse.telegram_desktop_slices import make_chat

_Event = tuple[str, str, object]

#: where a chat stands -> whether it is one of many
_CHATS: Mapping[str, bool] = {"": False, "chats.list.item": True, "left_chats.list.item": True}
_FIELDS = frozenset({"id", "name", "type"})


def read_events(reader: Slices, head: bytes) -> Iterator[tuple[Chat, Iterator[list[Message]]]]:
    """Yield each chat with its messages, which may be left unread.

    Args:
        reader: stands behind `head`.
        head: the first bytes.

    Raises:
        CutOff: the export has no end.
        Broken: it is no JSON, or a message cannot be read.
    """
    replay = _Replay(RepairedSlices(reader, head))
    with _findings(replay):
        yield from _read(replay)


@contextmanager
def _findings(replay: "_Replay") -> Iterator[None]:
    try:
        yield
    except ijson.JSONError as error:
        if replay.read_all:
            raise CutOff from error
        raise Broken("it is no JSON") from error
    except (ValueError, RecursionError) as error:
        raise Broken("it has a number or a nesting beyond reason") from error


class _Replay:
    """The bytes of the export; as long as it records, they can be read a second time."""

    def __init__(self, reader: RepairedSlices) -> None:
        self._reader = reader
        self._next: list[bytes] = []
        self._depth = Depth()
        self._recorded: list[bytes] | None = []
        #: the end was reached and seen by the reader of this
        self.read_all = False

    def read(self, size: int = -1) -> bytes:
        """Return the next slice, b"" at the end."""
        if size == 0:
            return b""
        if self._next:
            return self._next.pop(0)
        piece = self._reader.read()
        self._depth.add(piece)
        self.read_all = not piece
        if self._recorded is not None:
            self._recorded.append(piece)
        return piece

    def found(self) -> None:
        """Note that something was understood."""
        self._reader.found()

    def stop_recording(self) -> None:
        """Forget what was recorded."""
        self._recorded = None

    @property
    def recording(self) -> bool:
        """Whether it can be read a second time."""
        return self._recorded is not None

    def rewind(self) -> None:
        """Read what was recorded once more, then go on."""
        self._next = [piece for piece in self._recorded or () if piece]
        self._recorded = None


def _read(replay: _Replay) -> Iterator[tuple[Chat, Iterator[list[Message]]]]:
    events: Iterator[_Event] = ijson.parse(replay, use_float=True)
    fields: dict[str, object] = {}
    for prefix, event, value in events:
        replay.found()
        if not prefix and event not in {"start_map", "map_key", "end_map"}:
            raise Broken("it is no object")
        if not prefix and event == "map_key" and value not in _FIELDS and value != "messages":
            # more than a chat, so there is no shortcut
            replay.stop_recording()
        parent, _, key = prefix.rpartition(".")
        if event == "start_map" and prefix in _CHATS:
            fields = {}
        elif parent in _CHATS and key in _FIELDS:
            fields[key] = value
        elif parent in _CHATS and key == "messages" and event == "start_array":
            chat = make_chat(fields, of_account=_CHATS[parent])
            if not replay.recording:
                yield chat, _of_many(events, prefix, replay)
            else:
                replay.rewind()
                yield chat, _of_one(replay)
                return


def _of_one(replay: _Replay) -> Iterator[list[Message]]:
    with _findings(replay):
        for value in ijson.items(replay, "messages.item", use_float=True):
            replay.found()
            yield [message_from(value)]


def _of_many(events: Iterator[_Event], messages: str, replay: _Replay) -> Iterator[list[Message]]:
    item = f"{messages}.item"
    builder = None
    with _findings(replay):
        for prefix, event, value in events:
            if prefix == messages and event == "end_array":
                return
            builder = builder or ObjectBuilder()
            builder.event(event, value)
            if prefix == item and event not in {"start_map", "map_key"}:
                replay.found()
                yield [message_from(builder.value)]
                builder = None
