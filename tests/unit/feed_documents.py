"""Invented feeds for the tests of the feed parser: RSS, Atom, RDF and JSON Feed documents made of a few parts."""

from worker.core.models import Post, Refusal, Snapshot
from worker.core.parse.feed import parse

FROM = "https://harbour.example/news/feed/"


def rss(items: str = "", channel: str = "<link>https://harbour.example/</link>", attributes: str = "") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:at="http://purl.org/atompub/tombstones/1.0" {attributes}>
<channel><title>Ministry of Harbours</title>{channel}{items}</channel></rss>""".encode()


def item(inner: str = "", guid: str = "urn:harbour:1", attributes: str = "") -> str:
    return f'<item {attributes}><guid isPermaLink="false">{guid}</guid>{inner}</item>'


def atom(entries: str = "", feed: str = "", attributes: str = "") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0" {attributes}>
<title>Ministère des Phares</title><id>urn:phares</id>{feed}{entries}</feed>""".encode()


def entry(inner: str = "", identity: str = "tag:phares.example,2026:1") -> str:
    return f"<entry><id>{identity}</id>{inner}</entry>"


def snapshot_of(body: bytes, url: str | None = FROM) -> Snapshot:
    result = parse(body, url=url)
    assert isinstance(result, Snapshot), result
    return result


def refusal_of(body: bytes, url: str | None = FROM) -> Refusal:
    result = parse(body, url=url)
    assert isinstance(result, Refusal), result
    return result


def post_of(body: bytes, url: str | None = FROM) -> Post:
    (post,) = snapshot_of(body, url).posts
    return post
