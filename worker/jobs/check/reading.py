"""The first half of a check: fetch, parse, page back. Runs in threads; writes nothing.

Which thread reads what is decided in `worker.jobs.check.side_by_side`. What goes wrong with one channel is a value in
its readout and never stops another channel.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from worker.adapters.evidence import Kept
from worker.adapters.files import FileExport, FileProblem, OpenStream
from worker.core.absence import Verdict
from worker.core.models import Fetched, NotModified, Post, Refusal, RefusalReason, Selectors, Snapshot, Validators
from worker.core.parse import parse, telegram_desktop_json, wordpress_rest
from worker.core.parse.telegram_desktop_html import parse_pages
from worker.core.record import ChannelState, FileRead, Gap
from worker.core.unexpected_page import web_page_instead
from worker.errors import EvidenceError, FetchError, ParseError, WatchwordError
from worker.jobs.check.evidence import RawExport, keep_certain, raw_export, raw_files
from worker.jobs.check.paging import page_back
from worker.jobs.check.second_look import look_again, shown_ids

#: states that the operator sees, by what the source answered
_REFUSED_STATE: Mapping[RefusalReason, str] = {
    RefusalReason.NO_PREVIEW: "no_preview",
    RefusalReason.NOT_FOUND: "gone",
    RefusalReason.CHANGED_LAYOUT: "changed_layout",
}
#: posts of a large file that are recorded together
_STREAMED = 500

#: a server's clock may be so far from ours
_CLOCKS_APART = timedelta(minutes=5)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as the check sees it."""

    name: str
    #: address, or path or glob of dropped files
    source: str
    every: timedelta
    #: channels of one host are asked one after the other, unless `Bounds` say otherwise
    host: str
    format: str | None = None
    title: str | None = None
    #: True: the posts of the first check are told too
    announce_first: bool = False
    is_files: bool = False
    #: the longest pause between two checks of a channel that seldom posts; None: three times `every`
    slowest: timedelta | None = None
    #: where the posts of a web page stand; None for every other format, and for sites made with WordPress
    selectors: Selectors | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an export could not be used."""

    state: str
    error: str
    wait: timedelta | None = None
    #: True: asking again would be rude (410)
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Readout:
    """What reading a channel, or one of its files, gave: exactly one of snapshot, not_modified and failure."""

    channel: Channel
    state: ChannelState
    seen_in: str
    snapshot: Snapshot | None = None
    validators: Validators = Validators()  # noqa: RUF009 - frozen
    not_modified: NotModified | None = None
    failure: Failure | None = None
    file_read: FileRead | None = None
    #: a new gap, or a known one that has become smaller
    gap: Gap | None = None
    #: the number of a gap that has been closed
    closed_gap: int | None = None
    pages: int = 1
    fresh_for: timedelta | None = None
    moved_to: str | None = None
    #: False: more files of this check follow, and the first check is over only after the last of them
    ends_baseline: bool = True
    #: row of a suspected post -> what its own page says; those that were not asked are missing
    verdicts: Mapping[int, Verdict] = field(default_factory=dict)
    #: when a file was last written to: it says nothing of what was later; None: now, or unknown
    written_at: datetime | None = None
    #: ids that the first page shows, where a later absence can prove something; None: it cannot, or numbers do
    shown: tuple[str, ...] | None = None
    #: what was fetched or read, as it came in, in that order; empty for a file that is read in a stream
    exports: tuple[RawExport, ...] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """The outside things that a check reads from."""

    #: (url, validators) -> export; raises FetchError
    fetch: Callable[[str, Validators | None], Fetched | NotModified]
    #: (pattern, path -> stamp of files already read) -> new files in natural order
    files: Callable[[str, Mapping[str, str]], Iterator[FileExport | FileProblem]]
    #: (channel, ids) -> those of them that are stored
    known: Callable[[str, Sequence[str]], Collection[str]]
    #: how many older pages a channel is followed back in one check to close a gap
    pages_back: int = 50
    #: posts of one export; real ones hold hundreds, and one check is one transaction
    most_posts: int = 20_000
    #: keeps bytes as evidence; raises EvidenceError. None: nothing is kept before it has been decided what was found
    keep: Callable[[bytes], Kept] | None = None


def read_channel(
    channel: Channel,
    state: ChannelState,
    sources: Sources,
    files_read: Callable[[str], Mapping[str, str]],
) -> Iterator[Readout]:
    """Yield the readout of one channel, or one for each of its new files; a defect is a failure of this channel."""
    read = _read_files(channel, state, sources, files_read) if channel.is_files else _read_url(channel, state, sources)
    try:
        yield from read
    except Exception as error:  # noqa: BLE001 - a defect met in one channel must not stop the others
        message = f"internal error, please report it: {type(error).__name__}: {error}"
        yield Readout(channel, state, channel.source, failure=Failure("failing", message))


def _read_url(channel: Channel, state: ChannelState, sources: Sources) -> Iterator[Readout]:
    blank = Readout(channel, state, channel.source)
    try:
        fetched = sources.fetch(channel.source, state.validators)
        if isinstance(fetched, NotModified):
            yield replace(blank, not_modified=fetched, fresh_for=fetched.fresh_for, moved_to=fetched.moved_to)
            return
    except WatchwordError as error:
        yield replace(blank, failure=_failure(error))
        return
    try:
        snapshot = _parse(fetched, channel, sources.most_posts)
    except ParseError as error:
        yield replace(blank, failure=Failure("failing", f"{error}{_instead(channel, state, fetched)}"))
        return
    if isinstance(snapshot, Failure):
        yield replace(blank, failure=snapshot)
        return
    if not snapshot.posts and state.watermark is not None:
        empty = "the page shows no posts although some are stored: the source is limiting or has removed everything"
        yield replace(blank, failure=Failure("failing", empty))
        return
    exports = [raw_export(fetched, snapshot.posts)]
    back = page_back(
        snapshot,
        state,
        fetch=lambda url: _older(url, channel, sources, exports),
        known=lambda ids: sources.known(channel.name, ids),
        most=sources.pages_back,
    )
    try:
        modified = _modified(channel, state, sources, exports) if snapshot.format == wordpress_rest.FORMAT else ()
        exports = keep_certain(exports, snapshot, state, sources.keep)
    except WatchwordError as error:
        yield replace(blank, failure=_failure(error))
        return
    verdicts = look_again(state.suspects, back.snapshot, channel.source, sources.fetch, exports)
    yield replace(
        blank,
        seen_in=fetched.url,
        snapshot=replace(back.snapshot, posts=(*modified, *back.snapshot.posts)) if modified else back.snapshot,
        validators=fetched.validators,
        gap=back.gap,
        closed_gap=back.closed_gap,
        pages=back.pages,
        fresh_for=max(filter(None, (fetched.fresh_for, snapshot.fresh_for)), default=None),
        verdicts=verdicts,
        shown=shown_ids(snapshot),
        moved_to=fetched.moved_to,
        exports=tuple(exports),
    )


def _failure(error: WatchwordError) -> Failure:
    if not isinstance(error, FetchError):
        return Failure("failing", str(error))
    wait = None if error.retry_after_seconds is None else timedelta(seconds=error.retry_after_seconds)
    return Failure("gone" if error.gone else "failing", str(error), wait, stops=error.gone)


def _instead(channel: Channel, state: ChannelState, fetched: Fetched) -> str:
    """Return what to add to an error of parsing where a web page came in place of a known other kind of export."""
    is_expected = channel.selectors is not None or channel.format == "webpage"
    if is_expected or (channel.format is None and state.standing.last_ok_at is None):
        return ""  # an export that has never been read may well be meant to be a web page
    words = web_page_instead(channel.source, fetched)
    return f"; {channel.source} {words}" if words else ""


def _older(url: str, channel: Channel, sources: Sources, exports: list[RawExport]) -> Snapshot | str:
    """Fetch one older page and add it to the `exports`; where that fails, return why."""
    try:
        fetched = sources.fetch(url, None)
        if isinstance(fetched, NotModified):
            return f"{url}: the server answered 304 to a request without validators"
        page = _parse(fetched, channel, sources.most_posts)
    except WatchwordError as error:
        return str(error)
    if isinstance(page, Failure):
        return page.error
    exports.append(raw_export(fetched, page.posts))
    return page


def _modified(channel: Channel, state: ChannelState, sources: Sources, exports: list[RawExport]) -> tuple[Post, ...]:
    """Ask WordPress for stored posts that were edited since the last good check, however old they are.

    Raises:
        WatchwordError: a page could not be fetched or read; the next check asks for the same time again.
    """
    since = state.standing.last_ok_at
    if since is None or not state.has_baseline:
        return ()
    posts: dict[str | None, Post] = {}
    url: str | None = wordpress_rest.modified_after(channel.source, since - _CLOCKS_APART)
    pages = 0
    while url is not None and pages <= sources.pages_back:
        fetched = sources.fetch(url, None)
        if isinstance(fetched, NotModified):
            message = f"{url}: the server answered 304 to a request without validators"
            raise ParseError(message)
        page = _parse(fetched, channel, sources.most_posts)
        if isinstance(page, Failure):
            raise ParseError(page.error)
        exports.append(raw_export(fetched, page.posts))
        pages += 1
        posts.update((post.id, post) for post in page.posts)
        url = page.older if fetched.total_pages is None or pages < fetched.total_pages else None
    # an old post that has never been stored is no news because somebody has touched it
    known = sources.known(channel.name, [name for name in posts if name is not None])
    return tuple(post for name, post in posts.items() if name in known)


def _parse(fetched: Fetched, channel: Channel, most_posts: int) -> Snapshot | Failure:
    result = parse(fetched.body, format_name=channel.format, url=fetched.url, selectors=channel.selectors)
    if isinstance(result, Refusal):
        return Failure(_REFUSED_STATE.get(result.reason, "failing"), result.detail)
    if len(result.posts) > most_posts:
        most = f"more than the {most_posts:,} that one check takes in: use `watchword import`"
        return Failure("failing", f"{len(result.posts):,} posts in one export are {most}")
    return result


def _read_files(
    channel: Channel,
    state: ChannelState,
    sources: Sources,
    files_read: Callable[[str], Mapping[str, str]],
) -> Iterator[Readout]:
    blank = Readout(channel, state, channel.source)
    found = good = False
    for export, last in _with_last(sources.files(channel.source, files_read(channel.name))):
        found = True
        # what could not even be looked at has no stamp to know it by: it is tried again
        read = FileRead(export.path, export.stamp) if export.stamp else None
        here = replace(blank, seen_in=export.path, file_read=read)
        if isinstance(export, FileExport):
            here = replace(here, written_at=export.written_at)
        if isinstance(export, FileExport) and export.stream:
            for readout in _read_stream(here, export.stream, last=last, good=good):
                good = good or readout.failure is None
                yield readout
            continue
        result = _parse_file(export, channel, sources.most_posts)
        if isinstance(result, Failure):
            yield replace(here, failure=result, ends_baseline=last and good)
        else:
            try:
                exports = keep_certain(raw_files(export), result, state, sources.keep)
            except EvidenceError as error:  # to be read again: the file itself is good
                yield replace(blank, seen_in=export.path, failure=_failure(error), ends_baseline=False)
                continue
            good = True
            yield replace(here, snapshot=result, ends_baseline=last, exports=tuple(exports))
    if not found:
        yield replace(blank, not_modified=NotModified(Validators()))


def _read_stream(here: Readout, open_stream: OpenStream, *, last: bool, good: bool) -> Iterator[Readout]:
    """Yield a file that is too large for one readout, piece by piece; only with the last piece it has been read."""
    batch: list[Post] = []
    piece = replace(here, file_read=None, ends_baseline=False)
    try:
        with open_stream() as opened:
            for post in telegram_desktop_json.stream(opened):
                if len(batch) == _STREAMED:
                    good = True
                    yield replace(piece, snapshot=Snapshot(telegram_desktop_json.FORMAT, tuple(batch)))
                    batch = []
                batch.append(post)
    except WatchwordError as error:
        if batch:
            good = True
            yield replace(piece, snapshot=Snapshot(telegram_desktop_json.FORMAT, tuple(batch)))
        failure = Failure("failing", f"{here.seen_in}: {error}")
        yield replace(here, failure=failure, ends_baseline=last and good)
        return
    yield replace(here, snapshot=Snapshot(telegram_desktop_json.FORMAT, tuple(batch)), ends_baseline=last)


def _parse_file(export: FileExport | FileProblem, channel: Channel, most_posts: int) -> Snapshot | Failure:
    if isinstance(export, FileProblem):
        return Failure("failing", export.message)
    try:
        result = parse_pages(export.pages) if export.pages else _parse(export.fetched, channel, most_posts)
    except ParseError as error:
        result = Failure("failing", str(error))
    return replace(result, error=f"{export.path}: {result.error}") if isinstance(result, Failure) else result


def _with_last(values: Iterator[T]) -> Iterator[tuple[T, bool]]:
    """Yield each value with whether it is the last one."""
    for value in values:
        for following in values:
            yield value, False
            value = following  # noqa: PLW2901 - one step behind
        yield value, True
