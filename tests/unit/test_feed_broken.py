"""Feeds that are broken, cut off, in the wrong encoding, hostile, or no feeds."""

from contextlib import suppress
from time import process_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.feed_documents import FROM, atom, entry, item, post_of, refusal_of, rss, snapshot_of
from worker.core.models import Refusal, RefusalReason, Snapshot
from worker.core.parse.feed import parse
from worker.core.parse.feed_loose import read_loosely
from worker.core.parse.feed_post import read_snapshot
from worker.core.parse.feed_rss import read_rss
from worker.core.parse.feed_xml import read_elements
from worker.errors import ParseError

BODY = "<title>Гавань &amp; порт</title><description>&lt;p&gt;Паром №&#8201;5&lt;/p&gt; &amp;amp; ещё</description>"
WHOLE = rss(item(BODY, "urn:1") + item("<title>Two</title>", "urn:2"))


def damaged(old: str, new: str) -> bytes:
    text = WHOLE.decode()
    assert old in text
    return text.replace(old, new).encode()


@pytest.mark.parametrize(
    "body",
    [
        damaged("Гавань &amp; порт", "Гавань & порт"),
        damaged("&#8201;", "&thinsp;"),
        damaged("<title>Two", "<title>\x08Two"),
        damaged("<?xml", "Warning: something in feed.php<br />\n<?xml"),
        damaged("</rss>", "</rss><script>count()</script><p>"),
        damaged("</rss>", ""),
        damaged("<title>Two</title>", "<foo:bar>x</foo:bar><title>Two</title>"),
        damaged("</description>", "</description><author>A & B"),
        damaged("<?xml", '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><?xml'),
        damaged("&lt;p&gt;Паром", "<p>Паром").replace(b"&lt;/p&gt;", b"</p>"),
        WHOLE.replace(b"\n", b"\r\n").replace(b"<item", b"<ITEM").replace(b"</item", b"</ITEM"),
    ],
)
def test_a_broken_feed_gives_the_posts_of_the_whole_one(body: bytes) -> None:
    seen = [(post.id, post.text) for post in snapshot_of(body).posts]
    assert seen == [(post.id, post.text) for post in snapshot_of(WHOLE).posts]


def test_both_readers_read_a_well_formed_feed_alike() -> None:
    inner = BODY + (
        '<media:group><media:content url="https://h.example/1.mp4"/></media:group>'
        "<content:encoded><![CDATA[<p>a &lt; b ]]]]><![CDATA[> c</p>]]></content:encoded><!-- <item> -->"
        '<dc:creator>Ana</dc:creator><link xmlns="">https://h.example/1</link>'
    )
    text = rss(item(inner) + item("<link>x</link>", "2"), attributes='xml:base="https://b.example/"').decode()
    strict, loose = read_elements(text)[0], read_loosely(text)[0]
    assert strict is not None
    assert loose is not None
    assert read_snapshot(read_rss(loose), name="feed", url=FROM) == read_snapshot(
        read_rss(strict), name="feed", url=FROM
    )


def test_an_atom_feed_that_nobody_escaped_keeps_its_ids() -> None:
    good = atom(entry('<title>A</title><link href="https://h.example/1"/><content type="html">b</content>'))
    broken = good.replace(b"<title>A</title>", b"<title>A & &eacute;</title>")
    assert post_of(broken).id == post_of(good).id
    assert post_of(broken).url == "https://h.example/1"
    assert post_of(broken).text == "A & é\n\nb"


@pytest.mark.parametrize("end", [b"</item>", b"</title>", b"<title>Tw", b"</channel", b"</item>\n"])
def test_a_feed_that_was_cut_off_is_refused(end: bytes) -> None:
    cut = WHOLE[: WHOLE.rindex(end.strip()) + len(end)].replace(b"</channel>", b"")
    refusal = refusal_of(cut)
    assert refusal.reason is RefusalReason.TRUNCATED
    assert "cut off" in refusal.detail


# --------------------------------------------------------------------------- encodings


@pytest.mark.parametrize(
    ("declared", "real"),
    [
        ("UTF-8", "utf-8"),
        ("windows-1251", "cp1251"),
        ("koi8-r", "koi8-r"),
        ("windows-1251", "utf-8"),
        ("us-ascii", "utf-8"),
        ("UTF-8", "cp1251"),
        ("UTF-8", "utf-8-sig"),
        ("UTF-8", "utf-16"),
        ("UTF-16", "utf-16-le"),
        ("no-such-encoding", "utf-8"),
        ("base64", "utf-8"),
    ],
)
def test_the_characters_are_right_whatever_is_declared(declared: str, real: str) -> None:
    text = rss(item("<title>Министерство гаваней: новый маяк</title>")).decode().replace("UTF-8", declared)
    assert post_of(text.encode(real)).text == "Министерство гаваней: новый маяк"


def test_western_letters_and_single_bad_bytes_are_read_too() -> None:
    text = rss(item("<title>Le phare d’été éclaire “l’île”</title>")).decode()
    for declared in ("UTF-8", "iso-8859-1"):
        body = text.replace("UTF-8", declared).encode("cp1252")
        assert post_of(body).text == "Le phare d’été éclaire “l’île”"
    bad = rss(item("<title>Новый маяк открыт на восточном берегу</title>")).replace("ы".encode(), b"\xd1", 1)
    assert post_of(bad).text == "Нов\ufffdй маяк открыт на восточном берегу"


# --------------------------------------------------------------------------- what is no feed


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "nothing in it"),
        (b" \n ", "nothing in it"),
        (b"<html><head><title>x</title></head></html>", "web page, not a feed: use the address"),
        (
            b'<!DOCTYPE html><head><link rel="alternate" type="application/rss+xml" title="x" href="/feed/?a=1">',
            "its feed is https://harbour.example/feed/",
        ),
        (b'<?xml version="1.0"?><urlset xmlns="http://s.example"><url/></urlset>', "expected RSS, Atom or JSON Feed"),
        (b"just words", "expected RSS, Atom or JSON Feed"),
        (rss(item("<title>Re</title>", "https://h.example/?p=1#comment-7")), "comments of a site"),
        (
            rss(channel='<atom:link rel="self" href="https://h.example/comments/feed/"/>'),
            "comments of a site",
        ),
    ],
)
def test_what_is_no_feed_of_posts_is_an_error_that_says_what_to_do(body: bytes, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(body, url=FROM)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_declared_entities_are_never_expanded() -> None:
    for declaration in ('<!ENTITY a SYSTEM "file:///etc/hostname">', '<!ENTITY a "secret">'):
        body = rss(item("<title>x &a; y</title>")).replace(b"<rss", f"<!DOCTYPE rss [{declaration}]><rss".encode())
        assert post_of(body).text == "x &a; y"


BOLD = "".join(f"&lt;b {n}&gt;" for n in range(1100))
HOSTILE = {
    "nested elements": b"<rss>" + b"<a>" * 100_000 + b"</rss>",
    "nested groups": b"<rss><channel><item>" + b"<media:group>" * 30_000 + b"</foo>" * 30_000 + b"</channel>",
    "unended comments": b"<rss><channel>" + b"<!--" * 200_000 + b"</channel>",
    "document types": b"<rss><channel>&" + b"<!DOCTYPE [" * 80_000 + b"</channel>",
    "unended tags": b"<rss><channel>&" + b'<a "' * 200_000 + b"</channel>",
    "unended quotes": b"<rss><channel>&<a " + b"\"'" * 300_000 + b"</channel>",
    "references": b"<rss><channel><title>&" + b"&#" * 300_000 + b"</title></channel>",
    "cdata": b"<rss><channel><title>&" + b"<![CDATA[" * 100_000 + b"</channel>",
    "a deep text": rss(item("<description>" + "&lt;div&gt;" * 60_000 + "</description>")),
    "bold paragraphs": rss(
        "".join(item(f"<description>{BOLD}{'&lt;p&gt;x' * 1100}</description>", str(n)) for n in range(40))
    ),
    "a long date": rss(item("<pubDate>" + "1 " * 100_000 + "</pubDate>")),
    "a long title": rss(item("<title>" + ". " * 100_000 + "x</title><description>a</description>")),
    "entities": b'<!DOCTYPE r [<!ENTITY a "'
    + b"a" * 1000
    + b'">]><rss><channel><title>'
    + b"&a;" * 100_000
    + b"</channel>",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_feed_takes_no_time(body: bytes) -> None:
    begun = process_time()
    with suppress(ParseError):
        parse(body, url=FROM)
    assert process_time() - begun < 3


def test_one_hostile_post_does_not_hide_the_others() -> None:
    hostile = item("<description>" + "&lt;div&gt;" * 10_000 + "deep</description>", "1")
    posts = snapshot_of(rss(hostile + item("<title>Ferry</title>", "2"))).posts
    assert [(post.id, post.text) for post in posts] == [("1", "deep"), ("2", "Ferry")]


PIECES = st.sampled_from(
    ["<rss>", "<channel>", "</channel>", "</rss>", "<item>", "</item>", "<feed>", "<entry>", "</entry>", "</feed>",
     "<title>", "</title>", "<guid>", "<link/>", "<![CDATA[", "]]>", "<!--", "-->", "&amp;", "&", "<", ">", "<rdf:RDF>",
     '<content type="xhtml">', "<media:group>", "<source>", "<author>", "<name>", "x", "é", "\ud83d", "{", '"items":[',
     '{"version":"https://jsonfeed.org/version/1","items":[', "}", "]", "https://t.me/harbour/5", "<?", "<!DOCTYPE ["]
)  # fmt: skip


def outcome_is_known(body: bytes) -> None:
    try:
        result = parse(body, url=FROM)
    except ParseError:
        return
    assert isinstance(result, Snapshot | Refusal)
    for post in result.posts if isinstance(result, Snapshot) else ():
        assert post.id
        assert post.text.encode().decode() == post.text


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join))
@example("<rss></item></channel></rss>")
@example("<feed><entry><title>\ud83d</title></entry></feed>")
@example('{"version":"https://jsonfeed.org/version/1","items":[{"id":"\\ud83d","title":"\\ud83d \\u0000"}]}')
def test_any_mixture_of_the_parts_of_feeds_has_a_known_outcome(text: str) -> None:
    outcome_is_known(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(WHOLE)), st.integers(0, 60))
def test_any_damage_has_a_known_outcome(noise: bytes, start: int, length: int) -> None:
    outcome_is_known(noise)
    outcome_is_known(WHOLE[:start] + noise + WHOLE[start + length :])
