"""Imports: batches of posts from files, and how far each file has been taken in."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import bindparam, select

from worker.adapters.store.bulk import pieces
from worker.adapters.store.identity import keep_identities
from worker.adapters.store.recording import Recording
from worker.adapters.store.schema import post, taken_in
from worker.core.record import Counts, ImportRecord, Intake

_SEEN_BY_CHECKS = select(post.c.post_id).where(
    post.c.channel == bindparam("of"), post.c.post_id.in_(bindparam("ids", expanding=True)), ~post.c.imported
)


class Imports(Recording):
    """The imports' part of the store."""

    def intake(self, name: str, path: str, reading: str) -> Intake | None:
        """Return how far a file has been taken in; None if nothing of it has."""
        statement = select(taken_in).where(
            taken_in.c.channel == name, taken_in.c.path == path, taken_in.c.reading == reading
        )
        with self._reading() as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            return None
        return Intake(row.path, row.stamp, row.reading, row.posts, Counts(**row.counts), row.finished)

    def record_import(self, record: ImportRecord) -> None:
        """Keep one batch of an import and how far it has come. All or nothing; the channel's own row is not touched."""
        with self._writing() as connection:
            keep_identities(connection, record)
            rows = self._insert_posts(connection, record)
            self._update_posts(connection, record)
            self._announce(connection, record, rows)
            intake = record.intake
            now = {
                "stamp": intake.stamp,
                "posts": intake.posts,
                "counts": asdict(intake.counts),
                "at": record.at,
                "finished": intake.finished,
            }
            insert = self._upsert()(taken_in).values(
                channel=record.channel, path=intake.path, reading=intake.reading, **now
            )
            key = [taken_in.c.channel, taken_in.c.path, taken_in.c.reading]
            connection.execute(insert.on_conflict_do_update(index_elements=key, set_=now))

    def seen_by_checks(self, name: str, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that a check has seen, not only an import.

        Reading back ends at what a check has seen: an import of some old months must not end it early.
        """
        found: set[str] = set()
        with self._reading() as connection:
            for chunk in pieces(ids):
                found.update(connection.execute(_SEEN_BY_CHECKS, {"of": name, "ids": chunk}).scalars())
        return found
