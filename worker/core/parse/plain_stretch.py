"""Cut a dump at the labels that Telegram's pages print: what lies between two labels is a stretch.

A stretch holds one post or several; where they end inside it is for the makers' own files to say.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from worker.core.parse.plain_chrome import Body, Kind, Line


@dataclass(slots=True)
class Stretch:
    """Lines between two boundaries that are certain."""

    #: origin of the first post
    forwarded_from: str | None = None
    #: media of the first post
    media: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    #: True if a label below says that the last post has to be opened in Telegram
    open_in_telegram: bool = False

    def is_empty(self) -> bool:
        """Tell whether nothing has been seen of it yet."""
        return not (self.lines or self.media or self.forwarded_from or self.open_in_telegram)


def cut_at_labels(lines: Sequence[Line], author: str | None = None) -> list[Stretch]:
    """Return the stretches of a dump in order.

    Args:
        lines: the dump without its page header.
        author: the line that names the author above each post; None if the dump has none.
    """
    cutter = _Cutter(author)
    for line in lines:
        cutter.read(line)
    cutter.close()
    return cutter.done


class _Cutter:
    """Reads line after line; `done` holds the stretches that have ended."""

    def __init__(self, author: str | None) -> None:
        self.done: list[Stretch] = []
        self._author = author
        self._open = Stretch()
        self._last: Kind | None = None
        self._actions: dict[Kind, Callable[[Line], None]] = {
            Kind.TEXT: self._read_text,
            Kind.COUNTER: self._read_text,
            Kind.FORWARD: self._read_forward,
            Kind.LABEL_ABOVE: self._read_label_above,
            Kind.LABEL_BELOW: self._read_label_below,
            Kind.BUTTON: self._read_button,
            Kind.FOOTER: lambda _line: self.close(),
        }

    def read(self, line: Line) -> None:
        self._actions[line.kind](line)
        self._last = line.kind

    def close(self) -> None:
        if not self._open.is_empty():
            self.done.append(self._open)
        self._open = Stretch()

    def _read_text(self, line: Line) -> None:
        if line.text == self._author:
            self.close()
        else:
            self._open.lines.append(line)

    def _read_forward(self, line: Line) -> None:
        # A bubble has one such header. The same one twice in a row is a header printed twice or a forward without text:
        # either way there is nothing to read in it, so it makes no post.
        repeated = self._last is Kind.FORWARD and self._open.forwarded_from == line.value
        if not repeated:
            self.close()
        self._open.forwarded_from = line.value

    def _read_label_above(self, line: Line) -> None:
        if self._open.lines:
            self.close()
        if line.value not in self._open.media:
            self._open.media.append(line.value)

    def _read_label_below(self, _line: Line) -> None:
        if self._open.is_empty() and self.done and self.done[-1].open_in_telegram and self._last is Kind.BUTTON:
            return  # albums print the label inside and outside
        self._open.open_in_telegram = True
        self.close()

    def _read_button(self, _line: Line) -> None:
        if self._last not in {Kind.LABEL_ABOVE, Kind.LABEL_BELOW}:
            self.close()  # its label was lost: a boundary, whichever side it belongs to


def merge_stretch(stretch: Stretch, posts: Sequence[tuple[str, ...]]) -> list[Body]:
    """Return the posts of a stretch with what the labels around it say; a stretch without text is one post."""
    texts = list(posts) or [()]
    last = len(texts) - 1
    return [
        Body(
            lines,
            forwarded_from=stretch.forwarded_from if index == 0 else None,
            media=(
                *(stretch.media if index == 0 else ()),
                *(("open_in_telegram",) if index == last and stretch.open_in_telegram else ()),
            ),
        )
        for index, lines in enumerate(texts)
    ]
