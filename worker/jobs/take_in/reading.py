"""The posts in one exported file, piece by piece where the format allows it. Writes nothing.

Exports of Telegram Desktop are read in a stream, whatever their size; every other format is read whole.
"""

import contextlib
import itertools
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from worker.adapters.files import HEAD, FoundExport, Opened
from worker.core.models import Post, Refusal, Selectors
from worker.core.parse import detect, parse, telegram_desktop_html, telegram_desktop_json, webpage
from worker.errors import ParseError, UnreadableFileError, WatchwordError


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person who imports says about the files."""

    #: None: it is found out
    format: str | None = None
    #: name or id of the chat, where an export has several; None: it has one
    chat: str | None = None
    #: of the computer that exported, for old exports of Telegram Desktop; None: unknown
    timezone: tzinfo | None = None
    #: the channel's public name, from which addresses of posts are made; None: they have none
    username: str | None = None

    @property
    def reading(self) -> str:
        """What tells two imports of the same file apart."""
        parts = {"format": self.format, "chat": self.chat}
        return " ".join(f"{key}={value}" for key, value in parts.items() if value is not None)


@dataclass(frozen=True, slots=True)
class Target:
    """The channel that the posts go into."""

    name: str
    title: str
    #: its address; None for a channel of dropped files
    url: str | None = None
    #: where the posts of a web page stand
    selectors: Selectors | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """The next posts of a file."""

    posts: Sequence[Post]
    #: how much of the file has been read, from 0 to 1
    progress: float
    #: whether nothing follows
    is_last: bool = False
    #: why what follows cannot be read
    problem: str | None = None


def read_batches(
    export: FoundExport, choice: Choice, target: Target, *, max_bytes: int, size: int, skip: int
) -> Iterator[Batch]:
    """Yield the posts of one file, `size` at a time but for the first `skip`; the last batch may be empty.

    Posts without ids are compared by their place among their neighbours, so a file of them is one batch.
    """
    progress = _Progress(len(export.parts))
    batch: list[Post] = []
    problem = None
    try:
        with contextlib.closing(_posts(export, choice, target, max_bytes, progress)) as posts:
            for post in itertools.islice(posts, skip, None):
                if len(batch) >= size and batch[0].id is not None:
                    yield Batch(batch, progress())
                    batch = []
                batch.append(post)
    except WatchwordError as error:
        problem = str(error)
    yield Batch(batch, 1.0 if problem is None else progress(), is_last=True, problem=problem)


class _Progress:
    """How much of the parts of an export has been read."""

    def __init__(self, parts: int) -> None:
        self._parts = parts
        self._done = 0
        self._of_part: Callable[[], float] | None = None

    def follow(self, opened: Opened) -> None:
        self._of_part = lambda: opened.progress

    def next_part(self) -> None:
        self._done += 1

    def __call__(self) -> float:
        within = self._of_part() if self._of_part else 0.0
        return min(1.0, (self._done + within) / self._parts)


def _posts(
    export: FoundExport, choice: Choice, target: Target, max_bytes: int, progress: _Progress
) -> Generator[Post, None, None]:
    """Yield the posts of one file.

    Raises:
        UnreadableFileError: the file cannot be read, or has changed since it was found.
        ParseError: it is no export, or broken; the posts before that place were yielded.
    """
    with export.parts[0].open() as opened:
        head = opened.read(HEAD)
    if _is(telegram_desktop_json.FORMAT, choice, telegram_desktop_json.can_stream(head)):
        yield from _stream(export, choice, progress)
    elif len(export.parts) > 1:
        yield from _pages(export, choice, max_bytes, progress)
    else:
        yield from _whole(export, choice, target, max_bytes)


def _is(name: str, choice: Choice, looks_like: bool) -> bool:
    return choice.format == name or (choice.format is None and looks_like)


def _stream(export: FoundExport, choice: Choice, progress: _Progress) -> Iterator[Post]:
    with export.parts[0].open() as opened:
        progress.follow(opened)
        try:
            yield from telegram_desktop_json.stream(
                opened, chat=choice.chat, timezone=choice.timezone, username=choice.username
            )
        except ParseError as error:
            raise ParseError(f"{export.path}: {error}") from error


def _pages(export: FoundExport, choice: Choice, max_bytes: int, progress: _Progress) -> Iterator[Post]:
    def pages() -> Iterator[tuple[str, bytes]]:
        for part in export.parts:
            yield part.name, part.read(max_bytes)[0]
            progress.next_part()

    try:
        yield from telegram_desktop_html.stream_pages(pages(), timezone=choice.timezone, username=choice.username)
    except ParseError as error:
        raise ParseError(f"{export.path}: {error}") from error


def _whole(export: FoundExport, choice: Choice, target: Target, max_bytes: int) -> Iterator[Post]:
    body, _ = export.parts[0].read(max_bytes)
    name = choice.format or detect(body)
    try:
        if name == telegram_desktop_html.FORMAT:
            page = telegram_desktop_html.parse(body, timezone=choice.timezone, username=choice.username)
            yield from page.posts
            return
        # a saved page of the channel has the addresses that a check would have seen
        found = parse(
            body,
            format_name=name,
            url=target.url or export.url,
            selectors=target.selectors if name == webpage.FORMAT else None,
        )
    except ParseError as error:
        raise ParseError(f"{export.path}: {error}") from error
    if isinstance(found, Refusal):
        raise UnreadableFileError(f"{export.path}: {found.detail}")
    yield from found.posts
