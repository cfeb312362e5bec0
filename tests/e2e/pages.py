"""The pages for people, as the tests read them: blocks, tables, headings and links of Markdown. Runs nothing.

Two comments that no reader sees give blocks a part in the tests: ``<!-- file: NAME -->`` before a block says that it is
that file in the folder in which the page's ``sh`` blocks are run, ``<!-- output -->`` that it is what the block before
it prints. A ``console`` block is shown only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))

_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: str
    line: int
    language: str
    text: str
    #: name of the file that it is; None if it is none
    file: str | None
    #: it is what the block before it prints
    is_output: bool

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def blocks(name: str) -> list[Block]:
    text = read(name)
    return [
        Block(
            page=name,
            line=text.count("\n", 0, found.start("language")) + 1,
            language=found["language"],
            text=found["text"],
            file=found["mark"].removeprefix("file: ") if (found["mark"] or "").startswith("file: ") else None,
            is_output=found["mark"] == "output",
        )
        for found in _BLOCK.finditer(text)
    ]


def prose(name: str) -> str:
    """Return the page without its blocks."""
    return _BLOCK.sub("", read(name))


def links(name: str) -> Iterator[str]:
    for found in _LINK.finditer(prose(name)):
        yield found[1] or found[2]


def headings(name: str) -> list[str]:
    return re.findall(r"^#+ (.+)$", prose(name), re.MULTILINE)


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def section(name: str, heading: str) -> str:
    """Return what stands below `heading`, up to the next heading of any depth."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", prose(name), re.MULTILINE | re.DOTALL)
    assert found, f"{name} has no section {heading!r}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """Return the cells of every table row in `text`, without the heads."""
    table = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    rules = {number for number, row in enumerate(cells) if all(set(cell) <= set("-:") and cell for cell in row)}
    return [row for number, row in enumerate(cells) if number not in rules and number + 1 not in rules]


def codes(text: str) -> list[str]:
    """Return what stands in backticks."""
    return _CODE.findall(text)
