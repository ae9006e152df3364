"""Whether mail to an address is recorded safe (LETTERS, G6). `#contact safe` holds for thirty days: a mailbox that was
private may not be so any more, so that it counts as unasked afterwards, until somebody asks again.

It is recorded for the address it was said of: another address of the same person may be read by somebody else.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mailbot.model import Contact, Role
from storage import cases, records
from storage.cases import Case, Conversation
from storage.database import Transaction, View
from storage.records import Kind

HOLDS = timedelta(days=30)


def record(transaction: Transaction, conversation: Conversation, who: str, cause: str, now: datetime) -> datetime:
    """Notes that mail to this conversation's address is safe; until when that counts."""
    until = now + HOLDS
    value = {"contact": str(Contact.SAFE)}
    records.add(
        transaction,
        conversation.case_id,
        Kind.CONTACT,
        value,
        who=who,
        cause=cause,
        now=now,
        about=conversation.address,
        until=until,
    )
    return until


def contact_of(view: View, case: Case, conversation: Conversation, now: datetime) -> Contact:
    """How mail may speak in a conversation now. What was recorded of the requester says nothing of a guardian."""
    if conversation.role is Role.REQUESTER and case.contact is not Contact.SAFE:
        return case.contact
    return Contact.SAFE if _holds(view, conversation, now) else Contact.UNASKED


def contact_of_case(view: View, case: Case, now: datetime) -> Contact:
    """How mail may speak to the requester, at whatever address of theirs."""
    if case.contact is not Contact.SAFE:
        return case.contact
    theirs = (one for one in cases.conversations(view, case.id) if one.role is Role.REQUESTER)
    return Contact.SAFE if any(_holds(view, one, now) for one in theirs) else Contact.UNASKED


def _holds(view: View, conversation: Conversation, now: datetime) -> bool:
    return records.latest(view, conversation.case_id, Kind.CONTACT, now, about=conversation.address) is not None
