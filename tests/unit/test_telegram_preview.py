"""The parser of Telegram's preview pages, on invented pages and, where some lie beside the checkout, on real ones."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.preview_pages import pages
from worker.core.models import Media, Post, Refusal, RefusalReason, Snapshot
from worker.core.parse.telegram_preview import looks_like, parse
from worker.errors import ParseError

DATA = Path(__file__).parent / "data" / "telegram_preview"
SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "fixtures"
BLOCKS = (DATA / "blocks.html").read_bytes()
PAGE = pages(2)[1]

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="no folder `shared` with real pages beside the checkout")


def snapshot_of(body: bytes, url: str | None = None) -> Snapshot:
    result = parse(body, url=url)
    assert isinstance(result, Snapshot), result
    return result


def refusal_of(body: bytes, url: str | None = None) -> Refusal:
    result = parse(body, url=url)
    assert isinstance(result, Refusal), result
    return result


def posts_of(body: bytes) -> dict[str | None, Post]:
    return {post.id: post for post in snapshot_of(body).posts}


def block(inside: str, *, number: int = 7, classes: str = "", attributes: str = "") -> bytes:
    return (
        f'<div class="tgme_widget_message_wrap"><div class="tgme_widget_message {classes}" '
        f'data-post="HarbourMinistry/{number}" {attributes}>{inside}</div></div>'
    ).encode()


def text(markup: str) -> str:
    (post,) = snapshot_of(block(f'<div class="tgme_widget_message_text js-message_text">{markup}</div>')).posts
    return post.text


# --------------------------------------------------------------------------- one block


def test_an_album_is_one_post_and_its_nested_text_is_taken_once() -> None:
    post = posts_of(BLOCKS)["40"]
    assert post.text == (
        "Новый маяк\n\nОткрыт 🔄сегодня!\nОн виден издалека.\nПодробнее: здесь #маяк $USD @EastLighthouse"
    )
    assert post.media == (Media("photo"), Media("video"))
    assert snapshot_of(BLOCKS).coverage is not None
    assert {40, 42} <= snapshot_of(BLOCKS).coverage.ids  # type: ignore[union-attr]


def test_a_block_says_who_signed_it_when_and_whether_it_was_edited() -> None:
    post = posts_of(BLOCKS)["40"]
    assert (post.author, post.edited) == ("Zoé Quai", True)
    assert post.published_at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert post.url == "https://t.me/HarbourMinistry/40"
    assert post.service is False


def test_a_link_escaped_twice_is_repaired_and_a_hashtag_is_no_link() -> None:
    post = posts_of(BLOCKS)["40"]
    assert post.links == ("https://harbour.example/?a=1&b=2", "https://t.me/EastLighthouse")
    assert post.hashtags == ("#маяк",)


def test_a_link_that_is_not_warned_of_keeps_its_escapes() -> None:
    (post,) = snapshot_of(
        block('<div class="js-message_text"><a href="https://a.example/?x=1&amp;amp;y">x</a><a href="/b">b</a></div>')
    ).posts
    assert post.links == ("https://a.example/?x=1&amp;y", "https://t.me/b")


def test_a_forward_names_its_origin_and_a_reply_its_post_but_quotes_nothing() -> None:
    post = posts_of(BLOCKS)["43"]
    assert (post.forwarded_from, post.reply_to) == ("East Lighthouse", "40")
    assert post.text == "First caption\nSecond caption"
    assert post.media == (Media("document", "tides.pdf"), Media("audio", "The Buoys - Foghorn"))


def test_a_malformed_date_loses_the_date_only() -> None:
    assert posts_of(BLOCKS)["43"].published_at is None
    assert posts_of(BLOCKS)["44"].published_at is not None


def test_a_poll_is_its_question_and_options_without_percentages() -> None:
    post = posts_of(BLOCKS)["44"]
    assert post.text == "Which quay?\nNorth\nSouth"
    assert post.media == (Media("poll", "Which quay?"),)
    assert post.reply_to == "https://t.me/EastLighthouse/9"


def test_a_service_message_is_marked_and_keeps_its_sentence() -> None:
    post = posts_of(BLOCKS)["45"]
    assert (post.service, post.text, post.links) == (True, "Harbour Ministry pinned «Tides»", ())
    assert post.edited is None


def test_only_a_post_that_shows_nothing_is_hidden() -> None:
    posts = posts_of(BLOCKS)
    assert (posts["46"].text, posts["46"].media) == ("", (Media("open_in_telegram"),))
    assert (posts["47"].text, posts["47"].media) == ("Shown in full", ())


def test_every_kind_of_media_has_its_name() -> None:
    posts = posts_of(BLOCKS)
    assert [media.kind for media in posts["48"].media] == [
        "video_too_big", "location", "contact", "voice", "round_video",
    ]  # fmt: skip
    assert posts["49"].media == (Media("sticker"),)


@pytest.mark.parametrize(
    ("player", "kind"),
    [
        ('<video></video><div class="message_video_play"></div>', "video"),
        ("<video></video>", "animation"),
        (
            '<div class="message_media_not_supported_label">This media is not supported in your browser</div>',
            "unsupported_in_browser",
        ),
    ],
)
def test_a_player_is_told_apart_by_what_it_holds(player: str, kind: str) -> None:
    (post,) = snapshot_of(block(f'<a class="tgme_widget_message_video_player">{player}</a>')).posts
    assert post.media == (Media(kind),)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<b>Title<br/><br/></b>Body", "Title\n\nBody"),
        ("one  <br>\n   two", "one\ntwo"),
        ("one\n two ", "one two"),
        ('one<br class="x">two<BR>three', "one\ntwo\nthree"),
        ("<br/>a<br/><br/><br/><br/>b<br/>", "a\n\nb"),
        ("a<blockquote>q</blockquote>b", "a\nq\nb"),
        ("a<br/><br/><blockquote>q</blockquote><br/><br/>b", "a\n\nq\n\nb"),
        ("a<pre>x\n  y</pre>b", "a\nx\n  y\nb"),
        ("e\u0301te\u0301", "été"),
        ("a<tg-spoiler>hidden</tg-spoiler>&nbsp;b", "ahidden\u00a0b"),
        ('saved<span style="display: inline-block; width: 104px;"></span>', "saved"),
    ],
)
def test_a_text_keeps_its_lines_and_loses_the_white_space_of_the_source(markup: str, expected: str) -> None:
    assert text(markup) == expected


def test_a_block_without_an_identity_is_known_by_its_date_link() -> None:
    lost = (
        '<div class="tgme_widget_message"><a class="tgme_widget_message_date" href="https://t.me/HarbourMinistry/8">'
        "</a></div>"
    )
    assert [post.id for post in snapshot_of(block("x") + lost.encode()).posts] == ["7", "8"]


def test_comments_are_stepped_over_wherever_they_stand() -> None:
    commented = BLOCKS.replace(b"><", b"><!-- c --><")
    assert snapshot_of(commented) == snapshot_of(BLOCKS)


@pytest.mark.parametrize("view", ["", "@@@", "eyJ0Ijo5OTk5OTk5OTk5OTl9", "a"])
def test_a_malformed_view_gives_no_time(view: str) -> None:
    assert snapshot_of(block("x", attributes=f'data-view="{view}"')).built_at is None


# --------------------------------------------------------------------------- the page


def test_a_page_gives_all_its_posts_in_order_and_what_it_covers() -> None:
    snapshot = snapshot_of(PAGE, "https://t.me/s/harbourministry")
    assert [post.id for post in snapshot.posts] == [str(number) for number in range(21, 41)]
    assert snapshot.coverage is not None
    assert (snapshot.coverage.lowest, snapshot.coverage.highest) == (21, 40)
    assert snapshot.title == "Harbour Ministry"
    assert snapshot.built_at == datetime.fromtimestamp(1_780_000_000, UTC)
    assert snapshot.older == "https://t.me/s/HarbourMinistry?before=21"
    assert all(post.hashtags == ("#harbour",) for post in snapshot.posts)


def test_the_oldest_page_has_no_older_one_although_it_names_itself() -> None:
    assert snapshot_of(pages(1)[0]).older is None


def test_the_ajax_form_is_the_same_page() -> None:
    assert snapshot_of(json.dumps(BLOCKS.decode()).encode()).posts == snapshot_of(BLOCKS).posts
    assert snapshot_of(b'""') == Snapshot("telegram-preview", ())


def test_what_is_absent_from_a_search_or_a_mixture_proves_nothing() -> None:
    assert snapshot_of(PAGE, "https://t.me/s/harbourministry?q=quay").coverage is None
    assert snapshot_of(PAGE.replace(b'autocomplete="off" value=""', b'value="quay"')).coverage is None
    assert snapshot_of(BLOCKS + BLOCKS.replace(b"HarbourMinistry", b"EastLighthouse")).coverage is None


def test_a_page_cut_off_in_transit_is_refused_wherever_it_is_cut() -> None:
    end = PAGE.index(b"</html>")
    for cut in (100, 5_000, end // 2, end):
        assert refusal_of(PAGE[:cut]).reason is RefusalReason.TRUNCATED
    assert refusal_of(json.dumps(BLOCKS.decode()).encode()[:-5]).reason is RefusalReason.TRUNCATED


@pytest.mark.parametrize(
    ("name", "url", "reason"),
    [
        ("landing", None, RefusalReason.NO_PREVIEW),
        ("landing", "https://t.me/harbourministry", RefusalReason.NO_PREVIEW),
        ("landing", "https://t.me/s/harbourministry", RefusalReason.BANNED),
        ("nobody", "https://t.me/nosuchharbour", RefusalReason.NOT_FOUND),
        ("nobody", "https://t.me/s/harbourministry", RefusalReason.BANNED),
        ("no_posts", None, RefusalReason.RATE_LIMITED),
        ("no_posts", "https://t.me/s/harbourministry", RefusalReason.RATE_LIMITED),
    ],
)
def test_a_page_without_posts_says_why(name: str, url: str | None, reason: RefusalReason) -> None:
    body = (DATA / f"{name}.html").read_bytes()
    assert looks_like(body)
    assert refusal_of(body, url).reason is reason


def test_a_landing_page_with_a_preview_says_where_it_is() -> None:
    assert "https://t.me/s/harbourministry" in refusal_of((DATA / "landing.html").read_bytes()).detail


@pytest.mark.parametrize("query", ["?q=quay", "?before=2"])
def test_a_search_or_the_end_of_the_history_may_rightly_be_empty(query: str) -> None:
    snapshot = snapshot_of((DATA / "no_posts.html").read_bytes(), f"https://t.me/s/harbourministry{query}")
    assert (snapshot.posts, snapshot.coverage, snapshot.title) == ((), None, "Harbour Ministry")


def test_an_empty_channel_is_an_empty_snapshot() -> None:
    body = (DATA / "no_posts.html").read_bytes().replace(b">photos<", b">subscribers<")
    assert snapshot_of(body).posts == ()


@pytest.mark.parametrize(
    "change",
    [
        (b"data-post", b"data-message"),
        (b"tgme_widget_message", b"tg_message"),
    ],
)
def test_renamed_messages_are_a_changed_layout(change: tuple[bytes, bytes]) -> None:
    body = PAGE.replace(*change)
    if change[0] == b"tgme_widget_message":
        body = body.replace(b"data-post", b"data-message")
    assert refusal_of(body).reason is RefusalReason.CHANGED_LAYOUT


def test_posts_that_all_lost_their_content_are_a_changed_layout() -> None:
    renamed = PAGE
    for name in (
        b"js-message_text",
        b"message_photo_wrap",
        b"message_video_player",
        b"message_media_not_supported_wrap",
    ):
        renamed = renamed.replace(name, b"renamed")
    assert refusal_of(renamed).reason is RefusalReason.CHANGED_LAYOUT


def test_a_missing_single_post_is_not_found() -> None:
    body = b'<div class="tgme_widget_message"><div class="tgme_widget_message_error">Post not found</div></div>'
    assert refusal_of(body).reason is RefusalReason.NOT_FOUND


@pytest.mark.parametrize("body", [b"", b"plain words", b"<p>a page of something else</p>", b"{}"])
def test_what_is_no_page_of_telegram_is_an_error(body: bytes) -> None:
    assert not looks_like(body)
    with pytest.raises(ParseError):
        parse(body)


@pytest.mark.parametrize("prefix", [b'{"html": "', b'<?xml version="1.0"?><rss>', b"<rss>"])
def test_another_format_that_quotes_a_page_is_not_taken_for_one(prefix: bytes) -> None:
    assert not looks_like(prefix + BLOCKS)


# --------------------------------------------------------------------------- properties


@given(st.binary(max_size=300))
@example(b"\xff\xfe<")
@settings(max_examples=60, deadline=None)
def test_any_bytes_give_a_snapshot_a_refusal_or_a_parse_error(body: bytes) -> None:
    looks_like(body)
    for variant in (body, b'"' + body, b'<div class="tgme_widget_message" data-post="a/1">' + body):
        with suppress(ParseError):
            assert isinstance(parse(variant), Snapshot | Refusal)


@given(st.integers(0, len(BLOCKS)), st.integers(0, 400), st.binary(max_size=20))
@settings(max_examples=80, deadline=None)
def test_a_damaged_page_never_breaks_the_parser(place: int, length: int, junk: bytes) -> None:
    try:
        result = parse(BLOCKS[:place] + junk + BLOCKS[place + length :], url="https://t.me/s/[")
    except ParseError:
        return
    if isinstance(result, Snapshot):
        assert all(post.id is not None for post in result.posts)
        assert all(line == line.rstrip() for post in result.posts for line in post.text.split("\n"))


@pytest.mark.parametrize(
    "unit",
    [
        b'<a href="https://a.example/">a</a>',
        b'</div><div class="js-message_text">a',
        b'</div><a class="tgme_widget_message_photo_wrap"></a><div class="js-message_text">',
        b"<br>\n ",
        b"<blockquote>a</blockquote>",
        b" \n",
    ],
)
def test_a_hostile_block_takes_a_bounded_time(unit: bytes) -> None:
    body = block('<div class="js-message_text">HERE</div>').replace(b"HERE", unit * (600_000 // len(unit)))
    began = perf_counter()
    snapshot_of(body)
    assert perf_counter() - began < 2


# --------------------------------------------------------------------------- real pages


@needs_shared
def test_a_real_page_of_2021_gives_18_posts_of_20_ids() -> None:
    snapshot = snapshot_of((SHARED / "tme_s" / "nexta_live-2021-02-23.html").read_bytes())
    assert snapshot.coverage is not None
    assert len(snapshot.posts) == 18
    assert snapshot.coverage.ids == frozenset(range(13358, 13378))
    assert snapshot.older == "https://t.me/s/nexta_live?before=13358"
    assert snapshot.built_at == datetime.fromtimestamp(1614074064, UTC)
    posts = {post.id: post for post in snapshot.posts}
    assert posts["13373"].media == (Media("photo"),) * 3
    assert posts["13365"].media == (Media("video_too_big"),)
    assert posts["13365"].forwarded_from == "LUXTA"
    assert [post.id for post in snapshot.posts if post.edited] == ["13361", "13367"]
    assert "самоуничтожения\n\nПохоже" in posts["13358"].text
    assert posts["13377"].published_at == datetime(2021, 2, 23, 8, 43, 54, tzinfo=UTC)
    assert not any("VIEW IN TELEGRAM" in post.text for post in snapshot.posts)


@needs_shared
def test_a_real_page_of_2026_is_complete_despite_its_labels() -> None:
    (path,) = (SHARED / "tme_s").glob("test_channel-*.html")
    snapshot = snapshot_of(path.read_bytes())
    assert snapshot.coverage is not None
    assert snapshot.coverage.ids == {1001, 1002, 1003, 1010, 1011, 1012}
    shown, hidden, forwarded = snapshot.posts
    assert shown.text.count("This is a test message") == 1
    assert "Please open Telegram" not in shown.text
    assert (hidden.text, hidden.media) == ("", (Media("open_in_telegram"),))
    assert forwarded.forwarded_from == "Another Channel"
    assert "replaced\n\nVisited" in forwarded.text


@needs_shared
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tchan/forwarded_text_message", {"forwarded_from": "Some user", "text": ";)"}),
        ("tchan/location_message", {"media": (Media("location"),), "text": ""}),
        ("tchan/multimedia_message", {"text": "Multiple videos and pictures", "id": "84"}),
        ("tchan/signed_edited_text_message", {"author": "Álvaro Justen", "edited": True}),
        ("tchan/service_message_pinned", {"service": True, "links": ()}),
        ("tchan/sticker_message", {"media": (Media("sticker"),), "text": ""}),
        ("tchan/text_reply_to_video", {"reply_to": "19", "text": "Reply to a video (not recorded in telegram)"}),
        ("tchan/text_message_link_with_right_preview", {"links": ("https://python.org/",)}),
        ("tchan/video_big", {"media": (Media("video_too_big"),), "text": "some text"}),
        ("tchan/audio_message", {"media": (Media("voice"),)}),
        ("tchan/emoji_message", {"text": "👍"}),
        ("any2feed/message_poll", {"media": (Media("poll", "Как лучше?"),)}),
        ("any2feed/message_sticker", {"media": (Media("sticker"),), "author": "🅰️User"}),
        ("any2feed/message_media_round_video", {"media": (Media("round_video"),), "text": ""}),
        ("any2feed/message_media_photo_and_video", {"hashtags": ("#Белгород", "#Беспилотники")}),
        ("any2feed/message_media_file", {"published_at": datetime(2022, 8, 3, 19, 31, 10, tzinfo=UTC)}),
    ],
)
def test_a_real_block_says_what_it_says(name: str, expected: dict[str, object]) -> None:
    (post,) = snapshot_of((SHARED / "tme_blocks" / f"{name}.html").read_bytes()).posts
    assert {field: getattr(post, field) for field in expected} == expected


@needs_shared
def test_real_landing_pages_are_told_apart() -> None:
    reasons = {path.name: refusal_of(path.read_bytes()).reason for path in (SHARED / "tme_landing").glob("*.html")}
    missing = reasons.pop("nexta_live1432-nonexistent-2021.html")
    assert missing is RefusalReason.NOT_FOUND
    assert set(reasons.values()) == {RefusalReason.NO_PREVIEW}
    assert len(reasons) == 6
