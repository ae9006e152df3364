"""`#move MESSAGE REF`: one message that came in the wrong case goes into the right one, into a conversation with its
author.

Never into somebody else's: an answer there would carry its Message-ID to another person, and quote what they did not
write (promise 4). Mail of staff, and mail that would cross from one role to another, is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailbot.casework import doors, due
from mailbot.casework.desk import Desk
from mailbot.casework.joining import INSTITUTIONS
from mailbot.casework.staffmail import Telling, readers, tell
from mailbot.commands.command import Acting, Command, CommandError, Moment, Told, an_id, who, within
from mailbot.commands.join import a_reference, another_case
from mailbot.model import CaseStatus, Contact, OutboxState, Role
from mailbot.writing import Line
from storage import cases, holds, journal, moves, outbox
from storage.cases import Case, Conversation
from storage.database import Transaction, View
from storage.journal import JournalRow

FORM = "#move MESSAGE REF"
PERSONS = frozenset({Role.REQUESTER, Role.GUARDIAN})
MOVED = "the mail it answers is in another case now"


@dataclass(frozen=True, slots=True)
class Arguments:
    message: str
    reference: str


def parse(arguments: str, _moment: Moment) -> Arguments:
    typed, _, reference = arguments.partition(" ")
    message = an_id(typed)
    if message is None:
        raise CommandError("Which message? #show shows the id of each.", FORM)
    return Arguments(message, a_reference(reference.strip(), f"#move {message} REF"))


def apply(transaction: Transaction, desk: Desk, acting: Acting, arguments: Arguments) -> Told:
    case, _ = within(acting)
    row, conversation = message_of(transaction, case, arguments.message)
    target = another_case(transaction, case, arguments.reference, f"#move {row.id} REF", acting.now)
    name, cause, now = who(transaction, acting.member), acting.inbound.id, acting.now
    address = _address_there(transaction, target, conversation)
    if address is None and target.contact in (Contact.SAFE, Contact.STOPPED):
        # What was said about the addresses there says nothing about this one.
        cases.set_contact(transaction, target.id, Contact.UNASKED, name, cause, now)
    into = doors.open_to(transaction, desk, acting, target, conversation.role, address or conversation.address)
    moves.move_message(transaction, row, into, name, cause, now)
    _stop_answers(transaction, row, cause, acting)
    cases.set_status(transaction, target, CaseStatus.OPEN, name, cause, now)
    if conversation.role in PERSONS:
        opened = cases.find_case(transaction, target.id)
        due.happened(transaction, desk, opened, ("mail from the person",), cause, now, name)
    _tell_the_others(transaction, desk, acting, target, into)
    left = bool(journal.of_conversation(transaction, conversation.id))
    close = () if left else ((f"Close {case.reference}, nothing is left in it", "#status closed"),)
    return Told(f"The message is in {target.reference} now. A mail to you says how to answer it there.", links=close)


def message_of(view: View, case: Case, message_id: str) -> tuple[JournalRow, Conversation]:
    """A message from outside, of this case. One that is elsewhere or never was gets the same answer."""
    row = journal.find(view, message_id)
    if row is None or row.case_id != case.id:
        raise CommandError("No message of this case has this id. #show shows the id of each.", "#show")
    if row.conversation_id is None:
        raise CommandError("That is mail of staff, or a copy. Only mail from outside can be meant.", "#show")
    return row, cases.find_conversation(view, row.conversation_id)


def _address_there(view: View, target: Case, conversation: Conversation) -> str | None:
    """The author's address in the other case; None where a conversation with the person is to be opened."""
    for one in cases.conversations(view, target.id):
        if one.role is conversation.role and _same(one, conversation):
            return one.address.lower()
    if conversation.role is not Role.REQUESTER:
        raise CommandError(f"That case has no conversation with this {conversation.role}.")
    return None


def _same(one: Conversation, other: Conversation) -> bool:
    """The same correspondent: an office answers from other desks of its domain too."""
    mine, theirs = one.address.lower(), other.address.lower()
    if one.role in INSTITUTIONS:
        return mine.rpartition("@")[2] == theirs.rpartition("@")[2]
    return mine == theirs


def _stop_answers(transaction: Transaction, row: JournalRow, cause: str, acting: Acting) -> None:
    """An answer that waits would leave in the case that it was not for."""
    for waiting in outbox.answers_to(transaction, row.id):
        if waiting.state is OutboxState.HELD:
            holds.stop(transaction, waiting, MOVED, cause, acting.now)


def _tell_the_others(transaction: Transaction, desk: Desk, acting: Acting, target: Case, into: Conversation) -> None:
    others = [one for one in readers(desk, transaction, target, acting.now) if one.key != acting.member.key]
    line = Line(target.reference, f"A message was moved into this case by {acting.member.name}. #show shows it.")
    tell(
        transaction, desk, Telling("staff-line", {"line": line}, acting.inbound.id, target, into), acting.now, to=others
    )


COMMAND = Command("move", "Moves one message into the case where it belongs.", (FORM,), parse, apply)
