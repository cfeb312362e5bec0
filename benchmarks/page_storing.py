"""Storing the posts of one page in one transaction, against the raw driver that writes the same rows.

Once as the first check of a channel, which tells nobody, and once with every post announced to a recipient.
"""

import contextlib
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from benchmarks.checking import check, served, watching
from benchmarks.logless import logged_to_nowhere
from benchmarks.material import NOON, marked_pages
from benchmarks.measure import ROUNDS, Cost, Row, compare, take_turns, timed
from benchmarks.raw_store import Written, forget_posts, open_raw, read_written, write_raw
from worker.adapters.store import Store
from worker.adapters.store.engine import open_engine
from worker.core.models import ChangeKind
from worker.core.record import Announcement, CheckRecord, NewPost

GOAL = 2.0


def run(*, count: int = 800, rounds: int = ROUNDS) -> list[Row]:
    """Measure `count` pages of 20 posts, each of a channel of its own."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(logged_to_nowhere())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = folder / "watchword.db"
        urls = stack.enter_context(served(folder / "pages", marked_pages(count)))
        records = _records(database, urls)
        told = [replace(record, new=tuple(_told(new) for new in record.new)) for record in records]
        return [
            _compare("store a page, baseline", records, database, rounds),
            _compare("store a page, all told", told, database, rounds),
        ]


def _records(database: Path, urls: Sequence[str]) -> list[CheckRecord]:
    """Check the pages; return what the checks gave to the store."""
    kept: list[CheckRecord] = []
    with (
        watching(database, urls, lambda: NOON) as watch,
        patch.object(Store, "record_check", lambda _, record: kept.append(record)),
    ):
        check(watch)
    return kept


def _told(new: NewPost) -> NewPost:
    tags = tuple(dict.fromkeys(match.watchlist for match in new.matches))
    return replace(new, announcement=Announcement(ChangeKind.NEW, tags, digests=("desk",)))


def _compare(what: str, records: Sequence[CheckRecord], database: Path, rounds: int) -> Row:
    _store(database, records)
    written = read_written(database)
    costs = take_turns(
        {"raw": lambda: _write_raw(database, written), "store": lambda: _store(database, records)}, rounds
    )
    return compare(what, "page", len(records), work=costs["store"], limit=costs["raw"], goal=GOAL)


def _store(database: Path, records: Sequence[CheckRecord]) -> Cost:
    forget_posts(database)
    engine = open_engine(f"sqlite:///{database}")
    store = Store(engine)

    def record_all() -> None:
        for record in records:
            store.record_check(record)

    try:
        return timed(record_all)
    finally:
        engine.dispose()


def _write_raw(database: Path, written: Sequence[Written]) -> Cost:
    forget_posts(database)
    with closing(open_raw(database)) as raw:
        return timed(lambda: write_raw(raw, written))
