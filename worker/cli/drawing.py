"""What commands draw for people: texts with marked words, bars, tables; on a terminal in colour, elsewhere plain.

The width is that of the terminal within bounds. Knows no posts and no watchlists.
"""

import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rich.console import Console
from rich.text import Text

from worker.core.excerpt import clean, mark_text, shorten
from worker.core.models import Excerpt

#: what is marked, where there are no colours
_MARK = "**"
_MARK_STYLE = "bold black on yellow"
_NARROWEST, _WIDEST = 40, 100
_WHITE_SPACE = re.compile(r"\s+")
#: parts of a full block, from none to all
_EIGHTHS = " ▏▎▍▌▋▊▉█"


class Page:
    """Standard output, written line by line."""

    def __init__(self) -> None:
        width = max(_NARROWEST, min(shutil.get_terminal_size().columns, _WIDEST))
        self._console = Console(file=sys.stdout, width=width, highlight=False, markup=False, emoji=False)
        #: characters in a line
        self.width = width

    def line(self, text: str | Text = "", *, indent: int = 0, style: str = "") -> None:
        """Write `text`, in several lines if it is too long or has several, each indented."""
        whole = Text(clean(text), style=style) if isinstance(text, str) else text
        for line in whole.wrap(self._console, self.width - indent):
            line.rstrip()
            self._console.print(Text(" " * indent if line else "") + line, soft_wrap=True)

    def heading(self, text: str) -> None:
        """Write what the following lines are about, after an empty line."""
        self.line()
        self.line(text, style="bold")

    def passage(self, text: str, spans: Iterable[tuple[int, int]], *, most: int, indent: int) -> None:
        """Write about `most` characters of `text` around its `spans`, which are marked."""
        self.line(self._marked(shorten(mark_text(text, spans), most)), indent=indent)

    def extract(self, text: str, spans: Iterable[tuple[int, int]], *, most: int, indent: int) -> None:
        """Write a passage as one paragraph."""
        pieces = shorten(mark_text(text, spans), most)
        flat = (replace(piece, text=_WHITE_SPACE.sub(" ", piece.text)) for piece in pieces)
        self.line(self._marked(flat), indent=indent)

    def _marked(self, pieces: Iterable[Excerpt]) -> Text:
        """Return pieces of a text with what is marked in them."""
        whole = Text()
        for piece in pieces:
            if not piece.marked:
                whole.append(piece.text)
            elif self._console.is_terminal:
                whole.append(piece.text, style=_MARK_STYLE)
            else:
                whole.append(f"{_MARK}{piece.text}{_MARK}")
        return whole

    def table(self, rows: Sequence[Sequence[str]], *, indent: int = 2) -> None:
        """Write rows below each other: the first column may be cut, the others are figures, except for bars."""
        widths = [max(len(row[column]) for row in rows) for column in range(1, len(rows[0]))]
        longest = max(Text(row[0]).cell_len for row in rows)
        first = min(longest, self.width - indent - sum(width + 2 for width in widths))
        for row in rows:
            name = Text(clean(row[0]))
            name.truncate(max(first, 8), overflow="ellipsis", pad=True)
            figures = "".join(
                f"  {cell:{'<' if cell.strip(_EIGHTHS) == '' else '>'}{width}}"
                for cell, width in zip(row[1:], widths, strict=True)
            )
            self.line(name + Text(figures), indent=indent)


def bar(value: float, most: float, width: int) -> str:
    """Return a bar of block characters; what is more than nothing shows at least a sliver."""
    if not most or not value:
        return ""
    eighths = max(1, round(8 * width * value / most))
    return _EIGHTHS[8] * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def count(number: int, what: str) -> str:
    """Return a number with its noun, which takes an s for more than one."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
