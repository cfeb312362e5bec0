"""Feeds that mirror a Telegram channel, on invented documents in the manner of RSSHub."""

from html import escape

import pytest

from tests.unit.feed_documents import post_of, rss, snapshot_of
from worker.core.models import Media, Post

CHANNEL = "<link>https://t.me/s/HarbourMinistry</link><generator>RSSHub</generator><ttl>5</ttl>"


def message(description: str, title: str = "Title", number: int = 12, channel: str = "HarbourMinistry") -> str:
    link = f"https://t.me/{channel}/{number}"
    return (
        f"<item><title>{escape(title)}</title><description>{escape(description)}</description><link>{link}</link>"
        f'<guid isPermaLink="false">{link}</guid><pubDate>Mon, 02 Mar 2026 08:00:00 GMT</pubDate></item>'
    )


def mirrored(description: str, title: str = "Title") -> Post:
    return post_of(rss(message(description, title), CHANNEL))


def test_a_message_is_the_same_post_as_in_the_preview() -> None:
    post = mirrored(
        '<p>Новый маяк<br><br><a href="?q=%23маяк">#маяк</a> <a href="https://h.example/">план</a></p>', "Н"
    )
    assert (post.id, post.url) == ("12", "https://t.me/HarbourMinistry/12")
    assert post.text == "Новый маяк\n\n#маяк план"
    assert (post.hashtags, post.links) == (("#маяк",), ("https://h.example/",))


def test_only_the_body_is_the_text() -> None:
    post = mirrored(
        '<p>Forwarded From <b><a href="https://t.me/EastLighthouse/8">East &amp; Lighthouse</a></b> (Ana)</p>'
        "<div class=\"rsshub-quote\"><blockquote>\n <p><a href='https://t.me/HarbourMinistry/7'><b>Harbour</b>:</a></p>"
        "<p>The old words</p></blockquote></div><p>via <b>@ferrybot</b></p>"
        "<p>Quote:<blockquote>Ships first.</blockquote>Ours: <b>boats</b>.</p>"
        '<blockquote><b>Site</b><br><b><a href="https://h.example/">Preview</a></b><br><p>About</p>'
        '<img src="https://cdn.example/preview.jpg"></blockquote>'
        '<img src="https://cdn.example/1.jpg" width="800"><video src="https://cdn.example/1.mp4"></video>',
        "🔁↩️ Quote:",
    )
    assert post.text == "Quote:\nShips first.\nOurs: boats."
    assert post.forwarded_from == "East & Lighthouse"
    assert post.reply_to == "7"
    assert post.media == (Media("photo"), Media("video"))
    assert post.service is None


def test_what_changes_without_an_edit_is_left_out() -> None:
    poll = (
        "<blockquote><p><b>Which pier?</b></p><p><small>Anonymous Poll</small></p>"
        "<p><b>{}%</b> - North</p><p><b>{}%</b> - South &amp; West</p></blockquote>"
    )
    before, after = mirrored(poll.format(10, 90)), mirrored(poll.format(11, 89))
    assert before == after
    assert before.text == "Which pier?\nNorth\nSouth & West"
    assert before.media == (Media("poll", "Which pier?"),)


@pytest.mark.parametrize(
    ("description", "title", "text", "media"),
    [
        (
            "<blockquote><p><b>plan.pdf</b></p><p><small>1.2 MB</small></p></blockquote><p>The plan</p>",
            "📄 plan.pdf - 1.2 MB",
            "The plan",
            (Media("document", "plan.pdf"),),
        ),
        ('<p><b>🎤 (0:12)</b></p><audio src="https://cdn.example/v.ogg"></audio>', "🎤 (0:12)", "", (Media("voice"),)),
        (
            '<p><b>Nina Pier</b>: <a href="tel:+100">+1 00</a></p>',
            "👤 Nina",
            "",
            (Media("contact", "Nina Pier: +1 00"),),
        ),
        ('<img src="https://cdn.example/1.jpg">', "🖼", "", (Media("photo"),)),
        (
            "Old <b>style</b><br>text<br><img src='https://cdn.example/1.jpg'>",
            "Old style",
            "Old style\ntext",
            (Media("photo"),),
        ),
        ("", "Mon, 02 Mar 2026 08:00:00 GMT", "", ()),
    ],
)
def test_files_and_the_like_are_media(description: str, title: str, text: str, media: tuple[Media, ...]) -> None:
    post = mirrored(description, title)
    assert (post.text, post.media) == (text, media)


def test_a_service_message_is_known_by_the_mark_in_its_title() -> None:
    assert mirrored("<p>Harbour Ministry pinned a message</p>", "🔧 Harbour Ministry").service is True


def test_a_reply_into_another_channel_is_an_address() -> None:
    quote = (
        '<div class="rsshub-quote"><blockquote><p><a href="https://t.me/Other/3"><b>O</b>:</a></p></blockquote></div>'
    )
    assert mirrored(quote + "<p>Yes</p>").reply_to == "https://t.me/Other/3"


def test_a_feed_of_several_channels_keeps_its_own_ids() -> None:
    posts = snapshot_of(rss(message("<p>a</p>") + message("<p>b</p>", channel="OtherPort"))).posts
    assert [post.id for post in posts] == ["https://t.me/HarbourMinistry/12", "https://t.me/OtherPort/12"]


def test_a_mirror_need_not_name_its_channel() -> None:
    posts = snapshot_of(rss(message("<p>a</p>", number=1) + message("<p>b</p>", number=2))).posts
    assert [post.id for post in posts] == ["1", "2"]


def test_a_post_of_another_site_in_a_mirror_keeps_its_guid() -> None:
    body = rss(message("<p>a</p>") + "<item><guid>https://h.example/1</guid><title>T</title></item>", CHANNEL)
    assert [post.id for post in snapshot_of(body).posts] == ["12", "https://h.example/1"]


# --------------------------------------------------------------------------- RSS-Bridge

_TEXT = '<div class="tgme_widget_message_text js-message_text" dir="auto">{}</div>'


def test_the_text_of_a_message_of_rss_bridge_is_that_of_the_preview_alone() -> None:
    post = mirrored(
        'Forwarded from&nbsp;<a class="n" href="https://t.me/Weirs/8"><span>Ministry of Weirs</span></a><br><br>'
        '<blockquote>Harbour<br>\nThe old words\n<a href="https://t.me/HarbourMinistry/7">link</a></blockquote><hr>'
        '<a href="https://t.me/x"><img src="https://cdn.example/1.jpg"/></a><br>'
        + _TEXT.format(_TEXT.format("Quay 3<br/><br/>is <b>closed</b>"))
        + "File attachments:<br>plan - north.pdf -\n2.1 MB<br>hours.txt -\n1 KB<br>"
        '<blockquote><a href="https://h.example/"></a><br>Preview - Site<br>About</blockquote>'
    )
    assert post.text == "Quay 3\n\nis closed"
    assert (post.forwarded_from, post.reply_to) == ("Ministry of Weirs", "7")
    assert post.media == (Media("document", "plan - north.pdf"), Media("document", "hours.txt"), Media("photo"))


def test_votes_in_a_poll_of_rss_bridge_are_no_text() -> None:
    poll = "\t\t\tWhich pier?<br><small>Anonymous Poll</small><br><ul><li>{}% - North</li><li>{}% - A - B</li></ul>"
    before, after = mirrored(poll.format(10, 90)), mirrored(poll.format(11, 89))
    assert before == after
    assert (before.text, before.media) == ("Which pier?\nNorth\nA - B", (Media("poll", "Which pier?"),))


@pytest.mark.parametrize(
    "part", ["<blockquote>", "Forwarded from ", "<br>", "<li>1% - ", "File attachments:<br>a - b<br>"]
)
def test_hostile_texts_of_a_mirror_are_read_in_passing(part: str) -> None:
    assert mirrored(part * 20_000).id == "12"
    assert mirrored(f"{_TEXT.format('a')}{part * 20_000}").text == "a"
