"""Keep grades, evidence, suspected deletions, doubles, what the search needs and by which rules posts were tagged."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

#: none of them is indexed or refers to another table, so that adding them copies no table
_NEW_COLUMNS: tuple[tuple[str, sa.Column[Any]], ...] = (
    ("channel", sa.Column("shown", _JSON, nullable=True)),
    ("post", sa.Column("export_id", sa.BigInteger(), nullable=True)),
    ("post", sa.Column("story", sa.BigInteger(), nullable=True)),
    ("post", sa.Column("pruned_at", _TIME, nullable=True)),
    ("revision", sa.Column("last_seen_at", _TIME, nullable=True)),
    ("revision", sa.Column("export_id", sa.BigInteger(), nullable=True)),
    ("revision", sa.Column("pruned_at", _TIME, nullable=True)),
    ("change", sa.Column("grade", sa.String(length=16), nullable=True)),
    ("change", sa.Column("export_id", sa.BigInteger(), nullable=True)),
    ("change", sa.Column("lacking_export_id", sa.BigInteger(), nullable=True)),
    ("delivery", sa.Column("pruned_at", _TIME, nullable=True)),
    ("delivery", sa.Column("hold_until", _TIME, nullable=True)),
    ("delivery", sa.Column("retried_after", sa.Integer(), server_default=sa.text("0"), nullable=False)),
    ("match", sa.Column("backfill", sa.Boolean(), server_default=sa.false(), nullable=False)),
)

_DELIVERY_INDEXES = (
    ("ix_delivery_waiting", ["recipient", "created_at", "delivery_id"], "state = 'waiting'"),
    ("ix_delivery_sending", ["recipient", "lease_until"], "state = 'sending'"),
    ("ix_delivery_finished", ["state", "finished_at"], "finished_at IS NOT NULL"),
    ("ix_delivery_held", ["recipient", "hold_until"], "hold_until IS NOT NULL"),
)

#: the index of the search, which Alembic does not compare: each database has its own kind
_SEARCH = {
    "sqlite": (
        """
        CREATE VIRTUAL TABLE post_search USING fts5(
          stems, content='', columnsize=0, detail=none, tokenize="unicode61 remove_diacritics 0 tokenchars '_='"
        )
        """,
    ),
    "postgresql": (
        """
        CREATE TABLE post_search (
          post_row bigint CONSTRAINT pk_post_search PRIMARY KEY CONSTRAINT fk_post_search_post_row REFERENCES post,
          stems tsvector NOT NULL
        )
        """,
        "CREATE INDEX ix_post_search_stems ON post_search USING gin (stems)",
    ),
}


def upgrade() -> None:
    """Go forward; there is no way back but a backup."""
    for table, column in _NEW_COLUMNS:
        op.add_column(table, column)
    op.create_table(
        "export",
        sa.Column("export_id", _BIG_ID, autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("fetched_at", _TIME, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", _JSON, nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("packed", sa.BigInteger(), nullable=False),
        sa.Column("pruned_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["channel"], ["channel.name"], name=op.f("fk_export_channel")),
        sa.PrimaryKeyConstraint("export_id", name=op.f("pk_export")),
    )
    op.create_index(
        op.f("ix_export_fetched_at"),
        "export",
        ["fetched_at"],
        sqlite_where=sa.text("pruned_at IS NULL"),
        postgresql_where=sa.text("pruned_at IS NULL"),
    )
    op.create_index(
        op.f("ix_export_sha256_packed"),
        "export",
        ["sha256", "packed"],
        sqlite_where=sa.text("pruned_at IS NULL"),
        postgresql_where=sa.text("pruned_at IS NULL"),
    )
    op.create_table(
        "suspect",
        sa.Column("post_row", _BIG_ID, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("missed_at", _TIME, nullable=False),
        sa.Column("export_id", sa.BigInteger(), nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["post_row"], ["post.row_id"], name=op.f("fk_suspect_post_row")),
        sa.ForeignKeyConstraint(["channel"], ["channel.name"], name=op.f("fk_suspect_channel")),
        sa.PrimaryKeyConstraint("post_row", name=op.f("pk_suspect")),
    )
    op.create_index(op.f("ix_suspect_channel"), "suspect", ["channel"])
    op.create_table(
        "sketch",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("post_row", _BIG_ID, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["post_row"], ["post.row_id"], name=op.f("fk_sketch_post_row")),
        sa.PrimaryKeyConstraint("key", "post_row", name=op.f("pk_sketch")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_sketch_at"), "sketch", ["at"])
    op.create_table(
        "search_due",
        sa.Column("post_row", _BIG_ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["post_row"], ["post.row_id"], name=op.f("fk_search_due_post_row")),
        sa.PrimaryKeyConstraint("post_row", name=op.f("pk_search_due")),
    )
    op.drop_index("ix_post_first_seen_at", "post")
    op.create_index(
        op.f("ix_post_first_seen_at"),
        "post",
        ["first_seen_at"],
        sqlite_where=sa.text("pruned_at IS NULL"),
        postgresql_where=sa.text("pruned_at IS NULL"),
    )
    op.create_table(
        "alerted",
        sa.Column("change_id", _BIG_ID, nullable=False),
        sa.Column("delivery_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["change.change_id"], name=op.f("fk_alerted_change_id")),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.delivery_id"], name=op.f("fk_alerted_delivery_id")),
        sa.PrimaryKeyConstraint("change_id", "delivery_id", name=op.f("pk_alerted")),
    )
    op.create_table(
        "tagging",
        sa.Column("watchlist", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("from_row", sa.BigInteger(), nullable=False),
        sa.Column("done_row", sa.BigInteger(), nullable=False),
        sa.Column("last_row", sa.BigInteger(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("watchlist", name=op.f("pk_tagging")),
    )
    op.create_table(
        "retagged",
        sa.Column("retagged_id", _BIG_ID, nullable=False),
        sa.Column("watchlist", sa.String(length=64), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("finished_at", _TIME, nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("retagged_id", name=op.f("pk_retagged")),
    )
    op.create_index(op.f("ix_retagged_finished_at"), "retagged", ["finished_at"])
    op.drop_index("ix_delivery_state_next_attempt_at", "delivery")
    op.drop_index("ix_delivery_recipient", "delivery")
    for name, columns, which in _DELIVERY_INDEXES:
        op.create_index(name, "delivery", columns, sqlite_where=sa.text(which), postgresql_where=sa.text(which))
    op.create_index(op.f("ix_digest_recipient_local_date"), "digest", ["recipient", "local_date"])
    op.create_table(
        "pace",
        sa.Column("recipient", sa.String(length=64), nullable=False),
        sa.Column("hour_at", _TIME, nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("recipient", name=op.f("pk_pace")),
    )
    op.create_table(
        "way",
        sa.Column("recipient", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("rest_until", _TIME, nullable=True),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("recipient", name=op.f("pk_way")),
    )
    op.create_table(
        "feed",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("wishes", sa.String(length=64), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("changes", _JSON, nullable=False),
        sa.Column("written", sa.String(length=64), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_feed")),
    )
    for statement in _SEARCH[op.get_bind().dialect.name]:
        op.execute(statement)
