"""JSON Feed, on invented documents."""

import json
from datetime import UTC, datetime

import pytest

from tests.unit.feed_documents import post_of, refusal_of, snapshot_of
from worker.core.models import Media, RefusalReason
from worker.core.parse import detect
from worker.core.parse.feed import parse
from worker.errors import ParseError

VERSION = "https://jsonfeed.org/version/1.1"


def feed(*items: object, **further: object) -> bytes:
    return json.dumps({"version": VERSION, "title": "Phares", **further, "items": list(items)}).encode()


def test_a_post_has_what_its_item_says() -> None:
    post = post_of(
        feed(
            {
                "id": "p1",
                "url": "/p/1",
                "title": "Phare neuf",
                "content_html": "<p>Il <a href='plan'>brille</a>.</p>",
                "content_text": "unused",
                "date_published": "2026-03-02T09:00:00+01:00",
                "date_modified": "2026-03-05T09:00:00Z",
                "authors": [{"name": "Ana"}, {"url": "https://b.example"}, {"name": "Bo"}],
                "image": "https://h.example/i",
                "attachments": [{"url": "https://h.example/s", "mime_type": "audio/mpeg"}, {"mime_type": "x"}],
            }
        ),
        url="https://phares.example/feed.json",
    )
    assert (post.id, post.url, post.text) == ("p1", "https://phares.example/p/1", "Phare neuf\n\nIl brille.")
    assert post.published_at == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert (post.author, post.media) == ("Ana, Bo", (Media("photo"), Media("audio")))
    assert post.links == ("https://phares.example/plan",)


@pytest.mark.parametrize(("written", "identity"), [(7, "7"), (" a ", "a"), (7.5, "7.5"), (True, "https://h.example/7")])
def test_an_id_becomes_a_string(written: object, identity: str) -> None:
    assert post_of(feed({"id": written, "url": "https://h.example/7", "content_text": "t"})).id == identity


def test_plain_text_stays_plain_and_a_summary_comes_last() -> None:
    texts = [
        post.text
        for post in snapshot_of(
            feed(
                {"id": 1, "content_text": "a <b> &amp;\nhttps://h.example/x.", "summary": "s"},
                {"id": 2, "content_text": "", "summary": "s"},
                "no object",
                {"id": 3},
            )
        ).posts
    ]
    assert texts == ["a <b> &amp;\nhttps://h.example/x.", "s", ""]


def test_the_feed_says_its_title_authors_and_next_page() -> None:
    snapshot = snapshot_of(
        feed({"id": 1, "title": "t"}, next_url="https://h.example/feed.json?page=2", author={"name": "Ana"})
    )
    assert (snapshot.title, snapshot.older) == ("Phares", "https://h.example/feed.json?page=2")
    assert snapshot.posts[0].author == "Ana"


@pytest.mark.parametrize("body", [feed(), b'\n{"title": "x", "feed_url": "https://h.example/f.json", "items": []}'])
def test_it_is_known_by_its_first_keys(body: bytes) -> None:
    assert detect(body) == "feed"


@pytest.mark.parametrize(
    "body",
    [
        b"{}", b"[]", b'{"version": "2", "items": []}', b'{"version": "https://jsonfeed.org/version/1", "items": {}}',
        b'{"verion": "1.0"', b"[" * 100_000, b'{"version": "1.1", "items": [' + b"9" * 5_000 + b"]}",
    ],
)  # fmt: skip
def test_other_json_is_no_feed(body: bytes) -> None:
    with pytest.raises(ParseError, match="feed: "):
        parse(body)


def test_a_cut_off_document_is_refused_at_every_place() -> None:
    body = feed({"id": "p1", "content_html": "<p>é</p>"}, {"id": "p2", "content_text": "t"})
    for end in range(60, len(body), 7):
        assert refusal_of(body[:end]).reason is RefusalReason.TRUNCATED
