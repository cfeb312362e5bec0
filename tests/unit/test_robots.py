"""robots.txt: whose rules count, which of them fits, and that none can keep us busy."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.robots import MAX_BYTES, Robots, Rule, read_robots


def robots(text: str) -> Robots:
    return read_robots(text.encode(), agent="watchword")


EVERYBODY = "User-agent: *\n"


@pytest.mark.parametrize("text", ["", "# nothing\n", "<html>", "Disallow: /\n", EVERYBODY, EVERYBODY + "Disallow:\n"])
def test_without_a_rule_everything_is_allowed(text: str) -> None:
    assert robots(text).allow("/news?page=2")


def test_the_group_with_our_name_counts_and_the_one_for_everybody_does_not() -> None:
    text = "User-agent: *\nDisallow: /\n\nUser-agent: WatchWord/1.0\nDisallow: /private\n"
    assert robots(text).allow("/news")
    assert not robots(text).allow("/private/1")


def test_a_group_for_a_longer_name_is_not_ours() -> None:
    assert robots("User-agent: watchwordy\nDisallow: /\n").allow("/")
    assert not robots("User-agent: watchword-bot\nDisallow: /a\n\n" + EVERYBODY + "Disallow: /b\n").allow("/b")


def test_all_groups_with_our_name_are_one() -> None:
    text = "User-agent: watchword\nDisallow: /a\nUser-agent: other\nDisallow: /\nUser-agent: watchword\nDisallow: /b"
    assert [robots(text).allow(path) for path in ("/a", "/b", "/c")] == [False, False, True]


def test_names_in_a_row_share_their_rules_and_unknown_lines_do_not_part_them() -> None:
    text = (
        "User-agent: other\nCrawl-delay: 5\nSitemap: https://example.org/map\nuser-AGENT : watchword # we\nDISALLOW:/a"
    )
    assert not robots(text).allow("/a")


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_lines_end_in_every_way(end: str) -> None:
    text = end.join(["\ufeffUser-agent: *", "Disallow: /a", "Allow: /a/b"])
    assert [robots(text).allow(path) for path in ("/a", "/a/b")] == [False, True]


def test_the_longest_rule_decides_in_any_order_and_equals_allow() -> None:
    for lines in (["Disallow: /news", "Allow: /news/open"], ["Allow: /news/open", "Disallow: /news"]):
        rules = robots(EVERYBODY + "\n".join(lines))
        assert [rules.allow(path) for path in ("/news/1", "/news/open/1", "/")] == [False, True, True]
    assert robots(EVERYBODY + "Disallow: /page\nAllow: /page").allow("/page")


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/", "/anything", True),
        ("/news", "/newspaper", True),
        ("/News", "/news", False),
        ("/*.pdf$", "/a/b.pdf", True),
        ("/*.pdf$", "/a/b.pdf?x", False),
        ("/*.pdf", "/a/b.pdf?x", True),
        ("/news$", "/news", True),
        ("/news$", "/news/", False),
        ("/*?page=", "/news?page=2", True),
        ("/a*b*c", "/axxbyyc/z", True),
        ("/a*b*c", "/acb", False),
        ("/ab*b$", "/ab", False),
        ("*", "/", True),
        ("*/private/", "/x/private/1", True),
        ("/новости", "/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8/1", True),
        ("/%d0%bd", "/%D0%BD", True),
        ("/a%2Fb", "/a/b", False),
        ("/a%2db", "/a-b", True),
    ],
)
def test_patterns_fit_as_the_rfc_says(pattern: str, path: str, fits: bool) -> None:
    assert robots(f"{EVERYBODY}Disallow: {pattern}\n").allow(path) is not fits


def test_robots_txt_itself_may_always_be_fetched() -> None:
    assert robots(EVERYBODY + "Disallow: /").allow("/robots.txt")


def test_what_is_behind_the_limit_is_not_read() -> None:
    assert robots(EVERYBODY + "#" * MAX_BYTES + "\nDisallow: /").allow("/")


def test_a_pattern_of_many_stars_takes_no_time() -> None:
    rules = robots(EVERYBODY + "Disallow: /" + "*a" * 5_000 + "b$")
    started = time.process_time()
    assert rules.allow("/" + "a" * 60_000)
    assert time.process_time() - started < 0.5


def plainly_fits(pattern: str, path: str) -> bool:
    """The same by a regular expression, for short patterns only."""
    anchored = pattern.endswith("$")
    body = ".*".join(re.escape(piece) for piece in pattern.removesuffix("$").split("*"))
    return re.match(body + ("$" if anchored else ""), path) is not None


@settings(max_examples=200)
@given(st.text("/ab*", max_size=6), st.sampled_from(["", "$"]), st.text("/ab", max_size=8))
def test_patterns_fit_as_a_plain_regular_expression_would(start: str, end: str, path: str) -> None:
    rules = Robots((Rule(False, f"/{start}{end}"),))
    assert rules.allow(f"/{path}") is not plainly_fits(f"/{start}{end}", f"/{path}")


@settings(max_examples=60)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"{EVERYBODY}Disallow: {text}".encode()))
def test_no_bytes_raise(body: bytes) -> None:
    read_robots(body, agent="watchword").allow("/news")
