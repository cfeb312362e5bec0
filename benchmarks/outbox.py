"""The outbox on SQLite: messages to twenty recipients for each change, and what finding them costs beside a million.

Sending itself costs nothing here: what is measured is claiming, committing and recording. The limit of the first line
is `sqlite3` doing the same to the same rows, with a commit before each message and one after it.
"""

import contextlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from benchmarks.logless import logged_to_nowhere
from benchmarks.material import NOON
from benchmarks.measure import ROUNDS, Cost, Row, compare, take_turns, timed
from benchmarks.raw_store import open_raw
from worker.adapters.store import Store
from worker.adapters.store.engine import open_engine, upgrade
from worker.core.models import Outcome, Result
from worker.core.schedule import WEBHOOK_BACKOFF
from worker.jobs.deliver import Way, deliver_due

RECIPIENTS = 20
#: finding what is due must not cost more than this times as much with a million messages sent
GOAL = 1.2
_SENT = Outcome(Result.SENT, "204 No Content")
_AGAIN = Outcome(Result.TEMPORARY, "503")
_NAMES = [f"hook-{number:02}" for number in range(RECIPIENTS)]
_BODY = {
    "type": "post.new",
    "data": {"channel": "harbour", "text": "The ferry to the outer islands leaves at noon. " * 20},
}


def run(*, changes: int = 50, few: int = 10_000, many: int = 1_000_000, rounds: int = ROUNDS) -> list[Row]:
    """Measure telling `changes` to twenty recipients each, and finding what is due beside `few` and `many` sent."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(logged_to_nowhere())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours = stack.enter_context(_store(folder / "ours.db"))
        stack.enter_context(_store(folder / "raw.db"))
        sending = take_turns(
            {
                "ours": lambda: _send(ours, folder / "ours.db", changes),
                "raw": lambda: _send_raw(folder / "raw.db", changes),
            },
            rounds,
        )
        short = stack.enter_context(_beside(folder / "short.db", few))
        long = stack.enter_context(_beside(folder / "long.db", many))
        finding = take_turns({"few": short, "many": long}, rounds)
    return [
        compare(
            f"deliver {changes} changes to {RECIPIENTS} recipients each",
            "message",
            changes * RECIPIENTS,
            work=sending["ours"],
            limit=sending["raw"],
        ),
        compare(
            f"find and claim what is due, {many:,} : {few:,} sent",
            "message",
            RECIPIENTS,
            work=finding["many"],
            limit=finding["few"],
            goal=GOAL,
        ),
    ]


@contextlib.contextmanager
def _store(path: Path) -> Iterator[Store]:
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    store = Store(engine)
    store.set_up_ways({name: name for name in _NAMES})
    yield store
    engine.dispose()


def _enqueue(path: Path, changes: int) -> None:
    """Put messages into the outbox, each with a body of about a kilobyte."""
    columns = "delivery_id, recipient, kind, payload, state, attempts, created_at, next_attempt_at"
    with closing(open_raw(path)) as raw:
        taken = raw.execute("SELECT count(*) FROM delivery").fetchone()[0]
        rows = [
            (f"{taken + place * RECIPIENTS + number:032x}", name)
            for place in range(changes)
            for number, name in enumerate(_NAMES)
        ]
        raw.execute("BEGIN")
        raw.executemany(
            f"INSERT INTO delivery ({columns}) VALUES (?, ?, 'alert', ?, 'waiting', 0, ?, ?)",
            [(key, name, _json(), _text(), _text()) for key, name in rows],
        )
        raw.execute("COMMIT")


def _send(store: Store, path: Path, changes: int) -> Cost:
    _enqueue(path, changes)
    ways = {name: Way(lambda _delivery, _now: _SENT, WEBHOOK_BACKOFF, lane=name) for name in _NAMES}

    def work() -> None:
        attempts = list(deliver_due(ways, store=store, clock=lambda: NOON, jitter=lambda: 0.0))
        assert len(attempts) == changes * RECIPIENTS

    return timed(work)


def _send_raw(path: Path, changes: int) -> Cost:
    _enqueue(path, changes)
    with closing(open_raw(path)) as raw:
        return timed(lambda: _all_raw(raw, changes))


def _all_raw(raw: sqlite3.Connection, changes: int) -> None:
    waiting = (
        "SELECT delivery_id, payload FROM delivery WHERE recipient = ? AND state = 'waiting' "
        "ORDER BY created_at, delivery_id LIMIT 1"
    )
    for _ in range(changes):
        for name in _NAMES:
            raw.execute("BEGIN IMMEDIATE")
            key, _payload = raw.execute(waiting, (name,)).fetchone()
            raw.execute(
                "UPDATE delivery SET state = 'sending', attempts = 1, lease_until = ? WHERE delivery_id = ?",
                (_text(), key),
            )
            raw.execute("INSERT INTO attempt (delivery_id, number, started_at) VALUES (?, 1, ?)", (key, _text()))
            raw.execute("COMMIT")
            raw.execute("BEGIN IMMEDIATE")
            raw.execute(
                "UPDATE attempt SET finished_at = ?, result = 'sent', detail = '204' "
                "WHERE delivery_id = ? AND number = 1",
                (_text(), key),
            )
            raw.execute(
                "UPDATE delivery SET state = 'sent', lease_until = NULL, last_detail = '204', finished_at = ? "
                "WHERE delivery_id = ?",
                (_text(), key),
            )
            raw.execute("COMMIT")


@contextlib.contextmanager
def _beside(path: Path, history: int) -> Iterator[Callable[[], Cost]]:
    """Make an outbox with one due message for each recipient beside `history` that were sent; yield a look at it."""
    with _store(path) as store:
        _remember(path, history)
        _enqueue(path, 1)
        now = NOON

        def look() -> None:
            nonlocal now
            for _ in range(5):
                now += timedelta(minutes=1)
                assert len(store.due_recipients(now)) == RECIPIENTS
                for name in _NAMES:
                    claimed = store.claim_delivery(now, recipient=name)
                    assert claimed is not None
                    store.record_attempt(claimed, _AGAIN, at=now, next_attempt_at=now)

        def measured() -> Cost:
            cost = timed(look)
            return Cost(cost.cpu / 5, cost.wall / 5)

        yield measured


def _remember(path: Path, history: int) -> None:
    with closing(open_raw(path)) as raw:
        raw.execute("BEGIN")
        raw.execute(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?) "
            "INSERT INTO delivery (delivery_id, recipient, kind, payload, state, attempts, created_at, "
            "next_attempt_at, finished_at, last_detail) "
            "SELECT printf('%032x', 1000000000 + n), printf('hook-%02d', n % ?), 'alert', '{}', 'sent', 1, "
            "?, ?, ?, '204' FROM numbers",
            (history, RECIPIENTS, *(3 * [_text(-1)])),
        )
        raw.execute("COMMIT")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _text(days: int = 0) -> str:
    return (NOON + timedelta(days=days)).replace(tzinfo=None).isoformat(" ", "microseconds")


def _json() -> str:
    return str(_BODY).replace("'", '"')
