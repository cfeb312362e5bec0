"""WordPress's REST interface: its posts, its errors, and where they are asked for."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.models import Media, Post, Refusal, RefusalReason, Snapshot
from worker.core.parse import detect, parse
from worker.core.parse.wordpress_rest import looks_like, modified_after, next_page, rest_url
from worker.errors import ParseError

POSTS = "https://estria.example/wp-json/wp/v2/posts"


def answer(number: int = 308, **more: Any) -> dict[str, Any]:
    """Return a post as the interface gives it."""
    return {
        "id": number,
        "date": "2026-03-02T11:00:00",
        "date_gmt": "2026-03-02T10:00:00",
        "guid": {"rendered": f"https://estria.example/?p={number}"},
        "modified": "2026-03-02T11:00:00",
        "modified_gmt": "2026-03-02T10:00:00",
        "slug": "quota",
        "status": "publish",
        "type": "post",
        "link": "https://estria.example/2026/03/quota/",
        "title": {"rendered": "La Commission &#8217;pêche&#8217; se réunit"},
        "content": {"rendered": "<p>Le quota est fixé.</p>\n", "protected": False},
        "excerpt": {"rendered": "<p>Le quota [&hellip;]</p>\n", "protected": False},
        "author": 3,
        "featured_media": 0,
        **more,
    }


def encode(*posts: Mapping[str, Any]) -> bytes:
    return json.dumps(posts, ensure_ascii=False).encode()


def read(body: bytes, url: str | None = None) -> Snapshot:
    snapshot = parse(body, url=url)
    assert isinstance(snapshot, Snapshot), snapshot
    assert snapshot.format == "wordpress-rest"
    return snapshot


def only(post: Mapping[str, Any]) -> Post:
    (found,) = read(encode(post)).posts
    return found


def test_reads_a_post() -> None:
    assert only(answer()) == Post(
        text="La Commission ’pêche’ se réunit\n\nLe quota est fixé.",
        id="308",
        url="https://estria.example/2026/03/quota/",
        published_at=datetime(2026, 3, 2, 10, tzinfo=UTC),
        edited=False,
    )


def test_reads_what_is_around_the_text() -> None:
    content = (
        '<figure><img src="q.jpg"><figcaption>Le quai</figcaption></figure><p>Le <a href="/quota.pdf">quota</a>.</p>'
        '<script>1</script><div class="sharedaddy"><a href="/share">Partager</a></div>'
        '<p>L’article <a href="/">Quota</a> est apparu en premier sur <a href="/">Estria</a>.</p>'
    )
    embedded = {"author": [{"name": "Anaïs &amp; Noé"}]}
    post = only(answer(content={"rendered": content}, featured_media=7, _embedded=embedded))
    assert post.text == "La Commission ’pêche’ se réunit\n\nLe quai\n\nLe quota."
    assert post.links[0] == "https://estria.example/quota.pdf"
    assert "https://estria.example/share" not in post.links
    assert post.media == (Media("photo"), Media("photo"))
    assert post.author == "Anaïs & Noé"


@pytest.mark.parametrize(
    ("modified", "edited"),
    [
        ("2026-03-02T10:01:00", False),
        ("2026-03-02T10:01:01", True),
        ("2026-03-01T10:00:00", False),
        ("", None),
        (None, None),
        ("0000-00-00T00:00:00", None),
    ],
)
def test_an_edit_is_what_was_saved_more_than_a_minute_after_publishing(modified: str | None, edited: bool) -> None:
    assert only(answer(modified_gmt=modified)).edited is edited


def test_a_post_without_a_time_in_utc_has_its_day() -> None:
    post = only(answer(date_gmt=None))
    assert (post.published_at, post.edited) == (datetime(2026, 3, 2, tzinfo=UTC), None)


def test_a_protected_post_has_its_title() -> None:
    assert only(answer(content={"rendered": "", "protected": True}, excerpt={"rendered": ""})).text.endswith("réunit")


def test_an_answer_without_articles_has_their_excerpts() -> None:
    post = answer()
    del post["content"]
    assert only(post).text.endswith("Le quota […]")


def test_reads_a_single_post_and_an_empty_answer() -> None:
    assert [post.id for post in read(json.dumps(answer()).encode()).posts] == ["308"]
    assert read(b" [ ]\n").posts == ()


def test_a_byte_order_mark_of_a_plugin_is_no_matter() -> None:
    assert read(b"\xef\xbb\xbf" + encode(answer())).posts[0].id == "308"


def test_half_a_character_is_replaced() -> None:
    body = json.dumps([answer(link="https://estria.example/\ud83d")]).encode()
    assert read(body).posts[0].url == "https://estria.example/\ufffd"


def test_only_a_full_page_may_have_an_older_one() -> None:
    two = encode(answer(1), answer(2))
    assert read(two, f"{POSTS}?per_page=2&page=3").older == f"{POSTS}?per_page=2&page=4"
    assert read(two, f"{POSTS}?per_page=3").older is None
    assert read(two, POSTS).older is None
    assert read(encode(*(answer(number) for number in range(1, 11))), POSTS).older == f"{POSTS}?page=2"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, RefusalReason.NO_PREVIEW),
        (403, RefusalReason.NO_PREVIEW),
        (404, RefusalReason.NOT_FOUND),
        (429, RefusalReason.RATE_LIMITED),
    ],
)
def test_repeats_why_the_server_refuses(status: int, reason: RefusalReason) -> None:
    error = {"code": "rest_closed", "message": "Nur f&uuml;r <b>Angemeldete</b>.", "data": {"status": status}}
    refusal = parse(json.dumps(error).encode())
    assert isinstance(refusal, Refusal)
    assert refusal.reason is reason
    assert 'the server answers "Nur für Angemeldete" (rest_closed)' in refusal.detail


def test_an_error_that_says_nothing_of_the_channel_is_an_error() -> None:
    error = {"code": "rest_invalid_param", "message": "Invalid parameter(s): per_page", "data": {"status": 400}}
    with pytest.raises(ParseError, match=r'"Invalid parameter\(s\): per_page" \(rest_invalid_param\)'):
        parse(json.dumps(error).encode())


def test_an_answer_that_is_cut_off_is_fetched_again() -> None:
    refusal = parse(encode(answer(), answer(2))[:-40])
    assert isinstance(refusal, Refusal)
    assert refusal.reason is RefusalReason.TRUNCATED


@pytest.mark.parametrize("body", [b"[1]", b"3", b'{"a": 1}', b"[}", b"<html>", b"[" * 100_000 + b"]" * 100_000])
def test_says_which_address_would_be_right(body: bytes) -> None:
    with pytest.raises(ParseError, match=r"^wordpress-rest: "):
        parse(body, format_name="wordpress-rest")


@pytest.mark.parametrize(
    "body",
    [
        b'{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [{"title": "\\"rendered\\": x"}]}',
        b'{"name": "x", "type": "public_channel", "messages": [{"id": 1, "text": "title"}]}',
        b'{"code": 7}',
        b"[note] nothing here",
        b"",
    ],
)
def test_does_not_take_other_formats_for_its_own(body: bytes) -> None:
    assert not looks_like(body)
    assert detect(body) != "wordpress-rest"


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("https://estria.example", f"{POSTS}?per_page=50&_embed=author"),
        ("https://estria.example/category/news/page/2/", f"{POSTS}?per_page=50&_embed=author"),
        ("https://estria.example/2026/03/quota/", f"{POSTS}?per_page=50&_embed=author"),
        ("https://estria.example/wp-json/", f"{POSTS}?per_page=50&_embed=author"),
        ("https://estria.example/index.php", f"{POSTS}?per_page=50&_embed=author"),
        ("https://estria.example/fr/feed/", "https://estria.example/fr/wp-json/wp/v2/posts?per_page=50&_embed=author"),
        (
            "https://estria.example/index.php?rest_route=/",
            "https://estria.example/index.php?rest_route=/wp/v2/posts&per_page=50&_embed=author",
        ),
    ],
)
def test_knows_where_a_site_is_asked_for_its_posts(address: str, asked: str) -> None:
    assert rest_url(address) == asked


def test_asks_for_one_category_and_for_what_changed() -> None:
    assert rest_url("https://estria.example/", category=3) == f"{POSTS}?per_page=50&_embed=author&categories=3"
    at = datetime(2026, 3, 2, 13, 5, 7, tzinfo=timezone(timedelta(hours=3)))
    once = modified_after(f"{POSTS}?per_page=50", at)
    assert once == f"{POSTS}?per_page=50&modified_after=2026-03-02T10:05:07Z"
    assert modified_after(once, at) == once


def test_counts_pages() -> None:
    assert next_page(POSTS) == f"{POSTS}?page=2"
    assert next_page(f"{POSTS}?page=2&_embed=author") == f"{POSTS}?_embed=author&page=3"
    assert next_page(f"{POSTS}?page=next") == f"{POSTS}?page=2"


SCALAR = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("2026-03-02T10:00:00")
KEY = st.sampled_from([*answer(), "rendered", "_embedded", "name", "code", "message", "data"])
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=5), max_leaves=8
)


@settings(max_examples=80)
@given(st.dictionaries(KEY, VALUE, max_size=8))
def test_any_answer_is_a_snapshot_a_refusal_or_an_error_in_words(given_answer: dict[str, Any]) -> None:
    said = ""
    try:
        result = parse(json.dumps(given_answer).encode(), format_name="wordpress-rest", url=POSTS)
    except ParseError as error:
        said = str(error)
    else:
        assert isinstance(result, Snapshot | Refusal)
    assert "\n" not in said
