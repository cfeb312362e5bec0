"""Fingerprints and ids of stored posts that are brought up to date although nobody has edited the post."""

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from worker.adapters.store.base import Transactions
from worker.adapters.store.bulk import pieces
from worker.adapters.store.schema import post
from worker.core.fingerprint import VERSION
from worker.core.record import CheckRecord, ImportRecord
from worker.core.renaming import Unshown

_UNSHOWN = (post.c.row_id, post.c.post_id, post.c.fingerprint, post.c.url, post.c.published_at)


class Identity(Transactions):
    """The part of the store that tells posts apart."""

    def texts(self, rows: Sequence[int]) -> dict[int, str | None]:
        """Return the present texts of posts by row; None where it was removed."""
        found: dict[int, str | None] = {}
        if not rows:
            return found
        with self._reading() as connection:
            for chunk in pieces(rows):
                statement = select(post.c.row_id, post.c.text, post.c.pruned_at).where(post.c.row_id.in_(chunk))
                for row in connection.execute(statement):
                    found[row.row_id] = row.text if row.pruned_at is None else None
        return found

    def service_rows(self, rows: Sequence[int]) -> set[int]:
        """Return those of the posts that are service messages."""
        found: set[int] = set()
        if not rows:
            return found
        with self._reading() as connection:
            for chunk in pieces(rows):
                found.update(
                    connection.execute(select(post.c.row_id).where(post.c.row_id.in_(chunk), post.c.service)).scalars()
                )
        return found

    def unshown(self, name: str, ids: Sequence[str]) -> list[Unshown]:
        """Return what tells the live posts among `ids` from others, in the order of `ids`."""
        found: dict[str, Unshown] = {}
        if not ids:
            return []
        with self._reading() as connection:
            for chunk in pieces(ids):
                statement = select(*_UNSHOWN).where(
                    post.c.channel == name, post.c.post_id.in_(chunk), post.c.state == "live"
                )
                found.update((row.post_id, Unshown(*row)) for row in connection.execute(statement))
        return [found[one] for one in ids if one in found]

    def has_outdated_sequence(self, name: str) -> bool:
        """Tell whether a channel has posts without ids whose fingerprint is of an earlier version."""
        # a range, because an index answers it; versions have one digit as yet
        older = select(post.c.row_id).where(
            post.c.channel == name, post.c.position.is_not(None), post.c.fingerprint < str(VERSION)
        )
        with self._reading() as connection:
            return connection.execute(older.limit(1)).first() is not None


def keep_identities(connection: Connection, record: CheckRecord | ImportRecord) -> None:
    """Write the fingerprints and ids of stored posts that have changed without an edit. Part of `record_check`."""
    for row, mark in record.refreshed:
        connection.execute(update(post).where(post.c.row_id == row).values(fingerprint=mark))
    for row, name in record.renamed:
        connection.execute(update(post).where(post.c.row_id == row).values(post_id=name))
