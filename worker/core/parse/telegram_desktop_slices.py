"""Telegram Desktop's own JSON layout, read in slices: one blank for each level, one message after the other.

The exporter writes every value on a line of its own, and a JSON string holds no line break, so a line that closes an
object at the depth of the messages surely ends one: slices are cut there and decoded whole, several times faster than
any reader of single tokens. Any other layout is for `worker.core.parse.telegram_desktop_events`.
"""

import re
from collections.abc import Iterator

import msgspec

from worker.core.parse.telegram_desktop_bytes import Broken, CutOff, Slices, repair
from worker.core.parse.telegram_desktop_decode import decode_at_once, decode_messages
from worker.core.parse.telegram_desktop_message import Chat, Message

#: what may stand first in a whole account's export
ACCOUNT_KEYS = (
    rb"about|personal_information|profile_pictures|stories|contacts|frequent_contacts|sessions|web_sessions|other_data"
    rb"|chats|left_chats"
)
_ONE_CHAT = re.compile(
    rb'\{\n(?: "name": [^\n]*,\n)?(?: "type": [^\n]*,\n)? "id": -?\d+,\n "messages": \[(?:\n  \{\n   "|\]\n)'
)
_ACCOUNT = re.compile(rb'\{\n "(?:' + ACCOUNT_KEYS + rb')": (?:\{\n  "|\[\n  [^ ]|"[^\n]*",\n)')

#: blanks before the keys of the only chat, and of one of many
_DEPTHS = {1: False, 4: True}
_OUTER = re.compile(rb'( {1,4})"(\w+)": (.*?),?\r?\n?', re.DOTALL)
_SECTIONS = frozenset({b"chats", b"left_chats"})
_FIELDS = frozenset({b"id", b"name", b"type"})


def is_own_layout(head: bytes) -> bool:
    """Tell from the first bytes of an export whether it has the exporter's own layout."""
    return _ONE_CHAT.match(head) is not None or _ACCOUNT.match(head) is not None


def read_slices(reader: Slices, head: bytes) -> Iterator[tuple[Chat, Iterator[list[Message]]]]:
    """Yield each chat with its messages, which may be left unread.

    Args:
        reader: stands behind `head`.
        head: the first bytes.

    Raises:
        CutOff: the export has no end.
        Broken: a message cannot be read, or something follows the end.
    """
    lines = _Lines(reader, head)
    section = b""
    fields: dict[str, object] = {}
    while (line := lines.next_line()) is not None:
        if line.startswith(b"}"):
            lines.expect_end(line[1:])
            return
        found = _OUTER.fullmatch(line)
        if found is None:
            if line.startswith(b"   {"):
                fields = {}
            continue
        depth, key, value = len(found[1]), found[2], found[3]
        if depth == 1:
            section = key
        if depth not in _DEPTHS or (_DEPTHS[depth] and section not in _SECTIONS):
            continue
        if key in _FIELDS:
            fields[key.decode()] = _scalar(value)
        elif key == b"messages":
            chat = make_chat(fields, of_account=_DEPTHS[depth])
            if value == b"[]":
                yield chat, iter(())
            elif value != b"[":
                raise Broken("its messages do not stand one after the other")
            else:
                lines.begin_messages(depth)
                yield chat, lines.messages()
                lines.skip_messages()
    raise CutOff


def make_chat(fields: dict[str, object], *, of_account: bool) -> Chat:
    """Make a chat of what the export says of it; what is of no sensible kind is None."""
    number, name, kind = fields.get("id"), fields.get("name"), fields.get("type")
    return Chat(
        id=number if type(number) is int else None,
        name=name if isinstance(name, str) else None,
        type=kind if isinstance(kind, str) else None,
        of_account=of_account,
    )


def _scalar(value: bytes) -> object:
    try:
        return msgspec.json.decode(repair(value))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


class _Lines:
    """The export from one place on: line by line outside of the messages, message by message inside."""

    def __init__(self, reader: Slices, head: bytes) -> None:
        self._reader = reader
        self._rest = head
        self._at = 0
        #: what ends a message, parts two, ends all; b"" outside of the messages
        self._ending = self._separator = self._end = b""

    def _more(self) -> bool:
        """Read on; False at the end. What was not enough is doubled, so that nothing is looked through too often."""
        pieces = [self._rest[self._at :]]
        missing = len(pieces[0])
        while piece := self._reader.read():
            pieces.append(piece)
            missing -= len(piece)
            if missing <= 0:
                break
        self._rest, self._at = b"".join(pieces), 0
        return len(pieces) > 1

    def next_line(self) -> bytes | None:
        """Return the next line with its end; None where there is none."""
        while (end := self._rest.find(b"\n", self._at)) < 0:
            if not self._more():
                line, self._rest, self._at = self._rest, b"", 0
                return line or None
        line = self._rest[self._at : end + 1]
        self._at = end + 1
        self._reader.unread_for = 0
        return line

    def expect_end(self, line: bytes) -> None:
        """Refuse anything but white space."""
        rest: bytes | None = line
        while rest is not None:
            if rest.strip(b" \t\r\n"):
                raise Broken("something follows its end")
            rest = self.next_line()

    def begin_messages(self, depth: int) -> None:
        """Enter the messages of a chat whose keys stand behind `depth` blanks."""
        self._ending = b"\n" + b" " * (depth + 1) + b"}"
        self._separator = self._ending + b",\n"
        self._end = b"\n" + b" " * depth + b"]"
        # the line break before the first message belongs to it, lest an empty list have no end
        self._at = max(0, self._at - 1)

    def messages(self) -> Iterator[list[Message]]:
        """Yield the messages in batches.

        Raises:
            CutOff: they have no end; all that are whole were yielded.
            Broken: one of them cannot be read; those before it were yielded.
        """
        while self._end:
            last = self._rest.rfind(self._separator, self._at)
            cut = last + len(self._ending)
            if last >= 0 and (found := decode_at_once(memoryview(self._rest)[self._at : cut])) is not None:
                self._go_to(cut + len(b","))
                yield found
                continue
            # other chats may follow in this slice, or something unusual
            end = self._rest.find(self._end, self._at)
            if end >= 0:
                batch = self._rest[self._at : end]
                self._go_to(end + len(self._end))
                self._end = b""
            elif last >= 0:
                batch = self._rest[self._at : cut]
                self._go_to(cut + len(b","))
            elif self._more():
                continue
            else:
                yield from self._last_whole()
                raise CutOff
            if batch.strip(b" \n"):
                yield from decode_messages(batch, self._separator, self._ending)

    def _go_to(self, place: int) -> None:
        self._at = place
        self._reader.unread_for = 0

    def _last_whole(self) -> Iterator[list[Message]]:
        """Yield the message that the bytes end with, if it is whole."""
        batch = self._rest[self._at :].rstrip(b" \r\n").removesuffix(b",")
        self._at = len(self._rest)
        if batch.endswith(self._ending):
            yield from decode_messages(batch, self._separator, self._ending)

    def skip_messages(self) -> None:
        """Go to the end of the messages without reading them."""
        while self._end:
            end = self._rest.find(self._end, self._at)
            if end >= 0:
                self._at = end + len(self._end)
                self._end = b""
            else:
                self._at = max(self._at, len(self._rest) - len(self._end) + 1)
                if not self._more():
                    raise CutOff
            self._reader.unread_for = 0
