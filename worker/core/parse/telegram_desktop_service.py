"""Service messages of Telegram Desktop's JSON exports -> the sentence that its HTML export has for them.

One table: an action and its sentence in groups and in channels. Does not know posts.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple


class Sentence(NamedTuple):
    """What is said of an action: ``{key}`` stands for a value, ``[...]`` is left out where its value is missing."""

    group: str
    #: None: as in groups
    channel: str | None = None


_SENTENCES: Mapping[str, Sentence] = {
    "create_group": Sentence("{actor} created group «{title}»[ with members {members}]"),
    "edit_group_title": Sentence("{actor} changed group title to «{title}»", "Channel title changed to «{title}»"),
    "edit_group_photo": Sentence("{actor} changed group photo", "Channel photo changed"),
    "delete_group_photo": Sentence("{actor} removed group photo", "Channel photo removed"),
    "invite_members": Sentence("{actor} invited {members}"),
    "remove_members": Sentence("{actor} removed {members}"),
    "join_group_by_link": Sentence("{actor} joined group by link[ from {inviter}]"),
    "join_group_by_request": Sentence("{actor} joined group by request"),
    "create_channel": Sentence("Channel «{title}» created"),
    "migrate_to_supergroup": Sentence("{actor} converted this group to a supergroup"),
    "migrate_from_group": Sentence("{actor} converted a basic group to this supergroup[ «{title}»]"),
    "pin_message": Sentence("{actor} pinned this message"),
    "clear_history": Sentence("History cleared"),
    "score_in_game": Sentence("{actor} scored {score} in this game"),
    "take_screenshot": Sentence("{actor} took a screenshot"),
    "joined_telegram": Sentence("{actor} joined Telegram"),
    "requested_phone_number": Sentence("{actor} requested your phone number"),
    "group_call": Sentence("{actor} started voice chat[ ({duration} seconds)]", "Voice chat[ ({duration} seconds)]"),
    "invite_to_group_call": Sentence("{actor} invited {members} to the voice chat"),
    "edit_chat_theme": Sentence("{actor} changed chat theme to {emoticon}", "Channel theme was changed to {emoticon}"),
    "topic_created": Sentence("{actor} created topic «{title}»"),
    "topic_edit": Sentence("{actor} changed topic[ title to «{new_title}»]"),
    "suggest_profile_photo": Sentence("{actor} suggests to use this photo"),
    "set_chat_wallpaper": Sentence("{actor} set a new background for this chat"),
    "set_same_chat_wallpaper": Sentence("{actor} set the same background for this chat"),
    "set_messages_ttl": Sentence(
        "{actor} has set messages to auto-delete in {period}", "New messages will auto-delete in {period}"
    ),
}
_NEVER_DELETED = Sentence("{actor} has set messages not to auto-delete", "New messages will not auto-delete")
_PERIODS = {86_400: "24 hours", 604_800: "7 days"}

#: the name of whoever has none
_NOBODY = "Deleted"
_PLACE = re.compile(r"\[(?P<before>[^\]{]*)\{(?P<key>\w+)\}(?P<after>[^\]]*)\]|\{(?P<needed>\w+)\}")


def service_sentence(action: str, values: Mapping[str, object], *, in_channel: bool) -> str:
    """Return what a service message says; an action that is not in the table is said in its own words.

    Args:
        action: as the export names it, such as ``pin_message``.
        values: what else the message says: `actor`, `title`, `members` and so on; None is missing.
        in_channel: channels speak of themselves, groups of who did it.
    """
    sentence = _SENTENCES.get(action)
    if action == "set_messages_ttl":
        period = values.get("period")
        sentence = sentence if period else _NEVER_DELETED
        values = {**values, "period": _PERIODS.get(period, f"{period} seconds") if isinstance(period, int) else None}
    if sentence is None:
        return action.replace("_", " ").strip()
    words = sentence.channel if in_channel and sentence.channel is not None else sentence.group
    return _PLACE.sub(lambda found: _fill(found, values), words)


def _fill(found: re.Match[str], values: Mapping[str, object]) -> str:
    if found["needed"] is not None:
        return _say(values.get(found["needed"])) or _NOBODY
    said = _say(values.get(found["key"]))
    return f"{found['before']}{said}{found['after']}" if said else ""


def _say(value: object) -> str:
    """Return a value in words; "" if there is none."""
    if isinstance(value, list | tuple):
        names = [_say(name) or _NOBODY for name in value]
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return "" if value is None else " ".join(str(value).split())
