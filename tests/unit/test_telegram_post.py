"""The page of a single post: there, not there, or a page that says neither."""

from datetime import timedelta

import pytest

from tests.builders import NOON
from worker.core.parse.telegram_post import SinglePost, read_single_post, single_post_url
from worker.demo.pages import preview_page
from worker.demo.story import DemoChannel, DemoPost

POST = DemoPost(12, 1, timedelta(), "The ferry leaves at eight.")
SHOWN = preview_page(DemoChannel("harbour", "Harbour", (POST,)), 1, NOON)


def page(inside: str) -> bytes:
    return f"<!DOCTYPE html><html><head></head><body>{inside}</body></html>".encode()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(SHOWN, SinglePost.SHOWN, id="the post"),
        pytest.param(SHOWN.replace(b"harbour/12", b"harbour/120"), SinglePost.OTHER, id="another post"),
        pytest.param(SHOWN[: len(SHOWN) // 2], SinglePost.UNREADABLE, id="cut off"),
        pytest.param(
            page('<div class="tgme_widget_message"><div class="tgme_widget_message_error">Not found</div></div>'),
            SinglePost.NOT_FOUND,
            id="an error",
        ),
        pytest.param(
            page('<div class="tgme_widget_message_wrap"><i class="err_message">Publication introuvable</i></div>'),
            SinglePost.NOT_FOUND,
            id="an older error in another language",
        ),
        pytest.param(
            page('<div class="tgme_widget_message"><div class="tgme_widget_message_error">Not found</div></div>')[:-30],
            SinglePost.UNREADABLE,
            id="an error that was cut off",
        ),
        pytest.param(page('<div class="tgme_page">Contact @harbour</div>'), SinglePost.UNREADABLE, id="landing page"),
        pytest.param(page('<p class="tgme_header">Hello</p>'), SinglePost.OTHER, id="another page of Telegram"),
        pytest.param(page("<p>Hello</p>"), SinglePost.OTHER, id="another page"),
        pytest.param(b'{"ok": true}', SinglePost.OTHER, id="no page"),
        pytest.param(b"", SinglePost.OTHER, id="nothing"),
    ],
)
def test_what_a_page_says_of_a_post(body: bytes, says: SinglePost) -> None:
    assert read_single_post(body, "12") is says


@pytest.mark.parametrize(
    ("source", "url", "asked"),
    [
        ("https://t.me/s/harbour", "https://t.me/harbour/12", "https://t.me/harbour/12?embed=1&mode=tme"),
        ("https://t.me/s/Harbour", "https://t.me/harbour/12", "https://t.me/harbour/12?embed=1&mode=tme"),
        ("http://mirror.example:8080/s/harbour", None, "http://mirror.example:8080/harbour/12?embed=1&mode=tme"),
        ("https://t.me/s/harbour/", None, "https://t.me/harbour/12?embed=1&mode=tme"),
        ("https://t.me/s/harbour?before=30", None, "https://t.me/harbour/12?embed=1&mode=tme"),
        ("https://t.me/harbour/12", "https://t.me/harbour/12", "https://t.me/harbour/12?embed=1&mode=tme"),
        ("https://t.me/", None, None),
        ("/srv/dumps/harbour.html", None, None),
        ("https://[t.me/s/harbour", None, None),
    ],
)
def test_where_a_single_post_is_asked_for(source: str, url: str | None, asked: str | None) -> None:
    assert single_post_url(source, "12", url) == asked
