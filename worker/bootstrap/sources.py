"""Channels and what they are read from, out of the settings."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from worker.adapters.evidence import EvidenceFolder
from worker.adapters.files import FileExport, FileProblem, read_new, time_to_settle
from worker.adapters.http import HttpFetcher, host_name
from worker.adapters.store import Store
from worker.config import Channel as ChannelSettings
from worker.config import Settings
from worker.jobs.check import Channel, Sources

#: (pattern, path -> stamp of files already read) -> new files in natural order
ReadFiles = Callable[[str, Mapping[str, str]], Iterator[FileExport | FileProblem]]


def channel_of(channel: ChannelSettings) -> Channel:
    """Return a channel as the check sees it."""
    source = channel.url or channel.path
    assert source is not None
    return Channel(
        name=channel.name,
        source=source,
        every=channel.every,
        slowest=channel.slowest,
        host=host_name(urlsplit(channel.url).hostname or "") if channel.url else f"file:{channel.name}",
        format=channel.format,
        title=channel.title if "title" in channel.model_fields_set else None,
        announce_first=channel.announce_first,
        selectors=channel.selectors.selectors() if channel.selectors else None,
        is_files=channel.path is not None,
    )


def file_reader(
    max_bytes: int, clock: Callable[[], datetime], settle: timedelta, wait: Callable[[float], object] | None
) -> ReadFiles:
    """Return what reads dropped files; `wait` waits so many seconds for one that was dropped just now."""

    def read(pattern: str, seen: Mapping[str, str]) -> Iterator[FileExport | FileProblem]:
        # once only: a file that goes on growing is left for the next check
        if wait and (pause := time_to_settle(pattern, seen, now=clock(), settle=settle)):
            wait(pause.total_seconds())
        return read_new(pattern, seen, now=clock(), settle=settle, max_bytes=max_bytes)

    return read


def evidence_of(settings: Settings) -> EvidenceFolder | None:
    """Return where exports are kept as evidence; None: they are not."""
    return None if settings.storage.evidence is None else EvidenceFolder(Path(settings.storage.evidence))


def sources_of(
    settings: Settings,
    client: httpx.Client,
    files: ReadFiles,
    store: Store,
    clock: Callable[[], datetime],
) -> Sources:
    """Return what the checks read from."""
    hosts = settings.fetch.host
    fetcher = HttpFetcher(
        client,
        contact=settings.fetch.contact,
        timeout=settings.fetch.timeout,
        spacing=settings.fetch.spacing,
        host_spacing={name: host.spacing for name, host in hosts.items() if host.spacing is not None},
        host_parallel={name: host.parallel for name, host in hosts.items()},
        robots=settings.fetch.robots,
        host_robots={name: host.robots for name, host in hosts.items() if host.robots is not None},
        max_bytes=settings.fetch.max_bytes,
        now=clock,
    )
    return Sources(
        fetch=fetcher.fetch,
        files=files,
        known=store.seen_by_checks,
        pages_back=settings.limits.pages_back,
    )
