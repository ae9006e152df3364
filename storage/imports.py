"""Old mail that became closed cases (RULES 2): what still waits for it, and the case that it becomes.

A message stays in state imported; its `reason` says what became of it, so that importing again does nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from mailbot.model import CaseStatus, JournalState, Place, Purpose, Role
from storage import cases, journal, outbox, tokens
from storage.cases import Case, Conversation
from storage.database import AuditRow, Transaction, View
from storage.schema import cases as case_table
from storage.schema import conversation as conversation_table
from storage.schema import journal as journal_table

_UNTOUCHED = (
    (journal_table.c.state == JournalState.IMPORTED)
    & journal_table.c.case_id.is_(None)
    & journal_table.c.reason.is_(None)
)


def waiting(view: View) -> list[tuple[str, Place]]:
    """Imported messages that nothing was made of yet, in the order they came: (id, where the copy lies)."""
    statement = select(journal_table.c.id, journal_table.c.place).where(_UNTOUCHED)
    ordered = statement.order_by(journal_table.c.received_at, journal_table.c.uid)
    return [(row.id, row.place) for row in view.connection.execute(ordered)]


def still_waiting(transaction: Transaction, message_ids: Sequence[str]) -> bool:
    """Whether none of these was taken by another import meanwhile."""
    untouched = select(journal_table.c.id).where(_UNTOUCHED)
    return all(
        transaction.connection.execute(untouched.where(journal_table.c.id == one)).first() for one in message_ids
    )


def taken_before(view: View, message_id: str, identity: str) -> bool:
    """Whether the same message was imported into a case before: after a renumbering the folder shows all anew (F13)."""
    same = journal_table.c.identity_hash == view.keys.hash("identity", identity)
    other = select(journal_table.c.id).where(same, journal_table.c.state == JournalState.IMPORTED)
    kept = other.where(journal_table.c.id != message_id, journal_table.c.case_id.is_not(None))
    return bool(identity) and view.connection.execute(kept.limit(1)).first() is not None


def known_ids(view: View, address: str) -> dict[tuple[str, str], str]:
    """The conversation of every Message-ID, theirs and ours, that was exchanged with this address, by both."""
    found: dict[tuple[str, str], str] = {}
    for conversation_id, _, role in cases.conversations_with(view, address, limit=None):
        if role is not Role.REQUESTER:
            continue
        theirs = [journal.message_id_of(view, row) for row in journal.of_conversation(view, conversation_id)]
        letters = [row for row in outbox.of_conversation(view, conversation_id) if row.role is Role.REQUESTER]
        ours = [outbox.message_id_of(view, row) for row in letters]
        found.update({(address, name): conversation_id for name in (*theirs, *ours) if name})
    return found


def open_closed(
    transaction: Transaction, language: str, address: str, began: datetime, last: datetime, who: str, now: datetime
) -> tuple[Case, Conversation]:
    """A case that is closed from its beginning: opened when its first message came, silent since its last one."""
    case = cases.open_case(transaction, language, "import", now)
    conversation = cases.open_conversation(transaction, case.id, Role.REQUESTER, address, "import", now)
    tokens.give(transaction, conversation.token, Purpose.CONVERSATION, conversation_id=conversation.id)
    cases.set_status(transaction, case, CaseStatus.CLOSED, who, "import", now)
    connection = transaction.connection
    when = {"opened_at": began, "updated_at": last}
    connection.execute(update(case_table).where(case_table.c.id == case.id).values(**when))
    of_it = conversation_table.c.id == conversation.id
    connection.execute(update(conversation_table).where(of_it).values(opened_at=began))
    return case, conversation


def set_aside(transaction: Transaction, message_id: str, reason: str, who: str, now: datetime) -> None:
    """No case comes of this message; `reason` is one of our words."""
    of_it = _UNTOUCHED & (journal_table.c.id == message_id)
    if transaction.connection.execute(update(journal_table).where(of_it).values(reason=reason)).rowcount:
        transaction.record(AuditRow(now, who, "message.set-aside", message_id, message_id, {"reason": reason}))
