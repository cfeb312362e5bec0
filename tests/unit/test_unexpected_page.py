"""What came back in place of an export: told only where it is sure."""

import pytest

from worker.core.models import Fetched
from worker.core.unexpected_page import is_login_page, is_web_page, web_page_instead

FORM = b'<!DOCTYPE html><form><input name="u"><input name="p" type=\'password\'></form>'
RSS = b'<?xml version="1.0"?><!-- made by hand --><rss version="2.0">'


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b"<html>", None, True),
        (b"\xef\xbb\xbf \n<!doctype\nHTML>", "text/plain", True),
        (b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml">', "application/xml", True),
        (b"<p>a page without its head", "text/HTML; charset=utf-8", True),
        (b"<p>a page without its head", "application/xhtml+xml", True),
        (RSS, "text/html", False),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'>", "text/html", False),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "text/html", False),
        (b' \n[{"id": 1}]', "text/html", False),
        (b"Harbour news\n", "text/plain", False),
        (b"Harbour news\n", None, False),
        (b"", None, False),
    ],
)
def test_a_web_page_is_known_by_its_beginning_first(body: bytes, content_type: str | None, expected: bool) -> None:
    assert is_web_page(body, content_type) is expected


@pytest.mark.parametrize(
    ("asked", "came", "body", "expected"),
    [
        ("https://harbour.example/feed", "https://harbour.example/wp-login.php?to=feed", FORM, True),
        ("https://harbour.example/news", "https://sso.harbour.example/?from=news", FORM, True),
        ("http://harbour.example/news", "https://id.example/Sign-In", FORM, True),
        # a login box in the corner of a page that moved
        ("http://harbour.example/news", "https://port.example/news", FORM, False),
        ("https://harbour.example/news", "https://harbour.example/authors/", FORM, False),
        # asked for itself
        ("https://harbour.example/login-news/", "https://harbour.example/login-news/1", FORM, False),
        # no field for a password, or no page at all
        ("https://harbour.example/feed", "https://harbour.example/login", b"<html>Welcome</html>", False),
        ("https://harbour.example/feed", "https://harbour.example/login", RSS + FORM[15:], False),
    ],
)
def test_a_login_page_is_known_where_it_is_sure(asked: str, came: str, body: bytes, expected: bool) -> None:
    assert is_login_page(asked, Fetched(came, body)) is expected


def test_the_words_say_what_came_back_and_from_where() -> None:
    asked = "https://harbour.example/feed"
    assert web_page_instead(asked, Fetched(asked, b"<html>")) == "answered with a web page instead"
    elsewhere = Fetched("http://portal.example/welcome", b"<html>")
    assert web_page_instead(asked, elsewhere) == "answered with a web page of portal.example instead"
    assert web_page_instead(asked, Fetched("http://portal.example/welcome", RSS)) is None
