"""Plain-text dumps against real exports, where a folder of them stands beside the checkout."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from worker.core.models import Post
from worker.core.parse import plain_text

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"

#: How many of its posts each maker's dump must give back line for line, of those that are in it.
EXPORTS = sorted((SHARED / "exports").glob("*.txt"))
PAGES = {
    "inscriptis": 1.0,
    "trafilatura-1.6.3": 1.0,
    "trafilatura-2.0.0": 1.0,
    # Bodies once, without any boundary: only titles tell.
    "trafilatura-2.3.1": 0.5,
}

Seen = tuple[tuple[str, ...], str | None]


def lines(text: str) -> tuple[str, ...]:
    shown = (re.sub(r"[\s\u200b\u2060\ufeff]+", " ", line).strip() for line in text.split("\n"))
    return tuple(line for line in shown if line)


def seen(post: Post) -> Seen:
    return lines(post.text), post.forwarded_from


@pytest.mark.skipif(not EXPORTS, reason="no shared/exports beside the checkout")
@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.name[:3])
def test_every_sure_post_of_a_real_export_is_found_line_for_line(path: Path) -> None:
    expected = [json.loads(line) for line in path.with_suffix(".expected.jsonl").read_text("utf-8").splitlines()]
    found = [
        (*seen(post), list(post.hashtags), [each.kind for each in post.media])
        for post in plain_text.parse(path.read_bytes()).posts
    ]
    sure = [post for post in expected if post["confidence"] == "sure"]
    missed = [
        post["n"]
        for post in sure
        if (lines(post["text"]), post["forwarded_from"], post["hashtags"], [post["media"]] if post["media"] else [])
        not in found
    ]
    assert missed == []
    assert len(found) == len(sure)


@pytest.mark.skipif(not EXPORTS, reason="no shared/exports beside the checkout")
@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.name[:3])
def test_an_export_cut_between_two_posts_gives_the_same_posts(path: Path) -> None:
    expected = [json.loads(line) for line in path.with_suffix(".expected.jsonl").read_text("utf-8").splitlines()]
    raw = path.read_text("utf-8").split("\n")
    for place in range(1, len(expected)):
        cut = expected[place]["start_line"] - 1
        for part, posts in (("\n".join(raw[:cut]), expected[:place]), ("\n".join(raw[cut:]), expected[place:])):
            sure = [(lines(post["text"]), post["forwarded_from"]) for post in posts if post["confidence"] == "sure"]
            if sure:
                assert [seen(post) for post in plain_text.parse(part.encode()).posts if post.text] == sure


def oracle(page: Path) -> Iterator[Seen]:
    """Yield the posts with text of a Telegram page."""
    for message in LexborHTMLParser(page.read_text("utf-8")).css(".tgme_widget_message"):
        origin = message.css_first(".tgme_widget_message_forwarded_from_name")
        for body in message.css(".js-message_text")[:1]:
            html = LexborHTMLParser(re.sub(r"<br/?>", "\n", body.html or ""))
            yield lines(html.body.text() if html.body else ""), origin.text() if origin else None


@pytest.mark.skipif(not (SHARED / "fixtures").is_dir(), reason="no shared/fixtures beside the checkout")
@pytest.mark.parametrize("page", sorted((SHARED / "fixtures" / "tme_s").glob("*.html")), ids=lambda page: page.name[:5])
@pytest.mark.parametrize("maker", PAGES)
def test_dumps_of_a_page_give_back_the_posts_of_the_page(page: Path, maker: str) -> None:
    dump = SHARED / "fixtures" / "plain_text" / f"{page.stem}.{maker}.txt"
    raw = dump.read_text("utf-8")
    present = [post for post in oracle(page) if post[0][0][:30] in raw]
    found = [seen(post) for post in plain_text.parse(dump.read_bytes()).posts]
    assert sum(post in found for post in present) >= PAGES[maker] * len(present)


@pytest.mark.skipif(not (SHARED / "fixtures").is_dir(), reason="no shared/fixtures beside the checkout")
@pytest.mark.parametrize("page", sorted((SHARED / "fixtures" / "tme_s").glob("*.html")), ids=lambda page: page.name[:5])
def test_runs_of_text_give_back_the_posts_of_the_page_but_for_line_ends(page: Path) -> None:
    dump = SHARED / "fixtures" / "plain_text" / f"{page.stem}.bs4-get_text-strip.txt"
    found = [_squashed(seen(post)) for post in plain_text.parse(dump.read_bytes()).posts]
    assert [post for post in oracle(page) if _squashed(post) not in found] == []


def _squashed(post: Seen) -> tuple[str, str | None]:
    return re.sub(r"\W", "", "".join(post[0])), post[1]
