"""Channels: which are due, what a check needs to know of them, and how a failed check is kept."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy import literal as value_of

from worker.adapters.store.base import Transactions
from worker.adapters.store.schema import channel, file_read
from worker.core.models import Validators
from worker.core.record import ChannelState, FileRead


class Channels(Transactions):
    """The channels' part of the store."""

    def set_up_channels(self, sources: Mapping[str, str], now: datetime) -> None:
        """Make a row for each channel; one whose source has changed forgets its validators and is due now."""
        with self._writing() as connection:
            known = dict(connection.execute(select(channel.c.name, channel.c.source)).all())
            fresh = [
                {"name": name, "source": source, "state": "new", "next_check_at": now, "failures": 0}
                for name, source in sources.items()
                if name not in known
            ]
            if fresh:
                connection.execute(channel.insert(), fresh)
            for name, source in sources.items():
                if name in known and known[name] != source:
                    connection.execute(
                        update(channel)
                        .where(channel.c.name == name)
                        .values(source=source, etag=None, last_modified=None, next_check_at=now)
                    )

    def due_channels(self, names: Collection[str], now: datetime) -> list[ChannelState]:
        """Return those of `names` whose time has come, oldest first."""
        columns = channel.c
        statement = (
            select(
                columns.name,
                columns.etag,
                columns.last_modified,
                columns.watermark,
                columns.baseline_at,
                columns.failures,
                columns.last_ok_at,
            )
            .where(columns.next_check_at <= now)
            .order_by(columns.next_check_at, columns.name)
        )
        with self._reading() as connection:
            rows = connection.execute(statement).all()
        return [
            ChannelState(
                row.name,
                Validators(row.etag, row.last_modified),
                row.watermark,
                bool(row.baseline_at),
                row.failures,
                row.last_ok_at,
            )
            for row in rows
            if row.name in names
        ]

    def files_read(self, name: str) -> dict[str, str]:
        """Return path -> stamp of the dropped files that a channel has taken in."""
        with self._reading() as connection:
            rows = connection.execute(select(file_read.c.path, file_read.c.stamp).where(file_read.c.channel == name))
            return dict(rows.all())

    def record_not_modified(self, name: str, validators: Validators, *, at: datetime, next_check_at: datetime) -> None:
        """Keep that the source said "nothing new": a good check."""
        with self._writing() as connection:
            connection.execute(
                update(channel)
                .where(channel.c.name == name)
                .values(
                    etag=validators.etag,
                    last_modified=validators.last_modified,
                    state="ok",
                    failures=0,
                    last_error=None,
                    last_check_at=at,
                    last_ok_at=at,
                    next_check_at=next_check_at,
                )
            )

    def record_check_failure(
        self,
        name: str,
        *,
        at: datetime,
        state: str,
        error: str,
        next_check_at: datetime,
        bad_file: FileRead | None = None,
        ends_baseline: bool = False,
    ) -> None:
        """Keep a failed check. Validators and posts stay as they are; a file that cannot be read is not tried again.

        `ends_baseline` says that this was the last of several files, of which others were good.
        """
        baseline = {"baseline_at": baseline_since(at)} if ends_baseline else {}
        with self._writing() as connection:
            connection.execute(
                update(channel)
                .where(channel.c.name == name)
                .values(
                    state=state,
                    failures=channel.c.failures + 1,
                    last_error=error,
                    last_check_at=at,
                    next_check_at=next_check_at,
                    **baseline,
                )
            )
            if bad_file:
                connection.execute(self._file_read(name, bad_file, at))

    def _file_read(self, name: str, read: FileRead, at: datetime):  # type: ignore[no-untyped-def]
        insert = self._upsert()(file_read).values(channel=name, path=read.path, stamp=read.stamp, read_at=at)
        return insert.on_conflict_do_update(
            index_elements=[file_read.c.channel, file_read.c.path], set_={"stamp": read.stamp, "read_at": at}
        )


def baseline_since(at: datetime) -> ColumnElement[datetime]:
    """Return the value that ends a channel's baseline at `at`, unless it has ended before."""
    return func.coalesce(channel.c.baseline_at, value_of(at, channel.c.baseline_at.type))
