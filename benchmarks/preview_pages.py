"""Invented preview pages in the shape and size of real ones, for benchmarks and tests. Fetches nothing."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

_CHANNEL = "HarbourMinistry"
_BUILT = 1_780_000_000
_FIRST_POST = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

_SENTENCES = (
    "Министерство гаваней сообщает о завершении работ на северном причале.",
    "The Ministry of Harbours has published the timetable of the spring ferries.",
    "Le ministère des ports annonce l'ouverture d'un nouveau phare sur la côte est.",
    "Делегация обсудила вопросы судоходства с представителями соседних портов.",
    "Visitors are asked to use the southern gate until the bridge has been repaired.",
    "Les travaux du quai dureront trois semaines, a précisé le porte&#33;parole.",
    "По словам смотрителя, маяк осмотрели &quot;дважды&quot; и замечаний нет.",
)
_REACTIONS = ("👍", "❤", "🔥", "🙏", "👏", "🎉")
_EMOJI_STYLE = "background-image:url('//telegram.example/img/emoji/40/F09F918D.png')"
_TAIL = (
    '<i class="tgme_widget_message_bubble_tail"><svg class="bubble_icon" width="9px" height="20px" viewBox="0 0 9 20">'
    '<g fill="none"><path class="background" fill="#ffffff" d="M8,1 L9,1 L9,20 L8,20 L8,18 C7.8,15.1 7.1,12.3 5.9,9.8'
    ' C4.8,7.5 3.2,5.4 1.1,3.8 C0.7,3.4 0.6,2.8 0.9,2.3 C1.1,2.1 1.4,2 1.7,2 L8,2 L8,1 Z"></path>'
    '<path class="border_1x" fill="#d7e3ec" d="M9,1 L2,1 C1.5,1 1.2,1.1 0.9,1.4 C0.2,2.2 0.2,3.4 1.1,4.1"></path>'
    '<path class="border_2x" d="M9,1 L1.7,1 C1.1,1 0.5,1.2 0.2,1.8 C-0.2,2.6 -0.1,3.6 0.5,4.2"></path></g></svg></i>'
)


def pages(count: int, posts: int = 20) -> list[bytes]:
    """Return `count` pages of `posts` messages each, oldest page first, about 100 KB a page of twenty."""
    return [page(number * posts + 1, posts) for number in range(count)]


def page(first: int, posts: int) -> bytes:
    """Return a page of `posts` messages that begins with the number `first`."""
    messages = "".join(_message(number) for number in range(first, first + posts))
    more = ""
    link = ""
    if first > 1:
        link = f'<link rel="prev" href="/s/{_CHANNEL}?before={first}">'
        more = (
            '<div class="tgme_widget_message_centered js-messages_more_wrap">'
            f'<a href="/s/{_CHANNEL}?before={first}" class="tme_messages_more js-messages_more" data-before="{first}">'
            "</a></div>"
        )
    return f"""<!DOCTYPE html>
<html>
  <head>
    <meta charset="utf-8">
    <title>Harbour Ministry – Telegram</title>
    <meta property="og:title" content="Harbour Ministry">
    {link}
    <link rel="canonical" href="/s/{_CHANNEL}?before={first + posts}">
  </head>
  <body class="widget_frame_base tgme_webpreview emoji_image thin_box_shadow no_transitions">
    <header class="tgme_header search_collapsed"><div class="tgme_container">
      <form class="tgme_header_search_form" action="/s/{_CHANNEL}">
        <input class="tgme_header_search_form_input js-header_search" name="q" autocomplete="off" value="" /></form>
      <div class="tgme_channel_info">
        <div class="tgme_channel_info_header_title"><span dir="auto">Harbour Ministry</span></div>
        <div class="tgme_channel_info_counters"><div class="tgme_channel_info_counter">
          <span class="counter_value">1.2K</span> <span class="counter_type">photos</span></div></div>
        <div class="tgme_channel_info_description">News of the harbours.<br/>Новости гаваней.</div>
      </div></div></header>
    <main class="tgme_main" data-url="/{_CHANNEL}"><div class="tgme_container">
      <section class="tgme_channel_history js-message_history">{more}{messages}</section></div></main>
    <script src="//telegram.example/js/telegram-web.js?14"></script>
  </body>
</html>
<!-- page generated in 52.31ms -->
""".encode()


def _message(number: int) -> str:
    address = f"https://t.me/{_CHANNEL}/{number}"
    view = f'{{"c":-1900000001,"p":{number},"t":{_BUILT},"h":"{number:016x}"}}'.encode()
    published = (_FIRST_POST + timedelta(minutes=37 * number)).isoformat()
    edited = "edited &nbsp;" if number % 6 == 0 else ""
    return f"""<div class="tgme_widget_message_wrap js-widget_message_wrap">
<div class="tgme_widget_message text_not_supported_wrap js-widget_message" data-post="{_CHANNEL}/{number}" \
data-view="{urlsafe_b64encode(view).decode().rstrip("=")}">
  <div class="tgme_widget_message_user"><a href="https://t.me/{_CHANNEL}"><i class="tgme_widget_message_user_photo \
bgcolor5" data-content="H"><img src="https://cdn.example/file/{"h" * 200}.jpg"></i></a></div>
  <div class="tgme_widget_message_bubble">
    {_TAIL}
    <div class="tgme_widget_message_author accent_color"><a class="tgme_widget_message_owner_name" \
href="https://t.me/{_CHANNEL}"><span dir="auto">Harbour Ministry</span></a></div>
{_above(number, address)}
<div class="tgme_widget_message_text js-message_text" dir="auto">{_body(number)}</div>
{_below(number)}
    <div class="tgme_widget_message_footer compact js-message_footer">
      <div class="tgme_widget_message_info short js-message_info">
        <span class="tgme_widget_message_views">{number % 90 + 1}.2K</span><span class="copyonly"> views</span>\
<span class="tgme_widget_message_meta">{edited}<a class="tgme_widget_message_date" href="{address}">\
<time datetime="{published}" class="time">08:00</time></a></span>
      </div>
    </div>
  </div>
</div></div>"""


def _above(number: int, address: str) -> str:
    """Return what stands above the text: an origin, a reply, photos, a video."""
    parts = []
    if number % 7 == 0:
        parts.append(
            '<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from&nbsp;'
            '<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/EastLighthouse/8">'
            '<span dir="auto">East Lighthouse</span></a></div>'
        )
    if number % 5 == 0:
        parts.append(
            f'<a class="tgme_widget_message_reply" href="https://t.me/{_CHANNEL}/{number - 1}">'
            '<div class="tgme_widget_message_author accent_color"><span class="tgme_widget_message_author_name">'
            'Harbour Ministry</span></div><div class="tgme_widget_message_text js-message_reply_text" dir="auto">'
            f"{_SENTENCES[number % 7]}</div></a>"
        )
    if number % 2 == 0:
        parts.append(
            f'<a class="tgme_widget_message_photo_wrap 58821380537100{number:05} 1369541989_4562{number:05}" '
            f'href="{address}" style="width:800px;background-image:url(\'https://cdn.example/file/{"p" * 320}.jpg\')">'
            '<div class="tgme_widget_message_photo" style="padding-top:72%"></div></a>'
        )
    elif number % 3 == 0:
        parts.append(
            f'<a class="tgme_widget_message_video_player js-message_video_player" href="{address}">'
            f'<i class="tgme_widget_message_video_thumb" style="{_image("v")}">'
            '</i><div class="tgme_widget_message_video_wrap" style="width:848px"><video src="https://cdn.example/file/'
            f'{"w" * 60}.mp4" class="tgme_widget_message_video js-message_video" width="100%"></video></div>'
            '<div class="message_video_play js-message_video_play"></div>'
            '<time class="message_video_duration js-message_video_duration">0:34</time>'
            '<div class="message_media_not_supported_wrap"><div class="message_media_not_supported">'
            '<div class="message_media_not_supported_label">This media is not supported in your browser</div>'
            '<span class="message_media_view_in_telegram">VIEW IN TELEGRAM</span></div></div></a>'
        )
    return "\n".join(parts)


def _image(letter: str) -> str:
    return f"background-image:url('https://cdn.example/file/{letter * 300}.jpg')"


def _body(number: int) -> str:
    sentences = [_SENTENCES[(number + step) % 7] for step in range(6 + number % 9)]
    emoji = f'<i class="emoji" style="{_EMOJI_STYLE}"><b>👍</b></i>'
    return (
        f"<b>Сообщение {number}<br/><br/></b>{emoji} {' '.join(sentences[:3])}<br/><br/>"
        f'<a href="https://harbour.example/news/{number}?a=1&amp;amp;b=2" target="_blank" rel="noopener" '
        "onclick=\"return confirm('Open this link?\\n\\n'+this.href);\">Подробнее</a><br/>"
        f"{'<br/>'.join(sentences[3:])}<br/><br/>"
        f'<a href="?q=%23harbour">#harbour</a> <a href="https://t.me/{_CHANNEL}" target="_blank">@{_CHANNEL}</a>'
    )


def _below(number: int) -> str:
    """Return what stands below the text: a link preview, reactions."""
    reactions = "".join(
        f'<span class="tgme_reaction"><i class="emoji" style="{_EMOJI_STYLE}"><b>{emoji}</b></i>{number % 40}</span>'
        for emoji in _REACTIONS[: 2 + number % 5]
    )
    preview = ""
    if number % 4 == 1:
        preview = (
            f'<a class="tgme_widget_message_link_preview" href="https://harbour.example/news/{number}">'
            f'<i class="link_preview_image" style="{_image("l")}"></i>'
            '<div class="link_preview_site_name accent_color" dir="auto">Harbour</div>'
            '<div class="link_preview_title" dir="auto">Spring ferries</div>'
            f'<div class="link_preview_description" dir="auto">{_SENTENCES[1]}</div></a>'
        )
    return f'{preview}<div class="tgme_widget_message_reactions js-message_reactions">{reactions}</div>'
