from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.telegram_desktop_samples import (
    NAME,
    chat,
    html_message,
    html_service,
    html_text,
    message,
    own_layout,
    page,
)
from worker.core.fingerprint import fingerprint
from worker.core.models import Coverage, Media, Post, Snapshot
from worker.core.parse import detect
from worker.core.parse import parse as parse_any
from worker.core.parse.telegram_desktop_html import looks_like, missing_pages, parse, parse_pages
from worker.errors import ParseError


def read(*messages: str) -> list[Post]:
    return list(parse(page(*messages)).posts)


def only(inner: str) -> Post:
    (post,) = read(html_message(1, inner))
    return post


# --------------------------------------------------------------------------- pages


def test_a_page_gives_its_posts_without_the_dates_between_them() -> None:
    body = page(
        html_service(-1, "1 March 2025"),
        html_service(1, f"Channel &laquo;{NAME}&raquo; created"),
        html_message(2, html_text("The lock opens on Monday.")),
        html_service(-2, "2 March 2025"),
        html_message(5, html_text("Шлюз открыт.")),
    )
    snapshot = parse_any(body)
    assert isinstance(snapshot, Snapshot)
    assert (snapshot.format, snapshot.title) == ("telegram-desktop-html", NAME)
    assert [(post.id, post.text, post.service, post.edited) for post in snapshot.posts] == [
        ("1", f"Channel «{NAME}» created", True, None),
        ("2", "The lock opens on Monday.", False, None),
        ("5", "Шлюз открыт.", False, None),
    ]
    assert snapshot.coverage is not None
    assert snapshot.coverage == Coverage(lowest=1, highest=5, ids=frozenset({1, 2, 5}))


def test_an_unsupported_message_is_covered_and_no_post() -> None:
    sentence = "This message is not supported by this version of Telegram Desktop. Please update the application."
    snapshot = parse(page(html_message(1, html_text("x")), html_service(2, sentence), html_message(3, html_text("y"))))
    assert [post.id for post in snapshot.posts] == ["1", "3"]
    assert snapshot.coverage is not None
    assert 2 in snapshot.coverage.ids


def test_messages_of_a_former_group_have_ids_below_zero() -> None:
    posts = read(html_service(-1, "1 March 2025"), html_service(-70, "A. removed group photo"), html_message(-69, ""))
    assert [post.id for post in posts] == ["-70", "-69"]


def test_an_empty_range_is_an_empty_snapshot() -> None:
    snapshot = parse(page(html_service(-1, "No exported messages")))
    assert (snapshot.posts, snapshot.coverage) == ((), None)


def test_a_page_that_is_cut_off_is_refused() -> None:
    body = page(html_message(1, html_text("x")))
    with pytest.raises(ParseError, match="cut off"):
        parse(body[: body.index(b"</html")])


@pytest.mark.parametrize("body", [b"", b"{}", b"<html><body>Hello</body></html>", b"<p>class chat_page</p>"])
def test_what_is_no_page_is_refused(body: bytes) -> None:
    assert not looks_like(body)
    with pytest.raises(ParseError, match="no messages in it"):
        parse(body)


def test_a_post_that_quotes_markup_changes_nothing_about_the_format() -> None:
    quoted = html_text("&lt;div class=&quot;tgme_widget_message&quot; data-post=&quot;x/1&quot;&gt; class=tgme_page")
    assert detect(page(html_message(1, quoted))) == "telegram-desktop-html"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 3000))
def test_any_bytes_give_a_snapshot_or_a_parse_error(junk: bytes, place: int) -> None:
    body = page(html_service(1, "x"), html_message(2, html_text("a<br>b")), html_message(3, "", sender=None))
    for damaged in (junk, body[:place] + junk + body[place:], body[:place] + junk + body[place + len(junk) :]):
        looks_like(damaged)
        try:
            parse(damaged)
        except ParseError:
            continue


def test_a_page_of_blanks_is_read_in_linear_time() -> None:
    (post,) = read(html_message(1, html_text("a" + " " * 300_000 + "b")))
    assert post.text.split() == ["a", "b"]


# --------------------------------------------------------------------------- several pages

_FIRST = page(html_message(1, html_text("one"), sender="A. Weir"))
_SECOND = page(html_message(2, html_text("two"), sender=None), html_message(3, html_text("three"), sender="B. Sluice"))
_TENTH = page(html_message(9, html_text("nine"), sender=None))


def test_pages_are_read_in_the_order_of_their_numbers() -> None:
    names = [
        "chats/chat_001/messages10.html",
        "messages2.html",
        "messages.html",
        *(f"messages{n}.html" for n in range(3, 10)),
    ]
    empty = page(html_service(-1, "3 March 2025"))
    bodies = [_TENTH, _SECOND, _FIRST, *[empty] * 7]
    snapshot = parse_pages(list(zip(names, bodies, strict=True)), username="canals")
    assert [post.text for post in snapshot.posts] == ["one", "two", "three", "nine"]
    assert [post.author for post in snapshot.posts] == ["A. Weir", "A. Weir", "B. Sluice", "B. Sluice"]
    assert snapshot.posts[-1].url == "https://t.me/canals/9"
    assert snapshot.coverage is not None
    assert snapshot.coverage.ids == {1, 2, 3, 9}


def test_without_a_page_in_the_middle_nothing_is_covered_and_nobody_is_guessed() -> None:
    names = ("index.html", "messages2.html", "messages10.html")
    snapshot = parse_pages(list(zip(names, (_FIRST, _SECOND, _TENTH), strict=True)))
    assert snapshot.coverage is None
    assert [post.author for post in snapshot.posts] == ["A. Weir", "A. Weir", "B. Sluice", None]
    assert missing_pages(names) == tuple(f"messages{n}.html" for n in range(3, 10))
    assert missing_pages(["messages2.html"]) == ("messages.html",)
    assert missing_pages([]) == ()


def test_an_error_names_the_page() -> None:
    with pytest.raises(ParseError, match=r"^messages2\.html: .*cut off"):
        parse_pages([("messages.html", _FIRST), ("messages2.html", _SECOND.replace(b"</html>", b""))])
    with pytest.raises(ParseError, match=r"notes\.txt: this is no name of a page"):
        parse_pages([("notes.txt", _FIRST)])
    with pytest.raises(ParseError, match="no pages"):
        parse_pages([])


# --------------------------------------------------------------------------- what a message says


@pytest.mark.parametrize(
    ("title", "zone", "expected"),
    [
        ("01.03.2025 13:00:00 UTC+03:00", None, datetime(2025, 3, 1, 10, 0, tzinfo=UTC)),
        ("01.03.2025 13:00:00 UTC+05:30", None, datetime(2025, 3, 1, 7, 30, tzinfo=UTC)),
        ("01.03.2025 13:00:00 UTC-03:30", None, datetime(2025, 3, 1, 16, 30, tzinfo=UTC)),
        ("01.03.2025 13:00:00 UTC", None, datetime(2025, 3, 1, 13, 0, tzinfo=UTC)),
        ("01.03.2025 13:00:00", None, None),
        ("01.03.2025 13:00:00", ZoneInfo("Europe/Paris"), datetime(2025, 3, 1, 12, 0, tzinfo=UTC)),
        ("01.03.2025 13:00:00 UTC+03:00", ZoneInfo("Europe/Paris"), datetime(2025, 3, 1, 10, 0, tzinfo=UTC)),
        ("41.03.2025 13:00:00 UTC", None, None),
        ("01.01.0001 00:00:00 UTC+03:00", None, None),
        ("yesterday", None, None),
    ],
)
def test_a_time_needs_an_offset_or_the_exporters_zone(
    title: str, zone: ZoneInfo | None, expected: datetime | None
) -> None:
    (post,) = parse(page(html_message(1, "", title=title)), timezone=zone).posts
    assert post.published_at == expected


_FORWARD = """
<div class="pull_left forwarded userpic_wrap"><div class="userpic">M</div></div>
<div class="forwarded body">
 <div class="from_name">
Министерство шлюзов via @bot <span class="date details" title="02.02.2020 02:02:02 UTC+03:00"> 02.02.2020</span>
 </div>
 <div class="text">
Words of the origin
 </div>
 <div class="signature details">
A. Weir
 </div>
</div>"""


def test_a_forward_keeps_its_origin_apart_from_its_own_date_and_sender() -> None:
    first, joined, own = read(
        html_message(1, _FORWARD),
        html_message(2, f'<div class="forwarded body">{html_text("More of it")}</div>', sender=None),
        html_message(3, html_text("Own words"), sender=None),
    )
    assert first.published_at == datetime(2025, 3, 1, 10, 0, tzinfo=UTC)
    assert (first.forwarded_from, first.text, first.author) == ("Министерство шлюзов", "Words of the origin", "A. Weir")
    assert (joined.forwarded_from, joined.text, joined.author) == ("Министерство шлюзов", "More of it", None)
    assert (own.forwarded_from, own.text) == (None, "Own words")


def test_a_forward_from_a_deleted_account_is_still_a_forward() -> None:
    inner = '<div class="forwarded body"><div class="from_name">\nDeleted Account \n</div></div>'
    assert only(inner).forwarded_from == ""
    assert only('<div class="forwarded body"></div>').forwarded_from == ""


def test_a_joined_message_has_the_sender_of_the_one_before() -> None:
    posts = read(
        html_message(1, "", sender="B. Sluice via @canalbot"),
        html_message(2, "", sender=None),
        html_message(3, "", sender="Deleted Account"),
        html_message(4, ""),
        html_message(5, "", sender=None),
    )
    assert [post.author for post in posts] == ["B. Sluice", "B. Sluice", None, None, None]


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ('In reply to <a href="#go_to_message57" onclick="return GoToMessage(57)">this message</a>', "57"),
        ('In reply to <a href="messages3.html#go_to_message57">this message</a>', "57"),
        ('In reply to <a href="#go_to_message-57">this message</a>', "-57"),
        ("In reply to a message in another chat", None),
    ],
)
def test_a_reply_names_the_post_it_answers(inner: str, expected: str | None) -> None:
    post = only(f'<div class="reply_to details">\n{inner}\n</div>{html_text("Yes.")}')
    assert (post.reply_to, post.text) == (expected, "Yes.")


def test_entities_become_text_hashtags_and_links() -> None:
    post = only(
        html_text(
            '<strong>L&apos;écluse</strong><br><br><br><br>rouvre  <br><a href="" onclick="return'
            ' ShowHashtag(&quot;canal&quot;)">#canal</a> <a href="" onclick="return ShowBotCommand(\'x\')">/x</a>'
            ' <span class="spoiler hidden" onclick="ShowSpoiler(this)"><span aria-hidden="true">lundi</span></span>'
            ' <a href = "stickers/sticker (4).webp">🙂</a> <a href="" onclick="return ShowNotLoadedEmoji();">🙃</a>'
            ' <a href="mailto:office@canals.example">office@canals.example</a> <a href="tel:+100">+100</a>'
            ' <a href="https://canals.example/?a=1&amp;b=2">plan</a> <a href="canals.example">canals.example</a>'
        )
    )
    assert post.text == ("L'écluse\n\nrouvre\n#canal /x lundi 🙂 🙃 office@canals.example +100 plan canals.example")
    assert post.hashtags == ("#canal",)
    assert post.links == (
        "mailto:office@canals.example",
        "tel:+100",
        "https://canals.example/?a=1&b=2",
        "http://canals.example",
    )


def _generic(kind: str, title: str, description: str = "") -> str:
    return f"""<div class="media_wrap clearfix"><div class="media clearfix pull_left {kind}">
 <div class="fill pull_left"></div><div class="body"><div class="title bold">
{title}
 </div><div class="description">
{description}
 </div><div class="status details">
Not included
 </div></div></div></div>"""


def _wrapped(kind: str) -> str:
    return f'<div class="media_wrap clearfix"><a class="{kind} clearfix pull_left" href="x"><img src="y"/></a></div>'


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (_wrapped("photo_wrap"), Media("photo")),
        (_wrapped("video_file_wrap"), Media("video")),
        (_wrapped("animated_wrap"), Media("animation")),
        (_wrapped("sticker_wrap"), Media("sticker")),
        (_generic("media_photo", "Photo"), Media("photo")),
        (_generic("media_photo", "Sticker"), Media("sticker")),
        (_generic("media_video", "Video file"), Media("video")),
        (_generic("media_video", "Video message"), Media("round_video")),
        (_generic("media_video", "Animation"), Media("animation")),
        (_generic("media_voice_message", "Voice message"), Media("voice")),
        (_generic("media_audio_file", "P – T"), Media("audio", "P - T")),
        (_generic("media_audio_file", "Audio file"), Media("audio")),
        (_generic("block_link media_file", "plan.pdf"), Media("document", "plan.pdf")),
        (_generic("media_file", "File"), Media("document")),
        (_generic("media_contact", "A. Weir "), Media("contact", "A. Weir")),
        (_generic("media_location", "Location"), Media("location")),
        (_generic("media_live_location", "Live location"), Media("location")),
        (_generic("media_venue", "Lock 7", "Quay"), Media("location", "Lock 7, Quay")),
        (_generic("media_game", "Boats"), Media("open_in_telegram", "Boats")),
    ],
)
def test_attachments_are_told_by_their_class_and_never_by_their_words(inner: str, expected: Media) -> None:
    post = only(inner + html_text("Caption"))
    assert (post.media, post.text) == ((expected,), "Caption")


def test_a_poll_is_read_like_in_the_preview() -> None:
    post = only(
        """<div class="media_wrap clearfix"><div class="media_poll">
<div class="question bold">
Open on Sunday?
</div><div class="details">
Anonymous poll
</div><div class="answer">
- Yes <span class="details">3 votes, chosen vote</span>
</div><div class="answer">
- No - never
</div><div class="total details&#x09;">
3 votes
</div></div></div>"""
    )
    assert (post.text, post.media) == ("Open on Sunday?\nYes\nNo - never", (Media("poll", "Open on Sunday?"),))


def test_preview_json_and_html_have_one_fingerprint_for_a_post() -> None:
    """A history that was imported from an export must be recognised when the preview is fetched."""
    preview = parse_any(
        b'<div class="tgme_widget_message js-widget_message" data-post="canals/1">'
        b'<a class="tgme_widget_message_photo_wrap" href="https://t.me/canals/1"></a>'
        b'<div class="tgme_widget_message_text js-message_text" dir="auto"><b>Lock 7<br/><br/></b>opens&#33;<br/>'
        b'<blockquote>L&#39;\xc3\xa9cluse rouvre</blockquote><a href="?q=%23canal">#canal</a></div></div>'
        b'<div class="tgme_widget_message js-widget_message" data-post="canals/2">'
        b'<div class="tgme_widget_message_poll js-poll"><div class="tgme_widget_message_poll_question">Open?</div>'
        b'<div class="tgme_widget_message_poll_option"><div class="tgme_widget_message_poll_option_percent">60%</div>'
        b'<div class="tgme_widget_message_poll_option_text">Yes</div></div></div></div>'
    )
    runs = [
        {"type": "bold", "text": "Lock 7\n\n"},
        "opens!\n",
        {"type": "blockquote", "text": "L'e\u0301cluse rouvre"},
        "\n",
        {"type": "hashtag", "text": "#canal"},
    ]
    poll = {"question": "Open?", "answers": [{"text": "Yes", "voters": 3}]}
    json = parse_any(own_layout(chat([message(1, runs, photo="p.jpg"), message(2, "", poll=poll)])))
    markup = (
        "<strong>Lock 7<br><br></strong>opens!<br><blockquote>L&apos;écluse rouvre</blockquote><br>"
        '<a href="" onclick="return ShowHashtag(&quot;canal&quot;)">#canal</a>'
    )
    asked = (
        '<div class="media_wrap clearfix"><div class="media_poll"><div class="question bold">\nOpen?\n</div>'
        '<div class="answer">\n- Yes <span class="details">3 votes</span>\n</div></div></div>'
    )
    html = parse_any(page(html_message(1, _wrapped("photo_wrap") + html_text(markup)), html_message(2, asked)))
    found = [
        [(post.id, fingerprint(post.text), post.text, post.hashtags, post.media) for post in snapshot.posts]
        for snapshot in (preview, json, html)
        if isinstance(snapshot, Snapshot)
    ]
    assert found[0] == found[1] == found[2]


def test_reactions_and_signatures_are_no_text() -> None:
    post = only(
        html_text("Words")
        + '<div class="signature details">\nA. Weir\n</div><span class="reactions"><span class="reaction">'
        '<span class="emoji">\n❤\n</span><span class="count">\n1\n</span></span></span>'
    )
    assert (post.text, post.author) == ("Words", "A. Weir")


# --------------------------------------------------------------------------- real exports, where they are at hand

_FIXTURES = Path(__file__).resolve().parents[2] / ".." / "shared" / "fixtures"
_SNAPSHOTS = ("2025-04-16-fd44a81", "2025-10-05-f1222c7")
real = pytest.mark.skipif(not _FIXTURES.is_dir(), reason="no folder `shared/fixtures` beside the checkout")


def _real(*parts: str) -> Snapshot:
    snapshot = parse_any(_FIXTURES.joinpath(*parts).read_bytes())
    assert isinstance(snapshot, Snapshot)
    return snapshot


def _words(post: Post) -> list[list[str]]:
    return [line.split() for line in post.text.split("\n")]


@real
@pytest.mark.parametrize("made", _SNAPSHOTS)
def test_json_and_html_exported_together_are_the_same(made: str) -> None:
    json = _real("tdesktop_json", "trantor_library", f"result-{made}.json")
    html = _real("tdesktop_html", "trantor_library", f"messages-{made}.html")
    assert len(json.posts) == len(html.posts) == 924
    assert (json.title, json.coverage) == (html.title, html.coverage)
    for one, other in zip(json.posts, html.posts, strict=True):
        assert (one.id, _words(one), one.hashtags, one.links) == (other.id, _words(other), other.hashtags, other.links)
        assert (one.author, one.forwarded_from, one.media) == (other.author, other.forwarded_from, other.media)
        assert one.service or one.published_at == other.published_at


@real
@pytest.mark.parametrize(("kind", "name"), [("tdesktop_json", "result-{}.json"), ("tdesktop_html", "messages-{}.html")])
def test_half_a_year_changed_one_text(kind: str, name: str) -> None:
    before, after = (_real(kind, "trantor_library", name.format(made)) for made in _SNAPSHOTS)
    known = {post.id: fingerprint(post.text) for post in before.posts}
    assert [post.id for post in after.posts if known[post.id] != fingerprint(post.text)] == ["1032"]


@real
def test_the_pages_of_a_real_channel_are_one_history() -> None:
    folder = _FIXTURES / "tdesktop_html" / "android_security_malware"
    pages = [(path.name, path.read_bytes()) for path in folder.glob("*.html")]
    snapshot = parse_pages(pages)
    ids = [int(post.id or 0) for post in snapshot.posts]
    assert ids == sorted(set(ids))
    assert (len(ids), ids[0], ids[-1]) == (1471, 1, 1479)
    assert not any(post.author for post in snapshot.posts)
    assert sum(post.forwarded_from is not None for post in snapshot.posts) == 62
    assert not any(post.published_at for post in snapshot.posts)


@real
def test_small_groups_of_both_forms_have_the_same_senders() -> None:
    json = _real("tdesktop_json", "small", "test-group-2022.json")
    html = _real("tdesktop_html", "small", "test-group-2022.html")
    for one, other in zip(json.posts[1:], html.posts[1:], strict=True):
        assert (one.id, _words(one), one.author, one.media) == (other.id, _words(other), other.author, other.media)
