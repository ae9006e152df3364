"""A conversation that staff open themselves: by telephone somebody came, or a tribunal, an agency, a guardian is
written to.

The member gets a mail whose Reply reaches that correspondent and nobody else: the same kind of door that a notice is.
Nothing goes outside by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mailbot.casework import next_steps
from mailbot.casework.acting import Acting, CommandError
from mailbot.casework.desk import Desk
from mailbot.casework.next_steps import Step
from mailbot.casework.staffmail import Telling, tell
from mailbot.model import Contact, Purpose, Role
from mailbot.writing import Door
from storage import cases, contacts, tokens
from storage.cases import Case, Conversation
from storage.database import Transaction, View


def refuse_ours(view: View, desk: Desk, address: str, now: datetime, form: str) -> None:
    """Nobody outside has an address of ours, and nothing may go to a stopped one."""
    if desk.address.is_ours(address) or desk.member_at(address):
        raise CommandError("That is an address of ours.", form)
    if contacts.is_stopped(view, address, now):
        raise CommandError("This address is stopped: somebody there asked for no mail.", form)


def existing(view: View, case: Case, role: Role, address: str) -> Conversation | None:
    """The conversation of a case with this correspondent, where there is one."""
    found = cases.conversations(view, case.id)
    return next((one for one in found if one.role is role and one.address.lower() == address), None)


def open_to(transaction: Transaction, desk: Desk, acting: Acting, case: Case, role: Role, address: str) -> Conversation:
    """Opens the conversation, or finds it, and gives the member its door."""
    conversation = existing(transaction, case, role, address)
    if conversation is None:
        conversation = cases.open_conversation(transaction, case.id, role, address, acting.inbound.id, acting.now)
        tokens.give(transaction, conversation.token, Purpose.CONVERSATION, conversation_id=conversation.id)
    door = Door(case.reference, role, address)
    telling = Telling(
        "staff-door",
        {"door": door},
        acting.inbound.id,
        case,
        conversation,
        Purpose.ANSWER,
        links=tuple(_links(case, role)),
        answers=acting.inbound.reading.message_id,
    )
    tell(transaction, desk, telling, acting.now, to=[acting.member])
    return conversation


def _links(case: Case, role: Role) -> Iterator[Step]:
    yield next_steps.NOTE
    if role is Role.REQUESTER and case.contact is Contact.UNASKED:
        yield next_steps.SAFE
    if role is Role.REQUESTER:
        yield next_steps.CALL
