"""Sources that send nonsense: one clear line each, the others are served, nothing is lost."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e import story
from tests.e2e.conftest import House
from tests.e2e.process import Ended
from tests.e2e.servers import Answer, free_port

_GOOD = story.tables(story.PORT)


def bad_channel(url: str) -> str:
    return f'[[channel]]\nname = "bad"\nurl = "{url}"\nevery = "1ms"\n'


def once(house: House, number: int) -> Ended:
    house.site.pages.update(story.pages(number, story.PORT))
    ended = house.run("once")
    assert "Traceback" not in ended.err
    return ended


def failure(ended: Ended) -> str:
    """Return the one line that tells of the failure."""
    assert ended.code == 1, ended.err
    (line,) = [line for line in ended.logged("channel_checked") if line["level"] != "info"]
    error: str = line["error"]
    assert "internal error" not in error
    assert "\n" not in error
    return error


def _truncated(page: bytes) -> bytes:
    return page[: len(page) * 2 // 3]


_EMPTY = (
    story.page(story.FISHERIES, 1).split(b'<div class="tgme_widget_message_wrap')[0]
    + b'<div class="tgme_widget_message_centered js-messages_more_wrap">'
    + b'<div class="tme_no_messages_found">No posts found</div></div></section></main></body></html>'
)
_LANDING = b"""<!DOCTYPE html><html><head><title>Telegram: Contact @estria_fisheries</title></head>
<body><div class="tgme_page"><div class="tgme_page_title"><span>Ministry of Fisheries of Estria</span></div>
<div class="tgme_page_extra">1 234 subscribers</div>
<div class="tgme_page_action"><a class="tgme_action_button_new" href="tg://resolve?domain=estria_fisheries">View</a></div></div></body></html>"""

BAD_PAGES: dict[str, tuple[Callable[[], bytes | Answer], str]] = {
    "a truncated preview": (lambda: _truncated(story.page(story.FISHERIES, 2)), "cut off"),
    "a body of 100 MB": (lambda: Answer(body=b"x" * 1_000_000, times=100), "8,000,000|8000000|8 MB"),
    "200,000 nested tags": (lambda: b"<!DOCTYPE html><html><body>" + b"<div>" * 200_000 + b"</body></html>", "deep"),
    "a missing page": (lambda: Answer(404), "has no such page"),
    "an error of the server": (lambda: Answer(500), "failed"),
    "no posts any more": (lambda: _EMPTY, "no posts"),
    "binary": (lambda: bytes(range(256)) * 100, ""),
    "an empty body": (lambda: Answer(200), "is empty"),
}


@pytest.mark.parametrize("what", BAD_PAGES)
def test_a_bad_page_is_told_in_one_line_and_loses_nothing(house: House, what: str) -> None:
    make, expected = BAD_PAGES[what]
    house.furnish(story.tables(story.FISHERIES) + _GOOD)
    house.site.pages["/s/estria_fisheries"] = story.page(story.FISHERIES, 1)
    assert once(house, 1).code == 0
    house.site.pages["/s/estria_fisheries"] = make()

    ended = once(house, 2)

    error = failure(ended)
    assert any(words in error for words in expected.split("|")), error
    assert "1 new posts, 0 edited; 1 digests made" in ended.out  # the other channel is served
    house.site.pages["/s/estria_fisheries"] = story.page(story.FISHERIES, 2)
    assert once(house, 2).code == 0
    posts = house.run("posts", "--channel", "estria_fisheries", "--json").objects()
    assert len(posts) == 5


def test_a_channel_without_preview_is_told_as_such(house: House) -> None:
    house.furnish(bad_channel("SITE/s/landing") + _GOOD)
    house.site.pages["/s/landing"] = Answer(302, headers={"Location": "/landing"})
    house.site.pages["/landing"] = _LANDING

    assert "preview" in failure(once(house, 1))
    assert "no_preview" in house.run("status").out


def test_a_server_that_is_not_there_is_told_as_such(house: House) -> None:
    house.furnish(bad_channel(f"http://127.0.0.1:{free_port()}/s/x") + _GOOD)

    assert "cannot be reached: connection refused" in failure(once(house, 1)).lower()


def test_the_loopback_is_refused_unless_it_is_allowed(house: House) -> None:
    house.furnish(story.tables(story.PORT), allow="[]")

    assert "127.0.0.1 is not a public address (loopback); if it is meant, add it to fetch.allow_networks" in failure(
        once(house, 1)
    )
    assert house.site.asked == []


def _link(path: Path) -> None:
    path.symlink_to("nowhere.txt")


BAD_DUMPS: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda path: path.write_bytes(b""), "is empty"),
    "a link to nowhere": (_link, "cannot be read"),
    "binary": (lambda path: path.write_bytes(bytes(range(256)) * 40), ""),
}


@pytest.mark.parametrize("what", BAD_DUMPS)
def test_a_bad_dump_is_told_in_one_line_with_its_path(house: House, what: str) -> None:
    make, expected = BAD_DUMPS[what]
    house.furnish(story.folder_table())
    house.drop("1.txt", story.dump(0))
    assert once(house, 1).code == 0
    make(house.dumps / "2.txt")
    os.utime(house.dumps / "2.txt", (0, 0), follow_symlinks=False)
    house.drop("3.txt", story.dump(0, 1))

    ended = once(house, 1)

    error = failure(ended)
    assert "2.txt" in error
    assert expected in error
    assert "1 new posts" in ended.out  # the dump after it is read


def test_a_pattern_that_matches_nothing_fails_until_a_file_is_there(house: House) -> None:
    house.furnish(story.folder_table())

    assert "no file matches" in failure(once(house, 1))
    assert "no file matches" in failure(once(house, 1))
    house.drop("1.txt", story.dump(0))
    assert once(house, 1).code == 0


def test_a_dump_in_another_encoding_is_read_or_refused_but_never_stored_as_rubbish(house: House) -> None:
    house.furnish(story.folder_table())
    text = "Пресс-служба сообщает\nВ парке посадили двести лип.\nРаботы закончены.\n"
    house.drop("1.txt", text.encode("cp1251"))

    ended = once(house, 1)

    texts = " ".join(post["text"] for post in house.run("posts", "--json").objects())
    assert "посадили" in texts or (ended.code == 1 and not texts), (ended.err, texts)


def test_a_line_of_five_megabytes_does_not_stop_a_round(house: House) -> None:
    house.furnish(story.folder_table() + _GOOD)
    house.drop("1.txt", "A title\n" + "word " * 1_000_000 + "\n")

    ended = once(house, 1)

    assert ended.out.startswith("2 channels checked")


def test_a_first_check_of_several_files_cut_off_between_them_tells_nobody(house: House) -> None:
    # checks of more than a thousand posts do not share a transaction
    house.furnish(story.folder_table())
    house.drop("1.txt", _desktop_export(1, 1_001))
    house.drop("2.txt", _desktop_export(1_001, 2))
    # each death leaves one step less to do: setting up, the evidence of each file, then the first file's posts
    while not house.run("posts", "--json").objects():
        assert house.run("once", kill_at=1).code == -9
    assert len(house.run("posts", "--json").objects()) == 1_001

    assert once(house, 1).code == 0

    assert house.run("changes", "--json").objects() == []
    assert len(house.run("posts", "--json").objects()) == 1_002


def _desktop_export(first: int, count: int) -> str:
    messages = [
        {
            "id": number,
            "type": "message",
            "date_unixtime": str(1_760_000_000 + number),
            "text": f"Pier {number} is open.",
        }
        for number in range(first, first + count)
    ]
    return json.dumps({"name": "Quay", "type": "public_channel", "id": 77, "messages": messages})
