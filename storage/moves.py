"""One message that came in the wrong case goes into the right one (`#move`): it, its copies, and what staff were told
of it.

Its identity, its place in the journal and the audit stay; its key is wrapped by the other case's from then on.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, update

from mailbot.model import JournalState, Purpose, Role
from storage import joins
from storage.cases import Conversation
from storage.database import AuditRow, Transaction, View
from storage.journal import JournalRow
from storage.schema import journal, outbox, token


def move_message(
    transaction: Transaction, row: JournalRow, into: Conversation, who: str, cause: str, now: datetime
) -> None:
    """Moves a message of a case into a conversation of another one."""
    way = joins.passage(transaction, str(row.case_id), into.case_id)
    joins.carry(transaction, way, journal, _it_and_its_copies(transaction, row))
    transaction.connection.execute(
        update(journal).where(journal.c.id == row.id).values(conversation_id=into.id, role=into.role)
    )
    # Notices quote the message: left behind they would outlive it, and a reply to one would be the wrong case's.
    told = joins.carry(transaction, way, outbox, and_(outbox.c.role == Role.STAFF, outbox.c.cause == row.id))
    transaction.connection.execute(update(outbox).where(outbox.c.id.in_(told)).values(conversation_id=into.id))
    transaction.connection.execute(
        update(token)
        .where(token.c.outbox_id.in_(told), token.c.purpose == Purpose.ANSWER)
        .values(conversation_id=into.id)
    )
    detail: dict[str, str | int | None] = {"from": way.source_id, "into": way.target_id}
    transaction.record(AuditRow(now, who, "message.moved", row.id, cause, detail))


def _it_and_its_copies(view: View, row: JournalRow) -> ColumnElement[bool]:
    """A copy that was seen before belongs to the case of its first, and holds the same words."""
    columns = select(journal.c.content_hash, journal.c.identity_hash).where(journal.c.id == row.id)
    prints = view.connection.execute(columns).one()
    same = journal.c.content_hash == prints.content_hash
    if prints.identity_hash is not None:
        same = or_(same, journal.c.identity_hash == prints.identity_hash)
    return or_(journal.c.id == row.id, and_(journal.c.state == JournalState.SEEN_BEFORE, same))
