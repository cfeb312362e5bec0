"""Posts: what a diff needs to know of them, and the one transaction that keeps a check."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    Connection,
    Select,
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

from worker.adapters.store.bulk import MOST_LISTED, listed
from worker.adapters.store.channels import Channels, enqueue_notices, new_delivery, standing_columns
from worker.adapters.store.schema import UTCDateTime, change, channel, delivery, gap, match, post, revision, wanted
from worker.core.diff import Found, StoredSequence
from worker.core.models import StoredPost
from worker.core.record import Announcement, CheckRecord, EditedPost, Gap, ImportRecord, NewPost, Previous
from worker.core.standing import Standing

#: equal texts of which the newest may be the post in question
_MOST_TWINS = 5

T = TypeVar("T")

#: what is written in bulk, in the order of the tables
_POST = tuple(column.name for column in post.columns)
_MATCH = ("post_row", "revision", "watchlist", "term", "start", "end")
_CHANGE = tuple(column.name for column in change.columns)
_WANTED = ("recipient", "change_id")

_WINDOW = (post.c.row_id, post.c.post_id, post.c.fingerprint, post.c.position, post.c.text)

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


def _fingerprints(length: int) -> Select[Any]:
    return select(post.c.row_id, post.c.post_id, post.c.fingerprint).where(
        post.c.channel == bindparam("of"), post.c.post_id.in_(listed(post.c.post_id, length))
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


class Posts(Channels):
    """The posts' part of the store."""

    def fingerprints(self, name: str, ids: Collection[str]) -> dict[str, StoredPost]:
        """Return the stored posts among `ids`, by id."""
        found: dict[str, StoredPost] = {}
        with self._reading() as connection:
            for chunk in chunks(list(ids)):
                rows = self._run_listed(connection, _fingerprints, {"of": name}, chunk)
                found |= {row.post_id: StoredPost(row.row_id, row.post_id, row.fingerprint) for row in rows}
        return found

    def sequence(self, name: str, fingerprints: Sequence[str]) -> StoredSequence:
        """Return the stretch of a channel's sequence of posts without ids that a dump may overlap.

        Reads the posts that the dump shows again and about as many neighbours as the dump is long, never the history.
        """
        own = (post.c.channel == name, post.c.position.is_not(None))
        with self._reading() as connection:
            ends = connection.execute(select(func.min(post.c.position), func.max(post.c.position)).where(*own)).one()
            if ends[1] is None:
                return StoredSequence()
            rows = {row.row_id: row for row in _twins(connection, name, fingerprints)}
            places = [row.position for row in rows.values()]
            low, high = (min(places), max(places)) if places else (ends[1], ends[0])
            margin = len(fingerprints) + 1
            newest_first = select(*_WINDOW).where(*own).order_by(post.c.position.desc())
            oldest_first = select(*_WINDOW).where(*own).order_by(post.c.position)
            for neighbours in (
                newest_first.where(post.c.position <= low).limit(margin),
                oldest_first.where(post.c.position >= high).limit(margin),
                newest_first.where(post.c.position > low, post.c.position < high).limit(4 * margin + 100),
            ):
                rows.update((row.row_id, row) for row in connection.execute(neighbours))
        stored = [StoredPost(row.row_id, None, row.fingerprint, row.position, row.text) for row in rows.values()]
        stored.sort(key=lambda known: (known.position or 0.0, known.row))
        return StoredSequence(tuple(stored), ends[0], ends[1])

    def previous(self, rows: Sequence[int]) -> dict[int, Previous]:
        """Return the present text, tags and revision of posts that are about to be edited."""
        with self._reading() as connection:
            tags = tags_of(connection, rows)
            texts: list[Any] = []
            for chunk in chunks(rows):
                texts += connection.execute(
                    select(post.c.row_id, post.c.text, post.c.revision, post.c.last_seen_at).where(
                        post.c.row_id.in_(chunk)
                    )
                )
        return {
            row.row_id: Previous(row.text, tags.get(row.row_id, ()), row.revision, row.last_seen_at) for row in texts
        }

    def record_check(self, record: CheckRecord) -> None:
        """Keep a good check: posts, revisions, matches, changes, what is to be told, validators. All or nothing."""
        with self._writing() as connection:
            rows = self._insert_posts(connection, record)
            self._update_posts(connection, record)
            self._announce(connection, record, rows)
            self._keep_channel(connection, record)

    def _insert_posts(self, connection: Connection, record: CheckRecord | ImportRecord) -> Sequence[int]:
        if not record.new:
            return ()
        rows = self._numbers(connection, "post", len(record.new))
        self._insert(
            connection, post, _POST, [_row(record, new.found, row) for new, row in zip(record.new, rows, strict=True)]
        )
        self._insert_matches(connection, zip(rows, record.new, (1 for _ in rows), strict=True))
        return rows

    def _update_posts(self, connection: Connection, record: CheckRecord | ImportRecord) -> None:
        see_again = _see_in_import if record.is_import else _see_again
        for chunk in chunks(record.unchanged):
            self._run_listed(connection, see_again, {"seen_at": record.seen_at}, chunk)
        for edited in record.edited:
            here = post.c.row_id == edited.edit.stored.row
            connection.execute(
                revision.insert().from_select(
                    ["post_row", "number", "text", "fingerprint", "replaced_at"],
                    select(
                        post.c.row_id,
                        post.c.revision,
                        post.c.text,
                        post.c.fingerprint,
                        value_of(record.at, revision.c.replaced_at.type),
                    ).where(here),
                )
            )
            found = edited.edit.found
            values: dict[str, object] = {"text": found.post.text, "fingerprint": found.fingerprint}
            values |= {"edited": found.post.edited, "revision": edited.revision, "last_seen_at": record.seen_at}
            if not record.is_import:
                values["imported"] = False
            connection.execute(update(post).where(here).values(**values))
        self._insert_matches(connection, ((edit.edit.stored.row, edit, edit.revision) for edit in record.edited))

    def _insert_matches(self, connection: Connection, posts: Iterable[tuple[int, NewPost | EditedPost, int]]) -> None:
        rows = [
            (row, number, hit.watchlist, hit.term, hit.start, hit.end)
            for row, tagged, number in posts
            for hit in tagged.matches
        ]
        self._insert(connection, match, _MATCH, rows)

    def _announce(self, connection: Connection, record: CheckRecord | ImportRecord, rows: Sequence[int]) -> None:
        told: list[tuple[int, int, Announcement]] = [
            (row, 1, new.announcement) for row, new in zip(rows, record.new, strict=True) if new.announcement
        ]
        told += [(e.edit.stored.row, e.revision, e.announcement) for e in record.edited if e.announcement]
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
                announcement.tags or None,
                [{"watchlist": t.watchlist, "kind": t.kind} for t in announcement.term_changes] or None,
                record.seen_in,
                record.held,
            )
            for number, (row, state, announcement) in zip(numbers, told, strict=True)
        ]
        self._insert(connection, change, _CHANGE, changes)
        if not record.held:
            self._tell(connection, zip(numbers, (announcement for _, _, announcement in told), strict=True), record.at)

    def _tell(self, connection: Connection, announced: Iterable[tuple[int, Announcement]], now: datetime) -> None:
        """Put changes into the recipients' next digests and the alerts into the outbox."""
        pairs = list(announced)
        self._insert(connection, wanted, _WANTED, [(name, number) for number, a in pairs for name in a.digests])
        alerts = [new_delivery(name, "alert", payload, now) for _, a in pairs for name, payload in a.alerts]
        if alerts:
            connection.execute(delivery.insert(), alerts)

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


def tags_of(connection: Connection, rows: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return row -> watchlists that match the post's present revision."""
    tags: dict[int, list[str]] = {}
    current = match.join(post, (match.c.post_row == post.c.row_id) & (match.c.revision == post.c.revision))
    for chunk in chunks(rows):
        statement = (
            select(match.c.post_row, match.c.watchlist)
            .select_from(current)
            .where(match.c.post_row.in_(chunk))
            .distinct()
            .order_by(match.c.watchlist)
        )
        for row, watchlist in connection.execute(statement):
            tags.setdefault(row, []).append(watchlist)
    return {row: tuple(names) for row, names in tags.items()}


def _twins(connection: Connection, name: str, fingerprints: Iterable[str]) -> list[Any]:
    """Return the newest few stored posts of each fingerprint."""
    same = (post.c.channel == name, post.c.fingerprint == bindparam("mark"), post.c.position.is_not(None))
    statement = select(*_WINDOW).where(*same).order_by(post.c.position.desc()).limit(_MOST_TWINS)
    return [row for mark in dict.fromkeys(fingerprints) for row in connection.execute(statement, {"mark": mark})]


def _row(record: CheckRecord | ImportRecord, found: Found, row: int) -> tuple[object, ...]:
    """Return the values of `_POST` for a new post."""
    seen = found.post
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
    )


def chunks(values: Sequence[T]) -> list[Sequence[T]]:
    """Cut a list of ids into pieces that fit into one statement."""
    return [values[i : i + MOST_LISTED] for i in range(0, len(values), MOST_LISTED)]
