"""What is told in a chat: a title and lines, the weightiest first, cut where a service takes no more.

The texts are plain: nothing in them is meant as markup, and the name of a group that a stranger wrote calls nobody.
Knows no service and sends nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from worker.core.alert import read_alert
from worker.core.digest_parts import OTHER, Digest, DigestPost, Section
from worker.core.excerpt import clean, one_line, shorten
from worker.core.models import ChangeKind, Excerpt, Told
from worker.core.notice import read_notice
from worker.core.phrases import Phrases
from worker.core.word_diff import INSERTED, REMOVED

_TITLE_CHARS = 120
_LEAD_CHARS = 160
_TEXT_CHARS = 1_500
_URL_CHARS = 500
_MOST_NAMES = 8
#: what services take for a call to everybody, a person or a room, or for a link with another text
_CALL = re.compile(
    r"@(?=everyone|here|channel|all|room)|(?<![^\W_])(?<!/)@(?=[\w*])|<(?=[\w!@#/:])|\](?=\()", re.IGNORECASE
)
#: the same in an address, which must still lead where it did
_CALL_IN_ADDRESS = re.compile(r"@(?=everyone|here|channel|all|room)|[<>\s]", re.IGNORECASE)
#: invisible, and no longer a call
_BREAK = "\u200b"


@dataclass(frozen=True, slots=True)
class ChatPart:
    """Some lines that are told together or not at all."""

    text: str
    #: how many changes they tell
    changes: int = 0


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """What is told, before it is known how much a service takes."""

    title: str
    parts: tuple[ChatPart, ...]
    #: of all changes that there are to tell
    total: int = 0


def quieted(text: str) -> str:
    """Return the text so that no service takes a word of it for a call (``@everyone``) or a disguised link."""
    return _CALL.sub(lambda found: found[0] + _BREAK, clean(text))


def alert_message(changes: Sequence[Told], watchlists: Sequence[str], t: Phrases) -> ChatMessage:
    """Return what is told at once: one change with its text, several as a line each."""
    names = [name for name in watchlists if any(name in told.tags or name in told.lost for told in changes)]
    found = ", ".join(names) or t("other")
    if len(changes) == 1:
        (told,) = changes
        kind = [] if told.kind is ChangeKind.NEW else [t(told.kind)]
        head = f"{', '.join([*kind, found])} · {told.channel_title}"
        return ChatMessage(_title(head), (ChatPart(_whole(told, watchlists, t), 1),), 1)
    parts = tuple(ChatPart(_line(told.channel_title, told.kind, told.text, told.url, t), 1) for told in changes)
    return ChatMessage(_title(f"{t('title', n=len(changes))} · {found}"), parts, len(changes))


def digest_message(digest: Digest, t: Phrases, zone: tzinfo) -> ChatMessage:
    """Return a digest in short: what was checked, then each watchlist with its number and its posts."""
    counted = [f"{section.count} {section.watchlist}" for section in digest.sections if section.count]
    found = ", ".join(counted).strip() or t(digest.silence)
    title = _title(t("subject", found=found, day=t.day(digest.until.astimezone(zone))))
    facts = [t("coverage", n=digest.channels, checked=digest.checked)] if digest.channels else []
    if digest.failing:
        names = ", ".join(digest.failing[:_MOST_NAMES])
        more = len(digest.failing) - _MOST_NAMES
        facts.append(t("failing", names=f"{names} {t('more_names', n=more)}" if more > 0 else names))
    if not digest.total:
        facts.insert(0, t(f"{digest.silence}_long"))
    first = [ChatPart(quieted("\n".join(facts)))] if facts else []
    sections = (part for section in digest.sections for part in _section(section, t))
    return ChatMessage(title, (*first, *sections), digest.total)


def notice_message(body: Mapping[str, Any], t: Phrases, zone: tzinfo) -> ChatMessage:
    """Return a message to operators.

    Raises:
        KeyError: this is no message that `worker.core.notice` can read.
    """
    notice = read_notice(body, t, zone)
    return ChatMessage(_title(notice.subject), tuple(ChatPart(quieted(line.text)) for line in notice.lines))


def fitted(message: ChatMessage, most: int, measure: Callable[[str], int], t: Phrases) -> str:
    """Return the lines of a message as far as they fit, and how many changes are not among them.

    Args:
        message: what is told.
        most: how much the service takes.
        measure: how much a text is, as the service counts; never less for more text.
        t: the fixed texts.
    """
    whole = "\n".join(part.text for part in message.parts)
    if measure(whole) <= most and sum(part.changes for part in message.parts) >= message.total:
        return whole
    kept: list[str] = []
    left = message.total
    for part in message.parts:
        after = left - part.changes
        if measure("\n".join([*kept, part.text, *_rest(after, t)])) > most:
            break
        kept.append(part.text)
        left = after
    if not kept and message.parts:
        first = message.parts[0]
        left -= first.changes
        kept.append(_cut(first.text, most - measure("\n".join(["", *_rest(left, t)])), measure))
    return "\n".join([*kept, *_rest(left, t)])


def _rest(left: int, t: Phrases) -> list[str]:
    return [t("more_names", n=left)] if left > 0 else []


def _cut(text: str, most: int, measure: Callable[[str], int]) -> str:
    """Return the longest beginning that fits, with an ellipsis."""
    if measure(text) <= most:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle] + "…") <= most else (low, middle - 1)
    return text[:low].rstrip() + "…"


def _whole(told: Told, watchlists: Sequence[str], t: Phrases) -> str:
    alert = read_alert(told, watchlists)
    lines = [
        t(turn, names=", ".join(names)) for turn, names in (("lost", alert.lost), ("gained", alert.gained)) if names
    ]
    if alert.forwarded_from:
        lines.append(t("forwarded", name=alert.forwarded_from))
    excerpts = shorten(alert.excerpts, _TEXT_CHARS)
    media = ", ".join(t.media(one.kind) for one in alert.media[:_MOST_NAMES])
    lines += [_plain(excerpts) or (media if alert.media else t("no_text"))]
    if alert.url and len(alert.url) <= _URL_CHARS:
        return quieted("\n".join(lines)) + "\n" + _address(alert.url)
    return quieted("\n".join(lines))


def _plain(excerpts: Sequence[Excerpt]) -> str:
    """Write what an edit did as `wdiff` does."""
    frames = {REMOVED: "[-{}-]", INSERTED: "{{+{}+}}", None: "{}"}
    return "".join(frames[piece.change].format(piece.text) for piece in excerpts).strip()


def _section(section: Section, t: Phrases) -> Iterator[ChatPart]:
    name = t("other") if section.watchlist == OTHER else section.watchlist
    heading = f"{quieted(name)}: {section.count}\n"
    for post in section.posts:
        yield ChatPart(heading + _post_line(post, t), 1 + len(post.also))
        heading = ""


def _post_line(post: DigestPost, t: Phrases) -> str:
    text = "".join(piece.text for piece in post.excerpts if piece.change != REMOVED)
    return _line(post.channel_title, post.kind, text, post.url, t)


def _line(title: str, kind: ChangeKind, text: str, url: str | None, t: Phrases) -> str:
    said = "" if kind is ChangeKind.NEW else f" [{t(kind)}]"
    lead = one_line(text, _LEAD_CHARS) or t("no_text")
    link = f"\n  {_address(url)}" if url and len(url) <= _URL_CHARS else ""
    return quieted(f"• {one_line(title, _TITLE_CHARS)}{said}: {lead}") + link


def _address(url: str) -> str:
    return _CALL_IN_ADDRESS.sub(lambda found: f"%{ord(found[0]):02X}", clean(url))


def _title(text: str) -> str:
    return quieted(one_line(text, _TITLE_CHARS))
