"""The short way for feeds that are in UTF-8 and well-formed: what the long way gives, or nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.feed_documents import FROM, atom, entry, item, rss
from worker.core.models import Refusal
from worker.core.parse import feed
from worker.core.parse.feed_encoding import decode_feed
from worker.core.parse.feed_model import WrittenFeed
from worker.errors import ParseError

BEGINNINGS = (
    "", "\ufeff", "\n", '<?xml version="1.0" encoding="UTF-8"?>', '<?xml version="1.0" encoding="windows-1251"?>\n',
    '<?xml version="1.0" encoding="iso-2022-jp"?>', '<?xml version="1.0" encoding="hz"?>',
    "<?xml-stylesheet href='a'?>", "<?a > <rss ?>", "<!-- made by a quay -->\n", "<!-- <html> -->",
    "<!-->", "<!---->", "<!-- a -- b -->", "<?>", "<??>", "<!DOCTYPE rss>", "<!DOCTYPE html>",
    '<!DOCTYPE rss [<!ENTITY ebb "flow">]>', "Warning: ebb in feed.php<br />",
)  # fmt: skip
ROOTS = (
    '<rss version="2.0">',
    "<RSS>",
    "<rss >",
    '<a:rss xmlns:a="http://purl.org/rss/1.0/">',
    "<html><rss>",
    "<rssx>",
)
TEXTS = (
    "Ebb", "Прилив", "mar\u00e9e", "&amp;", "&ebb;", "&#13;", "&eacute;", "<p>flow</p>", "<br>", "]]>", "\r\n",
    "~{!!~}", "<![CDATA[<p>Ebb</p>]]>", "\x08", "\0", "\ufffe", "&#xD800;", "<!-- ebb -->", "<!DOCTYPE html>",
)  # fmt: skip
ENDS = (
    "</channel></rss>",
    "</channel></rss>\n",
    "</channel></rss><!-- ebb --> ",
    "</channel></rss> flow",
    "</channel>",
    "",
)
DOCUMENTS = st.builds(
    "{}{}<channel><title>Quay</title>{}{}".format,
    st.lists(st.sampled_from(BEGINNINGS), max_size=3).map("".join),
    st.sampled_from(ROOTS),
    st.lists(st.lists(st.sampled_from(TEXTS), max_size=3).map("".join).map(lambda text: item(f"<title>{text}</title>")))
    .map("".join),
    st.sampled_from(ENDS),
)  # fmt: skip


def by_the_long_way(body: bytes) -> WrittenFeed | Refusal | None:
    try:
        return feed._read(decode_feed(body), FROM)
    except ParseError:
        return None


@settings(max_examples=300)
@given(DOCUMENTS, st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1251"]))
def test_what_is_read_the_short_way_is_what_the_long_way_gives(document: str, encoding: str) -> None:
    body = document.encode(encoding, "replace")
    assert feed._read_usual(body) in {None, by_the_long_way(body)}


@pytest.mark.parametrize(
    "body",
    [
        rss(item("<title>Прилив</title>")),
        atom(entry("<title>Marée</title>")),
        rss().replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + rss(),
        rss().replace(b"<rss", b'<!-- generator="quay/1.0" -->\n<?xml-stylesheet href="/quay.css"?>\n<rss'),
    ],
)
def test_feeds_as_publishers_write_them_go_the_short_way(body: bytes) -> None:
    assert feed._read_usual(body) == by_the_long_way(body) is not None


@pytest.mark.parametrize(
    "body",
    [
        rss().replace(b"<rss", b'<!DOCTYPE rss [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><rss'),
        rss().replace(b"<rss", b'<?a <rss ?><!DOCTYPE rss [<!ENTITY a "aa">]><rss'),
        rss().replace(b"<rss", b"<!-- <rss --><!DOCTYPE html><rss"),
        rss().decode().encode("utf-16"),
        rss().replace(b"UTF-8", b"iso-2022-jp"),
        rss(item("<title>Прилив</title>")).decode().replace("UTF-8", "windows-1251").encode("cp1251"),
    ],
)
def test_entities_and_other_encodings_go_the_long_way(body: bytes) -> None:
    assert feed._read_usual(body) is None
