"""The second schema: several daemons on one database, and copies that a person must release."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds what the first schema lacked; each statement works on SQLite and PostgreSQL alike."""
    op.create_table(
        "record",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("case_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("about_hash", sa.LargeBinary(length=16), nullable=True),
        sa.Column("sealed_value", sa.LargeBinary(), nullable=False),
        sa.Column("who", sa.String(length=40), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
    )
    op.create_index("ix_record_case", "record", ["case_id", "kind", "recorded_at"])
    op.create_table(
        "worker",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("beats", sa.BigInteger(), nullable=False),
        sa.Column("server", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
    )
    op.add_column("outbox", sa.Column("worker", sa.String(length=16), nullable=True))
    op.add_column("pending_notice", sa.Column("summarised_at", sa.BigInteger(), nullable=True))
    for name in ("copied_at", "restored_at", "reread_at", "proved_at"):
        op.add_column("installation", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_table(
        "filed_until",
        sa.Column("folder", sa.String(length=255), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uidnext", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("folder", name=op.f("pk_filed_until")),
    )
    op.create_table(
        "erased_message",
        sa.Column("hash", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_erased_message")),
    )
    op.create_table(
        "pause",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("kind", "hash", name=op.f("pk_pause")),
    )
    op.create_table(
        "merger",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("source_id", sa.String(length=16), nullable=False),
        sa.Column("target_id", sa.String(length=16), nullable=False),
        sa.Column("merged_at", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("source_status", sa.String(length=16), nullable=False),
        sa.Column("target_contact", sa.String(length=16), nullable=False),
        sa.Column("target_stream", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merger")),
    )
    op.create_index("ix_merger_target", "merger", ["target_id", "merged_at"])
    op.create_table(
        "merged_row",
        sa.Column("merger_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("row_id", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("merger_id", "kind", "row_id", name=op.f("pk_merged_row")),
    )
