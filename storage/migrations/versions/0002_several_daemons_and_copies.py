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
