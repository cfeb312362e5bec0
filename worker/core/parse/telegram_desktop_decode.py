"""JSON of single messages -> `Message`: fast where all is as the exporter writes it, patient where it is not.

A value of an unexpected kind loses its key, never its message; only what is no JSON, or has no id, is an error.
"""

import json
from collections.abc import Iterator, Sequence

import msgspec

from worker.core.parse.telegram_desktop_bytes import Broken, repair
from worker.core.parse.telegram_desktop_message import Message

_BATCH = msgspec.json.Decoder(list[Message])
_FIELDS = msgspec.structs.fields(Message)
#: what the decoders raise: no JSON, no UTF-8, a number of thousands of digits, nested too deep
_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)


def decode_at_once(batch: bytes | memoryview) -> list[Message] | None:
    """Decode messages that stand one after the other, commas between them; None if anything is unusual about them."""
    try:
        return _BATCH.decode(b"".join((b"[", batch, b"]")))
    except _UNREADABLE:
        return None


def decode_messages(batch: bytes, separator: bytes, ending: bytes) -> Iterator[list[Message]]:
    """Decode such messages whatever is unusual about them, repaired where that is needed.

    Args:
        batch: the messages, commas between them.
        separator: what stands between two messages of the exporter's layout, the end of the first of them included.
        ending: the end of a message as it stands in `separator`.

    Raises:
        Broken: one of them is no JSON or no message; those before it were yielded.
    """
    batch = repair(batch)
    if (messages := decode_at_once(batch)) is not None:
        yield messages
        return
    parts = batch.split(separator)
    for part in parts[:-1]:
        yield [_decode_patiently(part + ending)]
    yield [_decode_patiently(parts[-1])]


def _decode_patiently(text: bytes) -> Message:
    try:
        value = json.loads(text.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise Broken("a message is no JSON") from error
    return message_from(value)


def message_from(value: object) -> Message:
    """Turn a decoded object into a message.

    Raises:
        Broken: it has no whole number as its id.
    """
    if not isinstance(value, dict) or type(value.get("id")) is not int:
        raise Broken("a message is no object with a whole number as its id")
    value = _entities_as_text(value)
    try:
        return msgspec.convert(value, Message)
    except _UNREADABLE:
        return _salvage(value)


def _entities_as_text(value: dict[str, object]) -> dict[str, object]:
    """Return the message with one list of its runs: the two that it may have say the same."""
    entities = value.get("text_entities")
    kept = {key: found for key, found in value.items() if key != "text_entities"}
    return {**kept, "text": entities} if isinstance(entities, list) and isinstance(kept.get("text"), str) else kept


def _salvage(value: dict[str, object]) -> Message:
    """Keep the keys whose values are of the expected kind."""
    kept = {}
    for field in _FIELDS:
        key = field.encode_name
        if key in value:
            found = _tolerable_text(value[key]) if key == "text" else value[key]
            try:
                msgspec.convert(found, field.type)
            except _UNREADABLE:
                continue
            kept[key] = found
    return msgspec.convert(kept, Message)


def _tolerable_text(text: object) -> object:
    """Keep of a list of runs what is a run: a text that lost all its words would look like an edit."""
    if not isinstance(text, Sequence) or isinstance(text, str):
        return text
    return [
        run if isinstance(run, str) else {key: run[key] for key in run if isinstance(run[key], str)}
        for run in text
        if isinstance(run, str | dict)
    ]
