"""The first schema: journal, cases, outbox, audit and what they need."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=True),
        sa.Column("case_id", sa.String(length=16), nullable=True),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("over_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_alert")),
    )
    with op.batch_alter_table("alert") as batch_op:
        batch_op.create_index(
            "ix_alert_standing",
            ["code"],
            unique=False,
            sqlite_where=sa.text("over_at IS NULL"),
            postgresql_where=sa.text("over_at IS NULL"),
        )

    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(length=40), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=True),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit") as batch_op:
        batch_op.create_index("ix_audit_subject", ["subject"], unique=False)

    op.create_table(
        "case",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=8), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("stream", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("contact", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.LargeBinary(length=16), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
        sa.UniqueConstraint("reference", name=op.f("uq_case_reference")),
    )
    with op.batch_alter_table("case") as batch_op:
        batch_op.create_index(
            "ix_case_free_minor",
            ["id"],
            unique=False,
            sqlite_where=sa.text("stream = 'youth' AND status = 'open' AND owner IS NULL"),
            postgresql_where=sa.text("stream = 'youth' AND status = 'open' AND owner IS NULL"),
        )
        batch_op.create_index("ix_case_opened_at", ["opened_at"], unique=False)
        batch_op.create_index("ix_case_status", ["status"], unique=False)

    op.create_table(
        "confirmation",
        sa.Column("hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_confirmation")),
    )
    op.create_table(
        "contact",
        sa.Column("address_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("stopped_at", sa.BigInteger(), nullable=True),
        sa.Column("stopped_until", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_contact")),
    )
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("case_id", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("sealed_address", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_token", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
    )
    with op.batch_alter_table("conversation") as batch_op:
        batch_op.create_index("ix_conversation_address", ["address_hash", "opened_at"], unique=False)
        batch_op.create_index("ix_conversation_case", ["case_id"], unique=False)

    op.create_table(
        "folder",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("top_uid", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.Column("on_server", sa.BigInteger(), nullable=False),
        sa.Column("in_journal", sa.BigInteger(), nullable=False),
        sa.Column("vanished", sa.BigInteger(), nullable=False),
        sa.Column("behind_since", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_folder")),
    )
    op.create_table(
        "follow_up",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("case_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("due_wall", sa.String(length=16), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("who", sa.String(length=40), nullable=True),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
    )
    with op.batch_alter_table("follow_up") as batch_op:
        batch_op.create_index("ix_follow_up_case", ["case_id"], unique=False)
        batch_op.create_index(
            "ix_follow_up_due",
            ["due_wall"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "installation",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("wrapped_intake_key", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_lookup_key", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_audit_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("folder", sa.String(length=255), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("journaled_at", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("oversized", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("identity_hash", sa.LargeBinary(length=16), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("case_id", sa.String(length=16), nullable=True),
        sa.Column("conversation_id", sa.String(length=16), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=True),
        sa.Column("attachments", sa.Integer(), nullable=False),
        sa.Column("sealed_message_id", sa.LargeBinary(), nullable=True),
        sa.Column("file_to", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sa.UniqueConstraint("folder", "uidvalidity", "uid", name=op.f("uq_journal_folder_uidvalidity_uid")),
    )
    with op.batch_alter_table("journal") as batch_op:
        batch_op.create_index("ix_journal_batch", ["batch"], unique=False)
        batch_op.create_index("ix_journal_case", ["case_id", "journaled_at"], unique=False)
        batch_op.create_index("ix_journal_content_hash", ["content_hash"], unique=False)
        batch_op.create_index("ix_journal_conversation", ["conversation_id", "journaled_at"], unique=False)
        batch_op.create_index(
            "ix_journal_file_to",
            ["file_to", "folder"],
            unique=False,
            sqlite_where=sa.text("file_to IS NOT NULL"),
            postgresql_where=sa.text("file_to IS NOT NULL"),
        )
        batch_op.create_index("ix_journal_identity_hash", ["identity_hash"], unique=False)
        batch_op.create_index(
            "ix_journal_set_aside",
            ["ended_at"],
            unique=False,
            sqlite_where=sa.text("state = 'quarantined' AND reason != 'junk'"),
            postgresql_where=sa.text("state = 'quarantined' AND reason != 'junk'"),
        )
        batch_op.create_index("ix_journal_waiting", ["state", sa.literal_column("batch DESC"), "uid"], unique=False)

    op.create_table(
        "journal_raw",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_raw")),
    )
    op.create_table(
        "note",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("case_id", sa.String(length=16), nullable=False),
        sa.Column("who", sa.String(length=40), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    with op.batch_alter_table("note") as batch_op:
        batch_op.create_index("ix_note_case", ["case_id", "created_at"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=16), nullable=True),
        sa.Column("conversation_id", sa.String(length=16), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("letter", sa.String(length=32), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("release_wall", sa.String(length=19), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("hold", sa.String(length=16), nullable=True),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.Column("data_begun", sa.Boolean(), nullable=False),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("answers", sa.String(length=16), nullable=True),
        sa.Column("author_hash", sa.LargeBinary(length=16), nullable=True),
        sa.Column("last_code", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("message_id_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("recipient_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("slot", sa.String(length=40), nullable=True),
        sa.Column("sealed_envelope", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_draft", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_bytes", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("cause", "letter", "recipient_hash", name=op.f("uq_outbox_cause_letter_recipient_hash")),
        sa.UniqueConstraint("message_id_hash", name=op.f("uq_outbox_message_id_hash")),
        sa.UniqueConstraint("recipient_hash", "slot", name=op.f("uq_outbox_recipient_hash_slot")),
    )
    with op.batch_alter_table("outbox") as batch_op:
        batch_op.create_index("ix_outbox_answers", ["answers"], unique=False)
        batch_op.create_index("ix_outbox_case", ["case_id", "created_at"], unique=False)
        batch_op.create_index("ix_outbox_conversation", ["conversation_id", "created_at"], unique=False)
        batch_op.create_index(
            "ix_outbox_held",
            ["release_wall"],
            unique=False,
            sqlite_where=sa.text("state = 'held'"),
            postgresql_where=sa.text("state = 'held'"),
        )
        batch_op.create_index("ix_outbox_letter", ["letter", "created_at"], unique=False)
        batch_op.create_index(
            "ix_outbox_ready",
            ["priority", sa.literal_column("known DESC"), "next_attempt_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('queued', 'retry', 'uncertain')"),
            postgresql_where=sa.text("state IN ('queued', 'retry', 'uncertain')"),
        )
        batch_op.create_index("ix_outbox_recipient", ["recipient_hash", "state"], unique=False)
        batch_op.create_index("ix_outbox_state", ["state", "ended_at"], unique=False)

    op.create_table(
        "pending_notice",
        sa.Column("journal_id", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("journal_id", name=op.f("pk_pending_notice")),
    )
    op.create_table(
        "problem",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_problem")),
    )
    op.create_table(
        "pulse",
        sa.Column("loop", sa.String(length=16), nullable=False),
        sa.Column("beat_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("loop", name=op.f("pk_pulse")),
    )
    op.create_table(
        "sent_count",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "minute", name=op.f("pk_sent_count")),
    )
    op.create_table(
        "token",
        sa.Column("hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("conversation_id", sa.String(length=16), nullable=True),
        sa.Column("outbox_id", sa.String(length=16), nullable=True),
        sa.Column("member_hash", sa.LargeBinary(length=16), nullable=True),
        sa.Column("leaked", sa.Boolean(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_token")),
    )
    with op.batch_alter_table("token") as batch_op:
        batch_op.create_index("ix_token_conversation", ["conversation_id"], unique=False)
        batch_op.create_index(
            "ix_token_member",
            ["member_hash"],
            unique=False,
            sqlite_where=sa.text("member_hash IS NOT NULL AND retired_at IS NULL"),
            postgresql_where=sa.text("member_hash IS NOT NULL AND retired_at IS NULL"),
        )
