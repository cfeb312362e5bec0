"""The pages tell the truth: their configurations load, their commands run, their lists are complete."""

import ast
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tests.e2e import pages
from tests.e2e.pages import PAGES, ROOT, Block, name_of
from worker.cli.options import app
from worker.config import Settings, load, parse_duration
from worker.config.models import (
    Channel,
    Feed,
    Fetch,
    HostFetch,
    Limits,
    Mail,
    PageSelectors,
    Recipient,
    Retention,
    Storage,
    Templates,
)
from worker.config.secrets import Secret
from worker.config.sizes import parse_size
from worker.config.times import Digest, Quiet
from worker.config.watchlists import Examples, ExampleTable, ExclusionTable, TermTable, WatchlistTable
from worker.core.health import STATES
from worker.core.models import Term, Watchlist
from worker.core.parse import FORMATS
from worker.core.schedule import MAIL_BACKOFF, WEBHOOK_BACKOFF
from worker.core.timetable import EVERY_DAY
from worker.core.watchlist.language import INFLECTED
from worker.core.watchlist.matcher import Matcher
from worker.core.watchlist.query import parse_query
from worker.core.watchlist.scopes import SCOPES
from worker.errors import ConfigError

_NAMES = [name_of(page) for page in PAGES]
_CONFIGURATION, _OPERATING, _JSON = "docs/configuration.md", "docs/operating.md", "docs/json.md"
_SOURCES = sorted((ROOT / "worker").rglob("*.py"))

#: commands whose fields are compared with json.md
_COMPARED = {
    "posts",
    "changes",
    "status",
    "history",
    "explain",
    "backtest",
    "watchlists",
    "watchlists suggest",
    "deliveries list",
    "recipients list",
}
#: not everything that they can tell has happened in the demonstration
_OFTEN_SHORT = {"history", "explain", "backtest", "watchlists suggest"}

#: heading in configuration.md -> the model whose settings stand below it
_SECTIONS: Mapping[str, type[BaseModel]] = {
    "Top level": Settings,
    "`[storage]`": Storage,
    "`[fetch]`": Fetch,
    '`[fetch.host."NAME"]`': HostFetch,
    "`[mail]`": Mail,
    "`[limits]`": Limits,
    "`[templates]`": Templates,
    "`[retention]`": Retention,
    "`[[channel]]`": Channel,
    "`selectors`": PageSelectors,
    "`[[recipient]]`": Recipient,
    "`digest`": Digest,
    "`[[feed]]`": Feed,
    "`quiet`": Quiet,
    "`[[watchlist]]`": WatchlistTable,
    "A term as a table": TermTable,
    "A `not` term as a table": ExclusionTable,
    "`examples`": Examples,
    "An example as a table": ExampleTable,
    "Secrets": Secret,
}


def _prepare(name: str, folder: Path) -> None:
    """Write the files of a page."""
    for block in pages.blocks(name):
        if block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")


# --------------------------------------------------------------------------- configurations


@pytest.mark.parametrize("name", _NAMES)
def test_every_configuration_in_the_pages_loads(name: str, tmp_path: Path) -> None:
    _prepare(name, tmp_path)
    for block in pages.blocks(name):
        if block.language == "toml":
            tomllib.loads(block.text)
            assert block.file, f"{block.where}: say which file this is, as in <!-- file: watchword.toml -->"
            if "/" not in block.file:  # the others are included by these
                load(tmp_path / block.file)


def test_the_settings_are_listed_completely() -> None:
    for heading, model in _SECTIONS.items():
        listed = {pages.codes(row[0])[0] for row in pages.rows(pages.section(_CONFIGURATION, heading))}
        keys = {field.alias or name for name, field in model.model_fields.items()}
        if model is Settings:  # tables have sections of their own
            keys -= {key for key in keys if {f"`[{key}]`", f"`[[{key}]]`"} & _SECTIONS.keys()}
        assert listed == keys, heading


def test_every_table_of_the_configuration_has_a_section() -> None:
    assert set(_models(Settings)) == set(_SECTIONS.values())


def test_the_defaults_in_the_pages_are_those_of_the_program() -> None:
    for heading, model in _SECTIONS.items():
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        for key, _, default, _ in pages.rows(pages.section(_CONFIGURATION, heading)):
            assert _is_default(default, fields[key.strip("`")]), f"{heading} {key}: {default}"


def test_every_format_is_named_where_it_can_be_set() -> None:
    (row,) = [row for row in pages.rows(pages.section(_CONFIGURATION, "`[[channel]]`")) if row[0] == "`format`"]
    assert set(pages.codes(row[1])) == {f'"{name}"' for name in FORMATS}


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        for inner in _models_in(field.annotation):
            yield from _models(inner)


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _is_default(written: str, field: FieldInfo) -> bool:
    if written == "required":
        return field.is_required()
    if not re.fullmatch(r"`[^`]+`", written):  # in words
        return field.default is None or field.default_factory is not None or isinstance(field.default, BaseModel)
    value = tomllib.loads(f"default = {written.strip('`')}")["default"]
    if isinstance(field.default, timedelta):
        value = parse_duration(value)
    elif isinstance(field.default, int) and isinstance(value, str):
        value = parse_size(value)
    elif isinstance(field.default, frozenset):
        value = {"daily": EVERY_DAY}[value]
    return bool(field.default == (tuple(value) if isinstance(value, list) else value))


# --------------------------------------------------------------------------- commands


def test_the_commands_in_the_pages_run_and_print_what_is_shown(tmp_path: Path) -> None:
    commands: list[tuple[Block, str, str]] = []
    for name in _NAMES:
        folder = tmp_path / name.replace("/", "-")
        folder.mkdir()
        _prepare(name, folder)
        for block in pages.blocks(name):
            if block.language == "sh":
                commands += [(block, str(folder), line) for line in block.text.splitlines()]
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.run_commands"],
        input=json.dumps([(folder, command) for _, folder, command in commands]),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed: dict[str, str] = {}
    for (block, _, command), (code, out, err) in zip(commands, json.loads(done.stdout), strict=True):
        assert code == 0, f"{block.where}: {command}\n{err}"
        printed[block.where] = printed.get(block.where, "") + out
    _outputs_are_as_shown(printed)
    _fields_are_as_documented(printed, tmp_path / "docs-json.md" / "demo")


def _outputs_are_as_shown(printed: Mapping[str, str]) -> None:
    for name in _NAMES:
        before = None
        for block in pages.blocks(name):
            if block.is_output:
                assert before
                assert printed[before.where] == block.text, block.where
            before = block


def _fields_are_as_documented(printed: Mapping[str, str], demo: Path) -> None:
    """Compare the fields listed in json.md with what the demonstration gave, and its log with operating.md."""
    for block in pages.blocks(_JSON):
        command = _command(block.text) if block.language == "sh" else ""
        if command in _COMPARED:
            given = [json.loads(line) for line in printed[block.where].splitlines()]
            assert given
            _compare(command, given)
    hooks = [json.loads(path.read_text("utf-8")) for path in demo.glob("webhook-*.json")]
    _compare("A webhook's body", hooks)
    for line in (demo / "log.jsonl").read_text("utf-8").splitlines():
        _keys_are_documented(json.loads(line))


def _command(line: str) -> str:
    """Return the command, with the one below it where there is one."""
    first, *others = line.split()[1:]
    has_below = first in {"watchlists", "deliveries", "recipients"} and bool(others) and others[0].isalpha()
    return f"{first} {others[0]}" if has_below else first


def _compare(heading: str, given: list[Any]) -> None:
    listed = {field for row in pages.rows(pages.section(_JSON, heading)) for field in pages.codes(row[0])}
    paths = {path for one in given for path in _paths(one)}
    assert paths <= listed, heading
    if heading in _OFTEN_SHORT:
        return
    # what stands in lists that are empty in the demonstration, and a text that was cut
    often_empty = re.compile(
        r"(gaps|bad_files|failing|held_up|term_changes|retagging)\[\]|\.cut$|^(pruned_at|backfilled)$"
    )
    absent = {field for field in listed - paths if not often_empty.search(field)}
    assert not absent, heading


def _paths(value: Any, before: str = "") -> Iterator[str]:
    match value:
        case dict():
            for key, inner in value.items():
                path = f"{before}.{key}" if before else key
                yield path
                yield from _paths(inner, path)
        case list():
            for inner in value:
                yield from _paths(inner, f"{before}[]")


def _keys_are_documented(line: Mapping[str, Any]) -> None:
    listed = pages.codes(pages.section(_OPERATING, f"`{line['event']}`"))
    assert line.keys() - set(listed) <= {"event", "level", "timestamp"}, line["event"]


def test_every_command_in_the_pages_exists_with_its_options() -> None:
    root = typer.main.get_command(app)
    for name in _NAMES:
        shown = [line for block in pages.blocks(name) for line in block.text.splitlines()]
        for text in (*shown, *pages.codes(pages.prose(name))):
            found = re.match(r"(?:\S+ ){0,5}watchword ((?:[a-z-]+|[A-Z]).*)", text.strip())
            if found and not text.startswith(("echo", "sqlite3", "pg_dump", "!")) and " " in text.strip():
                _exists(root, shlex.split(found[1], comments=True), f"{name}: {text}")


def _exists(command: Any, words: list[str], where: str) -> None:
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        assert words[0] in command.commands, where
        command = command.commands[words.pop(0)]
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("-") and word != "-"} <= options, where


def test_every_command_is_in_the_pages() -> None:
    text = "".join(pages.read(name) for name in _NAMES)
    root: Any = typer.main.get_command(app)
    for command in root.commands:
        assert f"watchword {command}" in text, command


# --------------------------------------------------------------------------- what the operator sees


def _log_calls() -> Iterator[tuple[str, set[str]]]:
    """Yield each event that is logged anywhere, with the keys that stand in the call."""
    for source in _SOURCES:
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            match node:
                case ast.Call(func=func, args=[ast.Constant(value=str(event)), *_], keywords=keywords):
                    if ast.unparse(func).startswith("logger()") or ast.unparse(func) == "write":
                        yield event, {keyword.arg for keyword in keywords if keyword.arg}


def test_every_log_line_and_its_keys_are_documented() -> None:
    calls = list(_log_calls())
    assert len(calls) > 5
    daemon = {pages.codes(row[0])[0]: row for row in pages.rows(pages.section(_OPERATING, "The daemon itself"))}
    for event, keys in calls:
        text = " ".join(daemon[event]) if event in daemon else pages.section(_OPERATING, f"`{event}`")
        assert keys - {"exc_info"} <= set(pages.codes(text)), event


def test_every_state_of_a_channel_and_of_a_delivery_is_documented() -> None:
    found: dict[str, set[str]] = {"reading.py": set(), "standing.py": set(), "outbox.py": set(), "deliveries.py": set()}
    states = re.compile(r'(?:\bstate"?(?:: |=| == )|: str = |Failure\(|RefusalReason\.[A-Z_]+: )"([a-z_]+)"')
    for source in _SOURCES:
        if source.name in found:
            found[source.name] |= set(states.findall(source.read_text("utf-8")))
    channel = {pages.codes(row[0])[0] for row in pages.rows(pages.section(_OPERATING, "States of a channel"))}
    assert found["reading.py"] | found["standing.py"] <= STATES == channel
    delivery = {
        pages.codes(row[0])[0]
        for row in pages.rows(pages.section(_OPERATING, "When a delivery fails"))
        if pages.codes(row[0])
    }
    assert found["outbox.py"] | found["deliveries.py"] <= delivery
    assert delivery == {"waiting", "sending", "sent", "dead", "dropped"}


def test_the_waits_between_attempts_are_those_of_the_program() -> None:
    table = [row for row in pages.rows(pages.section(_OPERATING, "When a delivery fails")) if row[0].isdigit()]
    for column, backoff in ((1, MAIL_BACKOFF), (2, WEBHOOK_BACKOFF)):
        waits = [row[column] for row in table if row[column]]
        assert waits.pop() == "given up"
        assert tuple(parse_duration(wait) for wait in waits) == backoff


# --------------------------------------------------------------------------- watchlists


def test_terms_find_what_the_page_says_and_nothing_that_it_denies() -> None:
    checked = 0
    for written, _, finds, misses in pages.rows(pages.section("docs/watchlists.md", "The kinds of term")):
        term, *settings = pages.codes(written)
        given = tomllib.loads(f"term = {{ {settings[0]} }}")["term"] if settings else {}
        matcher = Matcher([Watchlist("x", (Term(term.strip("'"), **given),))])
        for text in filter(None, finds.split(", ")):
            assert matcher.match(text), f"{term} should find {text}"
            checked += 1
        for text in filter(None, misses.split(", ")):
            assert not matcher.match(text), f"{term} should not find {text}"
            checked += 1
    assert checked > 20


def test_the_guide_shows_what_is_said_of_a_failing_example(tmp_path: Path) -> None:
    blocks = [block.text for block in pages.blocks("docs/watchlists.md")]
    (guide,) = [text for text in blocks if 'name = "Lakes Union"' in text]
    (shown,) = [text for text in blocks if "at character" in text]
    path = tmp_path / "lakes.toml"
    path.write_text(guide.replace('  { term = \'"rowing club"\', where = "near" },', ""), "utf-8")
    with pytest.raises(ConfigError) as refused:
        load(path)
    assert [said.replace(f"{tmp_path}/", "") for said in refused.value.problems] == [" ".join(shown.split())]


def test_queries_find_what_the_page_says_and_nothing_that_it_denies() -> None:
    table = [row for row in pages.rows(pages.section("docs/watchlists.md", "Queries")) if len(row) == 3]
    for written, finds, misses in table:
        matcher = Matcher([Watchlist("x", (Term(pages.codes(written)[0]),))])
        for text in finds.split("; "):
            assert matcher.match(text.replace(" / ", "\n")), f"{written} should find {text}"
        for text in misses.split("; "):
            assert not matcher.match(text.replace(" / ", "\n")), f"{written} should not find {text}"
    assert len(table) > 6


def test_every_question_that_a_query_may_ask_is_in_the_pages() -> None:
    asked = pages.codes(pages.section("docs/watchlists.md", "Questions about the post"))
    assert {question.partition(":")[0] for question in asked if ":" in question} >= {*SCOPES, "watchlist"}
    for question in asked:
        parse_query(question.removesuffix(":") if question.endswith(":") else question)


def test_the_languages_with_inflected_forms_are_listed_completely() -> None:
    listed = set(re.findall(r"`([a-z]{2})`", pages.section("docs/watchlists.md", "Inflected forms"))) | {"ru"}
    assert listed == INFLECTED
    assert f"inflected forms in {len(INFLECTED)} languages" in " ".join(pages.read("README.md").split())


# --------------------------------------------------------------------------- the pages themselves


@pytest.mark.parametrize("name", _NAMES)
def test_links_lead_somewhere(name: str) -> None:
    for link in pages.links(name):
        if re.match(r"https?://", link):
            continue
        path, _, fragment = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), f"{name}: {link}"
        if fragment:
            assert fragment in map(pages.anchor, pages.headings(name_of(target.resolve()))), f"{name}: {link}"


def test_every_page_is_linked_from_the_readme() -> None:
    assert {name for name in _NAMES if name != "README.md"} <= set(pages.links("README.md"))


def test_the_map_names_every_folder_and_top_level_module() -> None:
    (text,) = [block.text for block in pages.blocks("CONTRIBUTING.md") if block.text.startswith("worker/")]
    package = ROOT / "worker"
    names = {path.name for path in package.glob("*.py") if path.name != "__init__.py"}
    names |= {path.parent.name for path in package.rglob("__init__.py") if path.parent != package}
    assert not {name for name in names if name not in text}
