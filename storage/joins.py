"""Two cases that are one (`#join`): everything of one case moves into another, and is sealed by the other's key.

Conversation ids and tokens stay, so that answers to letters already sent find their way.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Table, select, update

from storage import sealing
from storage.cases import Case, case_key
from storage.database import AuditRow, Transaction
from storage.schema import conversation, follow_up, journal, note, outbox, record

_SEALED: tuple[tuple[Table, tuple[Column[bytes], ...]], ...] = (
    (conversation, (conversation.c.sealed_address, conversation.c.sealed_token)),
    (outbox, (outbox.c.sealed_envelope, outbox.c.sealed_draft, outbox.c.sealed_bytes)),
    (follow_up, (follow_up.c.sealed_text,)),
    (note, (note.c.sealed_text,)),
    (record, (record.c.sealed_value,)),
    (journal, (journal.c.sealed_message_id,)),
)


def move_all(transaction: Transaction, source: Case, target: Case, who: str, cause: str, now: datetime) -> None:
    """Moves every row of `source` into `target`; `source` stays behind, empty."""
    old, new = case_key(transaction, source.id), case_key(transaction, target.id)
    _rewrap_messages(transaction, source, old, new)
    for table, columns in _SEALED:
        _move(transaction, table, columns, source, target, old, new)
    transaction.record(AuditRow(now, who, "case.joined", source.id, cause, {"into": target.id}))


def _move(
    transaction: Transaction,
    table: Table,
    columns: tuple[Column[bytes], ...],
    source: Case,
    target: Case,
    old: bytes,
    new: bytes,
) -> None:
    for row in transaction.connection.execute(select(table.c.id, *columns).where(table.c.case_id == source.id)).all():
        sealed = {
            column.name: sealing.seal(
                new, sealing.unseal(old, value, table.name, column.name, row.id), table.name, column.name, row.id
            )
            for column, value in zip(columns, row[1:], strict=True)
            if value is not None
        }
        transaction.connection.execute(
            update(table).where(table.c.id == row.id).values({"case_id": target.id, **sealed})
        )


def _rewrap_messages(transaction: Transaction, source: Case, old: bytes, new: bytes) -> None:
    """A journaled message has a key of its own, which the case's key wraps (RULES 12)."""
    found = select(journal.c.id, journal.c.wrapped_key).where(
        journal.c.case_id == source.id, journal.c.wrapped_key.is_not(None)
    )
    for row in transaction.connection.execute(found).all():
        wrapped = sealing.wrap_with(new, sealing.unwrap_with(old, row.wrapped_key))
        transaction.connection.execute(update(journal).where(journal.c.id == row.id).values(wrapped_key=wrapped))
