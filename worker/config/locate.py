"""Where the keys and values of a TOML text stand, for error messages. Used on the way out only: loading never needs it.

Does not judge the text: what tree-sitter cannot read is skipped.
"""

import re
import tomllib
from collections.abc import Iterator
from typing import Final

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

#: keys and positions in lists, as pydantic names them: ``("channel", 2, "url")``
Path = tuple[str | int, ...]

_LANGUAGE: Final = Language(tree_sitter_toml.language())
#: no setting lies deeper; keeps the walk shallow in hostile files
_DEEPEST: Final = 8
#: of a line that is pointed at, so many characters are shown on each side
_SHOWN: Final = 60
#: what is one character of a text and several in the file; a backslash at the end of a line is none
_ESCAPE: Final = re.compile(r"(?P<joins>\\[ \t]*\r?\n\s*)|\\u.{4}|\\U.{8}|\\.|\r\n")
_LITERAL: Final = re.compile(r"(?P<joins>(?!))|\r\n")
_VALUES: Final = frozenset(
    {
        "string", "integer", "float", "boolean", "array", "inline_table",
        "offset_date_time", "local_date_time", "local_date", "local_time",
    }
)  # fmt: skip


class Places:
    """Lines and columns, both from 1 and in characters, of what a TOML text holds."""

    def __init__(self, text: str) -> None:
        self._lines = text.encode().split(b"\n")
        self._root = Parser(_LANGUAGE).parse(text.encode()).root_node
        self._keys: dict[Path, Node] = {}
        self._values: dict[Path, Node] = {}
        #: how many tables each array of tables has so far
        self._arrays: dict[Path, int] = {}
        for node in self._root.named_children:
            self._statement(node)

    def of_key(self, path: Path) -> tuple[int, int]:
        """Return where the last key of `path` stands, or its nearest parent's."""
        return self._nearest(path, self._keys)

    def of_value(self, path: Path) -> tuple[int, int]:
        """Return where the value at `path` stands, or its nearest parent; a table stands where its header does."""
        return self._nearest(path, self._values)

    def of_character(self, path: Path, key: str, number: int) -> tuple[int, int]:
        """Return where character `number`, from 0, of the text at `path` stands.

        Args:
            path: to a text, or to a table that has a text.
            key: the key of that text in the table.
            number: of the character; that after the last is where the closing quote stands.
        """
        node = self._values.get((*path, key)) or self._values.get(path)
        if node is None or node.type != "string":
            return self.of_value(path)
        written = (node.text or b"").decode(errors="replace")
        before = written[: _place_in_string(written, number)]
        row, column = self._position(node)
        lines = before.count("\n")
        return row + lines, len(before.rpartition("\n")[2]) + (1 if lines else column)

    def pointer(self, line: int, column: int) -> str:
        """Return the line of the text and, below it, a caret under `column`; long lines are cut on both sides."""
        whole = self._lines[line - 1].decode(errors="replace").rstrip("\r")
        first = max(0, column - 1 - _SHOWN)
        shown = "".join(char if char.isprintable() else " " for char in whole[first : column + _SHOWN])
        return f"  {shown}\n  {' ' * (column - 1 - first)}^"

    def of_syntax_error(self) -> tuple[int, int]:
        """Return the first place that is no TOML; the end of the last line with text if there is none."""
        broken = next(_broken(self._root), None)
        if broken is not None:
            return self._position(broken)
        row = max((row for row, line in enumerate(self._lines) if line.strip()), default=0)
        return row + 1, len(self._lines[row].decode().rstrip()) + 1

    def _nearest(self, path: Path, nodes: dict[Path, Node]) -> tuple[int, int]:
        if path in nodes:
            return self._position(nodes[path])
        while path and path not in self._values:
            path = path[:-1]
        return self._position(self._values[path]) if path else (1, 1)

    def _position(self, node: Node) -> tuple[int, int]:
        row, column = node.start_point
        return row + 1, len(self._lines[row][:column].decode(errors="replace")) + 1

    def _statement(self, node: Node) -> None:
        if node.type == "pair":
            self._pair((), node, 0)
        elif node.type in {"table", "table_array_element"} and node.named_children:
            head, *pairs = node.named_children
            keys = list(_keys(head))
            path = self._table(keys, head, appended=node.type == "table_array_element")
            for pair in pairs:
                if pair.type == "pair":
                    self._pair(path, pair, 0)

    def _table(self, keys: list[Node], head: Node, *, appended: bool) -> Path:
        """Record a header; each part of it that is an array of tables means the latest table of that array."""
        path: Path = ()
        for number, key in enumerate(keys, 1):
            path = (*path, _name(key))
            self._values.setdefault(path, head)
            self._keys.setdefault(path, key)
            if appended and number == len(keys):
                self._arrays[path] = self._arrays.get(path, 0) + 1
            if path in self._arrays:
                path = (*path, self._arrays[path] - 1)
                self._values.setdefault(path, head)
        return path

    def _pair(self, parent: Path, pair: Node, depth: int) -> None:
        named = [child for child in pair.named_children if child.type != "comment"]
        if len(named) < 2:
            return
        head, value = named[0], named[-1]
        path = parent
        for key in _keys(head):
            path = (*path, _name(key))
            self._keys.setdefault(path, key)
            self._values.setdefault(path, value)
        self._value(path, value, depth + 1)

    def _value(self, path: Path, value: Node, depth: int) -> None:
        self._values.setdefault(path, value)
        if depth > _DEEPEST:
            return
        if value.type == "inline_table":
            for pair in value.named_children:
                if pair.type == "pair":
                    self._pair(path, pair, depth)
        elif value.type == "array":
            elements = (child for child in value.named_children if child.type in _VALUES)
            for number, element in enumerate(elements):
                self._value((*path, number), element, depth + 1)


def _place_in_string(written: str, number: int) -> int:
    """Return where character `number` of a TOML string stands in it as it is written, its quotes included."""
    delimiter = written[:3] if len(written) >= 6 and written[:3] in {'"""', "'''"} else written[:1]
    place, end = len(delimiter), len(written) - len(delimiter)
    if len(delimiter) == 3:
        # a line end right after the quotes is no part of the text
        place += len(written[place : place + 2]) - len(written[place : place + 2].removeprefix("\r").lstrip("\n"))
    escapes = _ESCAPE if delimiter.startswith('"') else _LITERAL
    while number and place < end:
        found = escapes.match(written, place)
        place = found.end() if found else place + 1
        number -= 0 if found and found["joins"] else 1
    return min(place, end)


def _keys(head: Node) -> Iterator[Node]:
    """Yield the parts of a key in order; dotted keys are nested to the left, as deep as they are long."""
    waiting = [head]
    while waiting:
        node = waiting.pop()
        if node.type == "dotted_key":
            waiting.extend(reversed(node.named_children))
        elif node.type in {"bare_key", "quoted_key"}:
            yield node


def _name(key: Node) -> str:
    written = (key.text or b"").decode(errors="replace")
    if key.type == "bare_key":
        return written
    try:
        return next(iter(tomllib.loads(f"{written} = 0")))
    except (ValueError, StopIteration):
        return written


def _broken(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            yield node
        elif node.has_error:
            waiting.extend(reversed(node.children))
