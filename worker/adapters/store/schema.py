"""The tables. Describes them only; queries live beside the unit of work that needs them."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

#: YYYY-MM-DD HH:MM:SS.ffffff, without the offset, which is always that of UTC
_TEXT_WIDTH = 26


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC time; naive values are refused, and SQLite's naive ones come back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], object]:
        """Return what refuses naive times and makes the others what the database stores."""
        return _to_text if dialect.name == "sqlite" else _to_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002
        """Return what makes a stored time aware and UTC."""
        return _from_text if dialect.name == "sqlite" else _to_utc


def _to_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        message = f"a time without a zone was about to be stored: {value}"
        raise ValueError(message)
    return value.astimezone(UTC)


@lru_cache(maxsize=256)
def _to_text(value: datetime | None) -> str | None:
    """Write a time as SQLAlchemy would, so that texts compare as times do; the rows of a check share most times."""
    utc = _to_utc(value)
    return None if utc is None else utc.isoformat(" ", "microseconds")[:_TEXT_WIDTH]


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


BigId = BigInteger().with_variant(Integer, "sqlite")
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


#: deliveries that are still to be made, and those that are being made
WAITING, SENDING = "state = 'waiting'", "state = 'sending'"


def _where(condition: str) -> dict[str, Any]:
    """Return the arguments of an index of only some rows."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


#: numbers handed out in the transaction that uses them: rows are written in bulk without asking for their ids back
counter = Table(
    "counter", metadata, Column("name", String(32), primary_key=True), Column("value", BigInteger, nullable=False)
)

channel = Table(
    "channel",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("source", Text, nullable=False),  # address or path; validators and files read belong to it
    Column("title", Text),
    Column("state", String(32), nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("watermark", BigInteger),  # highest numeric id seen
    Column("baseline_at", UTCDateTime),  # first good check; None: not yet
    Column("last_check_at", UTCDateTime),
    Column("last_ok_at", UTCDateTime),
    Column("next_check_at", UTCDateTime, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("last_error", Text),
    Column("parser_version", Integer, nullable=False),
    Column("posts_per_day", Float(53)),  # learned; None: not yet known
    Column("last_new_at", UTCDateTime),
    Column("told_state", String(32), nullable=False),  # what operators have been told
    Column("moved_to", Text),  # where the server says the export has moved to for good
    Column("shown", Json),  # ids that the last good export showed; kept where posts have no numbers
)

file_read = Table(
    "file_read",
    metadata,
    Column("channel", ForeignKey("channel.name"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("stamp", String(64), nullable=False),
    Column("read_at", UTCDateTime, nullable=False),
    Column("error", Text),  # why it could not be read; None: it could
)

#: how far an import of a file has come
taken_in = Table(
    "taken_in",
    metadata,
    Column("channel", ForeignKey("channel.name"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("reading", Text, primary_key=True),  # what was chosen in the file: its format, one of its chats
    Column("stamp", String(64), nullable=False),
    Column("posts", Integer, nullable=False),  # gone through
    Column("counts", Json, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("finished", Boolean, nullable=False),
)

gap = Table(
    "gap",
    metadata,
    Column("gap_id", BigId, primary_key=True),
    Column("channel", ForeignKey("channel.name"), nullable=False, index=True),
    Column("found_at", UTCDateTime, nullable=False, index=True),
    Column("after_id", String(255)),
    Column("before_id", String(255)),
    Column("from_at", UTCDateTime),
    Column("to_at", UTCDateTime),
    Column("at_most", Integer),
    Column("resume_url", Text),  # the next older page to fetch; None: nothing more can be fetched
)

#: the exports that brought a change; their bytes lie in the evidence folder under their SHA-256
export = Table(
    "export",
    metadata,
    Column("export_id", BigId, primary_key=True, autoincrement=False),
    Column("channel", ForeignKey("channel.name"), nullable=False),
    Column("url", Text, nullable=False),  # address or path
    Column("fetched_at", UTCDateTime, nullable=False),
    Column("status", Integer),  # of the answer; None for a file
    Column("headers", Json),  # [[name, value], ...] as sent; None for a file
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),  # bytes, before compression
    Column("packed", BigInteger, nullable=False),  # bytes on the disk
    Column("pruned_at", UTCDateTime),  # when the bytes were removed; None: they are there
    # the pruning looks for the oldest whose bytes are there, and adds up what they take
    Index(None, "fetched_at", **_where("pruned_at IS NULL")),
    Index(None, "sha256", "packed", **_where("pruned_at IS NULL")),
)

post = Table(
    "post",
    metadata,
    Column("row_id", BigId, primary_key=True, autoincrement=False),
    Column("channel", ForeignKey("channel.name"), nullable=False),
    Column("post_id", String(255)),  # the source's id; None in dumps
    Column("position", Float(53)),  # place in a sequence of posts without ids
    Column("url", Text),
    Column("published_at", UTCDateTime),
    Column("text", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("edited", Boolean),
    Column("forwarded_from", Text),
    Column("reply_to", Text),
    Column("author", Text),
    Column("links", Json),
    Column("media", Json),
    Column("service", Boolean),
    Column("first_seen_at", UTCDateTime, nullable=False),
    Column("last_seen_at", UTCDateTime, nullable=False),
    Column("imported", Boolean, nullable=False),  # by an import only: no check has seen it
    Column("export_id", BigInteger),  # showed the present text first; None: not kept
    Column("story", BigInteger),  # row of the post that told the same first; None: this one did
    Column("pruned_at", UTCDateTime),  # when the text was removed; None: it is there
    UniqueConstraint("channel", "post_id"),
    # only posts without ids are looked for by these: fingerprints come in no order, and an index of millions of them
    # would take most of the time of writing a post
    Index(None, "channel", "position", **_where("position IS NOT NULL")),
    Index(None, "channel", "fingerprint", **_where("position IS NOT NULL")),
    # of tombstones nobody asks when they were first seen, least of all the pruning
    Index(None, "first_seen_at", **_where("pruned_at IS NULL")),
)

#: the states of a post's text that an edit has replaced; the present one stands in `post`
revision = Table(
    "revision",
    metadata,
    Column("post_row", ForeignKey("post.row_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("replaced_at", UTCDateTime, nullable=False),
    Column("last_seen_at", UTCDateTime),  # when an export last showed it; None: not known
    Column("export_id", BigInteger),  # showed it first; None: not kept
    Column("pruned_at", UTCDateTime),  # when the text was removed; None: it is there
)

match = Table(
    "match",
    metadata,
    Column("match_id", BigId, primary_key=True),
    Column("post_row", ForeignKey("post.row_id"), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("watchlist", String(64), nullable=False),
    Column("term", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("backfill", Boolean, nullable=False, server_default=false()),  # found when history was tagged anew
)

#: by which rules each watchlist tags, and how far the history has been tagged by them
tagging = Table(
    "tagging",
    metadata,
    Column("watchlist", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),  # of its rules; "": nobody watches for it any more
    Column("is_new", Boolean, nullable=False),  # had never tagged anything before
    Column("started_at", UTCDateTime, nullable=False),
    Column("from_row", BigInteger, nullable=False),  # the oldest post
    Column("done_row", BigInteger, nullable=False),  # all posts from here on are tagged by these rules
    Column("last_row", BigInteger, nullable=False),  # the newest post when it was started
    Column("added", Integer, nullable=False),  # posts that carry it since
    Column("removed", Integer, nullable=False),  # posts that no longer carry it
    Column("finished_at", UTCDateTime),  # None: not yet
)

#: what a finished tagging of the history has changed, for the digests that tell it
retagged = Table(
    "retagged",
    metadata,
    Column("retagged_id", BigId, primary_key=True),
    Column("watchlist", String(64), nullable=False),
    Column("is_new", Boolean, nullable=False),
    Column("finished_at", UTCDateTime, nullable=False, index=True),
    Column("added", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
)

change = Table(
    "change",
    metadata,
    Column("change_id", BigId, primary_key=True, autoincrement=False),
    Column("at", UTCDateTime, nullable=False, index=True),
    Column("channel", ForeignKey("channel.name"), nullable=False),
    Column("post_row", ForeignKey("post.row_id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("grade", String(16)),  # of an edit; None for every other change
    Column("tags", Json),
    Column("term_changes", Json),
    Column("seen_in", Text),  # address or path of the export
    Column("held", Boolean, nullable=False),  # told to nobody until a person has decided
    Column("export_id", BigInteger),  # that brought it; None: not kept
    Column("lacking_export_id", BigInteger),  # of a deletion: that lacked the post first; None: not kept
    Index(None, "held", "channel"),
)

#: posts that an export should have shown and did not; a second look decides
suspect = Table(
    "suspect",
    metadata,
    Column("post_row", ForeignKey("post.row_id"), primary_key=True),
    Column("channel", ForeignKey("channel.name"), nullable=False, index=True),
    Column("missed_at", UTCDateTime, nullable=False),
    Column("export_id", BigInteger),  # that did not show it; None: not kept
    Column("looks", Integer, nullable=False),  # second looks that could not decide
)

#: keys of texts, by which posts that tell nearly the same find each other
sketch = Table(
    "sketch",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("post_row", ForeignKey("post.row_id"), primary_key=True),
    Column("at", UTCDateTime, nullable=False, index=True),
    sqlite_with_rowid=False,  # the rows stand in the primary key, and nowhere else
)

#: posts whose text has changed since the search knew it; new ones are known by their number. What the search knows
#: stands in `post_search`, which `worker.adapters.store.search_index` describes: it differs with the database
search_due = Table(
    "search_due",
    metadata,
    Column("post_row", ForeignKey("post.row_id"), primary_key=True),
    Column("revision", Integer, nullable=False),  # the first that the search does not know
)

delivery = Table(
    "delivery",
    metadata,
    Column("delivery_id", String(32), primary_key=True),  # the Message-ID and webhook-id come from it
    Column("recipient", String(64), nullable=False),
    Column("kind", String(16), nullable=False),  # digest, alert, notice
    Column("payload", Json, nullable=False),
    Column("state", String(16), nullable=False),  # waiting, sending, sent, dead, dropped
    Column("attempts", Integer, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("next_attempt_at", UTCDateTime, nullable=False),
    Column("lease_until", UTCDateTime),
    Column("finished_at", UTCDateTime),
    Column("last_detail", Text),
    Column("pruned_at", UTCDateTime),  # when the payload was removed; None: it is there
    # attempts made before a person asked for it to be tried anew: the back-off begins again there
    Column("retried_after", Integer, nullable=False, server_default=text("0")),
    Column("hold_until", UTCDateTime),  # when it is decided on an alert that is held back; None: it is not
    # what is to be sent is looked for among what is to be sent, however much was sent before; an index of all
    # recipients would be taken for it
    Index("ix_delivery_waiting", "recipient", "created_at", "delivery_id", **_where(WAITING)),
    Index("ix_delivery_sending", "recipient", "lease_until", **_where(SENDING)),
    Index("ix_delivery_finished", "state", "finished_at", **_where("finished_at IS NOT NULL")),
    Index("ix_delivery_held", "recipient", "hold_until", **_where("hold_until IS NOT NULL")),
)

#: how many alerts have been let go in the last hour in which any were, for recipients whose alerts may be held back
pace = Table(
    "pace",
    metadata,
    Column("recipient", String(64), primary_key=True),
    Column("hour_at", UTCDateTime, nullable=False),  # beginning of that hour
    Column("messages", Integer, nullable=False),
)

#: how each recipient is reached, and what the other side has said to that
way = Table(
    "way",
    metadata,
    Column("recipient", String(64), primary_key=True),
    Column("address", String(64), nullable=False),  # hash of the address; another one opens a closed way again
    Column("rest_until", UTCDateTime),  # nothing is sent before; None: no rest was asked for
    Column("closed_at", UTCDateTime),  # when the other side said that it is gone for good; None: it is open
    Column("detail", Text),  # its words then
)

attempt = Table(
    "attempt",
    metadata,
    Column("delivery_id", ForeignKey("delivery.delivery_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("started_at", UTCDateTime, nullable=False),
    Column("finished_at", UTCDateTime),
    Column("result", String(16)),  # None: the process ended before the result was known
    Column("detail", Text),
)

#: which change an alert tells
alerted = Table(
    "alerted",
    metadata,
    Column("change_id", ForeignKey("change.change_id"), primary_key=True),
    Column("delivery_id", ForeignKey("delivery.delivery_id"), primary_key=True),
)

#: the ledger: one digest for a recipient and local date, whatever the clock does
digest = Table(
    "digest",
    metadata,
    Column("digest_id", BigId, primary_key=True, autoincrement=False),
    Column("recipient", String(64), nullable=False),
    Column("name", String(32), nullable=False),
    Column("local_date", String(10), nullable=False),
    Column("since", UTCDateTime, nullable=False),
    Column("until", UTCDateTime, nullable=False),
    Column("changes", Integer, nullable=False),
    Column("delivery_id", ForeignKey("delivery.delivery_id")),  # None: there was nothing to tell
    UniqueConstraint("recipient", "name", "local_date"),
    Index(None, "recipient", "local_date"),  # a recipient's newest, whatever their names
)

#: a change that a recipient's digest has to tell; `digest_id` says in which it was told
wanted = Table(
    "wanted",
    metadata,
    Column("recipient", String(64), primary_key=True),
    Column("change_id", ForeignKey("change.change_id"), primary_key=True),
    Column("digest_id", ForeignKey("digest.digest_id")),
    Index(None, "recipient", "digest_id"),
)

#: Atom files for feed readers, and how far each has come
feed = Table(
    "feed",
    metadata,
    Column("path", Text, primary_key=True),
    Column("identity", Text, nullable=False),  # the ids of its events begin with it
    Column("since", UTCDateTime, nullable=False),
    Column("wishes", String(64), nullable=False),  # hash of what it is made by
    Column("settled", BigInteger, nullable=False),  # changes up to this number have been looked at for good
    Column("seen", BigInteger, nullable=False),  # the newest change then
    Column("changes", Json, nullable=False),  # numbers of those in it
    Column("written", String(64), nullable=False),  # hash of the file; "": it was never written
    Column("error", Text),  # why it could not be written; None: it could
)
