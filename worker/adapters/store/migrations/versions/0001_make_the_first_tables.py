"""Make the first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
#: posts with ids have no position
_WITHOUT_ID = sa.text("position IS NOT NULL")


def upgrade() -> None:
    """Go forward; there is no way back but a backup."""
    op.create_table(
        "channel",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("watermark", sa.BigInteger(), nullable=True),
        sa.Column("baseline_at", _TIME, nullable=True),
        sa.Column("last_check_at", _TIME, nullable=True),
        sa.Column("last_ok_at", _TIME, nullable=True),
        sa.Column("next_check_at", _TIME, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("parser_version", sa.Integer(), nullable=False),
        sa.Column("posts_per_day", sa.Float(precision=53), nullable=True),
        sa.Column("last_new_at", _TIME, nullable=True),
        sa.Column("told_state", sa.String(length=32), nullable=False),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_channel")),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "delivery",
        sa.Column("delivery_id", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column(
            "payload",
            _JSON,
            nullable=False,
        ),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("next_attempt_at", _TIME, nullable=False),
        sa.Column("lease_until", _TIME, nullable=True),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.Column("last_detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_delivery")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_recipient"), ["recipient"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_delivery_state_next_attempt_at"), ["state", "next_attempt_at"], unique=False
        )

    op.create_table(
        "attempt",
        sa.Column("delivery_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.Column("result", sa.String(length=16), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.delivery_id"], name=op.f("fk_attempt_delivery_id")),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_attempt")),
    )
    op.create_table(
        "digest",
        sa.Column("digest_id", _BIG_ID, autoincrement=False, nullable=False),
        sa.Column("recipient", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("local_date", sa.String(length=10), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.delivery_id"], name=op.f("fk_digest_delivery_id")),
        sa.PrimaryKeyConstraint("digest_id", name=op.f("pk_digest")),
        sa.UniqueConstraint("recipient", "name", "local_date", name=op.f("uq_digest_recipient_name_local_date")),
    )
    op.create_table(
        "taken_in",
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("reading", sa.Text(), nullable=False),
        sa.Column("stamp", sa.String(length=64), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("counts", _JSON, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["channel"], ["channel.name"], name=op.f("fk_taken_in_channel")),
        sa.PrimaryKeyConstraint("channel", "path", "reading", name=op.f("pk_taken_in")),
    )
    op.create_table(
        "file_read",
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("stamp", sa.String(length=64), nullable=False),
        sa.Column("read_at", _TIME, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["channel"], ["channel.name"], name=op.f("fk_file_read_channel")),
        sa.PrimaryKeyConstraint("channel", "path", name=op.f("pk_file_read")),
    )
    op.create_table(
        "gap",
        sa.Column("gap_id", _BIG_ID, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("found_at", _TIME, nullable=False),
        sa.Column("after_id", sa.String(length=255), nullable=True),
        sa.Column("before_id", sa.String(length=255), nullable=True),
        sa.Column("from_at", _TIME, nullable=True),
        sa.Column("to_at", _TIME, nullable=True),
        sa.Column("at_most", sa.Integer(), nullable=True),
        sa.Column("resume_url", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["channel"], ["channel.name"], name=op.f("fk_gap_channel")),
        sa.PrimaryKeyConstraint("gap_id", name=op.f("pk_gap")),
    )
    with op.batch_alter_table("gap", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gap_channel"), ["channel"], unique=False)
        batch_op.create_index(batch_op.f("ix_gap_found_at"), ["found_at"], unique=False)

    op.create_table(
        "post",
        sa.Column("row_id", _BIG_ID, autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("post_id", sa.String(length=255), nullable=True),
        sa.Column("position", sa.Float(precision=53), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("published_at", _TIME, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=True),
        sa.Column("forwarded_from", sa.Text(), nullable=True),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column(
            "links",
            _JSON,
            nullable=True,
        ),
        sa.Column(
            "media",
            _JSON,
            nullable=True,
        ),
        sa.Column("service", sa.Boolean(), nullable=True),
        sa.Column("first_seen_at", _TIME, nullable=False),
        sa.Column("last_seen_at", _TIME, nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["channel"], ["channel.name"], name=op.f("fk_post_channel")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_post")),
        sa.UniqueConstraint("channel", "post_id", name=op.f("uq_post_channel_post_id")),
    )
    with op.batch_alter_table("post", schema=None) as batch_op:
        for column in ("fingerprint", "position"):
            batch_op.create_index(
                batch_op.f(f"ix_post_channel_{column}"),
                ["channel", column],
                unique=False,
                sqlite_where=_WITHOUT_ID,
                postgresql_where=_WITHOUT_ID,
            )
        batch_op.create_index(batch_op.f("ix_post_first_seen_at"), ["first_seen_at"], unique=False)

    op.create_table(
        "change",
        sa.Column("change_id", _BIG_ID, autoincrement=False, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("post_row", _BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column(
            "tags",
            _JSON,
            nullable=True,
        ),
        sa.Column(
            "term_changes",
            _JSON,
            nullable=True,
        ),
        sa.Column("seen_in", sa.Text(), nullable=True),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["channel"], ["channel.name"], name=op.f("fk_change_channel")),
        sa.ForeignKeyConstraint(["post_row"], ["post.row_id"], name=op.f("fk_change_post_row")),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_change")),
    )
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_change_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_change_held_channel"), ["held", "channel"], unique=False)
        batch_op.create_index(batch_op.f("ix_change_post_row"), ["post_row"], unique=False)

    op.create_table(
        "match",
        sa.Column("match_id", _BIG_ID, nullable=False),
        sa.Column("post_row", _BIG_ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("watchlist", sa.String(length=64), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["post_row"], ["post.row_id"], name=op.f("fk_match_post_row")),
        sa.PrimaryKeyConstraint("match_id", name=op.f("pk_match")),
    )
    with op.batch_alter_table("match", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_match_post_row"), ["post_row"], unique=False)

    op.create_table(
        "revision",
        sa.Column("post_row", _BIG_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("replaced_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["post_row"], ["post.row_id"], name=op.f("fk_revision_post_row")),
        sa.PrimaryKeyConstraint("post_row", "number", name=op.f("pk_revision")),
    )
    op.create_table(
        "wanted",
        sa.Column("recipient", sa.String(length=64), nullable=False),
        sa.Column("change_id", _BIG_ID, nullable=False),
        sa.Column("digest_id", _BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["change.change_id"], name=op.f("fk_wanted_change_id")),
        sa.ForeignKeyConstraint(["digest_id"], ["digest.digest_id"], name=op.f("fk_wanted_digest_id")),
        sa.PrimaryKeyConstraint("recipient", "change_id", name=op.f("pk_wanted")),
    )
    with op.batch_alter_table("wanted", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wanted_recipient_digest_id"), ["recipient", "digest_id"], unique=False)
