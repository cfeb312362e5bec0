"""One invented channel as each source shows it: preview, Telegram Desktop's JSON and HTML, RSSHub and RSS-Bridge.

Each source writes one and the same message in its own markup, with what belongs to it alone: views, reactions, link
previews, votes, quotes, names of files.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

from tests.unit import telegram_desktop_samples as desktop
from tests.unit.feed_documents import rss

NAME = "canals"
TITLE = desktop.NAME
BEGAN = datetime(2026, 3, 2, 8, tzinfo=UTC)
_EMOJI = '<i class="emoji" style="background-image:url(\'//telegram.org/img/emoji/40/E29AA0.png\')"><b>{}</b></i>'


@dataclass(frozen=True)
class Run:
    """A stretch of text with one meaning, as exports name it."""

    text: str
    type: str = "plain"
    href: str = ""


@dataclass(frozen=True)
class Message:
    """A message of the channel."""

    number: int
    runs: tuple[Run, ...] = ()
    #: kinds of the attachments; of an album one for each member
    media: tuple[str, ...] = ()
    #: which member of an album has the text
    caption: int = 0
    forwarded_from: str | None = None
    reply_to: int | None = None
    poll: tuple[str, ...] = ()
    #: what each source says of a service message: preview, Desktop, and its action there
    service: tuple[str, str, Mapping[str, object]] | None = None

    @property
    def at(self) -> datetime:
        return BEGAN + timedelta(hours=self.number)


def _plain(*lines: str) -> tuple[Run, ...]:
    return (Run("\n".join(lines)),)


MESSAGES: Sequence[Message] = (
    Message(1, service=("Channel created", f"Channel «{TITLE}» created", {"action": "create_channel"})),
    Message(
        2,
        (
            Run("⚠️ Warning", "bold"),
            Run("\n\nThe lock at Northbridge is "),
            Run("closed", "italic"),
            Run(" today! Read the "),
            Run("plan", "text_link", "https://canals.example/plan?utm_source=tg"),
            Run(" & "),
            Run("https://canals.example/a_b", "link"),
            Run(" "),
            Run("#locks", "hashtag"),
            Run(" "),
            Run("@weirs", "mention"),
        ),
    ),
    Message(
        3, _plain("L’écluse de Vieuxpont rouvre lundi.", "", "Passage dès 8 h."), forwarded_from="Ministry of Weirs"
    ),
    Message(4, _plain("Новый маяк построен на восточном молу.", "Открытие в субботу."), ("photo",)),
    Message(5, _plain("Three pictures of the harbour."), ("photo", "photo", "video")),
    Message(8, poll=("Open the lock on Sunday?", "Yes", "No, never")),
    Message(9, (Run("The ministry said:\n"), Run("Ships first.", "blockquote"), Run("\nBoats later.")), reply_to=2),
    Message(10, _plain("The text stands under the second picture."), ("photo", "photo"), caption=1),
    Message(12, _plain("The hours are attached."), ("document",)),
    Message(
        13,
        service=(
            f"{TITLE} pinned «⚠️ Warning The lock at…»",
            f"{TITLE} pinned this message",
            {"action": "pin_message", "message_id": 2},
        ),
    ),
    Message(
        14, (Run("Шлюз "), Run("🔄", "custom_emoji"), Run(" закрыт: "), Run("до утра", "spoiler"), Run("  👍\u200d"))
    ),
    Message(15, (Run("The code of the gate is "), Run("A-17", "code"), Run("."))),
    Message(16, media=("photo",)),
)


def preview() -> bytes:
    """The page of the public preview."""
    blocks = "".join(_block(message) for message in MESSAGES)
    return f"""<!DOCTYPE html><html><head><title>{TITLE} – Telegram</title></head>
<body class="widget_frame_base tgme_webpreview"><header class="tgme_header">
<div class="tgme_channel_info_header_title"><span dir="auto">{TITLE}</span></div></header>
<main class="tgme_main" data-url="/{NAME}"><section class="tgme_channel_history js-message_history">
{blocks}</section></main></body></html><!-- page generated in 9.99ms -->""".encode()


def desktop_json() -> bytes:
    """The export of Telegram Desktop as JSON: each member of an album is a message."""
    return desktop.own_layout(desktop.chat(part for message in MESSAGES for part in _json(message)))


def desktop_html() -> bytes:
    """The same as a page of HTML."""
    return desktop.page(*(part for message in MESSAGES for part in _html(message)))


def rsshub() -> bytes:
    """The feed that RSSHub makes of the preview: newest first, a text composed of many parts."""
    items = "".join(_item(message, _rsshub(message), _title(message)) for message in reversed(MESSAGES))
    return rss(items, f"<link>https://t.me/s/{NAME}</link><generator>RSSHub</generator>")


def rss_bridge() -> bytes:
    """The feed that RSS-Bridge makes of the preview: the markup of the page itself."""
    items = "".join(_item(message, _bridged(message), _short(message)) for message in reversed(MESSAGES))
    return rss(items, f"<link>https://t.me/s/{NAME}</link><generator>RSS-Bridge</generator>")


SOURCES: Mapping[str, Callable[[], bytes]] = {
    "preview": preview,
    "json": desktop_json,
    "html": desktop_html,
    "rsshub": rsshub,
    "rss-bridge": rss_bridge,
}

# --------------------------------------------------------------------------- preview

_WEB: Mapping[str, str] = {
    "plain": "{}",
    "bold": "<b>{}</b>",
    "italic": "<i>{}</i>",
    "link": '<a href="{href}" target="_blank" rel="noopener" onclick="return confirm(this.href)">{}</a>',
    "text_link": '<a href="{href}" target="_blank" rel="noopener" onclick="return confirm(this.href)">{}</a>',
    "hashtag": '<a href="?q=%23{tag}">{}</a>',
    "mention": '<a href="https://t.me/{tag}" target="_blank">{}</a>',
    "blockquote": "<blockquote>{}</blockquote>",
    "custom_emoji": '<tg-emoji emoji-id="53">{}</tg-emoji>',
    "spoiler": "<tg-spoiler>{}</tg-spoiler>",
    "code": "<code>{}</code>",
}


def _body(runs: Sequence[Run]) -> str:
    # a quote is a block of its own: the line break behind it is not written
    whole = "".join(
        _WEB[run.type].format(
            _emoji(escape(run.text)).replace("\n", "<br/>"), href=escape(run.href or run.text), tag=run.text[1:]
        )
        for run in runs
    )
    return whole.replace("</blockquote><br/>", "</blockquote>").replace("<br/><blockquote>", "<blockquote>")


def _emoji(text: str) -> str:
    for sign in ("⚠️", "👍", "🔄"):
        text = text.replace(sign, _EMOJI.format(sign.rstrip("\ufe0f")))
    return text


def _block(message: Message) -> str:
    inner = ""
    if message.forwarded_from:
        name = f'<span class="tgme_widget_message_forwarded_from_name">{message.forwarded_from}</span>'
        inner += f'<div class="tgme_widget_message_forwarded_from">Forwarded from&nbsp;{name}</div>'
    if message.reply_to:
        inner += (
            f'<a class="tgme_widget_message_reply" href="https://t.me/{NAME}/{message.reply_to}">'
            '<div class="tgme_widget_message_text js-message_reply_text">Warning</div></a>'
        )
    inner += "".join(_photo(message, place, kind) for place, kind in enumerate(message.media))
    if message.poll:
        options = "".join(
            '<div class="tgme_widget_message_poll_option">'
            '<div class="tgme_widget_message_poll_option_percent">7%</div>'
            f'<div class="tgme_widget_message_poll_option_text">{option}</div></div>'
            for option in message.poll[1:]
        )
        inner += (
            f'<div class="tgme_widget_message_poll js-poll"><div class="tgme_widget_message_poll_question">'
            f'{message.poll[0]}</div><div class="tgme_widget_message_poll_type">Anonymous Poll</div>{options}</div>'
        )
    body = message.service[0] if message.service else _body(message.runs)
    if body:
        inner += f'<div class="tgme_widget_message_text js-message_text" dir="auto">{body}</div>'
    if message.number == 2:
        inner += (
            '<a class="tgme_widget_message_link_preview" href="https://canals.example/plan">'
            '<div class="link_preview_title">The plan</div></a>'
            '<div class="tgme_widget_message_reactions"><span class="tgme_reaction">👍10</span></div>'
        )
    kind = " service_message" if message.service else ""
    return f"""<div class="tgme_widget_message_wrap js-widget_message_wrap">
<div class="tgme_widget_message{kind} js-widget_message" data-post="{NAME}/{message.number}">
<div class="tgme_widget_message_bubble">{inner}
<div class="tgme_widget_message_footer"><div class="tgme_widget_message_info">
<span class="tgme_widget_message_views">3.1K</span><span class="tgme_widget_message_meta">
<a class="tgme_widget_message_date" href="https://t.me/{NAME}/{message.number}">
<time datetime="{message.at:%Y-%m-%dT%H:%M:%S}+00:00" class="time">{message.at:%H:%M}</time></a></span></div></div>
</div></div></div>
"""


def _photo(message: Message, place: int, kind: str) -> str:
    single = f' href="https://t.me/{NAME}/{message.number + place}?single"' if len(message.media) > 1 else ""
    if kind == "video":
        return (
            f'<a class="tgme_widget_message_video_player"{single}><i class="message_video_play"></i><video></video></a>'
        )
    if kind == "document":
        title = '<div class="tgme_widget_message_document_title">timetable.pdf</div>'
        return f'<a class="tgme_widget_message_document_wrap"{single}>{title}</a>'
    style = "style=\"background-image:url('https://cdn4.telesco.pe/file/x.jpg')\""
    return f'<a class="tgme_widget_message_photo_wrap 588 136"{single} {style}></a>'


# --------------------------------------------------------------------------- Telegram Desktop

_FILES: Mapping[str, Mapping[str, object]] = {
    "photo": {"photo": "photos/photo_1.jpg"},
    "video": {"file": "video_files/1.mp4", "media_type": "video_file"},
    "document": {"file": "files/timetable.pdf", "file_name": "timetable.pdf"},
}
_WRAPS = {"photo": "photo_wrap", "video": "video_file_wrap", "document": "media clearfix pull_left media_file"}
_PAGE: Mapping[str, str] = {
    "plain": "{}",
    "bold": "<strong>{}</strong>",
    "italic": "<em>{}</em>",
    "link": '<a href="{href}">{}</a>',
    "text_link": '<a href="{href}">{}</a>',
    "hashtag": '<a href="" onclick="return ShowHashtag(&quot;{tag}&quot;)">{}</a>',
    "mention": '<a href="https://t.me/{tag}">{}</a>',
    "blockquote": "<blockquote>{}</blockquote>",
    "custom_emoji": '<a href = "stickers/sticker (4).webp">{}</a>',
    "spoiler": '<span class="spoiler hidden" onclick="ShowSpoiler(this)"><span aria-hidden="true">{}</span></span>',
    "code": "<code>{}</code>",
}


def _json(message: Message) -> list[dict[str, object]]:
    stamp: dict[str, object] = {"date_unixtime": str(int(message.at.timestamp()))}
    if message.service:
        return [{**desktop.service(message.number, "x", title=TITLE), **message.service[2], **stamp}]
    parts = []
    for place in range(max(1, len(message.media))):
        more: dict[str, object] = {**stamp, "edited": "2026-03-09T08:00:00", "edited_unixtime": "1773043200"}
        runs = [{"type": run.type, "text": run.text, **_extra(run)} for run in message.runs]
        text: object = (
            [one["text"] if one["type"] == "plain" else one for one in runs] if place == message.caption else ""
        )
        if message.media:
            more |= _FILES[message.media[place]]
        if message.forwarded_from:
            more["forwarded_from"] = message.forwarded_from
        if message.reply_to:
            more["reply_to_message_id"] = message.reply_to
        if message.poll:
            answers = [{"text": option, "voters": 3, "chosen": False} for option in message.poll[1:]]
            more["poll"] = {"question": message.poll[0], "closed": False, "total_voters": 6, "answers": answers}
        more["reactions"] = [{"type": "emoji", "count": 3, "emoji": "👍"}]
        parts.append(desktop.message(message.number + place, text or "", **more))
    return parts


def _extra(run: Run) -> dict[str, object]:
    if run.type == "custom_emoji":
        return {"document_id": "stickers/sticker (4).webp"}
    return {"href": run.href} if run.href else {}


def _html(message: Message) -> list[str]:
    if message.service:
        return [desktop.html_service(message.number, message.service[1])]
    local = message.at + timedelta(hours=3)
    parts = []
    for place in range(max(1, len(message.media))):
        inner = ""
        if message.reply_to:
            link = f'<a href="#go_to_message{message.reply_to}">this message</a>'
            inner += f'<div class="reply_to details">\nIn reply to {link}\n</div>'
        if message.media:
            kind = message.media[place]
            title = (
                '<div class="body"><div class="title bold">\ntimetable.pdf\n</div></div>' if kind == "document" else ""
            )
            inner += f'<div class="media_wrap clearfix"><a class="{_WRAPS[kind]}" href="x">{title}</a></div>'
        if message.poll:
            answers = "".join(
                f'<div class="answer">\n- {option} <span class="details">3 votes</span>\n</div>'
                for option in message.poll[1:]
            )
            inner += (
                '<div class="media_wrap clearfix"><div class="media_poll">'
                f'<div class="question bold">\n{message.poll[0]}\n</div>'
                f'<div class="details">\nAnonymous poll\n</div>{answers}</div></div>'
            )
        if message.runs and place == message.caption:
            inner += desktop.html_text("".join(_marked(run) for run in message.runs))
        if message.forwarded_from:
            origin = f'<div class="from_name">\n{message.forwarded_from} \n</div>'
            inner = f'<div class="forwarded body">{origin}{inner}</div>'
        title = f"{local:%d.%m.%Y %H:%M:%S} UTC+03:00"
        parts.append(desktop.html_message(message.number + place, inner, title=title))
    return parts


def _marked(run: Run) -> str:
    return _PAGE[run.type].format(
        escape(run.text).replace("\n", "<br>"), href=escape(run.href or run.text), tag=run.text[1:]
    )


# --------------------------------------------------------------------------- feeds


def _item(message: Message, description: str, title: str) -> str:
    link = f"https://t.me/{NAME}/{message.number}"
    return (
        f"<item><title>{escape(title)}</title><description>{escape(description)}</description><link>{link}</link>"
        f'<guid isPermaLink="false">{link}</guid><pubDate>{format_datetime(message.at)}</pubDate></item>'
    )


def _title(message: Message) -> str:
    if message.service:
        return f"🔧 {message.service[0]}"
    first = "".join(run.text for run in message.runs).partition("\n")[0] or (message.poll or ("",))[0]
    return f"{'🔁 ' if message.forwarded_from else ''}{'🖼 ' if message.media else ''}{first}"


def _short(message: Message) -> str:
    words = message.service[0] if message.service else "".join(run.text for run in message.runs)
    return words[:100] or (message.poll or ("@canals posted a photo",))[0]


def _rsshub(message: Message) -> str:
    parts = ""
    if message.forwarded_from:
        parts += f"<p>Forwarded From <b>{message.forwarded_from}</b></p>"
    if message.reply_to:
        link = f"<a href='https://t.me/{NAME}/{message.reply_to}'><b>{TITLE}</b>:</a>"
        parts += f'<div class="rsshub-quote"><blockquote>\n<p>{link}</p><p>Warning</p></blockquote></div>'
    if message.poll:
        options = "".join(f"<p><b>7%</b> - {option}</p>" for option in message.poll[1:])
        parts += (
            f"<blockquote><p><b>{message.poll[0]}</b></p><p><small>Anonymous Poll</small></p>{options}</blockquote>"
        )
    if "document" in message.media:
        parts += "<blockquote><p><b>timetable.pdf</b></p><p><small>2 MB</small></p></blockquote>"
    body = message.service[0] if message.service else _body(message.runs)
    # RSSHub puts the characters in the place of Telegram's pictures of emoji
    body = body.replace("<br/>", "<br>")
    if body:
        parts += f"<p>{body}</p>"
    if message.number == 2:
        parts += (
            '<blockquote><b>Canals</b><br><b><a href="https://canals.example/plan">The plan</a></b><br></blockquote>'
        )
    images = {"photo": '<img src="https://cdn4.telesco.pe/file/x.jpg">', "video": '<video src="https://x.mp4"></video>'}
    return parts + "".join(images.get(kind, "") for kind in message.media)


def _bridged(message: Message) -> str:
    parts = ""
    if message.forwarded_from:
        name = f'<span class="tgme_widget_message_forwarded_from_name">{message.forwarded_from}</span>'
        parts += f"Forwarded from&nbsp;{name}<br><br>"
    if message.reply_to:
        link = f"https://t.me/{NAME}/{message.reply_to}"
        parts += f'<blockquote>{TITLE}<br>\nWarning\n<a href="{link}">{link}</a></blockquote><hr>'
    if message.poll:
        options = "".join(f"<li>7% - {option}</li>" for option in message.poll[1:])
        parts += f"\t\t\t{message.poll[0]}<br><small>Anonymous Poll</small><br><ul>{options}</ul>"
    if "video" in message.media:
        parts += '<video controls="" poster="x">\n\t<source src="https://x.mp4" type="video/mp4">\n</video>'
    photo = '<a href="https://t.me/x"><img src="https://cdn4.telesco.pe/file/x.jpg"/></a><br>'
    parts += photo * message.media.count("photo")
    body = message.service[0] if message.service else _body(message.runs)
    if body:
        parts += f'<div class="tgme_widget_message_text js-message_text" dir="auto">{body}</div>'
    if "document" in message.media:
        parts += "File attachments:<br>timetable.pdf -\n2.1 MB<br>"
    if message.number == 2:
        link = "https://canals.example/plan"
        parts += (
            f'<blockquote><a href="{link}"></a><br><a href="{link}">\nThe plan - Canals</a><br>All of it</blockquote>'
        )
    return parts
