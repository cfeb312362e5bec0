"""HTML as text: lines where a reader sees lines, and nothing that no reader takes for text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.parse.html_rules import tidy_lines
from worker.core.parse.html_text import absolute, html_to_text, parse_fragment, read_shown, text_of
from worker.errors import ParseError

LINES = {
    "a paragraph has blank lines around it": ("<p>Ebb</p><p>Flow</p>", "Ebb\n\nFlow"),
    "a block is a line": ("<div>Ebb</div><div>Flow</div>", "Ebb\nFlow"),
    "a break is a line end": ("<p>Ebb<br>Flow<br/>Slack</p>", "Ebb\nFlow\nSlack"),
    "two breaks are a blank line": ("Ebb<br><br>Flow", "Ebb\n\nFlow"),
    "many breaks are one blank line": ("Ebb<br><br><br>&nbsp;<br>Flow", "Ebb\n\nFlow"),
    "the last break of a block is none": ("<div>Ebb<br></div><div>Flow</div>", "Ebb\nFlow"),
    "a break between blocks is a blank line": ("<div>Ebb</div><br><div>Flow</div>", "Ebb\n\nFlow"),
    "inline elements change nothing": ("<p>E<b>b</b>b <i> and</i> flow</p>", "Ebb and flow"),
    "line ends of the source are blanks": ("<p>Ebb\n   and\tflow</p>\n\n<p>Slack</p>", "Ebb and flow\n\nSlack"),
    "each point of a list is a line": ("<ul>\n<li>Ebb</li>\n<li>Flow</li>\n</ul>", "Ebb\nFlow"),
    "each row of a table is a line": (
        "<table><tr><th>Ebb</th><td>2 m</td></tr><tr><td>Flow</td></table>",
        "Ebb 2 m\nFlow",
    ),
    "white space is kept where it counts": ("<pre>Ebb\n  2 m</pre>", "Ebb\n  2 m"),
    "entities are decoded once": ("&laquo;Прилив&raquo; &#8230; &amp;lt;", "«Прилив» … &lt;"),
    "letters are composed": ("<p>mare\u0301e</p>", "marée"),
    "a caption is text": (
        "<figure><img alt='not this'><figcaption>The quay</figcaption></figure><p>Ebb</p>",
        "The quay\n\nEbb",
    ),
    "a smiley is its character": ('Ebb <img class="wp-smiley" alt="🙂" src="x.png"> flow', "Ebb 🙂 flow"),
    "plain text stays": ("Ebb &amp; flow", "Ebb & flow"),
    "half a character is replaced": ("Ebb \ud83d<b>flow</b>", "Ebb \ufffdflow"),
    "a declaration that was pasted is not believed": ('<meta charset="windows-1251"><p>Прилив</p>', "Прилив"),
    "nothing is nothing": ("", ""),
}

LEFT_OUT = {
    "scripts": "<p>Ebb</p><script>var tide = 1;</script>",
    "styles": "<style>p { color: blue }</style><p>Ebb</p>",
    "comments": "<p>Ebb<!-- flow --></p>",
    "hidden elements": "<p>Ebb</p><p hidden>flow</p><p style='Display : none'>flow</p><p aria-hidden='true'>flow</p>",
    "texts for screen readers": "<p>Ebb <span class='screen-reader-text'>about the ebb</span></p>",
    "a link to the rest by its class": "<p>Ebb <a class='more-link' href='/ebb'>All about it</a></p>",
    "a link to the rest by its words": "<p>Ebb <a href='/ebb'>Read more »</a></p>",
    "a link to the rest with the title": "<p>Ebb <a href='/ebb'>Continue reading “The ebb”</a></p>",
    "a link to the rest in French": "<p>Ebb <a href='/ebb'>Lire la suite…</a></p>",
    "a link to the rest in Russian": "<p>Ebb <a href='/ebb'>Читать далее →</a></p>",
    "buttons of a sharing plugin": "<p>Ebb</p><div class='sharedaddy sd-sharing-enabled'><h3>Share</h3></div>",
    "where it appeared first": "<p>Ebb</p><p>The post <a>Ebb</a> appeared first on <a>Tides</a>.</p>",
    "where it appeared first, in French": "<p>Ebb</p><p>L’article <a>Ebb</a> est apparu en premier sur Marées</p>",
    "where it appeared first, in Russian": "<p>Ebb</p><p>Сообщение <a>Ebb</a> появились сначала на <a>Tides</a>.</p>",
}


@pytest.mark.parametrize(("markup", "text"), LINES.values(), ids=LINES)
def test_reads_lines_as_a_browser_shows_them(markup: str, text: str) -> None:
    assert html_to_text(markup) == text


@pytest.mark.parametrize("markup", LEFT_OUT.values(), ids=LEFT_OUT)
def test_leaves_out_what_is_no_text(markup: str) -> None:
    assert html_to_text(markup) == "Ebb"


@pytest.mark.parametrize(
    "kept",
    [
        "Learn more about the tides of Estria",
        "More ships came",
        "The post office of Tidemouth moved",
        "Подробнее о приливах",
        "La suite du traité",
    ],
)
def test_keeps_links_and_last_lines_that_say_something(kept: str) -> None:
    assert html_to_text(f"<p>Ebb</p><p><a href='/x'>{kept}</a></p>") == f"Ebb\n\n{kept}"


def test_leaves_out_what_it_is_told_to() -> None:
    root = parse_fragment("<p>Ebb</p><p class=note>flow</p>")
    assert root is not None
    assert text_of(root, leave_out=lambda node: node.attributes.get("class") == "note") == "Ebb"


def test_lists_each_address_once_and_whole() -> None:
    root = parse_fragment(
        '<a href="/tides">1</a> <a href="https://other.example/">2</a> <a href="tides">3</a> <a href="/tides">4</a>'
        ' <a href="mailto:x@example.org">5</a> <a href="javascript:go()">6</a> <a href="#top">7</a> <a>8</a>'
        ' <a href="/ebb">Read more</a> <a href="http://[broken">9</a> <p class="sharedaddy"><a href="/share">10</a></p>'
    )
    assert root is not None
    expected = ("https://example.org/tides", "https://other.example/", "https://example.org/news/tides")
    assert read_shown(root, base="https://example.org/news/").links == expected
    assert read_shown(root).links == ("https://other.example/",)


def test_lists_pictures_films_and_sounds_but_not_what_counts_readers() -> None:
    root = parse_fragment(
        '<img src="quay.jpg"><video><b>no film here</b></video><audio></audio><img width="1" height="1">'
        '<img class="emoji" alt="🙂"><iframe src="/film"></iframe>'
    )
    assert root is not None
    shown = read_shown(root)
    assert [each.kind for each in shown.media] == ["photo", "video", "audio"]
    assert shown.text == "🙂"


def test_takes_the_blanks_of_the_source_out_of_an_address() -> None:
    assert absolute(" https://example.org/\n  ebb ", None) == "https://example.org/ebb"
    assert absolute(None, "https://example.org/") is None


def test_refuses_what_cannot_be_read_safely() -> None:
    with pytest.raises(ParseError, match="nested"):
        html_to_text("<div>" * 200_000)
    with pytest.raises(ParseError, match="more than"):
        html_to_text("<p>" + "x" * 6_000_000)


MARKUP = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<br>", "<div>", "</div>", "<b>", "<pre>", "<li>", "<td>", "<a href=x>", "&nbsp;", "\n", " "]
    )
    | st.text(max_size=5),
    max_size=30,
).map("".join)


@settings(max_examples=60)
@given(MARKUP)
def test_text_is_always_tidy(markup: str) -> None:
    text = html_to_text(markup)
    assert text == tidy_lines(text)
    assert "\0" not in text
    text.encode()


@settings(max_examples=40)
@given(st.lists(st.text("abc .", min_size=1).filter(str.strip), min_size=1, max_size=6))
def test_no_word_of_a_paragraph_is_lost(paragraphs: list[str]) -> None:
    text = html_to_text("".join(f"<p>{paragraph}</p>" for paragraph in paragraphs))
    assert text.split() == " ".join(paragraphs).split()
