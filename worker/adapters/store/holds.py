"""Held changes: kept and tagged, but told to nobody until a person has decided."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, update

from worker.adapters.store.bulk import pieces
from worker.adapters.store.recording import Recording
from worker.adapters.store.schema import change
from worker.adapters.store.told import read_told
from worker.core.models import Told
from worker.core.record import Announcement


class Holds(Recording):
    """The part of the store that a person's decision moves."""

    def held_changes(self, name: str) -> dict[int, Told]:
        """Return the held changes of a channel by number."""
        with self._reading() as connection:
            return read_told(connection, change.c.held & (change.c.channel == name))

    def record_approval(self, announced: Sequence[tuple[int, Announcement]], now: datetime) -> None:
        """Tell held changes as if they had just been found: all or nothing."""
        with self._writing() as connection:
            for chunk in pieces([number for number, _ in announced]):
                connection.execute(update(change).where(change.c.change_id.in_(chunk)).values(held=False))
            self._tell(connection, announced, now)

    def record_rebaseline(self, name: str) -> int:
        """Take held changes for the channel's new normal: their posts stay, nobody is told. Return how many."""
        with self._writing() as connection:
            return connection.execute(delete(change).where(change.c.held, change.c.channel == name)).rowcount
