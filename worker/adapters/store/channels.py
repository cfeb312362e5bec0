"""Channels: which are due, what a check needs to know of them, and how a failed check is kept."""

import itertools
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update
from sqlalchemy import literal as value_of

from worker.adapters.store.base import Transactions
from worker.adapters.store.schema import change, channel, delivery, file_read, gap
from worker.adapters.store.suspects import suspects_of
from worker.core.models import Validators
from worker.core.record import ChannelState, FileRead, Gap
from worker.core.standing import Standing

#: messages to operators, each with its recipient
Notices = Sequence[tuple[str, Mapping[str, object]]]

#: begins later with every start of the program
_RISING = itertools.count(time.time_ns())

_STANDING = tuple(field.name for field in fields(Standing))

# Built once: building it takes longer than running it.
_KEEP_NOT_MODIFIED = (
    update(channel)
    .where(channel.c.name == bindparam("named"))
    .values(
        **{name: bindparam(f"new_{name}") for name in _STANDING},
        etag=bindparam("new_etag"),
        last_modified=bindparam("new_last_modified"),
        last_check_at=bindparam("checked_at"),
    )
)


class Channels(Transactions):
    """The channels' part of the store."""

    def set_up_channels(self, sources: Mapping[str, str], now: datetime, *, parser_version: int = 1) -> None:
        """Make a row for each channel.

        One whose source has changed, or whose parser reads more than it did, forgets its validators and is due now: a
        304 would hide what we could see.
        """
        with self._writing() as connection:
            known = {
                row.name: (row.source, row.parser_version)
                for row in connection.execute(select(channel.c.name, channel.c.source, channel.c.parser_version))
            }
            fresh = [
                {
                    "name": name,
                    "source": source,
                    "parser_version": parser_version,
                    "state": "new",
                    "told_state": "ok",
                    "next_check_at": now,
                    "failures": 0,
                }
                for name, source in sources.items()
                if name not in known
            ]
            if fresh:
                connection.execute(channel.insert(), fresh)
            for name, source in sources.items():
                if name in known and known[name] != (source, parser_version):
                    connection.execute(
                        update(channel)
                        .where(channel.c.name == name)
                        .values(
                            source=source,
                            parser_version=parser_version,
                            etag=None,
                            last_modified=None,
                            moved_to=None,
                            next_check_at=now,
                        )
                    )

    def due_channels(self, names: Collection[str], now: datetime) -> list[ChannelState]:
        """Return those of `names` whose time has come, oldest first."""
        due = select(channel).where(channel.c.next_check_at <= now).order_by(channel.c.next_check_at, channel.c.name)
        with self._reading() as connection:
            rows = [row for row in connection.execute(due) if row.name in names]
            return _states(connection, rows)

    def channel_state(self, name: str) -> ChannelState | None:
        """Return one channel, due or not; None if it has never been set up."""
        with self._reading() as connection:
            rows = connection.execute(select(channel).where(channel.c.name == name)).all()
            return next(iter(_states(connection, rows)), None)

    def files_read(self, name: str) -> dict[str, str]:
        """Return path -> stamp of the dropped files that a channel has taken in."""
        with self._reading() as connection:
            rows = connection.execute(select(file_read.c.path, file_read.c.stamp).where(file_read.c.channel == name))
            return dict(rows.all())

    def record_not_modified(
        self, name: str, validators: Validators, standing: Standing, *, at: datetime, notices: Notices = ()
    ) -> None:
        """Keep that the source said "nothing new": a good check."""
        with self._writing() as connection:
            self._run(
                connection,
                _KEEP_NOT_MODIFIED,
                {
                    "named": name,
                    **{f"new_{field}": value for field, value in standing_columns(standing).items()},
                    "new_etag": validators.etag,
                    "new_last_modified": validators.last_modified,
                    "checked_at": at,
                },
            )
            enqueue_notices(connection, notices, at)

    def record_check_failure(
        self,
        name: str,
        standing: Standing,
        *,
        at: datetime,
        bad_file: FileRead | None = None,
        ends_baseline: bool = False,
        notices: Notices = (),
    ) -> None:
        """Keep a failed check. Validators and posts stay as they are; a file that cannot be read is not tried again.

        `ends_baseline` says that this was the last of several files, of which others were good.
        """
        baseline = {"baseline_at": baseline_since(at)} if ends_baseline else {}
        with self._writing() as connection:
            connection.execute(
                update(channel)
                .where(channel.c.name == name)
                .values(**standing_columns(standing), last_check_at=at, **baseline)
            )
            if bad_file:
                connection.execute(self._file_read(name, bad_file, at))
            enqueue_notices(connection, notices, at)

    def _file_read(self, name: str, read: FileRead, at: datetime):  # type: ignore[no-untyped-def]
        read_now = {"stamp": read.stamp, "read_at": at, "error": read.error}
        insert = self._upsert()(file_read).values(channel=name, path=read.path, **read_now)
        return insert.on_conflict_do_update(index_elements=[file_read.c.channel, file_read.c.path], set_=read_now)


def standing_columns(standing: Standing) -> dict[str, Any]:
    """Return the columns that keep a standing."""
    return {name: getattr(standing, name) for name in _STANDING}


def enqueue_notices(connection: Connection, notices: Notices, now: datetime) -> None:
    """Put messages to operators into the outbox."""
    if notices:
        connection.execute(delivery.insert(), [new_delivery(name, "notice", body, now) for name, body in notices])


def new_delivery(recipient: str, kind: str, payload: Mapping[str, object], now: datetime) -> dict[str, object]:
    """Return the row of a delivery that is due at once; its id stays the same over all tries.

    Ids that are made later sort later: of deliveries that were made in one moment they tell the order.
    """
    return {
        "delivery_id": f"{next(_RISING):016x}{uuid.uuid4().hex[:16]}",
        "recipient": recipient,
        "kind": kind,
        "payload": payload,
        "state": "waiting",
        "attempts": 0,
        "created_at": now,
        "next_attempt_at": now,
    }


def _states(connection: Connection, rows: Sequence[Any]) -> list[ChannelState]:
    """Return channels with their open gaps and what is held of them."""
    resumable = connection.execute(select(gap).where(gap.c.resume_url.is_not(None)).order_by(gap.c.gap_id.desc()))
    gaps = {
        row.channel: Gap(row.after_id, row.before_id, row.from_at, row.to_at, row.at_most, row.resume_url, row.gap_id)
        for row in resumable
    }
    held = set(connection.execute(select(change.c.channel).where(change.c.held).distinct()).scalars())
    suspects = suspects_of(connection)
    return [
        ChannelState(
            row.name,
            Validators(row.etag, row.last_modified),
            row.watermark,
            bool(row.baseline_at),
            Standing(**{name: getattr(row, name) for name in _STANDING}),
            gaps.get(row.name),
            row.name in held,
            suspects.get(row.name, ()),
            tuple(row.shown or ()),
        )
        for row in rows
    ]


def baseline_since(at: datetime) -> ColumnElement[datetime]:
    """Return the value that ends a channel's baseline at `at`, unless it has ended before."""
    return func.coalesce(channel.c.baseline_at, value_of(at, channel.c.baseline_at.type))
