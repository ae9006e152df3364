"""Private notes of a case: a member's words for colleagues, sealed by the case's key. They leave in no letter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from mailbot.model import new_id
from storage import sealing
from storage.cases import case_key
from storage.database import AuditRow, Transaction, View
from storage.schema import note


@dataclass(frozen=True, slots=True)
class Note:
    """One note; `who` is the member as the audit names them."""

    id: str
    who: str
    text: str
    created_at: datetime


def add(transaction: Transaction, case_id: str, text: str, who: str, cause: str, now: datetime) -> None:
    """Keeps a note in a case."""
    row_id = new_id(now)
    sealed = sealing.seal(case_key(transaction, case_id), text.encode(), "note", "sealed_text", row_id)
    transaction.connection.execute(
        insert(note).values(id=row_id, case_id=case_id, who=who, cause=cause, created_at=now, sealed_text=sealed)
    )
    transaction.record(AuditRow(now, who, "note.added", row_id, cause, {"case": case_id}))


def of_case(view: View, case_id: str) -> list[Note]:
    """A case's notes, oldest first."""
    statement = select(note).where(note.c.case_id == case_id).order_by(note.c.created_at, note.c.id)
    return [
        Note(
            row.id,
            row.who,
            sealing.unseal(case_key(view, case_id), row.sealed_text, "note", "sealed_text", row.id).decode(),
            row.created_at,
        )
        for row in view.connection.execute(statement)
    ]
