"""Any news page by configured selectors, and what is said of pages that cannot be read."""

import contextlib
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.config import load
from worker.core.models import Media, Post, Refusal, RefusalReason, Selectors, Snapshot
from worker.core.parse import FORMATS, detect, parse
from worker.core.parse.addresses import without_tracking
from worker.core.parse.selected import check_selectors
from worker.errors import ParseError

HERE = "https://norvania.example/press/"

NEWS = """<!doctype html><html><head><meta charset="utf-8"><title>Press office</title></head><body>
<div class="list">
  <div class="row" id="n-2"><time class="when">2 March 2026</time><h3>
    <a href="/press/2?utm_source=x&amp;lang=en">Harbour closed</a></h3>
    <div class="lead"><p>The harbour is closed.</p><p>See <a href="/map">the map</a>.</p></div></div>
  <div class="row" id="n-1"><time class="when">05/06/2026</time><h3>Ферри</h3><div class="lead">Паром <img src="f.jpg">
    стоит.</div></div>
  <div class="row"><h3>No text</h3></div>
</div><a rel="next" href="?page=2">Older</a></body></html>""".encode()

ALL = Selectors(post=".row", title="h3", text=".lead", link="h3 a", date=".when")


def read(body: bytes, selectors: Selectors, url: str | None = HERE) -> Snapshot:
    snapshot = parse(body, url=url, selectors=selectors)
    assert isinstance(snapshot, Snapshot), snapshot
    return snapshot


def test_reads_posts_where_the_selectors_say() -> None:
    assert read(NEWS, ALL) == Snapshot(
        format="webpage",
        posts=(
            Post(
                text="Harbour closed\n\nThe harbour is closed.\n\nSee the map.",
                id="https://norvania.example/press/2?lang=en",
                url="https://norvania.example/press/2?lang=en",
                published_at=datetime(2026, 3, 2, tzinfo=UTC),
                links=("https://norvania.example/map",),
            ),
            Post(text="Ферри\n\nПаром стоит.", id="n-1", media=(Media("photo"),)),
            Post(text="No text"),
        ),
        title="Press office",
        older="https://norvania.example/press/?page=2",
    )


def test_what_is_not_selected_is_found_out() -> None:
    posts = read(NEWS, Selectors(post=".row", title="h3", date="time")).posts
    assert posts == read(NEWS, ALL).posts[:1] + posts[1:]
    assert [post.text for post in posts[1:]] == ["Ферри\n\nПаром стоит.", "No text"]
    bare = read(NEWS, Selectors(post=".row")).posts
    assert bare[0].text == "2 March 2026\nHarbour closed\n\nThe harbour is closed.\n\nSee the map."
    assert (bare[0].id, bare[0].published_at) == (posts[0].id, None)


def test_without_an_address_of_the_page_the_element_is_the_identity() -> None:
    assert [post.id for post in read(NEWS, ALL, url=None).posts] == ["n-2", "n-1", None]


def test_a_link_around_the_title_or_the_post_is_its_link() -> None:
    around_title = b'<div class="row"><a href="/a"><h3>Ebb</h3></a><a href="/b">map</a></div>'
    body = around_title + b'<a class="row" href="/c"><h3>F</h3></a>'
    assert [post.id for post in read(body, Selectors(post=".row", title="h3")).posts] == [
        "https://norvania.example/a",
        "https://norvania.example/c",
    ]


def test_a_link_that_several_posts_share_is_no_identity() -> None:
    first = b'<p id="x"><a href="/all">Ebb</a></p>'
    body = first + b'<p id="y"><a href="/all">Flow</a></p>' + first + b"<p>Z</p>"
    posts = read(body, Selectors(post="p")).posts
    assert [(post.id, post.text) for post in posts] == [
        ("https://norvania.example/all", "Ebb"),
        ("y", "Flow"),
        (None, "Z"),
    ]


def test_an_element_within_a_post_is_no_other_post() -> None:
    body = b'<div id="a">Ebb <div id="b">and flow</div></div><div id="c">Slack</div>'
    assert [post.text for post in read(body, Selectors(post="div, #a")).posts] == ["Ebb\nand flow", "Slack"]


@pytest.mark.parametrize(
    "date",
    [
        '<time datetime="2026-03-02T12:00:00+03:00">x</time>',
        '<meta content="2026-03-02T09:00:00Z">',
        '<span><time datetime="2026-03-02T10:00:00+01:00">05/06/2026</time></span>',
    ],
)
def test_a_time_that_is_marked_up_is_exact(date: str) -> None:
    body = f'<div class="row"><p>Ebb</p><div class="when">{date}</div></div>'.encode()
    selector = ".when meta" if "meta" in date else ".when > *"
    (post,) = read(body, Selectors(post=".row", date=selector)).posts
    assert (post.text, post.published_at) == ("Ebb", datetime(2026, 3, 2, 9, tzinfo=UTC))


@pytest.mark.parametrize("name", ["post", "title", "text", "link", "date"])
def test_a_selector_that_finds_nothing_is_a_changed_layout(name: str) -> None:
    refusal = parse(NEWS, url=HERE, selectors=replace(ALL, **{name: ".gone"}))
    assert isinstance(refusal, Refusal)
    assert refusal.reason is RefusalReason.CHANGED_LAYOUT
    assert refusal.detail.startswith(f"the selector `.gone` for `{name}` finds nothing")


@pytest.mark.parametrize("wrong", ["div >", "h2 a@href", "//div", "", " ", "a\nb", "a,,b", "p" * 2000, "\ud800"])
def test_a_selector_that_is_none_is_named(wrong: str) -> None:
    (problem,) = check_selectors(replace(ALL, date=wrong))
    assert problem.startswith("date: must be a CSS selector")
    with pytest.raises(ParseError, match="the selector for date: must be a CSS selector"):
        parse(NEWS, selectors=replace(ALL, date=wrong))


def test_right_selectors_have_no_problems() -> None:
    assert check_selectors(ALL) == []
    assert check_selectors(Selectors(post='article:not(.ad) > div[class*="новости" i], li:nth-child(2n)')) == []


def test_the_configuration_hands_its_selectors_on(tmp_path: Path) -> None:
    path = tmp_path / "watchword.toml"
    written = 'post = ".row"\ntitle = "h3"\ntext = ".lead"\nlink = "h3 a"\ndate = ".when"\n'
    path.write_text(f'[[channel]]\nname = "press"\nurl = "{HERE}"\n[channel.selectors]\n{written}')
    (channel,) = load(path).channels
    assert channel.selectors is not None
    assert channel.selectors.selectors() == ALL


def test_selectors_make_a_web_page_of_anything() -> None:
    refusal = parse(b"plain text", selectors=ALL)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is RefusalReason.CHANGED_LAYOUT
    assert isinstance(parse(NEWS, format_name="webpage", selectors=ALL), Snapshot)
    with pytest.raises(ParseError, match="'plain-text' has no use for them"):
        parse(NEWS, format_name="plain-text", selectors=ALL)


def test_a_page_that_is_cut_off_is_fetched_again() -> None:
    refusal = parse(NEWS[:-20], selectors=ALL)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is RefusalReason.TRUNCATED


def test_says_how_an_unknown_page_can_be_read() -> None:
    assert detect(NEWS) == "webpage"
    with pytest.raises(ParseError, match=r"\[channel.selectors\] with post = ") as refused:
        parse(NEWS, url=HERE)
    assert "instead" not in str(refused.value)
    feed = b'<link rel="alternate" type="application/atom+xml" href="/feed.atom"></head>'
    with pytest.raises(ParseError, match=r"or use https://norvania\.example/feed\.atom instead$"):
        parse(NEWS.replace(b"</head>", feed), url=HERE)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'<?xml version="1.0"?><!DOCTYPE html><html></html>', "webpage"),
        (b"\xef\xbb\xbf<!-- saved --> <HTML></HTML>", "webpage"),
        (b'<?xml version="1.0"?><rss version="2.0"><channel></channel></rss>', "feed"),
        (b'<!doctype html><div class="tgme_widget_message" data-post="estria/1"></div></html>', "telegram-preview"),
        (b"The class of post-1 hentry pages\n\nis plain text", "plain-text"),
    ],
)
def test_is_not_mistaken_for_another_format(body: bytes, name: str) -> None:
    assert detect(body) == name


def test_plain_text_is_tried_last() -> None:
    assert list(FORMATS)[-1] == "plain-text"


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("https://e.example/a?utm_source=x&utm_medium=y", "https://e.example/a"),
        ("https://e.example/a?id=1&UTM_x=2&b=%2F&gclid=3#c", "https://e.example/a?id=1&b=%2F#c"),
        ("https://e.example/a?utmost=1", "https://e.example/a?utmost=1"),
        ("https://e.example/a#?utm_source=x", "https://e.example/a#?utm_source=x"),
        ("https://[e?utm_source=x", "https://[e?utm_source=x"),
    ],
)
def test_the_address_of_a_page_says_nothing_of_its_reader(address: str, plain: str) -> None:
    assert without_tracking(address) == plain


PIECES = st.lists(
    st.sampled_from(
        [
            b"<html>", b"</html>", b"<body class='archive'>", b"<article class='post-1 hentry'>", b"</article>",
            b"<h2 class='entry-title'>", b"</h2>", b"<a href='/x' rel=bookmark>", b"</a>", b"<p>", b"<div>", b"</div>",
            b"<div class='nav-links'><a href='/page/2/'>", b"<time datetime='2026-03-02'>", b"</time>", b"<aside>",
            b"<base href='http://[x'>", b"<link rel=alternate type=application/rss+xml href='//[y'>", b"&amp;",
        ]
    )
    | st.binary(max_size=6),
    max_size=25,
).map(b"".join)  # fmt: skip


@settings(max_examples=120)
@given(PIECES, st.sampled_from([None, Selectors(post="article", title="h2", link="a"), Selectors(post="div, p")]))
def test_any_bytes_are_a_snapshot_a_refusal_or_an_error(body: bytes, selectors: Selectors | None) -> None:
    try:
        result = parse(body, format_name="webpage", url=HERE, selectors=selectors)
    except ParseError:
        return
    assert isinstance(result, Snapshot | Refusal)
    if isinstance(result, Snapshot):
        ids = [post.id for post in result.posts if post.id is not None]
        assert len(ids) == len(set(ids))


HOSTILE = {
    "deep": b"<article class='post-1 hentry'>" + b"<div class=date>" * 4_900 + b"x" + b"</div>" * 4_900,
    "nested posts": b"<article class='post-1 hentry'><h2>x</h2>" * 4_900,
    "many posts": b"".join(b"<article class='post-%d hentry'><h2>x</h2></article>" % number for number in range(1_000)),
    "many links": b"<article class='post-1 hentry'><div class=entry-content>" + b"<a href=/x>y</a>" * 10_000,
    "long class": b"<p class='" + b"post-1 " * 100_000,
    "many breaks": b"<article class='post-1 hentry'><div class=entry-content>" + b"y<br> " * 30_000,
    "blanks": b"<article class='post-1 hentry'><p>" + b" \n" * 200_000 + b"</p><time>" + b"1" * 200_000,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize(
    "selectors", [None, Selectors(post="article", title="h2, div", link="a")], ids=["marks", "selectors"]
)
def test_hostile_pages_take_no_more_than_a_moment(body: bytes, selectors: Selectors | None) -> None:
    begun = time.process_time()
    with contextlib.suppress(ParseError):
        parse(body, format_name="webpage", url=HERE, selectors=selectors)
    detect(body)
    assert time.process_time() - begun < 5
