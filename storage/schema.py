"""The tables. Names are DESIGN's words; what was received or written is sealed (BLOB), what is looked up is a keyed
hash (BLOB, 16 bytes).

Every statement of the loops finds its rows by an index named here; tests/storage asks EXPLAIN. Migrations build the
same schema (a test compares), and `REVISION` is the one this program works with.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from mailbot.model import CaseStatus, Contact, Hold, JournalState, OutboxState, Place, Purpose, Role, Stream
from storage.types import Instant, Word

REVISION = "0002"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id(name: str = "id") -> Column[str]:
    return Column(name, String(16), primary_key=True)


installation = Table(
    "installation",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("key_id", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("fence", BigInteger, nullable=False, default=0),
    Column("wrapped_intake_key", LargeBinary, nullable=False),
    Column("wrapped_lookup_key", LargeBinary, nullable=False),
    Column("wrapped_audit_key", LargeBinary, nullable=False),
    Column("copied_at", Instant),
    Column("restored_at", Instant),
    Column("reread_at", Instant),
    Column("proved_at", Instant),
)

journal = Table(
    "journal",
    metadata,
    _id(),
    Column("folder", String(255), nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("place", Word(Place), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("journaled_at", Instant, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("oversized", Boolean, nullable=False),
    Column("content_hash", LargeBinary(16), nullable=False),
    Column("identity_hash", LargeBinary(16)),
    Column("state", Word(JournalState), nullable=False),
    Column("reason", String(64)),
    Column("ended_at", Instant),
    Column("batch", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("wrapped_key", LargeBinary),
    Column("case_id", String(16)),
    Column("conversation_id", String(16)),
    Column("role", Word(Role)),
    Column("attachments", Integer, nullable=False, default=0),
    Column("sealed_message_id", LargeBinary),
    Column("file_to", Word(Place)),
    UniqueConstraint("folder", "uidvalidity", "uid"),
)
Index("ix_journal_waiting", journal.c.state, journal.c.batch.desc(), journal.c.uid)
Index("ix_journal_batch", journal.c.batch)
Index("ix_journal_content_hash", journal.c.content_hash)
Index("ix_journal_identity_hash", journal.c.identity_hash)
Index("ix_journal_conversation", journal.c.conversation_id, journal.c.journaled_at)
Index("ix_journal_case", journal.c.case_id, journal.c.journaled_at)
Index(
    "ix_journal_file_to",
    journal.c.file_to,
    journal.c.folder,
    sqlite_where=journal.c.file_to.is_not(None),
    postgresql_where=journal.c.file_to.is_not(None),
)
_set_aside = (journal.c.state == JournalState.QUARANTINED) & (journal.c.reason != "junk")
Index("ix_journal_set_aside", journal.c.ended_at, sqlite_where=_set_aside, postgresql_where=_set_aside)

journal_raw = Table(
    "journal_raw",
    metadata,
    _id(),
    Column("sealed", LargeBinary, nullable=False),
)

cases = Table(
    "case",
    metadata,
    _id(),
    Column("reference", String(8), nullable=False, unique=True),
    Column("wrapped_key", LargeBinary),
    Column("status", Word(CaseStatus), nullable=False),
    Column("stream", Word(Stream), nullable=False),
    Column("language", String(8), nullable=False),
    Column("contact", Word(Contact), nullable=False),
    Column("owner", LargeBinary(16)),
    Column("opened_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
Index("ix_case_opened_at", cases.c.opened_at)
Index("ix_case_status", cases.c.status)
_free_minor = (cases.c.stream == Stream.YOUTH) & (cases.c.status == CaseStatus.OPEN) & cases.c.owner.is_(None)
Index("ix_case_free_minor", cases.c.id, sqlite_where=_free_minor, postgresql_where=_free_minor)

conversation = Table(
    "conversation",
    metadata,
    _id(),
    Column("case_id", String(16), nullable=False),
    Column("role", Word(Role), nullable=False),
    Column("address_hash", LargeBinary(16), nullable=False),
    Column("sealed_address", LargeBinary, nullable=False),
    Column("sealed_token", LargeBinary, nullable=False),
    Column("opened_at", Instant, nullable=False),
)
Index("ix_conversation_case", conversation.c.case_id)
Index("ix_conversation_address", conversation.c.address_hash, conversation.c.opened_at)

token = Table(
    "token",
    metadata,
    Column("hash", LargeBinary(16), primary_key=True),
    Column("purpose", Word(Purpose), nullable=False),
    Column("conversation_id", String(16)),
    Column("outbox_id", String(16)),
    Column("member_hash", LargeBinary(16)),
    Column("leaked", Boolean, nullable=False, default=False),
    Column("retired_at", Instant),
)
Index("ix_token_conversation", token.c.conversation_id)
_given = token.c.member_hash.is_not(None) & token.c.retired_at.is_(None)
Index("ix_token_member", token.c.member_hash, sqlite_where=_given, postgresql_where=_given)

contact = Table(
    "contact",
    metadata,
    Column("address_hash", LargeBinary(16), primary_key=True),
    Column("stopped_at", Instant),
    Column("stopped_until", Instant),
    Column("cause", String(16)),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("cause", String(40), nullable=False),
    Column("case_id", String(16)),
    Column("conversation_id", String(16)),
    Column("role", Word(Role), nullable=False),
    Column("letter", String(32), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", Word(OutboxState), nullable=False),
    Column("reason", String(64)),
    Column("created_at", Instant, nullable=False),
    Column("release_wall", String(19)),
    Column("zone", String(64)),
    Column("hold", Word(Hold)),
    Column("next_attempt_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("known", Boolean, nullable=False, default=False),
    Column("data_begun", Boolean, nullable=False, default=False),
    Column("repeated", Boolean, nullable=False, default=False),
    Column("urgent", Boolean, nullable=False, default=False),
    Column("answers", String(16)),
    Column("author_hash", LargeBinary(16)),
    Column("last_code", Integer),
    Column("ended_at", Instant),
    Column("told_at", Instant),
    Column("message_id_hash", LargeBinary(16), nullable=False, unique=True),
    Column("recipient_hash", LargeBinary(16), nullable=False),
    Column("slot", String(40)),
    Column("sealed_envelope", LargeBinary, nullable=False),
    Column("sealed_draft", LargeBinary),
    Column("sealed_bytes", LargeBinary),
    Column("size", BigInteger),
    Column("worker", String(16)),
    UniqueConstraint("cause", "letter", "recipient_hash"),
    UniqueConstraint("recipient_hash", "slot"),
)
_ready = outbox.c.state.in_([OutboxState.QUEUED, OutboxState.RETRY, OutboxState.UNCERTAIN])
Index(
    "ix_outbox_ready",
    outbox.c.priority,
    outbox.c.known.desc(),
    outbox.c.next_attempt_at,
    sqlite_where=_ready,
    postgresql_where=_ready,
)
Index(
    "ix_outbox_held",
    outbox.c.release_wall,
    sqlite_where=outbox.c.state == OutboxState.HELD,
    postgresql_where=outbox.c.state == OutboxState.HELD,
)
Index("ix_outbox_answers", outbox.c.answers)
Index("ix_outbox_letter", outbox.c.letter, outbox.c.created_at)
Index("ix_outbox_state", outbox.c.state, outbox.c.ended_at)
Index("ix_outbox_case", outbox.c.case_id, outbox.c.created_at)
Index("ix_outbox_conversation", outbox.c.conversation_id, outbox.c.created_at)
Index("ix_outbox_recipient", outbox.c.recipient_hash, outbox.c.state)

sent_count = Table(
    "sent_count",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("minute", BigInteger, primary_key=True),
    Column("count", Integer, nullable=False),
)

pending_notice = Table(
    "pending_notice",
    metadata,
    _id("journal_id"),
    Column("at", Instant, nullable=False),
    Column("summarised_at", Instant),
)

follow_up = Table(
    "follow_up",
    metadata,
    _id(),
    Column("case_id", String(16), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("due_wall", String(16), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("urgent", Boolean, nullable=False, default=False),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("reason", String(64)),
    Column("who", String(40)),
    Column("sealed_text", LargeBinary),
)
Index(
    "ix_follow_up_due",
    follow_up.c.due_wall,
    sqlite_where=follow_up.c.ended_at.is_(None),
    postgresql_where=follow_up.c.ended_at.is_(None),
)
Index("ix_follow_up_case", follow_up.c.case_id)

alert = Table(
    "alert",
    metadata,
    Column("code", String(40), primary_key=True),
    Column("subject", String(16)),
    Column("case_id", String(16)),
    Column("what", String(200), nullable=False),
    Column("since", Instant, nullable=False),
    Column("told_at", Instant),
    Column("over_at", Instant),
)
Index(
    "ix_alert_standing",
    alert.c.code,
    sqlite_where=alert.c.over_at.is_(None),
    postgresql_where=alert.c.over_at.is_(None),
)

note = Table(
    "note",
    metadata,
    _id(),
    Column("case_id", String(16), nullable=False),
    Column("who", String(40), nullable=False),
    Column("cause", String(40), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("sealed_text", LargeBinary, nullable=False),
)
Index("ix_note_case", note.c.case_id, note.c.created_at)

pause = Table(
    "pause",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("hash", LargeBinary(16), primary_key=True),
    Column("until", Instant, nullable=False),
    Column("cause", String(40), nullable=False),
)

record = Table(
    "record",
    metadata,
    _id(),
    Column("case_id", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("about_hash", LargeBinary(16)),
    Column("sealed_value", LargeBinary, nullable=False),
    Column("who", String(40), nullable=False),
    Column("cause", String(40), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("until", Instant),
)
Index("ix_record_case", record.c.case_id, record.c.kind, record.c.recorded_at)

merger = Table(
    "merger",
    metadata,
    _id(),
    Column("source_id", String(16), nullable=False),
    Column("target_id", String(16), nullable=False),
    Column("merged_at", Instant, nullable=False),
    Column("undone_at", Instant),
    Column("cause", String(40), nullable=False),
    Column("source_status", Word(CaseStatus), nullable=False),
    Column("target_contact", Word(Contact), nullable=False),
    Column("target_stream", Word(Stream), nullable=False),
)
Index("ix_merger_target", merger.c.target_id, merger.c.merged_at)

merged_row = Table(
    "merged_row",
    metadata,
    Column("merger_id", String(16), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("row_id", String(16), primary_key=True),
)

confirmation = Table(
    "confirmation",
    metadata,
    Column("hash", LargeBinary(16), primary_key=True),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("who", String(40), nullable=False),
    Column("act", String(40), nullable=False),
    Column("subject", String(16), nullable=False),
    Column("cause", String(40)),
    Column("detail", String(200), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)
Index("ix_audit_subject", audit.c.subject)

folder = Table(
    "folder",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("top_uid", BigInteger, nullable=False, default=0),
    Column("looked_at", Instant, nullable=False),
    Column("on_server", BigInteger, nullable=False, default=0),
    Column("in_journal", BigInteger, nullable=False, default=0),
    Column("vanished", BigInteger, nullable=False, default=0),
    Column("behind_since", Instant),
)

filed_until = Table(
    "filed_until",
    metadata,
    Column("folder", String(255), primary_key=True),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uidnext", BigInteger, nullable=False),
)

erased_message = Table(
    "erased_message",
    metadata,
    Column("hash", LargeBinary(16), primary_key=True),
)

pulse = Table(
    "pulse",
    metadata,
    Column("loop", String(16), primary_key=True),
    Column("beat_at", Instant, nullable=False),
)

problem = Table(
    "problem",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("since", Instant, nullable=False),
    Column("detail", String(200), nullable=False),
)

worker = Table(
    "worker",
    metadata,
    _id(),
    Column("beats", BigInteger, nullable=False, default=0),
    Column("server", String(40), nullable=False),
)
