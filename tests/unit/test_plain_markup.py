"""The short way through plain markup: exactly what the tree gives, or nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.parse.html_text import Shown, parse_fragment, read_markup, read_shown
from worker.core.parse.plain_markup import read_plain
from worker.core.parse.plain_references import resolve, resolve_in_value

BASE = "https://harbour.example/news/"

TEXTS = st.sampled_from([
    "Ebb", "flow", "Прилив", "mare\u0301e", "\u0301", "Read", " more", "amp;", "lt", ";", " ", "\n", "\t and ", "\f",
    "\x0b", "\u00a0", "&", "&nbsp;", "&amp;", "&#8217;", "&laquo;", "&lt;p&gt;", "&copy", "&#10;", "&#x1F642;",
    "&notit;",
])  # fmt: skip
VOID = st.sampled_from([
    "<br>", "<br />", "<hr>", "<img>", "<img src='quay.jpg' />", '<img width="1" src="c">', "<!-- ebb -->", "<", "</x>",
    '<img class="emoji" alt="🙂">', '<img class="wp-smiley" alt="&#128578;">', '<img class="wp-smiley" alt=" ">',
])  # fmt: skip
NAMES = st.sampled_from([
    "p", "p", "p", "a", "a", "b", "i", "strong", "em", "span", "u", "div", "blockquote", "ul", "ul", "ol", "li", "li",
    "h2", "h3", "figure", "pre", "td",
])  # fmt: skip
ATTRIBUTES = st.sampled_from([
    "", "", "", "", ' class="a b"', " href='/x?a=1&amp;b=2&lang=fr'", ' href="https://o.example/?a&b=&copy"', " id=x",
    ' href="/ebb" href="/flow"', ' style="display:none"', ' class="sharedaddy"', ' title="a < b"', " hidden",
    ' href=""',
])  # fmt: skip


def _element(name: str, attributes: str, inner: list[str]) -> str:
    return f"<{name}{attributes}>{''.join(inner)}</{name}>"


ELEMENTS = st.recursive(
    TEXTS | VOID, lambda inner: st.builds(_element, NAMES, ATTRIBUTES, st.lists(inner, max_size=4)), max_leaves=12
)
NESTED = st.lists(ELEMENTS, max_size=5).map("".join)
TAGS = st.builds("<{}{}{}>".format, st.sampled_from(["", "/"]), NAMES, ATTRIBUTES)
JUMBLED = st.lists(TEXTS | VOID | TAGS, max_size=12).map("".join)


def shown_by_tree(markup: str) -> Shown:
    root = parse_fragment(markup)
    assert root is not None
    return read_shown(root, base=BASE)


@settings(max_examples=400)
@given(NESTED | JUMBLED)
def test_what_is_read_the_short_way_is_what_the_tree_shows(markup: str) -> None:
    assert read_markup(markup, base=BASE) == shown_by_tree(markup)


PLAIN = {
    "paragraphs": "<p>Ebb <strong>and</strong> flow.<br />\n<a href='/tides'>Tides</a></p>\n<p>Slack</p>\n",
    "a list": '<ul class="wp-block-list">\n<li>Ebb</li>\n<li><p>Flow</p></li>\n</ul>',
    "a picture": '<figure class="wp-block-image"><a href="/q"><img src="q.jpg" alt="a &amp; b" /></a></figure>',
    "references": "<p>&laquo;Прилив&raquo; &#8230; Ebb & flow &lt;b&gt;</p>",
    "a smiley": '<p>Ebb <img class="wp-smiley" alt="🙂" src="x.png" /> flow</p>',
    "blanks that run together across tags": "<p> Ebb <b> and </b> <i> flow </i> <br> slack </p> ",
    "blanks that nobody sees at the end of lines": "<p>Ebb <b>\u00a0</b><br>flow\u00a0</p><p>\u00a0</p><p>slack</p>",
    "a paragraph in a link": '<a href="/ebb"><p>Ebb</p></a>',
    "formatting around paragraphs": "<b><p>Ebb</p><p>Flow</p></b>",
    "the same formatting many times": "<b><b><b><b><b>Ebb</b></b></b></b></b> flow",
}
UNUSUAL = {
    "an end tag that was forgotten": "<p>Ebb<p>Flow",
    "end tags in the wrong order": "<b><i>Ebb</b></i>",
    "a block in a paragraph": "<p>Ebb<div>Flow</div></p>",
    "a paragraph in one, behind formatting": "<p><b><p>Ebb</p></b></p>",
    "a link in a link": "<a href='/1'><b><a href='/2'>Ebb</a></b></a>",
    "a point without a list": "<div><li>Ebb</li></div>",
    "an end tag alone": "Ebb</p>",
    "a stray angle": "<p>2 < 3</p>",
    "a comment": "<p>Ebb<!-- flow --></p>",
    "a table": "<table><tr><td>Ebb</td></tr></table>",
    "kept white space": "<pre>Ebb\n  2 m</pre>",
    "capitals": "<P>Ebb</P>",
    "a value without quotes": "<a href=/ebb>Ebb</a>",
    "an element that is hidden": "<p hidden=''>Ebb</p>",
    "a class that is chrome": '<p class="sharedaddy">Share</p>',
    "a link to the rest": "<p>Ebb <a href='/ebb'>Read more &raquo;</a></p>",
    "lines in a link": "<p>Ebb <a href='/ebb'>con<br>tinue reading</a></p>",
    "a smiley in a link": "<p><a href='/ebb'>read<img class='emoji' alt='\u27a1'> more</a></p>",
    "a smiley with a blank": "<p>Ebb<img class='emoji' alt=' '> flow</p>",
    "a blank in an end tag": "<p>Ebb</p >",
    "a tag that is never ended": "<p>Ebb</p",
    "a reference that needs mending": "<p>&copy 2031, &#150;</p>",
    "a reference across tags": "<p>&<b>amp;</b> &am<i>p;</i></p>",
    "a reference to white space": "<p>Ebb&#10;flow&Tab;</p>",
    "half a character": "<p>Ebb \ud83d</p>",
    "a character of no text": "<p>Ebb\0</p>",
    "more elements than anybody nests": "<div>" * 17 + "Ebb" + "</div>" * 17,
}


@pytest.mark.parametrize("markup", PLAIN.values(), ids=PLAIN)
def test_what_editors_write_needs_no_tree(markup: str) -> None:
    assert read_plain(markup) is not None
    assert read_markup(markup, base=BASE) == shown_by_tree(markup)


@pytest.mark.parametrize("markup", UNUSUAL.values(), ids=UNUSUAL)
def test_what_a_browser_would_mend_is_left_to_the_tree(markup: str) -> None:
    assert read_plain(markup) is None
    assert read_markup(markup, base=BASE) == shown_by_tree(markup)


def test_a_long_text_is_left_to_the_tree() -> None:
    assert read_plain("<p>" + "ebb " * 30_000 + "</p>") is None


def test_takes_links_as_written_and_the_attributes_of_pictures() -> None:
    plain = read_plain("<p><a href='/x?a=1&amp;b=2&lang=fr'>Ebb</a><a>flow</a><img src='q.jpg' width=\"9\"></p>")

    assert plain is not None
    assert plain.hrefs == ["/x?a=1&b=2&lang=fr"]
    assert plain.pictures == [{"src": "q.jpg", "width": "9"}]


@settings(max_examples=100)
@given(st.text("&#x;a1= \n", max_size=12) | st.from_regex(r"(&#?x?[0-9a-zA-Z]{1,7};?[ =]?){1,3}", fullmatch=True))
def test_references_are_resolved_as_the_tree_does_or_not_at_all(written: str) -> None:
    root = parse_fragment(f'<a title="{written}">{written}</a>')
    assert root is not None
    link = root.css_first("a")
    assert link is not None
    assert resolve(written) in {None, link.text()}
    assert resolve_in_value(written) in {None, link.attributes["title"] or ""}
