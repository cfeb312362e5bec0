"""Feeds in RSS, RDF and Atom: identity, addresses, texts, on invented documents."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.feed_documents import atom, entry, item, post_of, rss, snapshot_of
from worker.core.models import Media
from worker.core.parse import detect
from worker.core.parse.feed import looks_like
from worker.core.parse.feed_body import web_address
from worker.core.parse.html_text import absolute

XHTML = "http://www.w3.org/1999/xhtml"

# --------------------------------------------------------------------------- identity


@pytest.mark.parametrize(
    ("inner", "identity", "url"),
    [
        ("<guid>  https://harbour.example/1 </guid>", "https://harbour.example/1", "https://harbour.example/1"),
        ('<guid isPermaLink="false">https://harbour.example/?p=7</guid>', "https://harbour.example/?p=7", None),
        ('<guid isPermaLink="false">/?p=7</guid><link>/a/</link>', "/?p=7", "https://harbour.example/a/"),
        ("<guid>A&amp;B</guid><link>https://h.example/</link>", "A&B", "https://h.example/"),
        ("<guid> </guid><link>https://h.example/2</link>", "https://h.example/2", "https://h.example/2"),
        ("<link>post/3</link><title>T</title>", "post/3", "https://harbour.example/post/3"),
    ],
)
def test_a_post_is_what_its_guid_says_or_else_its_link(inner: str, identity: str, url: str | None) -> None:
    post = post_of(rss(f"<item>{inner}</item>"))
    assert (post.id, post.url) == (identity, url)


def test_a_post_without_guid_and_link_is_its_title_and_date() -> None:
    first = "<title>Quai fermé</title><pubDate>Mon, 02 Mar 2026 08:00:00 GMT</pubDate>"
    body = rss(f"<item>{first}<description>one</description></item>")
    edited = rss(f"<item>{first}<description>two</description></item>")
    other = rss("<item><title>Quai fermé</title><pubDate>Tue, 03 Mar 2026 08:00:00 GMT</pubDate></item>")
    assert post_of(body).id == post_of(edited).id != post_of(other).id
    assert (post_of(body).id or "").startswith("sha256:")


def test_a_guid_stays_the_post_when_its_link_changes() -> None:
    old = post_of(rss(item("<link>http://harbour.example/old</link><title>Ferry</title>")))
    new = post_of(rss(item("<link>https://harbour.example/new</link><title>Ferry</title>")))
    assert (old.id, old.text) == (new.id, new.text)
    assert old.url != new.url


def test_an_atom_id_is_taken_character_for_character() -> None:
    ids = ["http://Phares.example/", "http://phares.example", "http://phares.example/", "relative/1"]
    body = atom(
        "".join(entry(f"<title>{n}</title>", name) for n, name in enumerate(ids)),
        attributes='xml:base="http://b.example/"',
    )
    assert [post.id for post in snapshot_of(body).posts] == ids


def test_of_two_versions_of_one_entry_the_newest_counts() -> None:
    old = entry("<title>Feu éteint</title><updated>2026-03-01T08:00:00Z</updated>")
    new = entry("<title>Feu rallumé</title><updated>2026-03-01T09:00:00+00:00</updated>")
    for order in (old + new, new + old):
        assert post_of(atom(order)).text == "Feu rallumé"


def test_a_guid_that_all_posts_share_names_none_of_them() -> None:
    body = rss("".join(item(f"<link>https://h.example/{n}</link>", "https://h.example/") for n in range(3)))
    assert [post.id for post in snapshot_of(body).posts] == [f"https://h.example/{n}" for n in range(3)]


def test_the_source_of_an_entry_does_not_name_it() -> None:
    source = "<source><id>urn:other</id><title>Other</title><author><name>Vera Kay</name></author></source>"
    post = post_of(atom(entry(f"{source}<title>Own</title>")))
    assert (post.id, post.text, post.author) == ("tag:phares.example,2026:1", "Own", "Vera Kay")


def test_rdf_posts_stand_beside_their_channel() -> None:
    body = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
      xmlns:dc="http://purl.org/dc/elements/1.1/">
      <channel rdf:about="https://h.example/"><title>Gavan</title><link>https://h.example/</link></channel>
      <item rdf:about="https://h.example/s/1"><title>Status</title><link>https://h.example/s</link>
      <description>All &lt;b&gt;quiet&lt;/b&gt;.</description>
      <dc:date>2026-03-02T09:00+01:00</dc:date></item></rdf:RDF>"""
    post = post_of(body)
    assert (post.id, post.url, post.text) == ("https://h.example/s/1", "https://h.example/s", "Status\n\nAll quiet.")
    assert post.published_at == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert snapshot_of(body).title == "Gavan"


def test_an_element_without_namespace_is_read_as_in_rss_091() -> None:
    body = b"""<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Example//DTD RSS 0.91//EN" "http://dtd.example/rss-0.91.dtd">
      <rss version="0.91"><channel><title>H</title><item><title>1 &lt; 2</title><link>http://h.example/1</link>
      <description>no markup,
      3 &lt; 4 &amp; more</description></item></channel></rss>"""
    assert post_of(body).text == "1 < 2\n\nno markup,\n      3 < 4 & more"


def test_a_post_in_hundreds_of_categories_is_read_like_any_other() -> None:
    categories = "".join(f"<category>quay {number}</category>" for number in range(300))
    inner = "<title>Ebb</title>{}<link>https://h.example/1</link><dc:creator>Nina</dc:creator><link>https://h.example/2</link>"
    assert post_of(rss(item(inner.format(categories)))) == post_of(rss(item(inner.format(""))))


def test_posts_of_one_feed_may_have_their_elements_in_any_order() -> None:
    posts = snapshot_of(
        rss(
            item("<title>Ebb</title><description>The tide goes out.</description><author>Ana</author>", "1")
            + item("<author>Ana</author><description>The tide goes out.</description><title>Ebb</title>", "2")
            + item("<title/><dc:title>Ebb</dc:title><description/><atom:summary>The tide goes out.</atom:summary>"
                   "<dc:creator/><author>Ana</author>", "3")
        )
    ).posts  # fmt: skip
    assert {(post.text, post.author) for post in posts} == {("Ebb\n\nThe tide goes out.", "Ana")}


# --------------------------------------------------------------------------- texts


def test_the_fullest_text_is_taken_and_its_title_stands_above() -> None:
    inner = (
        "<title>Nouveau phare</title><description>Un nouveau phare [&#8230;]</description>"
        "<content:encoded><![CDATA[<p>Un nouveau phare éclaire la côte&nbsp;est.</p>"
        "<p>Il est <b>blanc</b>.<br/>Haut.</p>"
        "<script>x()</script><img src='https://pixel.wp.com/b.gif' width='1' height='1'>"
        "<p>L&rsquo;article <a href='https://h.example/1'>Nouveau phare</a> est apparu en premier sur Port.</p>]]>"
        "</content:encoded>"
    )
    post = post_of(rss(item(inner)))
    text = "Nouveau phare\n\nUn nouveau phare éclaire la côte\u00a0est.\n\nIl est blanc.\nHaut."
    assert post.text == text
    assert post.media == ()


@pytest.mark.parametrize(
    ("title", "body", "text"),
    [
        ("Паром", "Паром отменён.", "Паром отменён."),
        ("Паром отме…", "Паром отменён.", "Паром отменён."),
        ("Паром отме", "Паром отменён.", "Паром отме\n\nПаром отменён."),
        ("Паром отменён…", "Паром отменён до утра.", "Паром отменён до утра."),
        ("Port", "Ports open late.", "Port\n\nPorts open late."),
        ("PORT", "Port is open.", "Port is open."),
        ("ßund", "SSund ist offen.", "SSund ist offen."),
        ("«Port»", "«Port» is open.", "«Port» is open."),
        ("Ma\u0301re", "Má\u00adre basse.", "Má\u00adre basse."),
        ("Port", "", "Port"),
        ("", "Ports open late.", "Ports open late."),
        ("Q&amp;amp;A", "Answers.", "Q&A\n\nAnswers."),
        ("A &lt;em&gt;new&lt;/em&gt; pier", "Long.", "A new pier\n\nLong."),
        ("5 &lt; 6", "Long.", "5 < 6\n\nLong."),
    ],
)
def test_a_title_is_not_said_twice(title: str, body: str, text: str) -> None:
    assert post_of(rss(item(f"<title>{title}</title><description>{body}</description>"))).text == text


def test_links_and_hashtags_are_those_of_the_text() -> None:
    inner = (
        "<link>/news/5</link><description>&lt;p&gt;See &lt;a href='plan.pdf'&gt;the plan&lt;/a&gt; #Harbour #2026 "
        "#Гавань #Harbour&lt;/p&gt;</description>"
    )
    post = post_of(rss(item(inner, attributes='xml:base="https://h.example/files/"')))
    assert post.links == ("https://h.example/files/plan.pdf",)
    assert post.hashtags == ("#Harbour", "#Гавань")
    assert post.url == "https://h.example/news/5"


def test_relative_links_start_from_the_site_and_never_stay_relative() -> None:
    inner = "<link>/p/1</link><description>&lt;a href='/x'&gt;x&lt;/a&gt;</description>"
    assert post_of(rss(item(inner))).links == ("https://harbour.example/x",)
    nowhere = post_of(rss(item(inner), channel="<link>/</link>"), url=None)
    assert (nowhere.url, nowhere.links) == (None, ())


def test_bases_nest_in_atom() -> None:
    inner = '<link href="e"/><content type="html" xml:base="c/">&lt;a href="d"&gt;d&lt;/a&gt;</content>'
    post = post_of(atom(entry(inner), attributes='xml:base="https://b.example/a/"'))
    assert (post.url, post.links) == ("https://b.example/a/e", ("https://b.example/a/c/d",))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('<content type="html">&lt;p&gt;a &amp;lt; b&lt;/p&gt;</content>', "a < b"),
        ('<content type="text">a &lt;b&gt; &amp;amp; c</content>', "a <b> &amp; c"),
        ("<content>plain\nlines</content>", "plain\nlines"),
        (f'<content type="xhtml"><div xmlns="{XHTML}"><p>a &lt; b</p><p>c<br/>d</p></div></content>', "a < b\n\nc\nd"),
        ('<content type="image/png">aGVsbG8=</content><summary>short</summary>', "short"),
        ('<content type="html"></content><summary type="html">&lt;i&gt;short&lt;/i&gt;</summary>', "short"),
    ],
)
def test_the_texts_of_atom_say_how_they_are_written(content: str, text: str) -> None:
    assert post_of(atom(entry(content))).text == text


def test_atom_03_is_read_too() -> None:
    body = b"""<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Old</title><entry><id>urn:o:1</id>
      <title mode="escaped">A &lt;b&gt;bold&lt;/b&gt; pier</title>
      <issued>2004-03-01T12:00:00+01:00</issued><modified>2005-01-01T00:00:00Z</modified>
      <content type="text/html" mode="escaped">&lt;p&gt;Text&lt;/p&gt;</content>
      </entry></feed>"""
    post = post_of(body)
    assert post.text == "A bold pier\n\nText"
    assert post.published_at == datetime(2004, 3, 1, 11, tzinfo=UTC)


# --------------------------------------------------------------------------- the rest of a post


@pytest.mark.parametrize(
    ("written", "author"),
    [
        ("<author>press@harbour.example (Nina Pier)</author>", "Nina Pier"),
        ("<author>Nina (Pier)</author>", "Nina (Pier)"),
        ("<author>Nina Pier &lt;press@harbour.example&gt;</author>", "Nina Pier"),
        ("<author></author><dc:creator><![CDATA[Nina]]></dc:creator>", "Nina"),
        ("<dc:creator>Nina</dc:creator><dc:creator>Ivan</dc:creator>", "Nina, Ivan"),
        ("<author/>", None),
    ],
)
def test_an_author_is_a_name(written: str, author: str | None) -> None:
    assert post_of(rss(item(written))).author == author


def test_the_authors_of_an_atom_feed_are_those_of_its_entries() -> None:
    feed = "<author><name>Phares</name><email>p@phares.example</email></author>"
    assert post_of(atom(entry("<title>t</title>"), feed)).author == "Phares"
    own = entry("<title>t</title><author><name>Ana</name></author><author><email>b@phares.example</email></author>")
    assert post_of(atom(own, feed)).author == "Ana, b@phares.example"


def test_media_are_files_and_pictures_each_once() -> None:
    inner = (
        '<enclosure url="https://h.example/a.jpg" type="image/jpeg" length="1"/>'
        '<enclosure url="https://h.example/speech.mp3" length="1"/><enclosure url="https://h.example/plan.pdf"/>'
        '<media:content url="https://s.gravatar.com/avatar/1" medium="image"/>'
        "<description>&lt;img src='https://h.example/a.jpg?w=300'&gt;&lt;img src='https://h.example/b.png'&gt;"
        "&lt;img class='emoji' alt='⚓' src='https://h.example/anchor.png'&gt; &lt;iframe "
        "src='https://www.youtube.com/embed/1'&gt;&lt;/iframe&gt;</description>"
    )
    post = post_of(rss(item(inner)))
    assert post.media == (Media("photo"), Media("audio"), Media("document"), Media("photo"), Media("video"))
    assert post.text == "⚓"


def test_a_post_never_says_of_itself_that_it_was_edited() -> None:
    post = post_of(atom(entry("<published>2026-01-01T00:00:00Z</published><updated>2026-02-01T00:00:00Z</updated>")))
    assert (post.edited, post.published_at) == (None, datetime(2026, 1, 1, tzinfo=UTC))


def test_an_empty_item_is_no_post_and_an_empty_feed_is_valid() -> None:
    assert snapshot_of(rss("<item/>")).posts == ()
    assert snapshot_of(rss()).posts == snapshot_of(atom()).posts == ()


# --------------------------------------------------------------------------- what a feed says of itself


@pytest.mark.parametrize(
    ("channel", "rest"),
    [
        ("<ttl>15</ttl>", timedelta(minutes=15)),
        (
            "<sy:updatePeriod> hourly </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            timedelta(minutes=15),
        ),
        ("<sy:updatePeriod>yearly</sy:updatePeriod>", timedelta(days=31)),
        ("<ttl>0</ttl>", None),
        ("<ttl>99999999999</ttl>", None),
        ("", None),
    ],
)
def test_a_feed_may_ask_to_be_left_alone(channel: str, rest: timedelta | None) -> None:
    assert snapshot_of(rss(channel=channel)).fresh_for == rest


def test_older_pages_and_deleted_entries_are_named() -> None:
    feed = (
        '<link rel="next" href="?page=2"/><updated>2026-03-02T08:00:00Z</updated>'
        '<at:deleted-entry ref="tag:phares.example,2026:0" when="2026-03-01T00:00:00Z"/>'
    )
    snapshot = snapshot_of(atom(feed=feed), url="https://phares.example/feed")
    assert snapshot.older == "https://phares.example/feed?page=2"
    assert snapshot.deleted_ids == ("tag:phares.example,2026:0",)
    assert snapshot.built_at == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert (snapshot.title, snapshot.coverage) == ("Ministère des Phares", None)


@pytest.mark.parametrize("body", [rss(), atom(), b'\xef\xbb\xbf <rss version="2.0"><channel/></rss>'])
def test_a_feed_is_known_by_its_content(body: bytes) -> None:
    assert looks_like(body)
    assert detect(body) == "feed"


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><html><body>&lt;rss&gt; <rss></rss></body></html>",
        b"<?xml version='1.0'?><opml version='2.0'><body/></opml>",
        b"the <feed> of the ducks",
        b'{"name": "Harbour", "messages": []}',
        b"",
    ],
)
def test_what_is_no_feed_is_not_taken_for_one(body: bytes) -> None:
    assert detect(body) != "feed" or body.startswith(b"the")


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ahtps:/.?#=&;%-~1é ", max_size=25), st.sampled_from([None, "https://h.example/a/b?c"]))
@example("t/a//b/../c.html?d=1", "http://h.example/")
def test_an_address_is_read_alike_with_and_without_the_short_way(rest: str, base: str | None) -> None:
    for start in ("https://h.example/", "http://h.example:80/", "https:/", ""):
        assert web_address(start + rest, base) == absolute(start + rest, base)
