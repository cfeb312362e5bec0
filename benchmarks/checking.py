"""Whole checks, wired as the daemon wires them, of channels whose pages come from a server on loopback."""

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from benchmarks.page_server import LOOPBACK, page_server
from worker.bootstrap import Watch, open_watch
from worker.config import load
from worker.core.models import Watchlist


@contextlib.contextmanager
def served(
    folder: Path, bodies: Sequence[bytes], *, count_views: bool = False, reread: bool = False
) -> Iterator[list[str]]:
    """Serve each of `bodies` as the page of a channel; yield the addresses.

    Args:
        folder: a new one, for the files that are served.
        bodies: the pages.
        count_views: of posts, new in each answer.
        reread: the files may be changed meanwhile.
    """
    names = write_bodies(folder, bodies)
    with page_server(folder, count_views=count_views, reread=reread) as port:
        yield [f"http://{LOOPBACK}:{port}/s/{name}" for name in names]


def write_bodies(folder: Path, bodies: Sequence[bytes]) -> list[str]:
    """Write each of `bodies` into a new folder, as the file of a channel; return the names of the channels."""
    folder.mkdir()
    names = [f"channel-{number:04}" for number in range(len(bodies))]
    for name, body in zip(names, bodies, strict=True):
        (folder / name).write_bytes(body)
    return names


@contextlib.contextmanager
def watching(
    database: Path, urls: Sequence[str], clock: Callable[[], datetime], watchlists: Sequence[Watchlist] = ()
) -> Iterator[Watch]:
    """Wire Watchword for channels at `urls`; without `watchlists` of their own they get the shipped ones.

    No evidence is kept: neither the limits nor the peer keep the bytes that they have read.
    """
    file = database.with_suffix(".toml")
    channels = "".join(f'[[channel]]\nname = "{url.rpartition("/")[2]}"\nurl = "{url}"\nevery = "1h"\n' for url in urls)
    file.write_text(
        f'[storage]\nurl = "sqlite:///{database}"\nevidence = false\n'
        f'[fetch]\ncontact = "desk@example.org"\nspacing = "0s"\nallow_networks = ["{LOOPBACK}/32"]\n'
        '[mail]\nhost = "localhost"\nfrom = "desk@example.org"\n'
        f"{channels}{''.join(map(_written, watchlists))}"
        '[[recipient]]\nname = "desk"\nemail = "desk@example.org"\ndigest = { at = "07:30", timezone = "UTC" }\n',
        encoding="utf-8",
    )
    with open_watch(load(file), clock=clock) as watch:
        yield watch


def _written(watchlist: Watchlist) -> str:
    terms = ", ".join(json.dumps(term.text, ensure_ascii=False) for term in watchlist.terms)
    return f"[[watchlist]]\nname = {json.dumps(watchlist.name)}\nterms = [{terms}]\n"


def check(watch: Watch) -> None:
    """Check every channel that is due; none may fail, and each must have posts."""
    for checked in watch.check(lambda: False):
        assert checked.error is None, checked.error
        assert checked.new or checked.unchanged, checked


def check_unchanged(watch: Watch) -> None:
    """Check every channel that is due; each must be answered by 304."""
    for checked in watch.check(lambda: False):
        assert checked.outcome == "not_modified", checked
