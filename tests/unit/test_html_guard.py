"""The guard before the tree: what would take minutes or gigabytes is refused, what is merely untidy is not."""

from contextlib import suppress
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.parse.html import MAX_SIZE, parse_html
from worker.core.parse.nesting import MAX_DEPTH
from worker.errors import ParseError

HOSTILE = {
    "nested": b"<div>" * 200_000,
    "nested, with end tags of something else": b"<div></b>" * 100_000,
    "end tags inside tags": b"<div </div>" * 100_000,
    "end tags inside comments": b"<div><!--</div>-->" * 100_000,
    "end tags inside malformed comments": b"<div><?</div>" * 100_000,
    "end tags inside scripts": b"<div><script></div></script>" * 100_000,
    "end tags that do not reach": b"<div><object></div></object>" * 100_000,
    "crossing": b"<span><div></span></div>" * 100_000,
    "list and definition": b"<li><dd>" * 100_000,
    "cells inside a drawing": b"<svg>" + b"<td>" * 100_000,
    "fields inside a drawing": b"<svg>" + b"<input>" * 100_000,
    "forgotten formatting": b"<p>" + b"".join(b"<b x=%d>" % n for n in range(2_000)) + b"</p>" + b"<p>x" * 2_000,
    "attributes": b"<p " + b"".join(b"x%d " % n for n in range(100_000)) + b">",
}

UNTIDY = {
    "paragraphs without an end": b"<p>x" * 20_000,
    "a list without ends": b"<ul>" + b"<li>x<p>y" * 20_000,
    "a table without ends": b"<table>" + b"<tr><td>x<td>y" * 10_000,
    "line breaks": b"x<br>" * 30_000,
    "formatting that is never ended": b"<p><font color=red>x</p>" * 10_000,
    "a script full of markup": b"<script>" + b"'<div>'+" * 30_000 + b"</script>",
    "a large drawing": b"<svg>" + b'<path d="M1 2"/>' * 20_000 + b"</svg>",
    "a long attribute": b'<p title="' + b"word " * 60_000 + b'">x</p>',
    "capitals": b"<DIV><B>x</B></DIV>" * 10_000,
    "just below the limit": b"<div>" * (MAX_DEPTH - 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_is_refused_at_once(name: str) -> None:
    began = perf_counter()
    with pytest.raises(ParseError, match=r"^html: "):
        parse_html(HOSTILE[name])
    assert perf_counter() - began < 1


@pytest.mark.parametrize("name", UNTIDY)
def test_an_untidy_page_is_read(name: str) -> None:
    assert parse_html(UNTIDY[name]).root is not None


@pytest.mark.parametrize("unit", [b"a", b"<", b"<!--", b'<a "', b'<a x="', b"<a x='\"", b"x "])
def test_five_megabytes_in_one_line_take_a_bounded_time(unit: bytes) -> None:
    body = (unit * (MAX_SIZE // len(unit) + 1))[:MAX_SIZE]
    began = perf_counter()
    with suppress(ParseError):
        parse_html(body)
    assert perf_counter() - began < 5


def test_more_than_the_largest_page_is_refused() -> None:
    with pytest.raises(ParseError, match="more than the 5000000"):
        parse_html(b"a" * (MAX_SIZE + 1))


@pytest.mark.parametrize(
    "body",
    [
        '<meta charset="windows-1251"><p>гавань</p>'.encode("cp1251"),
        '<meta http-equiv="content-type" content="text/html; charset=koi8-r"><p>гавань</p>'.encode("koi8-r"),
        "<p>гавань</p>".encode("utf-8-sig"),
        "<p>гавань</p>".encode("utf-16"),
        '<meta charset="utf-16"><p>гавань</p>'.encode(),
        '<meta charset="no-such-encoding"><p>гавань</p>'.encode(),
        '<meta charset="hex"><p>гавань</p>'.encode(),
    ],
)
def test_a_mark_or_a_declaration_decides_the_encoding(body: bytes) -> None:
    paragraph = parse_html(body).css_first("p")
    assert paragraph is not None
    assert paragraph.text() == "гавань"


def test_bytes_that_are_no_text_are_replaced() -> None:
    paragraph = parse_html(b"<p>a\xffb</p>").css_first("p")
    assert paragraph is not None
    assert paragraph.text() == "a\ufffdb"


@given(st.binary(max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_bytes_give_a_tree_or_a_parse_error(body: bytes) -> None:
    with suppress(ParseError):
        assert parse_html(body).root is not None
