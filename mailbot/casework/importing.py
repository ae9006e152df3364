"""Old mail becomes closed cases (RULES 2): never acknowledged, nobody is told, nothing comes due.

A thread is one transaction. What is not a person's mail stays journaled, with the reason; a copy of a message that is
there already becomes no second one. A STOP that the domain proved, or that a thread carries, still counts: whoever
asked for silence years ago did not ask for less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from mailbot.casework import stop
from mailbot.casework.desk import Desk
from mailbot.casework.threads import Old, Thread
from mailbot.model import Contact, Dmarc, JournalState, Reading, Role
from mailbot.writing import valid_message_id
from storage import cases, contacts, erasure, imports, journal
from storage.cases import Case, Conversation
from storage.database import Transaction
from storage.journal import End

IMPORTED, COPY, ERASED = "imported", "a copy", erasure.REASON
CAUSE = "import"


@dataclass(frozen=True, slots=True)
class Understood:
    """What an import keeps in memory of one message, however long it is."""

    old: Old
    identity: str
    language: str | None
    attachments: int
    message_id: str | None
    stops: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a thread."""

    case_opened: bool = False
    taken: int = 0
    copies: int = 0
    erased: int = 0


def understand(message_id: str, received_at: datetime, reading: Reading) -> Understood:
    """The values that threads and cases are made of; the author is one person by reading's strict grammar."""
    own = reading.message_id
    failed = reading.dmarc is Dmarc.FAIL
    named = (*reading.in_reply_to, *reversed(reading.references))
    return Understood(
        old=Old(message_id, reading.from_[0].lower(), received_at, own, named, alone=failed),
        identity=reading.identity,
        language=reading.language,
        attachments=len(reading.attachments),
        message_id=valid_message_id(own or ""),
        stops=stop.says_stop(reading) and reading.dmarc is Dmarc.PASS,
    )


def take_in(
    transaction: Transaction, desk: Desk, thread: Thread, found: Mapping[str, Understood], who: str, now: datetime
) -> Outcome:
    """Makes one thread a closed case, or part of the conversation that holds its beginning."""
    if not imports.still_waiting(transaction, [one.id for one in thread.messages]):
        return Outcome()
    messages, copies, erased = _without_copies(transaction, [found[one.id] for one in thread.messages], who, now)
    if not messages:
        return Outcome(copies=copies, erased=erased)
    case, conversation = _place(transaction, desk, thread, messages, who, now)
    for one in messages:
        _end(transaction, one, case, conversation, now)
    if any(one.stops for one in messages):
        contacts.stop(transaction, conversation.address, None, messages[-1].old.id, now)
        cases.set_contact(transaction, case.id, Contact.STOPPED, who, CAUSE, now)
    return Outcome(thread.into is None, len(messages), copies, erased)


def _without_copies(
    transaction: Transaction, messages: Iterable[Understood], who: str, now: datetime
) -> tuple[list[Understood], int, int]:
    """The messages that are new, and how many were copies of others, or of what was erased."""
    kept: list[Understood] = []
    copies = erased = 0
    for one in messages:
        row = journal.find(transaction, one.old.id)
        if erasure.was_erased(transaction, one.old.id, one.identity):
            erased += erasure.destroy_messages(transaction, [one.old.id])
        elif (
            any(one.identity and one.identity == other.identity for other in kept)
            or imports.taken_before(transaction, one.old.id, one.identity)
            or (row is not None and journal.twin(transaction, row, one.identity))
        ):
            imports.set_aside(transaction, one.old.id, COPY, who, now)
            copies += 1
        else:
            kept.append(one)
    return kept, copies, erased


def _place(
    transaction: Transaction, desk: Desk, thread: Thread, messages: list[Understood], who: str, now: datetime
) -> tuple[Case, Conversation]:
    if thread.into is not None:
        conversation = cases.find_conversation(transaction, thread.into)
        return cases.find_case(transaction, conversation.case_id), conversation
    language = next((one.language for one in reversed(messages) if one.language), desk.language)
    first, last = messages[0].old, messages[-1].old
    return imports.open_closed(transaction, language, first.address, first.at, last.at, who, now)


def _end(transaction: Transaction, one: Understood, case: Case, conversation: Conversation, now: datetime) -> None:
    row = journal.find(transaction, one.old.id)
    if row is None:
        raise LookupError(one.old.id)
    ending = End(
        JournalState.IMPORTED,
        IMPORTED,
        case_id=case.id,
        conversation_id=conversation.id,
        role=Role.REQUESTER,
        attachments=one.attachments,
        identity=one.identity,
        message_id=one.message_id,
    )
    journal.end(transaction, row, ending, now)
