"""One message element of Telegram Desktop's HTML export -> a post.

Only the direct children of a message's body are looked at, a table says what each class means; so the date of a
forwarded original and the body of an attachment are never taken for the message's own. Knows nothing of whole pages.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone, tzinfo
from unicodedata import normalize

from selectolax.lexbor import LexborHTMLParser, LexborNode

from worker.core.models import Media, Post
from worker.core.parse.telegram_desktop_words import (
    DELETED_ACCOUNT,
    address,
    clean_name,
    clean_text,
    origin,
    post_url,
    to_utc,
)

#: stands for a ``<br>`` until the line breaks of the source are out of the way; it cannot be typed into a message
_BREAK = "\x1e"
_SOURCE_BREAK = re.compile(rf"(?<![ \t\r])[ \t\r]*+({_BREAK}?)[ \t\r]*+\n[ \t\r\n]*+({_BREAK}?)")
_DATE = re.compile(
    r"(\d\d)\.(\d\d)\.(\d{4}) (\d\d):(\d\d):(\d\d)"
    r"(?:\s*(?P<zone>UTC)?(?:(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d))?)?",
    re.ASCII,
)
_REPLY = re.compile(r"#go_to_message(-?\d{1,18})", re.ASCII)
_VIA = re.compile(r" via @\w+\Z", re.ASCII)


@dataclass(slots=True)
class Run:
    """What a message that is joined to the one before it does not say again."""

    sender: str | None = None
    forwarded_from: str | None = None


@dataclass(slots=True)
class _Draft:
    """What has been read of one message so far."""

    run: Run
    published_at: datetime | None = None
    zone: tzinfo | None = None
    forwarded: bool = False
    reply_to: str | None = None
    signature: str | None = None
    call: bool = False
    text: str = ""
    poll: list[str] = field(default_factory=list)
    hashtags: dict[str, None] = field(default_factory=dict)
    links: dict[str, None] = field(default_factory=dict)
    media: list[Media] = field(default_factory=list)


def mark_breaks(tree: LexborHTMLParser) -> None:
    """Write the line breaks into the texts of a tree, where `read_post` and `node_text` find them."""
    for node in tree.css("br"):
        node.replace_with(_BREAK)


def node_text(node: LexborNode) -> str:
    """Return the text of an element as a reader sees it."""
    text = node.text()
    if "\n" in text:
        text = _SOURCE_BREAK.sub(lambda found: found[1] + found[2] or " ", text)
    return clean_text(text.replace(_BREAK, "\n"))


def read_post(
    node: LexborNode, number: int, run: Run, *, title: str | None, username: str | None, zone: tzinfo | None
) -> Post:
    """Read an ordinary message.

    Args:
        node: its element, in a tree whose breaks are marked.
        number: its id.
        run: what the messages before it said; is brought up to date.
        title: name of the channel, who is no author.
        username: public name of the channel, for the post's address; None: it has none.
        zone: of the clock times of exports from before 2022; None: unknown.
    """
    draft = _Draft(run, zone=zone)
    for body in node.iter():
        if "body" in _classes(body):
            _read_children(body, draft)
    if not draft.forwarded:
        run.forwarded_from = None
    sender = None if run.sender in {title, DELETED_ACCOUNT} else run.sender
    return Post(
        text="\n".join(line for line in (draft.text, *draft.poll) if line),
        id=str(number),
        url=post_url(username, number),
        published_at=draft.published_at,
        forwarded_from=run.forwarded_from,
        reply_to=draft.reply_to,
        author=draft.signature or sender,
        hashtags=tuple(draft.hashtags),
        links=tuple(draft.links),
        media=tuple(draft.media),
        service=draft.call,
    )


def _classes(node: LexborNode) -> list[str]:
    # stray NULs and comments are nodes too, without attributes
    return (node.attrs.get("class") or "").split() if node.is_element_node else []


def _read_children(body: LexborNode, draft: _Draft) -> None:
    for child in body.iter():
        for name in _classes(child):
            if (take := _MEANING.get(name)) is not None:
                take(child, draft)
                break


# --------------------------------------------------------------------------- what each class means


def _date(node: LexborNode, draft: _Draft) -> None:
    found = _DATE.match(node.attrs.get("title") or "")
    if found is None:
        return
    day, month, year, hour, minute, second = map(int, found.groups()[:6])
    offset: tzinfo | None = None
    if found["sign"] is not None:
        away = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"]))
        offset = timezone(away if found["sign"] == "+" else -away) if away < timedelta(days=1) else None
    elif found["zone"] is not None:
        offset = timezone(timedelta(0))
    try:
        written = datetime(year, month, day, hour, minute, second, tzinfo=offset)
    except ValueError:
        return
    draft.published_at = to_utc(written, draft.zone)


def _name(node: LexborNode) -> str | None:
    """Return the name in an element, without the date and the bot that may follow it there."""
    for child in node.css("span"):
        child.decompose()
    return clean_name(_VIA.sub("", node_text(node)))


def _sender(node: LexborNode, draft: _Draft) -> None:
    if draft.forwarded:
        draft.run.forwarded_from = origin(_name(node))
    else:
        draft.run.sender = _name(node)


def _forward(node: LexborNode, draft: _Draft) -> None:
    # without a name of its own it comes from where the one before came from
    draft.forwarded = True
    if draft.run.forwarded_from is None:
        draft.run.forwarded_from = origin(None)
    _read_children(node, draft)


def _reply(node: LexborNode, draft: _Draft) -> None:
    link = node.css_first("a")
    if link is None:
        return
    href = link.attrs.get("href") or ""
    found = _REPLY.search(href)
    draft.reply_to = found[1] if found else (href if href.startswith("http") else None)


def _signature(node: LexborNode, draft: _Draft) -> None:
    draft.signature = clean_name(node_text(node))


def _text(node: LexborNode, draft: _Draft) -> None:
    draft.text = "\n".join(text for text in (draft.text, node_text(node)) if text)
    for link in node.css("a"):
        href = link.attrs.get("href") or ""
        written = normalize("NFC", link.text().strip())
        if href:
            if found := address(href):
                draft.links[found] = None
        elif written.startswith("#"):
            draft.hashtags[written] = None


# --------------------------------------------------------------------------- attachments


def _attachment(node: LexborNode, draft: _Draft) -> None:
    for child in node.iter():
        for name in _classes(child):
            if (make := _MEDIA.get(name)) is not None:
                make(child, draft)
                return


def _first(node: LexborNode, selector: str) -> str | None:
    found = node.css_first(selector)
    return (clean_name(node_text(found)) or None) if found is not None else None


def _plain(kind: str, titles: Mapping[str, str] | None = None) -> Callable[[LexborNode, _Draft], None]:
    """Make what takes an attachment without a title; in a generic one the words in its place may tell the kind."""

    def take(node: LexborNode, draft: _Draft) -> None:
        told = (titles or {}).get(_first(node, ".title") or "", kind)
        draft.media.append(Media(told))

    return take


def _titled(kind: str, generic: str | None = None) -> Callable[[LexborNode, _Draft], None]:
    """Make what takes an attachment with its title; `generic` stands there where it has none."""

    def take(node: LexborNode, draft: _Draft) -> None:
        title = _first(node, ".title")
        draft.media.append(Media(kind, None if title == generic else title))

    return take


def _audio(node: LexborNode, draft: _Draft) -> None:
    title = _first(node, ".title")
    draft.media.append(Media("audio", None if title in {None, "Audio file"} else title.replace(" – ", " - ", 1)))


def _venue(node: LexborNode, draft: _Draft) -> None:
    parts = (_first(node, ".title"), _first(node, ".description"))
    draft.media.append(Media("location", ", ".join(part for part in parts if part) or None))


def _poll(node: LexborNode, draft: _Draft) -> None:
    question = _first(node, ".question")
    answers = []
    for answer in node.css(".answer"):
        for votes in answer.css(".details"):
            votes.decompose()
        answers.append(node_text(answer).removeprefix("-").lstrip())
    draft.poll += [line for line in (question, *answers) if line]
    draft.media.append(Media("poll", question))


def _call(_node: LexborNode, draft: _Draft) -> None:
    draft.call = True
    draft.text = "phone call"


_MEDIA: Mapping[str, Callable[[LexborNode, _Draft], None]] = {
    "photo_wrap": _plain("photo"),
    "video_file_wrap": _plain("video"),
    "animated_wrap": _plain("animation"),
    "sticker_wrap": _plain("sticker"),
    "media_photo": _plain("photo", {"Sticker": "sticker"}),
    "media_video": _plain("video", {"Video message": "round_video", "Animation": "animation"}),
    "media_voice_message": _plain("voice"),
    "media_audio_file": _audio,
    "media_file": _titled("document", "File"),
    "media_contact": _titled("contact"),
    "media_location": _plain("location"),
    "media_live_location": _plain("location"),
    "media_venue": _venue,
    "media_game": _titled("open_in_telegram"),
    "media_invoice": _titled("open_in_telegram"),
    "media_poll": _poll,
    "media_call": _call,
}

_MEANING: Mapping[str, Callable[[LexborNode, _Draft], None]] = {
    "date": _date,
    "from_name": _sender,
    "forwarded": lambda node, draft: _forward(node, draft) if "body" in _classes(node) else None,
    "reply_to": _reply,
    "media_wrap": _attachment,
    "text": _text,
    "signature": _signature,
}
