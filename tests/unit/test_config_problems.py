"""Wrong configurations and exactly what is said about each; the table of them is a text file, to be read as such."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worker.config import Settings, load
from worker.config.rules import Whole, find_problems
from worker.core.parse import FORMATS
from worker.errors import ConfigError

TABLE = Path(__file__).parents[1] / "data" / "config_problems.txt"
CASES = [case.partition("\n") for case in TABLE.read_text(encoding="utf-8").split("=== ")[1:]]


def problems_with(text: str | bytes, folder: Path) -> list[str]:
    """Load `text` as a configuration in `folder` and return its problems, without the folder."""
    path = folder / "watchword.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as refused:
        load(path)
    assert refused.value.__cause__ is None or "sesame" not in str(refused.value.__cause__)
    return [problem.replace(f"{folder}/", "") for problem in refused.value.problems]


@pytest.mark.parametrize("case", [pytest.param(rest, id=name) for name, _, rest in CASES])
def test_says_what_is_wrong_where_and_what_would_be_right(case: str, tmp_path: Path) -> None:
    text, _, expected = case.partition("---\n")
    found = problems_with(text, tmp_path)
    assert [problem.removeprefix("watchword.toml:") for problem in found] == expected.strip().splitlines()
    assert not any("sesame" in problem for problem in found), "a secret is repeated"


def test_a_chat_without_its_extra_is_refused_with_what_installs_it() -> None:
    room = {"name": "room", "chat": {"env": "ROOM"}, "alerts": True}
    whole = Whole({"recipient": [room]}, complete=True, can_chat=False)
    (problem,) = find_problems(whole)
    assert problem.path == ("recipient", 0, "chat")
    assert problem.message == "chats need an extra that is not installed, run: pip install 'watchword[chat]'"
    assert list(find_problems(replace(whole, can_chat=True))) == []


def test_names_the_start_of_a_quote_that_the_file_ends_in(tmp_path: Path) -> None:
    assert problems_with('[fetch]\ncontact = "ops', tmp_path) == [
        "watchword.toml:2:1: a quote is never closed, close it"
    ]


def test_reports_every_problem_of_every_file_in_the_order_of_their_places(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "1-tides.toml").write_text('[[watchlist]]\nname = "Tides"\nterms = "ebb"\n')
    (tmp_path / "lists" / "2-mail.toml").write_text('[mail]\nhost = "smtp.example.org"\n')
    (tmp_path / "lists" / "3-broken.toml").write_text("[[watchlist]\n")
    (tmp_path / "lists" / "4-again.toml").write_text(
        '[[watchlist]]\nname = "TIDES"\nterms = ["tide", 7]\nremark = ""\n'
    )
    text = """\
include = ["lists/*.toml"]
[limits]
pages_back = -1
[[channel]]
name = "mill"
every = "0s"
[fetch]
timeot = "5s"
[[recipient]]
name = "desk"
watchlists = ["not known while a file cannot be read"]
"""
    known = '"name", "terms", "not", "threshold", "examples"'
    taken = "is a name already, choose another than the watchlist at"
    assert problems_with(text, tmp_path) == [
        "watchword.toml:3:14: limits.pages_back: must be at least 0",
        'watchword.toml:4:3: channel[0]: a url or a path is required, for example url = "https://example.org"',
        "watchword.toml:6:9: channel[0].every: must be longer than nothing",
        'watchword.toml:8:1: fetch.timeot: unknown key, did you mean "timeout"?',
        (
            "watchword.toml:9:3: recipient[0]: an email, a webhook or a chat is required, for example"
            ' email = "desk@example.org"'
        ),
        "lists/1-tides.toml:3:9: watchlist[0].terms: must be a list in square brackets, not text",
        "lists/2-mail.toml:1:2: mail: only [[watchlist]] tables stand in an included file, take it out",
        f'lists/4-again.toml:2:8: watchlist[0].name: "TIDES" {taken} lists/1-tides.toml:2:8',
        "lists/4-again.toml:3:18: watchlist[0].terms[1]: must be text in quotes, or a table with term, lang and match",
        f"lists/4-again.toml:4:1: watchlist[0].remark: unknown key, known are {known}",
        "lists/3-broken.toml:1:12: expected ']]' at the end of an array declaration",
    ]


def test_names_the_place_of_a_failing_example_in_an_included_file(tmp_path: Path) -> None:
    (tmp_path / "tides.toml").write_text(
        '[[watchlist]]\nname = "Ebb"\nterms = ["ebb"]\n[[watchlist]]\nname = "Flow"\nterms = ["flow"]\n'
        'examples.match = [\n  "they flow",\n  "they stand",\n]\n'
    )
    failing = 'example "they stand" is not tagged Flow: none of its terms is found, add a term or change the example'
    assert problems_with('include = ["tides.toml"]\n', tmp_path) == [
        f"tides.toml:9:3: watchlist[1].examples.match[1]: {failing}"
    ]


def test_points_at_the_character_of_a_query_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "watchword.toml"
    path.write_text('[[watchlist]]\nname = "Tides"\nterms = ["ebb", "flow AND (tide"]\n')
    with pytest.raises(ConfigError) as refused:
        load(path)
    (problem,) = refused.value.problems
    assert refused.value.pointers[problem].splitlines() == [
        '  terms = ["ebb", "flow AND (tide"]',
        "                            ^",
    ]
    path.write_text('[[watchlist]]\nname = "Tides"\nthreshold = "2"\nterms = ["ebb"]\n')
    with pytest.raises(ConfigError) as refused:
        load(path)
    assert refused.value.pointers == {}


def test_a_shipped_watchlist_that_a_query_names_is_added(tmp_path: Path) -> None:
    path = tmp_path / "watchword.toml"
    path.write_text('[[watchlist]]\nname = "Lake talks"\nterms = ["lake AND watchlist:cis"]\n')
    assert [watchlist.name for watchlist in load(path).watchlists] == ["Lake talks", "CIS"]


def test_names_every_known_format_where_one_is_like_none(tmp_path: Path) -> None:
    text = '[[channel]]\nname = "mill"\nurl = "https://example.org"\nformat = "carrier pigeon"\n'
    known = ", ".join(f'"{name}"' for name in FORMATS)
    assert problems_with(text, tmp_path) == [
        f'watchword.toml:4:10: channel[0].format: unknown format "carrier pigeon", known are {known}'
    ]


def test_names_some_of_many_known_channels(tmp_path: Path) -> None:
    channels = "".join(f'[[channel]]\nname = "c{n:02}"\nurl = "https://example.org"\n' for n in range(25))
    text = f'channels = []\n{channels}[[recipient]]\nname = "hook"\nchannels = ["harbour"]\n'
    (unknown,) = (problem for problem in problems_with(text, tmp_path) if "harbour" in problem)
    assert unknown.endswith('known are "c00", ' + ", ".join(f'"c{n:02}"' for n in range(1, 20)) + " and 5 more")


def test_says_that_the_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"watchword\.toml:1:1: cannot be read: No such file or directory$"):
        load(tmp_path / "watchword.toml")


def test_says_that_the_file_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r":1:1: cannot be read: Is a directory$"):
        load(tmp_path)


def test_says_which_byte_is_not_utf_8(tmp_path: Path) -> None:
    text = "[[channel]]\n# Порт\nname = 'é'\n".encode() + "title = 'Порт'\n".encode("cp1251")
    assert problems_with(text, tmp_path) == [
        "watchword.toml:4:10: byte 0xcf is not UTF-8, save the file as UTF-8",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"a = {'[' * 5000}", "watchword.toml:1:1: nested too deep, no setting is"),
        (f"b = 2\na = {'1' * 5000}\n", "watchword.toml:2:5: a number of too many digits, no setting is"),
        ('[limits]\n"\\u001b[31m" = 1', 'watchword.toml:2:1: limits."\\x1b[31m": unknown key, known are "hold_above"'),
        (f"{'a' * 500} = 1", f'watchword.toml:1:1: "{"a" * 79}…": unknown key, known are "include"'),
    ],
)
def test_stays_on_one_short_line_whatever_the_file_holds(text: str, problem: str, tmp_path: Path) -> None:
    (found,) = problems_with(text, tmp_path)
    assert found.startswith(problem[:60])
    assert found.isprintable()


FRAGMENTS = st.sampled_from(
    [
        *"[]{}=.,\"'#\n é",
        *(
            "[[channel]]\n",
            "[[recipient]]\n",
            "[[watchlist]]\n",
            "[mail]\n",
            "[storage]\n",
            "[fetch.host.x]\n",
            "include",
        ),
        *(
            "name",
            "url",
            "path",
            "terms",
            "password",
            "digest",
            "watchlists",
            "examples",
            "email",
            "every",
            " = ",
            '"x"',
        ),
        *(
            "= []\n",
            "= 5\n",
            '= "x"\n',
            '= ["x", {}]\n',
            "= {}\n",
            "= 07:30:00\n",
            "= 2026-01-02\n",
            "= inf\n",
            '= "1d"\n',
        ),
        *('= "sqlite:///"\n', '= "https://[x"\n', '= "a@b.c"\n', '= { env = "X" }\n', '= { file = "x" }\n'),
    ]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(st.text(max_size=40), st.lists(FRAGMENTS, max_size=25).map("".join)))
def test_any_text_gives_settings_or_problems_with_their_place(text: str, tmp_path: Path) -> None:
    path = tmp_path / "watchword.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    problems: tuple[str, ...] = ()
    try:
        assert isinstance(load(path), Settings)
    except ConfigError as error:
        problems = error.problems or ("none",)
    for problem in problems:
        assert re.match(r":\d+:\d+: ", problem.removeprefix(str(path))), problem
        assert problem.isprintable()
