"""A staff answer: from a member's words to a message that waits for its moment (RULES 8).

It goes to the correspondent of the conversation and nobody else, in office hours, once, unless something happened
meanwhile that makes it dangerous: then it is stopped, and a person decides.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailbot.casework.acting import Acting, CommandError, who
from mailbot.casework.desk import Desk
from mailbot.model import Hold, Inbound, OutboxState, Priority, Purpose, Role, new_id, new_secret
from scheduler import Office
from storage import contacts, holds, journal, outbox, tokens
from storage.cases import Conversation
from storage.database import Transaction
from storage.outbox import Draft, Envelope, OutboxRow

LETTER = "answer"
PERSONS = frozenset({Role.REQUESTER, Role.GUARDIAN})
TRUSTED_DELAY = timedelta(minutes=15)
COLLEAGUE, STALE, NEW_MAIL = "a colleague answered", "newer mail came", "new mail came"


@dataclass(frozen=True, slots=True)
class Timing:
    """When an answer leaves. `release` None: at once, or not before a person says so (`hold` STOPPED)."""

    hold: Hold | None
    release: datetime | None


def arrival(inbound: Inbound) -> datetime:
    """When the answer arrived: the server's word, where it is near our own (RULES 8)."""
    near = abs(inbound.journaled_at - inbound.received_at) <= TRUSTED_DELAY
    return inbound.received_at if near else inbound.journaled_at


def timing(office: Office, arrived: datetime, grace: timedelta) -> Timing:
    """In office hours after the grace, which never turns into a hold; outside them at the next opening."""
    if not office.is_open(arrived):
        return Timing(Hold.OFFICE, office.next_opening(arrived).astimezone(office.zone))
    if grace:
        return Timing(Hold.GRACE, (arrived + grace).astimezone(office.zone))
    return Timing(None, None)


def submit(transaction: Transaction, desk: Desk, acting: Acting, conversation: Conversation, words: str) -> str:
    """Queues, holds or stops the answer; returns its id. CommandError where it must not even wait."""
    if contacts.is_stopped(transaction, conversation.address, acting.now):
        raise CommandError("Nothing may be sent to this address: it is stopped.", "#contact resume")
    answered = _answered(transaction, acting, conversation)
    outbox_id = _queue(transaction, desk, acting, conversation, words, answered)
    row = outbox.find(transaction, outbox_id)
    stopped = _stop_reason(transaction, acting, conversation, answered)
    name = who(transaction, acting.member)
    if stopped:
        holds.stop(transaction, row, stopped, acting.inbound.id, acting.now)
        return outbox_id
    found = timing(desk.office, arrival(acting.inbound), desk.grace)
    if found.release is not None and found.hold is not None:
        holds.hold_until(transaction, row, found.release, name, acting.inbound.id, acting.now, found.hold)
    return outbox_id


def _answered(transaction: Transaction, acting: Acting, conversation: Conversation) -> str | None:
    """The inbound message whose notice was answered."""
    if acting.letter is None:
        return None
    cause = outbox.find(transaction, acting.letter).cause
    row = journal.find(transaction, cause)
    return row.id if row is not None and row.conversation_id == conversation.id else None


def _stop_reason(
    transaction: Transaction, acting: Acting, conversation: Conversation, answered: str | None
) -> str | None:
    """A second answer to the same message by another member, or an answer to a notice older than the newest mail."""
    author = transaction.keys.hash("member", acting.member.key)
    if answered and any(row.author_hash != author for row in others(transaction, acting, answered)):
        return COLLEAGUE
    newest = journal.newest_of_conversation(transaction, conversation.id)
    if answered and newest is not None and newest.id != answered:
        return STALE
    return None


def others(transaction: Transaction, acting: Acting, answered: str) -> list[OutboxRow]:
    """Answers to the same inbound message that were not cancelled, this one apart."""
    return [
        row
        for row in outbox.answers_to(transaction, answered)
        if row.cause != acting.inbound.id and row.state is not OutboxState.CANCELLED
    ]


def _queue(
    transaction: Transaction, desk: Desk, acting: Acting, conversation: Conversation, words: str, answered: str | None
) -> str:
    address, outbox_id = desk.address, new_id(acting.now)
    message_secret, return_secret = new_secret(), new_secret()
    newest = journal.newest_of_conversation(transaction, conversation.id)
    draft = Draft(
        id=outbox_id,
        cause=acting.inbound.id,
        role=conversation.role,
        letter=LETTER,
        language=acting.case.language if acting.case else desk.language,
        priority=Priority.STAFF_ANSWER,
        message_id=address.message_id(message_secret),
        envelope=Envelope(
            to=conversation.address,
            mail_from=address.return_path(return_secret),
            reply_to=address.reply_address(conversation.token),
            in_reply_to=journal.message_id_of(transaction, newest) if newest else None,
        ),
        case_id=conversation.case_id,
        conversation_id=conversation.id,
        written=json.dumps({"words": words}).encode(),
        answers=answered,
        author_hash=transaction.keys.hash("member", acting.member.key),
        known=True,
    )
    if outbox.add(transaction, draft, acting.now) is None:
        raise CommandError("This message was sent on already.")
    tokens.give(transaction, message_secret, Purpose.CONVERSATION, conversation_id=conversation.id, outbox_id=outbox_id)
    tokens.give(transaction, return_secret, Purpose.RETURN, outbox_id=outbox_id)
    return outbox_id


def stop_for(
    transaction: Transaction, desk: Desk, inbound: Inbound, conversation_ids: set[str], now: datetime
) -> list[OutboxRow]:
    """New mail from a person stops what is held for them: from their address, or with their conversation's token (RULES
    8).
    """
    rows: dict[str, OutboxRow] = {}
    if len(inbound.reading.from_) == 1:
        rows |= {row.id: row for row in holds.held_to(transaction, inbound.reading.from_[0].lower())}
    for conversation_id in conversation_ids:
        rows |= {row.id: row for row in holds.held_in(transaction, conversation_id)}
    stopped = [row for row in rows.values() if row.role in PERSONS and row.hold is not Hold.STOPPED]
    for row in stopped:
        holds.stop(transaction, row, NEW_MAIL, inbound.id, now)
    return stopped
