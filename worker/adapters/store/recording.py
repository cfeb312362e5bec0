"""The one transaction that keeps a check: posts, revisions, matches, changes, who is told, the channel's state."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import (
    BindParameter,
    Connection,
    Text,
    UpdateBase,
    bindparam,
    delete,
    false,
    func,
    select,
    update,
)
from sqlalchemy import literal as value_of

from worker.adapters.store.absences import keep_absences
from worker.adapters.store.bulk import listed, pieces
from worker.adapters.store.channels import enqueue_notices, new_delivery, standing_columns
from worker.adapters.store.evidence import EXPORT, export_rows
from worker.adapters.store.identity import keep_identities
from worker.adapters.store.posts import Posts
from worker.adapters.store.schema import (
    UTCDateTime,
    alerted,
    change,
    channel,
    delivery,
    export,
    gap,
    match,
    post,
    revision,
    search_due,
    sketch,
    wanted,
)
from worker.core.alert import is_whole, with_thread
from worker.core.models import ChangeKind
from worker.core.record import (
    Announcement,
    CheckRecord,
    DeletedPost,
    EditedPost,
    Gap,
    ImportRecord,
    NewPost,
    RestoredPost,
)
from worker.core.standing import Standing

#: what is written in bulk, in the order of the tables
_POST = tuple(column.name for column in post.columns)
_REVISION = tuple(column.name for column in revision.columns)
_MATCH = ("post_row", "revision", "watchlist", "term", "start", "end")
_CHANGE = tuple(column.name for column in change.columns)
_SKETCH = tuple(column.name for column in sketch.columns)
_WANTED = ("recipient", "change_id")
_ALERTED = ("change_id", "delivery_id")

# These are built once: building one takes longer than running it.
_KEEP_CHANNEL = (
    update(channel)
    .where(channel.c.name == bindparam("named"))
    .values(
        **{field.name: bindparam(f"new_{field.name}") for field in fields(Standing)},
        last_check_at=bindparam("checked_at"),
        etag=bindparam("new_etag"),
        last_modified=bindparam("new_last_modified"),
        watermark=bindparam("new_watermark"),
        baseline_at=func.coalesce(channel.c.baseline_at, bindparam("baseline_ends_at", type_=UTCDateTime())),
        title=func.coalesce(bindparam("new_title", type_=Text()), channel.c.title),
    )
)


def _see_again(length: int) -> UpdateBase:
    return (
        update(post)
        .where(post.c.row_id.in_(listed(post.c.row_id, length)))
        .values(last_seen_at=bindparam("seen_at"), imported=false())
    )


def _see_in_import(length: int) -> UpdateBase:
    # An export says how a post was when it was made, which may be long before a check that saw it.
    seen_at: BindParameter[datetime] = bindparam("seen_at", type_=UTCDateTime())
    return (
        update(post)
        .where(post.c.row_id.in_(listed(post.c.row_id, length)), post.c.last_seen_at < seen_at)
        .values(last_seen_at=seen_at)
    )


class Recording(Posts):
    """The writing part of a check and of an import."""

    def record_check(self, record: CheckRecord) -> None:
        """Keep a good check: posts, revisions, matches, changes, what is to be told, validators. All or nothing."""
        with self._writing() as connection:
            exports = self._keep_exports(connection, record)
            keep_identities(connection, record)
            rows = self._insert_posts(connection, record, exports)
            self._update_posts(connection, record, exports)
            lacking = keep_absences(connection, record, exports)
            self._announce(connection, record, rows, exports, lacking)
            self._keep_channel(connection, record)

    def _keep_exports(self, connection: Connection, record: CheckRecord) -> Sequence[int]:
        if not record.exports:
            return ()
        numbers = self._numbers(connection, "export", len(record.exports))
        self._insert(connection, export, EXPORT, export_rows(record.channel, record.exports, numbers))
        return numbers

    def _insert_posts(
        self, connection: Connection, record: CheckRecord | ImportRecord, exports: Sequence[int] = ()
    ) -> Sequence[int]:
        if not record.new:
            return ()
        rows = self._numbers(connection, "post", len(record.new))
        values = [_row(record, new, row, exports) for new, row in zip(record.new, rows, strict=True)]
        self._insert(connection, post, _POST, values)
        self._insert_matches(connection, zip(rows, record.new, (1 for _ in rows), strict=True))
        keys = [(key, row, record.at) for new, row in zip(record.new, rows, strict=True) for key in new.sketch]
        self._insert(connection, sketch, _SKETCH, keys)
        return rows

    def _update_posts(
        self, connection: Connection, record: CheckRecord | ImportRecord, exports: Sequence[int] = ()
    ) -> None:
        see_again = _see_in_import if record.is_import else _see_again
        for chunk in pieces(record.unchanged):
            self._run_listed(connection, see_again, {"seen_at": record.seen_at}, chunk)
        for edited in record.edited:
            here = post.c.row_id == edited.edit.stored.row
            connection.execute(
                revision.insert().from_select(
                    list(_REVISION),
                    select(
                        post.c.row_id,
                        post.c.revision,
                        post.c.text,
                        post.c.fingerprint,
                        value_of(record.at, revision.c.replaced_at.type),
                        post.c.last_seen_at,
                        post.c.export_id,
                        post.c.pruned_at,
                    ).where(here),
                )
            )
            found = edited.edit.found
            values: dict[str, object] = {"text": found.post.text, "fingerprint": found.fingerprint}
            values |= {"edited": found.post.edited, "revision": edited.revision, "last_seen_at": record.seen_at}
            values |= {"export_id": _export(edited.export, exports), "pruned_at": None}
            if not record.is_import:
                values["imported"] = False
            connection.execute(update(post).where(here).values(**values))
        if record.edited:
            self._search_again(connection, record.edited)
        self._insert_matches(connection, ((edit.edit.stored.row, edit, edit.revision) for edit in record.edited))

    def _search_again(self, connection: Connection, edited: Sequence[EditedPost]) -> None:
        """Have the search take up the texts of posts anew."""
        insert = self._upsert()(search_due).on_conflict_do_nothing()
        rows = [{"post_row": post.edit.stored.row, "revision": post.revision} for post in edited]
        connection.execute(insert, rows)

    def _insert_matches(self, connection: Connection, posts: Iterable[tuple[int, NewPost | EditedPost, int]]) -> None:
        rows = [
            (row, number, hit.watchlist, hit.term, hit.start, hit.end)
            for row, tagged, number in posts
            for hit in tagged.matches
        ]
        self._insert(connection, match, _MATCH, rows)

    def _announce(
        self,
        connection: Connection,
        record: CheckRecord | ImportRecord,
        rows: Sequence[int],
        exports: Sequence[int] = (),
        lacking: Mapping[int, int | None] = MappingProxyType({}),
    ) -> None:
        told = list(_announced(record, rows))
        if not told:
            return
        numbers = self._numbers(connection, "change", len(told))
        changes = [
            (
                number,
                record.at,
                record.channel,
                row,
                announcement.kind.value,
                state,
                announcement.grade,
                announcement.tags or None,
                [{"watchlist": t.watchlist, "kind": t.kind} for t in announcement.term_changes] or None,
                record.seen_in,
                record.held,
                _export(export, exports),
                lacking.get(row) if announcement.kind is ChangeKind.DELETED else None,
            )
            for number, (row, state, announcement, export) in zip(numbers, told, strict=True)
        ]
        self._insert(connection, change, _CHANGE, changes)
        if not record.held:
            self._tell(connection, zip(numbers, (line[2] for line in told), strict=True), record.at)

    def _tell(self, connection: Connection, announced: Iterable[tuple[int, Announcement]], now: datetime) -> None:
        """Put changes into the recipients' next digests and the alerts into the outbox."""
        pairs = list(announced)
        self._insert(connection, wanted, _WANTED, [(name, number) for number, a in pairs for name in a.digests])
        rows = _post_rows(connection, [number for number, a in pairs if any(is_whole(body) for _, body in a.alerts)])
        alerts = [
            (number, _alert(name, payload, now, rows.get(number), is_paced=name in a.paced))
            for number, a in pairs
            for name, payload in a.alerts
        ]
        if alerts:
            connection.execute(delivery.insert(), [message for _, message in alerts])
            told = [(number, message["delivery_id"]) for number, message in alerts]
            self._insert(connection, alerted, _ALERTED, told)

    def _keep_channel(self, connection: Connection, record: CheckRecord) -> None:
        self._run(
            connection,
            _KEEP_CHANNEL,
            {
                "named": record.channel,
                **{f"new_{name}": value for name, value in standing_columns(record.standing).items()},
                "checked_at": record.at,
                "new_etag": record.validators.etag,
                "new_last_modified": record.validators.last_modified,
                "new_watermark": record.watermark,
                "baseline_ends_at": record.at if record.ends_baseline else None,
                "new_title": record.title or None,
            },
        )
        if record.shown is not None:
            connection.execute(update(channel).where(channel.c.name == record.channel).values(shown=list(record.shown)))
        if record.file_read:
            connection.execute(self._file_read(record.channel, record.file_read, record.at))
        if record.closed_gap is not None:
            connection.execute(delete(gap).where(gap.c.gap_id == record.closed_gap))
        if record.gap:
            self._keep_gap(connection, record, record.gap)
        enqueue_notices(connection, record.notices, record.at)

    def _keep_gap(self, connection: Connection, record: CheckRecord, missed: Gap) -> None:
        values = {
            "before_id": missed.before_id,
            "to_at": missed.to_at,
            "at_most": missed.at_most,
            "resume_url": missed.resume_url,
        }
        if missed.number is not None:
            connection.execute(update(gap).where(gap.c.gap_id == missed.number).values(**values))
            return
        connection.execute(
            gap.insert().values(
                channel=record.channel,
                found_at=record.at,
                after_id=missed.after_id,
                from_at=missed.from_at,
                **values,
            )
        )


def _post_rows(connection: Connection, numbers: Sequence[int]) -> dict[int, int]:
    """Return change -> row of its post."""
    rows: dict[int, int] = {}
    for chunk in pieces(numbers):
        statement = select(change.c.change_id, change.c.post_row).where(change.c.change_id.in_(chunk))
        rows |= {row.change_id: row.post_row for row in connection.execute(statement)}
    return rows


def _alert(
    name: str, payload: Mapping[str, object], now: datetime, row: int | None, *, is_paced: bool
) -> dict[str, object]:
    """Return the row of an alert of the post in `row`; None: nobody asks which post it is of."""
    threaded = payload if row is None else with_thread(payload, f"post-{row}")
    return {**new_delivery(name, "alert", threaded, now), "hold_until": now if is_paced else None}


def _announced(
    record: CheckRecord | ImportRecord, rows: Sequence[int]
) -> Iterator[tuple[int, int, Announcement, int | None]]:
    """Yield row, revision, announcement and place of the export of each change that is kept."""
    for row, new in zip(rows, record.new, strict=True):
        if new.announcement:
            yield row, 1, new.announcement, new.export
    for edited in record.edited:
        if edited.announcement:
            yield edited.edit.stored.row, edited.revision, edited.announcement, edited.export
    if isinstance(record, CheckRecord):
        turned: tuple[RestoredPost | DeletedPost, ...] = (*record.restored, *record.deleted)
        for one in turned:
            if one.announcement:
                yield one.row, one.revision, one.announcement, one.export


def _export(place: int | None, exports: Sequence[int]) -> int | None:
    """Return the number of the export at a place among those of the check."""
    return None if place is None else exports[place]


def _row(record: CheckRecord | ImportRecord, new: NewPost, row: int, exports: Sequence[int]) -> tuple[object, ...]:
    """Return the values of `_POST` for a new post."""
    found, seen = new.found, new.found.post
    return (
        row,
        record.channel,
        seen.id,
        found.position,
        seen.url,
        seen.published_at,
        seen.text,
        found.fingerprint,
        1,
        "live",
        seen.edited,
        seen.forwarded_from,
        seen.reply_to,
        seen.author,
        seen.links or None,
        [{"kind": media.kind, "title": media.title} for media in seen.media] or None,
        seen.service,
        record.seen_at,
        record.seen_at,
        record.is_import,
        _export(new.export, exports),
        new.story,
        None,
    )
