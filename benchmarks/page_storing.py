"""Storing the posts of one page in one transaction, against the raw driver that writes the same rows.

Once as the first check of a channel, which tells nobody, and once with every post announced to a recipient.
"""

import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from benchmarks.material import EVERY, NOON, marked_pages, shipped_matcher, snapshot_of
from benchmarks.measure import ROUNDS, Cost, Row, compare, take_turns, timed
from benchmarks.raw_store import Written, forget_posts, make_database, open_raw, read_written, write_raw
from worker.adapters.store import Store
from worker.adapters.store.engine import open_engine
from worker.core.diff import diff_by_id
from worker.core.models import ChangeKind, Snapshot
from worker.core.record import Announcement, CheckRecord, NewPost
from worker.core.watchlist.matcher import Matcher

GOAL = 2.0


def run(*, count: int = 200, rounds: int = ROUNDS) -> list[Row]:
    """Measure `count` pages of 20 posts, each of a channel of its own."""
    matcher = shipped_matcher()
    records = [_record(f"channel-{n:04}", snapshot_of(page), matcher) for n, page in enumerate(marked_pages(count))]
    told = [replace(record, new=tuple(_told(new) for new in record.new)) for record in records]
    return [
        _compare("store a page, baseline", records, rounds),
        _compare("store a page, all told", told, rounds),
    ]


def _record(name: str, snapshot: Snapshot, matcher: Matcher) -> CheckRecord:
    diff = diff_by_id(snapshot.posts, {})
    return CheckRecord(
        channel=name,
        at=NOON,
        seen_in=f"https://t.me/s/{name}",
        next_check_at=NOON + EVERY,
        new=tuple(NewPost(found, matcher.match(found.post.text), None) for found in diff.new),
        title=snapshot.title,
        watermark=snapshot.coverage.highest if snapshot.coverage else None,
    )


def _told(new: NewPost) -> NewPost:
    tags = tuple(dict.fromkeys(match.watchlist for match in new.matches))
    return replace(new, announcement=Announcement(ChangeKind.NEW, tags, digests=("desk",)))


def _compare(what: str, records: Sequence[CheckRecord], rounds: int) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "watchword.db"
        url = make_database(path)
        _store(url, records, path)
        written = read_written(path)
        costs = take_turns(
            {"raw": lambda: _write_raw(path, written), "store": lambda: _store(url, records, path)}, rounds
        )
    return compare(what, "page", len(records), work=costs["store"], limit=costs["raw"], goal=GOAL)


def _store(url: str, records: Sequence[CheckRecord], path: Path) -> Cost:
    forget_posts(path)
    engine = open_engine(url)
    store = Store(engine)
    store.set_up_channels({record.channel: record.seen_in for record in records}, NOON)

    def record_all() -> None:
        for record in records:
            store.record_check(record)

    try:
        return timed(record_all)
    finally:
        engine.dispose()


def _write_raw(path: Path, written: Sequence[Written]) -> Cost:
    forget_posts(path)
    with closing(open_raw(path)) as raw:
        return timed(lambda: write_raw(raw, written))
