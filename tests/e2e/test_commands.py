"""The command line: what a user does wrong ends in one line that says what to do, never in a traceback."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.e2e import story
from tests.e2e.conftest import House
from tests.e2e.process import CHECKOUT, Commands, Ended
from worker import __version__

_POST_KEYS = {
    "id",
    "url",
    "published_at",
    "edited",
    "text",
    "forwarded_from",
    "reply_to",
    "author",
    "hashtags",
    "links",
    "media",
    "service",
}


def complaint(ended: Ended, code: int = 1) -> str:
    """Return the one line on standard error."""
    assert ended.code == code, (ended.out, ended.err)
    assert "Traceback" not in ended.err
    lines = ended.err.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_the_version_is_shown(commands: Commands) -> None:
    ended = commands.run("--version")

    assert (ended.code, ended.out) == (0, f"watchword {__version__}\n")


def test_parse_prints_the_posts_in_the_documented_shape(commands: Commands, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(story.page(story.FISHERIES, 2))

    posts = commands.run("parse", page, "--json").objects()

    assert all(post.keys() == _POST_KEYS for post in posts)
    assert [post["id"] for post in posts] == ["11", "12", "13", "14", "15"]
    assert posts[3]["forwarded_from"] == "Estria Net Office"
    assert commands.run("parse", "-", "--json", stdin=page.read_bytes()).objects() == posts


def test_parse_with_a_configuration_adds_tags(house: House) -> None:
    house.furnish(story.tables())
    (house.folder / "page.html").write_bytes(story.page(story.PRESS, 2))

    posts = house.run("parse", "page.html", "--json").objects()

    assert [post["tags"] for post in posts] == [[], ["BRICS", "CIS"]]


@pytest.mark.parametrize(
    ("file", "expected"), [("nowhere.html", "no such file"), (".", "is a directory"), ("binary", "")]
)
@pytest.mark.parametrize("command", ["parse", "tag", "compare"])
def test_a_file_that_cannot_be_read_is_one_line(
    commands: Commands, tmp_path: Path, command: str, file: str, expected: str
) -> None:
    (tmp_path / "binary").write_bytes(b"\x00\xff\xfe\x80" * 100)

    line = complaint(commands.run(command, file, "--json", cwd=tmp_path))

    assert file in line
    assert expected in line.lower()


def test_tag_serves_the_good_lines_and_counts_the_bad_ones(commands: Commands) -> None:
    lines = (
        '{"text": "The #BRICS summit", "lang": "en", "channel": "x"}\n'
        "\n"
        "not json\n"
        '["text"]\n'
        '{"text": "страны СНГ"}\n'
        '{"text": "half a pair: \\ud83d"}\n'
    )

    ended = commands.run("tag", "-", "--json", stdin=lines.encode())

    assert ended.code == 1
    assert [line.split(": ")[0] for line in ended.err.splitlines()] == ["-:3", "-:4"]
    first, second, third = ended.objects()
    assert (first["tags"], first["channel"]) == (["BRICS"], "x")
    (match,) = first["matches"]
    assert match.keys() == {"watchlist", "term", "start", "end", "text"}
    assert first["text"][match["start"] : match["end"]] == match["text"]
    assert (second["tags"], third["tags"]) == (["CIS"], [])


def test_tag_without_json_survives_half_a_surrogate_pair(commands: Commands) -> None:
    ended = commands.run("tag", "-", stdin=b'{"text": "Ukraine\\ud83d"}\n')

    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("1: Ukraine")


def test_compare_serves_the_good_lines_and_counts_the_bad_ones(commands: Commands) -> None:
    lines = (
        '{"before": "On 12 May the #BRICS met.", "after": "On 12 May they met.", "number": 7}\n'
        "\n"
        "not json\n"
        '{"before": "no after"}\n'
        '{"before": "The ferry sails", "after": "The ferry sails!\\ud83d"}\n'
    )

    ended = commands.run("compare", "-", "--json", stdin=lines.encode())

    assert ended.code == 1
    assert [line.split(": ")[0] for line in ended.err.splitlines()] == ["-:3", "-:4"]
    first, second = ended.objects()
    assert (first["grade"], first["number"]) == ("substantive", 7)
    assert first["term_changes"] == [{"watchlist": "BRICS", "kind": "lost"}]
    assert "".join(piece["text"] for piece in first["diff"] if piece["kind"] != "inserted") == first["before"]
    assert (second["grade"], second["term_changes"], second["double"]) == ("cosmetic", [], True)


def test_compare_without_json_shows_grade_and_words(commands: Commands) -> None:
    ended = commands.run("compare", "-", stdin=b'{"before": "due on 27 May", "after": "due on 28 May\\ud83d"}\n')

    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == ["1: substantive", "due on [-27-][+28+] May[+\ufffd+]", ""]


def test_a_good_configuration_is_fine_and_a_bad_one_is_told_with_its_places(house: House) -> None:
    house.furnish(story.tables())
    assert house.run("check-config").out.startswith("fine: 3 channels, 3 watchlists, 2 recipients")
    assert house.commands.run("check-config", house.config).code == 0
    text = house.config.read_text(encoding="utf-8").replace('timezone = "UTC"', 'timezone = "Europe/Atlantis"')
    house.config.write_text(text, encoding="utf-8")
    number = next(n for n, line in enumerate(text.splitlines(), 1) if "Atlantis" in line)

    for command in ("check-config", "once", "run", "status"):
        line = complaint(house.run(command), code=2)
        assert f"watchword.toml:{number}:" in line
        assert "Europe/Atlantis" in line


@pytest.mark.parametrize("file", ["nowhere.toml", ".", "binary.toml"])
def test_a_configuration_that_cannot_be_read_is_one_line(commands: Commands, tmp_path: Path, file: str) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\x00\x80")

    for command in ("check-config", "once", "posts", "db upgrade"):
        assert file in complaint(commands.run(*command.split(), "--config", file, cwd=tmp_path), code=2)


def test_without_any_configuration_the_way_out_is_named(commands: Commands, tmp_path: Path) -> None:
    assert "watchword init" in complaint(commands.run("status", cwd=tmp_path), code=2)


def test_the_schema_is_json(commands: Commands) -> None:
    assert json.loads(commands.run("check-config", "--schema").out)["type"] == "object"


def test_a_configuration_made_by_init_is_fine(commands: Commands, tmp_path: Path) -> None:
    first = commands.run("init", tmp_path / "new")
    assert first.code == 0
    assert commands.run("check-config", "--config", tmp_path / "new" / "watchword.toml").code == 0

    again = commands.run("init", tmp_path / "new")
    assert (again.code, "exists already" in again.err, "Traceback" in again.err) == (2, True, False)


def test_the_database_is_brought_up_to_date_on_request(any_house: House) -> None:
    any_house.furnish(story.tables())

    ended = any_house.run("db", "upgrade")

    assert (ended.code, ended.out.startswith("the database has version")) == (0, True)


@pytest.fixture
def empty_postgres_house(house: House, postgres_url: str) -> Iterator[House]:
    """A house on a PostgreSQL database without tables."""
    url = make_url(postgres_url)
    server = f"host={url.query['host']} user=watchword"
    name = f"empty_{os.getpid()}"
    with psycopg.connect(f"{server} dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield replace(house, storage=postgres_url.replace("/postgres?", f"/{name}?"))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_an_empty_postgresql_database_asks_for_the_upgrade(empty_postgres_house: House) -> None:
    house = empty_postgres_house
    house.furnish(story.tables(story.FISHERIES))
    house.site.pages.update(story.pages(1, story.FISHERIES))

    for command in ("once", "posts", "status"):
        assert "run `watchword db upgrade`" in complaint(house.run(command))
    assert house.run("db", "upgrade").code == 0
    assert house.run("once").code == 0


@pytest.mark.parametrize(
    "storage",
    ["postgresql://nobody@127.0.0.1:1/none?connect_timeout=2", "sqlite:////dev/null/watchword.db", "sqlite:///dumps"],
)
def test_a_database_that_cannot_be_opened_is_one_line(house: House, storage: str) -> None:
    broken = replace(house, storage=storage)
    broken.furnish(story.tables())

    for command in ("once", "posts"):
        complaint(broken.run(command))


def test_a_channel_that_was_never_checked_is_not_said_to_be_given_up(house: House) -> None:
    house.furnish(story.tables())

    for command in ("status", "channels"):
        shown = house.run(command)
        assert shown.code == 0, shown.err
        assert "next with the first round" in shown.out
        assert "not by itself" not in shown.out


def test_a_file_that_is_no_database_is_one_line(house: House) -> None:
    house.furnish(story.tables())
    (house.folder / "watchword.db").write_bytes(b"this is no database at all, but a note " * 200)

    for command in ("once", "status", "db upgrade"):
        assert "not a database" in complaint(house.run(*command.split()))


def test_a_reader_that_has_seen_enough_ends_a_listing_quietly(tmp_path: Path) -> None:
    dump = tmp_path / "dump.txt"
    dump.write_text("\n".join(f"Title number {n}\nBody {n} has words.\nAnd body {n} more.\n" for n in range(1000)))
    read, write = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-m", "worker", "parse", dump, "--json"],
        stdout=write,
        stderr=subprocess.PIPE,
        cwd=CHECKOUT,
    ) as process:
        os.close(write)
        os.read(read, 10)
        os.close(read)
        _, err = process.communicate(timeout=20)

    assert err == b""


def test_a_wrong_use_is_exit_code_two(commands: Commands, tmp_path: Path) -> None:
    for words in (["no-such-command"], ["parse"], ["parse", "x", "--format", "nonsense"], ["posts", "--nonsense"]):
        ended = commands.run(*words, cwd=tmp_path)
        assert (ended.code, "Traceback" in ended.err) == (2, False)


def test_a_time_that_is_none_is_told_with_the_right_form(house: House) -> None:
    house.furnish(story.tables())

    ended = house.run("changes", "--since", "yesterday-ish")

    assert (ended.code, "24h" in ended.err) == (2, True)


def test_a_post_that_was_searched_for_has_a_history(house: House) -> None:
    house.furnish(story.tables(story.FISHERIES))
    house.site.pages.update(story.pages(1, story.FISHERIES))
    assert house.run("once").code == 0
    (first,) = house.run("posts", "--json", "--limit", "1").objects()
    name = f"{first['channel']}/{first['id']}"
    words = first["text"].split()[:2]
    assert first["id"] in [post["id"] for post in house.run("posts", *words, "--json").objects()]

    (known,) = house.run("history", name, "--json").objects()
    assert [revision["text"] for revision in known["revisions"]] == [first["text"]]
    shown = house.run("history", name)
    assert (shown.code, shown.out.splitlines()[0]) == (0, f"{name}  live")
    assert house.run("history", first["url"]).out == shown.out
    said = complaint(house.run("history", "nowhere/1"))
    assert said.startswith("watchword: there is no post 'nowhere/1': write CHANNEL/ID")
