"""The state of things, as plain dictionaries in the documented shape; posts and changes are `finding`'s."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from worker.adapters.store.base import Transactions
from worker.adapters.store.evidence import evidence_taken
from worker.adapters.store.finding import iso
from worker.adapters.store.outbox_status import read_outbox
from worker.adapters.store.pruning import read_next_prune
from worker.adapters.store.schema import change, channel, digest, file_read, gap, post, revision
from worker.adapters.store.search_index import count_unsearched
from worker.adapters.store.tagging import read_retaggings
from worker.core.standing import NEVER


class Listing(Transactions):
    """The part of the store that says how things stand. Times come as ISO 8601 in UTC."""

    def status(self, names: Sequence[str]) -> dict[str, Any]:
        """Return the state of the configured channels, the outbox and the digests."""
        with self._reading() as connection:
            counts: dict[str, int] = dict(
                connection.execute(select(post.c.channel, func.count()).group_by(post.c.channel)).all()
            )
            lists = {"gaps": _gaps(connection), "bad_files": _bad_files(connection)}
            held: dict[str, int] = dict(
                connection.execute(
                    select(change.c.channel, func.count()).where(change.c.held).group_by(change.c.channel)
                ).all()
            )
            states = {row.name: row for row in connection.execute(select(channel))}
            return {
                "channels": [
                    {
                        **_channel(name, states.get(name), counts.get(name, 0), held.get(name, 0)),
                        **{key: found.get(name, []) for key, found in lists.items()},
                    }
                    for name in names
                ],
                "outbox": read_outbox(connection),
                "digests": _digests(connection),
                "retagging": _retagging(connection),
                "storage": {
                    "url": self._engine.url.render_as_string(hide_password=True),
                    "bytes": _size(connection),
                    "posts": sum(counts.values()),
                    **_upkeep(connection),
                    "evidence": evidence_taken(connection),
                },
            }


def _channel(name: str, row: Any, posts: int, held: int) -> dict[str, Any]:
    return {
        "name": name,
        "state": row.state if row else "new",
        "last_ok_at": iso(row.last_ok_at) if row else None,
        "next_check_at": iso(row.next_check_at) if row and row.next_check_at < NEVER else None,
        "posts": posts,
        "failures": row.failures if row else 0,
        "last_error": row.last_error if row else None,
        "posts_per_day": row.posts_per_day if row else None,
        "moved_to": row.moved_to if row else None,
        "held": held,
    }


def _gaps(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    gaps: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(select(gap).order_by(gap.c.gap_id)):
        gaps.setdefault(row.channel, []).append(
            {
                "after": row.after_id,
                "before": row.before_id,
                "from": iso(row.from_at),
                "to": iso(row.to_at),
                "at_most": row.at_most,
            }
        )
    return gaps


def _bad_files(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Return the files that could not be read, the latest first."""
    bad: dict[str, list[dict[str, Any]]] = {}
    statement = select(file_read).where(file_read.c.error.is_not(None)).order_by(file_read.c.read_at.desc())
    for row in connection.execute(statement):
        bad.setdefault(row.channel, []).append({"path": row.path, "error": row.error})
    return bad


def _digests(connection: Connection) -> list[dict[str, Any]]:
    newest = select(func.max(digest.c.digest_id)).group_by(digest.c.recipient)
    rows = connection.execute(select(digest).where(digest.c.digest_id.in_(newest)).order_by(digest.c.recipient))
    return [
        {"recipient": row.recipient, "local_date": row.local_date, "until": iso(row.until), "changes": row.changes}
        for row in rows
    ]


def _retagging(connection: Connection) -> list[dict[str, Any]]:
    return [
        {
            "watchlist": one.watchlist,
            "started_at": iso(one.started_at),
            "percent": one.percent,
            "added": one.added,
            "removed": one.removed,
        }
        for one in read_retaggings(connection)
    ]


def _upkeep(connection: Connection) -> dict[str, Any]:
    return {
        "revisions": connection.execute(select(func.count()).select_from(revision)).scalar_one(),
        "unsearched": count_unsearched(connection),
        "next_prune_at": iso(read_next_prune(connection)),
    }


def _size(connection: Connection) -> int:
    if connection.dialect.name == "sqlite":
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        return int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
    return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
