"""Preview pages of the made-up channels, in the markup of the real ones."""

from datetime import datetime
from html import escape

from worker.demo.story import DemoChannel, DemoPost


def preview_page(channel: DemoChannel, number: int, midnight: datetime) -> bytes:
    """Return the channel's public preview page as round `number` of the story shows it."""
    blocks = "".join(_block(channel, post, number, midnight) for post in channel.posts if post.since <= number)
    title = escape(channel.title)
    return f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{title} – Telegram</title>
<link rel="canonical" href="/s/{channel.username}?before={channel.posts[-1].id + 1}"></head>
<body class="widget_frame_base tgme_webpreview">
<header class="tgme_header"><div class="tgme_header_counter">1.2K subscribers</div>
<section class="tgme_right_column"><div class="tgme_channel_info">
<div class="tgme_channel_info_header_title"><span dir="auto">{title}</span></div>
<div class="tgme_channel_info_header_username"><a href="https://t.me/{channel.username}">@{channel.username}</a></div>
</div></section></header>
<main class="tgme_main" data-url="/{channel.username}"><section class="tgme_channel_history js-message_history">
{blocks}</section></main></body></html>
<!-- page generated in 12.34ms -->
""".encode()


def _block(channel: DemoChannel, post: DemoPost, number: int, midnight: datetime) -> str:
    name = channel.username
    body = escape(post.text_in(number)).replace("\n", "<br/>")
    edited = "edited &nbsp;" if post.edited_text and number >= post.edited_in else ""
    origin = ""
    if post.forwarded_from:
        origin = (
            '<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from&nbsp;'
            f'<span class="tgme_widget_message_forwarded_from_name">{escape(post.forwarded_from)}</span></div>'
        )
    at = midnight + post.at
    return f"""<div class="tgme_widget_message_wrap js-widget_message_wrap">
<div class="tgme_widget_message text_not_supported_wrap js-widget_message" data-post="{name}/{post.id}">
<div class="tgme_widget_message_bubble"><div class="tgme_widget_message_author accent_color">
<a class="tgme_widget_message_owner_name" href="https://t.me/{name}">
<span dir="auto">{escape(channel.title)}</span></a></div>
{origin}<div class="tgme_widget_message_text js-message_text" dir="auto">{body}</div>
<div class="tgme_widget_message_footer compact js-message_footer"><div class="tgme_widget_message_info short">
<span class="tgme_widget_message_views">{number * 317}</span><span class="copyonly"> views</span>
<span class="tgme_widget_message_meta">{edited}<a class="tgme_widget_message_date" href="https://t.me/{name}/{post.id}">
<time datetime="{at:%Y-%m-%dT%H:%M:%S}+00:00" class="time">{at:%H:%M}</time></a></span></div></div>
</div></div></div>
"""
