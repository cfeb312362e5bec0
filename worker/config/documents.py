"""TOML files: their text, their tables, and the place of each problem in them. Does not know what a setting means."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NoReturn

from worker.config import locate
from worker.config.values import printable
from worker.errors import ConfigError

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_TOML_PLACE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
#: how tomllib begins a complaint -> what would be right
_SYNTAX: Final = {
    "Invalid value": "text stands in quotes",
    "Expected '='": 'write key = "value"',
    "Expected newline": "one setting a line, text in quotes",
    "Cannot overwrite": "a key stands once in a table",
    "Cannot declare": "a table stands once, [[name]] with two brackets may be repeated",
    "Unescaped '\\'": "write the text in single quotes, backslashes are literal there",
    "Unterminated string": "close the quotes",
    "Illegal character": "close the quotes on the same line",
    "Found invalid character": "close the quotes on the same line",
    "Unclosed array": "close the bracket",
    "Invalid statement": 'write key = "value" or [table]',
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong; `at_key` points to the key of `path` instead of its value."""

    path: locate.Path
    message: str
    at_key: bool = False


@dataclass(frozen=True)
class Placed:
    """A problem with its place; sorts by file, line and column."""

    order: int
    line: int
    column: int
    text: str


@dataclass(frozen=True)
class Document:
    """One file that was read."""

    path: Path
    text: str
    tables: dict[str, Any]

    @cached_property
    def places(self) -> locate.Places:
        """Where everything in the file stands."""
        return locate.Places(self.text)

    def line_of(self, problem: Problem) -> str:
        """Return `problem` as one line: ``file:line:column: path: message``."""
        return self.placed(problem).text

    def placed(self, problem: Problem, order: int = 0) -> Placed:
        """Return `problem` with its place; `order` is the file's rank among the files."""
        find = self.places.of_key if problem.at_key else self.places.of_value
        line, column = find(problem.path)
        named = f"{written_path(problem.path)}: " if problem.path else ""
        return Placed(order, line, column, f"{one_line(self.path)}:{line}:{column}: {named}{problem.message}")


def written_path(path: locate.Path) -> str:
    """Return `path` as a person would write it: ``fetch.host."t.me"``, ``channel[2].url`` (counted from 0)."""
    parts: list[str] = []
    for part in path:
        if isinstance(part, int):
            parts.append(f"[{part}]")
        else:
            name = part if _BARE.fullmatch(part) and len(part) <= 80 else f'"{printable(part)}"'
            parts.append(f".{name}" if parts else name)
    return "".join(parts)


def in_order(problems: Iterable[Placed]) -> list[str]:
    """Return the lines of `problems` by file and place, each once."""
    ordered = sorted(problems, key=lambda each: (each.order, each.line, each.column))
    return list(dict.fromkeys(each.text for each in ordered))


def read(path: Path) -> Document:
    """Read the TOML file `path`; a byte order mark is skipped.

    Raises:
        ConfigError: the file cannot be read, is not UTF-8, or is no TOML; one line.
    """
    try:
        body = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError([f"{one_line(path)}:1:1: cannot be read: {reason}"]) from error
    try:
        # RFC 3629 section 6: a mark at the beginning is no part of the text
        text = body.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        _refuse_encoding(path, body, error)
    return Document(path, text, _parse(path, text))


def one_line(path: Path) -> str:
    """Return `path` on one line."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in str(path))


def _refuse_encoding(path: Path, body: bytes, error: UnicodeDecodeError) -> NoReturn:
    before = body[: error.start]
    line = before.count(b"\n") + 1
    column = len(before.rpartition(b"\n")[2].decode("utf-8")) + 1
    wrong = f"byte 0x{body[error.start]:02x} is not UTF-8, save the file as UTF-8"
    raise ConfigError([f"{one_line(path)}:{line}:{column}: {wrong}"]) from error


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ConfigError([f"{one_line(path)}:1:1: nested too deep, no setting is"]) from error
    except ValueError as error:
        # not only TOMLDecodeError: a number of thousands of digits is a plain ValueError
        raise ConfigError([_syntax_line(path, text, str(error))]) from error


def _syntax_line(path: Path, text: str, said: str) -> str:
    place = _TOML_PLACE.search(said)
    if place and place[1]:
        line, column = int(place[1]), int(place[2])
    else:
        # "at end of document" is where the parser gave up, not where a quote was left open
        line, column = locate.Places(text).of_syntax_error()
    wrong = printable(_TOML_PLACE.sub("", said).partition(";")[0])
    remedy = next((right for begin, right in _SYNTAX.items() if wrong.startswith(begin)), None)
    sentence = wrong[:1].lower() + wrong[1:]
    return f"{one_line(path)}:{line}:{column}: " + (f"{sentence}, {remedy}" if remedy else sentence)
