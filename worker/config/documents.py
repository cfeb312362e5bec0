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
_ENDLESS_NUMBER: Final = re.compile(r"[0-9][0-9_]{4000,}")
#: how tomllib begins a complaint -> the same in our words, with what would be right
_SYNTAX: Final = {
    "Invalid value": "no value, text stands in quotes",
    "Expected '='": 'no equals sign after a key, write key = "value"',
    "Expected newline": "more than one setting on a line, begin a new line",
    "Cannot overwrite": "the key stands in this table already, take one out",
    "Cannot declare": "the table stands in this file already, only [[name]] with two brackets may be repeated",
    "Unescaped '\\'": "a backslash in double quotes, write the text in single quotes",
    "Unterminated string": "a quote is never closed, close it",
    "Illegal character": "a control character or line end in quotes, close the quotes before it",
    "Found invalid character": "a control character or line end in quotes, close the quotes before it",
    "Unclosed array": "a bracket is never closed, close it",
    "Invalid statement": 'no setting, write key = "value" or [table]',
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong; `at_key` points to the key of `path` instead of its value.

    `elsewhere` is the path of another setting that the message means; its place is written after it. `inside` is a
    character of the text at `path`, or of the text under that key if there is a table at `path`: the place is there,
    and is pointed at.
    """

    path: locate.Path
    message: str
    at_key: bool = False
    elsewhere: locate.Path | None = None
    inside: tuple[str, int] | None = None


@dataclass(frozen=True)
class Placed:
    """A problem with its place; sorts by file, line and column."""

    order: int
    line: int
    column: int
    #: ``file:line:column``
    where: str
    message: str
    #: the line of the file and a caret under the place, where that helps; None where it does not
    pointer: str | None = None

    @property
    def written(self) -> str:
        """The problem as one line."""
        return f"{self.where}: {self.message}"


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

    def placed(self, problem: Problem, order: int = 0) -> Placed:
        """Return `problem` with its place; `order` is the file's rank among the files."""
        pointer = None
        if problem.inside:
            line, column = self.places.of_character(problem.path, *problem.inside)
            pointer = self.places.pointer(line, column)
        else:
            line, column = (self.places.of_key if problem.at_key else self.places.of_value)(problem.path)
        named = f"{written_path(problem.path)}: " if problem.path else ""
        where = f"{one_line(self.path)}:{line}:{column}"
        return Placed(order, line, column, where, f"{named}{problem.message}", pointer)


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


def in_order(problems: Iterable[Placed]) -> dict[str, str | None]:
    """Return the lines of `problems` by file and place, each once, with what points at the place."""
    ordered = sorted(problems, key=lambda each: (each.order, each.line, each.column))
    return {each.written: each.pointer for each in ordered}


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
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax_line(path, text, str(error))]) from error
    except ValueError as error:
        # int() takes so many digits and no more (CVE-2020-10735)
        before = text[: found.start()] if (found := _ENDLESS_NUMBER.search(text)) else ""
        line, column = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
        raise ConfigError([f"{one_line(path)}:{line}:{column}: a number of too many digits, no setting is"]) from error


def _syntax_line(path: Path, text: str, said: str) -> str:
    place = _TOML_PLACE.search(said)
    if place and place[1]:
        line, column = int(place[1]), int(place[2])
    else:
        # "at end of document" is where the parser gave up, not where a quote was left open
        line, column = locate.Places(text).of_syntax_error()
    wrong = printable(_TOML_PLACE.sub("", said))
    ours = next((sentence for begin, sentence in _SYNTAX.items() if wrong.startswith(begin)), None)
    return f"{one_line(path)}:{line}:{column}: {ours or wrong[:1].lower() + wrong[1:]}"
