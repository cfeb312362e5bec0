"""Plain-text dumps: decoding, page furniture, hashtags and links, and hostile input."""

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.models import Media, Snapshot
from worker.core.parse import plain_text
from worker.errors import ParseError


def parse(text: str) -> Snapshot:
    return plain_text.parse(text.encode())


def texts(text: str) -> list[str]:
    return [post.text for post in parse(text).posts]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("Le ministère a publié un bilan.".encode(), True, id="utf-8"),
        pytest.param("\ufeffСовет собрался в среду.".encode(), True, id="utf-8 with a mark"),
        pytest.param("Совет собрался в среду.".encode("utf-16"), True, id="utf-16 with a mark"),
        pytest.param(b"[The delegation] left on Monday.", True, id="a bracket is no JSON"),
        pytest.param(b"<...> and so it went on.", True, id="an omission is no markup"),
        pytest.param(b"  <!doctype html><p>x", False, id="html"),
        pytest.param(b"<?xml version='1.0'?><rss/>", False, id="xml"),
        pytest.param(b'{"posts": []}', False, id="a JSON object"),
        pytest.param(b'[{"id": 1}]', False, id="a JSON array"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0", False, id="binary"),
        pytest.param("Совет".encode("cp1251"), False, id="another encoding"),
        pytest.param(b" \n\n ", False, id="blank"),
        pytest.param(b"", False, id="empty"),
    ],
)
def test_a_dump_is_text_that_is_neither_markup_nor_json(body: bytes, expected: bool) -> None:
    assert plain_text.looks_like(body) is expected


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b"abc \xe9 def", r"not utf-8 text: byte 4 .*save the dump as UTF-8", id="wrong encoding"),
        pytest.param(b"abc\0def", "NUL at character 3", id="binary"),
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"\xef\xbb\xbf\n \n", "empty", id="only a mark and blank lines"),
        pytest.param("\u200b\n".encode(), "no text", id="only invisible characters"),
        pytest.param(b"<html><body>x", "not plain text", id="html"),
        pytest.param(b"\xff\xfea", "not utf-16 text: byte 2", id="half a character"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_remedy(body: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=message) as caught:
        plain_text.parse(body)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_say_the_encoding(encoding: str) -> None:
    [post] = plain_text.parse("Conseil réuni à Brume\r\n\r\nLe conseil a siégé.".encode(encoding)).posts
    assert post.text == "Conseil réuni à Brume\nLe conseil a siégé."


def test_a_dump_proves_no_deletion_and_knows_no_ids() -> None:
    snapshot = parse("The harbour office opens on Monday.")
    assert snapshot.format == "plain-text"
    assert snapshot.coverage is None
    [post] = snapshot.posts
    assert (post.id, post.url, post.published_at, post.edited, post.service) == (None, None, None, None, None)


def test_text_is_composed_and_without_stray_white_space() -> None:
    assert texts("  Cafe\u0301\u00a0 de\tla gare \u200b\n") == ["Café de la gare"]


def test_hashtags_are_listed_once_each_as_written_in_order() -> None:
    [post] = parse("#Порт и #ПОРТ, #Порт, a#b, https://x.example/#c, &#39; #2025 #Été_2025 (#Gare).").posts
    assert post.hashtags == ("#Порт", "#ПОРТ", "#Été_2025", "#Gare")


def test_bare_links_are_listed_without_the_punctuation_around_them() -> None:
    [post] = parse(
        "See https://port.example/a?b=1, (www.port.example) or t.me/port_office. See t.me/port_office!"
    ).posts
    assert post.links == ("https://port.example/a?b=1", "www.port.example", "t.me/port_office")


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Media is too big\nVIEW IN TELEGRAM", "video_too_big"),
        ("Media is too bigVIEW IN TELEGRAM", "video_too_big"),
        ("This media is not supported in your browser\nVIEW IN TELEGRAM", "unsupported_in_browser"),
        ("This media is not supported in your browser", "unsupported_in_browser"),
    ],
)
def test_a_media_label_starts_the_post_below_it(label: str, kind: str) -> None:
    above, below = parse(f"The first post is over.\n{label}\nThe caption of the second.").posts
    assert (above.text, above.media) == ("The first post is over.", ())
    assert (below.text, below.media) == ("The caption of the second.", (Media(kind),))


def test_a_media_label_below_a_forward_header_belongs_to_the_forward() -> None:
    [_, post] = parse(
        "Un premier billet.\nForwarded from Office du port\nMedia is too big\nVIEW IN TELEGRAM\nLa suite."
    ).posts
    assert (post.forwarded_from, post.media, post.text) == ("Office du port", (Media("video_too_big"),), "La suite.")


def test_the_open_label_ends_the_post_above_it() -> None:
    first, second = parse(
        "🔵 #LIVE: the council meets\n🔵 Harbour radio\nPlease open Telegram to view this post\nVIEW IN TELEGRAM\nNext."
    ).posts
    assert (first.text, first.media) == ("🔵 #LIVE: the council meets\n🔵 Harbour radio", (Media("open_in_telegram"),))
    assert (second.text, second.media) == ("Next.", ())


def test_a_media_label_without_caption_is_a_post_without_text() -> None:
    silent, spoken = parse("Media is too big\nVIEW IN TELEGRAM\nForwarded from Port radio\nThe tide is late.").posts
    assert (silent.text, silent.media) == ("", (Media("video_too_big"),))
    assert (spoken.text, spoken.forwarded_from) == ("The tide is late.", "Port radio")


def test_a_forward_header_printed_twice_makes_one_post() -> None:
    [post] = parse("Forwarded from Port radio\nForwarded from Port radio\nThe tide is late.").posts
    assert (post.text, post.forwarded_from) == ("The tide is late.", "Port radio")


def test_open_labels_in_a_row_without_text_are_one_hidden_post() -> None:
    label = "Please open Telegram to view this post\nVIEW IN TELEGRAM\n"
    hidden, post = parse(f"{label}{label}👍10❤3\nForwarded from Порт\nПорт открыт.").posts
    assert (hidden.text, hidden.media) == ("", (Media("open_in_telegram"),))
    assert (post.text, post.forwarded_from) == ("Порт открыт.", "Порт")


@pytest.mark.parametrize("footer", ["👍10❤3", "👍 10 ❤ 3", "12.5K", "🔥1.2K", "330.2K views 10:43", "edited 10:43"])
def test_reactions_and_footers_end_a_post_and_are_no_text(footer: str) -> None:
    assert texts(f"The ferry is late.\n{footer}\nThe ferry is here.") == ["The ferry is late.", "The ferry is here."]


@pytest.mark.parametrize(
    "line", ["📍 Harbour, 10:30", "🇫🇷 2025", "2025", "Media is too big to fail", "5 files were found"]
)
def test_text_that_only_resembles_furniture_stays(line: str) -> None:
    assert line in "\n".join(texts(f"A first line:\n{line}"))


def test_a_quote_of_another_post_above_a_reply_is_dropped_with_the_name() -> None:
    dump = (
        "Harbour office\nThe harbour office will close its northern gate for\n"
        "A correction to our notice.\nThe gate stays open.\nThe gate stays open.\n"
        "The harbour office will close its northern gate for repairs until Friday.\nUse the south.\nUse the south."
    )
    assert texts(dump) == [
        "A correction to our notice.\nThe gate stays open.",
        "The harbour office will close its northern gate for repairs until Friday.\nUse the south.",
    ]


def test_a_post_that_repeats_the_title_of_another_is_no_quote() -> None:
    dump = "The harbour office meets tonight\nThe harbour office meets tonight\nBring a chair.\nBring a chair.\nOver."
    assert "The harbour office meets tonight" in texts(dump)


# --------------------------------------------------------------------------- hostile input

_PIECES = st.sampled_from(
    [
        "Forwarded from Port radio",
        "Forwarded from",
        "Media is too big",
        "VIEW IN TELEGRAM",
        "Please open Telegram to view this post",
        "53K subscribers",
        "Download Telegram",
        "Read more",
        "READ MORE: the tide",
        "Category Archive : Tides",
        "views",
        "12:30",
        "1.2K views 12:30",
        "👍10❤3",
        "YouTube",
        "🔵 Radio",
        "• one;",
        "#Порт",
        "a line",
        "The tide is late.",
        "The council of the harbour has met for the first time this year",
        "",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(_PIECES, st.text(max_size=20)), max_size=30))
def test_any_lines_are_parsed_or_refused(lines: list[str]) -> None:
    try:
        snapshot = parse("\n".join(lines))
    except ParseError:
        return
    for post in snapshot.posts:
        assert "\n\n" not in post.text
        assert post.text == post.text.strip("\n")
        assert post.text or post.media or post.forwarded_from


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(body: bytes) -> None:
    if plain_text.looks_like(body):
        # Text of nothing but invisible characters looks like text until its lines are read.
        with suppress(ParseError):
            plain_text.parse(body)
    else:
        with pytest.raises(ParseError):
            plain_text.parse(body)


@pytest.mark.parametrize(
    "dump",
    [
        pytest.param("a " * 500_000, id="one long line"),
        pytest.param("#" * 1_000_000, id="hashes"),
        pytest.param("👍1" * 300_000, id="reactions without end"),
        pytest.param("the same line again\n" * 40_000, id="one line repeated"),
        pytest.param(
            "".join(f"Key {i % 50}\nNearly the same long line {i}\n" for i in range(20_000)), id="near copies"
        ),
        pytest.param("".join(f"Word{i * i % 307}\n" for i in range(40_000)), id="lines in no order"),
        pytest.param(
            "The end of it.\n\nA long line that does not end like a sentence at all\n\n" * 10_000, id="titles"
        ),
    ],
)
def test_hostile_dumps_take_bounded_time(dump: str) -> None:
    started = time.perf_counter()
    parse(dump)
    # Quadratic work would take minutes; the bound is loose because the machine that tests is shared.
    assert time.perf_counter() - started < 8
