"""A mail that a person sent to a member's own address, adopted as the first message of their case (`#new … with`).

The original gets a journal row of its own, in no folder of the mailbox: watch never sees it, and the sums of the
folders do not count it. The member's mail that carried it is sealed by the case's key too, so that `erase` reaches
both.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import insert, select, update

from mailbot.model import JournalState, Place, new_id
from storage import sealing
from storage.cases import Conversation, case_key
from storage.database import AuditRow, Transaction, View
from storage.journal import JournalRow, find, rewrapped
from storage.schema import journal, journal_raw

FOLDER = ""
"""The name of no folder."""
REASON = "adopted"


def same(view: View, identity: str) -> JournalRow | None:
    """The message with this identity (RULES 3) that came to the service itself, and was processed."""
    hashed = view.keys.hash("identity", identity)
    statement = select(journal.c.id).where(
        journal.c.identity_hash == hashed, journal.c.state == JournalState.PROCESSED, journal.c.case_id.is_not(None)
    )
    row = view.connection.execute(statement.limit(1)).first()
    return find(view, row.id) if row else None


def adopt(
    transaction: Transaction,
    carrier: JournalRow,
    original: bytes,
    into: Conversation,
    *,
    attachments: int,
    message_id: str | None,
    who: str,
    cause: str,
    now: datetime,
) -> str:
    """Journals the original in a conversation, processed; returns its id. It came when the mail that carried it did.

    It leaves no fingerprints: if the person sends the same mail to the service itself, that one is answered as any.
    """
    row_id, data_key, key = new_id(now), sealing.new_key(), case_key(transaction, into.case_id)
    values: dict[str, object] = {
        "id": row_id,
        "folder": FOLDER,
        "uidvalidity": 0,
        "uid": secrets.randbits(60),
        "place": Place.DONE,
        "received_at": carrier.received_at,
        "journaled_at": now,
        "size": len(original),
        "oversized": False,
        "content_hash": transaction.keys.hash("adopted", row_id),
        "state": JournalState.PROCESSED,
        "reason": REASON,
        "ended_at": now,
        "batch": 0,
        "wrapped_key": sealing.wrap_with(key, data_key),
        "case_id": into.case_id,
        "conversation_id": into.id,
        "role": into.role,
        "attachments": attachments,
    }
    if message_id:
        values["sealed_message_id"] = sealing.seal(key, message_id.encode(), "journal", "sealed_message_id", row_id)
    transaction.connection.execute(insert(journal).values(**values))
    sealed = sealing.seal(data_key, original, "journal_raw", "sealed", row_id)
    transaction.connection.execute(insert(journal_raw).values(id=row_id, sealed=sealed))
    transaction.connection.execute(
        update(journal)
        .where(journal.c.id == carrier.id)
        .values(case_id=into.case_id, wrapped_key=rewrapped(transaction, carrier, into.case_id))
    )
    detail: dict[str, str | int | None] = {"carrier": carrier.id, "case": into.case_id}
    transaction.record(AuditRow(now, who, "message.adopted", row_id, cause, detail))
    return row_id
