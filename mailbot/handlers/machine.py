"""Mail that a machine wrote: no answer, no case, no joining (A1, A51 to A54). Delivery reports are shown at the
letter they name.

A report counts only by the envelope sender made for one letter (VERP) or by our Message-ID in the returned part, and
only for the address that letter went to; it changes the letter's state and no case (RULES 14).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mailbot.casework import answers, next_steps, notices
from mailbot.casework.desk import Desk
from mailbot.model import (
    MOVES,
    Automated,
    Contact,
    Hold,
    Inbound,
    JournalState,
    OutboxState,
    Place,
    Purpose,
    Reading,
    Role,
)
from mailbot.writing import Notice
from storage import holds, outbox, tokens
from storage.database import Transaction
from storage.journal import End
from storage.outbox import OutboxRow

OUTCOMES = {
    Automated.BOUNCE: OutboxState.BOUNCED,
    Automated.DELAY: OutboxState.DELAYED,
    Automated.FEEDBACK_REPORT: OutboxState.COMPLAINED,
}


def handle(transaction: Transaction, desk: Desk, inbound: Inbound, now: datetime) -> End:
    """Notes what a report says of a letter of ours; everything else is shown to staff."""
    reading = inbound.reading
    if _is_an_insiders(desk, reading):
        return _end(inbound)
    letters = list(_reported(transaction, desk, reading)) if reading.automated in OUTCOMES else []
    noted = [_note(transaction, desk, inbound, letter, now) for letter in letters]
    if not any(noted):
        links = next_steps.for_machine(reading.from_[0] if len(reading.from_) == 1 else None)
        notices.notify(transaction, desk, inbound, _notice(desk, inbound), now, links=links)
    return _end(inbound)


def _is_an_insiders(desk: Desk, reading: Reading) -> bool:
    """A member's vacation reply, or an echo of our own mail: nobody is told, or it would be answered for ever (A22,
    A51).
    """
    if reading.automated not in (Automated.AUTO_REPLY, Automated.AUTO_GENERATED):
        return False
    return any(desk.member_at(address) or desk.address.is_ours(address) for address in reading.from_)


def _end(inbound: Inbound) -> End:
    reading = inbound.reading
    return End(
        JournalState.PROCESSED,
        f"machine: {reading.automated}",
        identity=reading.identity,
        attachments=len(reading.attachments),
        file_to=Place.DONE if inbound.place is Place.INBOX else None,
    )


def _notice(desk: Desk, inbound: Inbound) -> Notice:
    """Shown to staff whole, since a rule that takes a person for a machine must not hide what they wrote."""
    reading = inbound.reading
    return Notice(
        reference="no case",
        first_line_due="Nothing is due",
        role=Role.REQUESTER,
        contact=Contact.UNASKED,
        kind="machine",
        address=reading.from_[0] if len(reading.from_) == 1 else "no one author",
        display_name=reading.from_name,
        subject=reading.subject,
        received_at=inbound.received_at.astimezone(desk.office.zone),
        text=reading.text,
        attachments=reading.attachments,
        warnings=notices.warnings(inbound, ()),
        acknowledgement=f"Acknowledgement: none: machine mail ({reading.automated}).",
        purpose=Purpose.INSIDE,
    )


def _reported(transaction: Transaction, desk: Desk, reading: Reading) -> Iterator[OutboxRow]:
    """The letters of ours that a report is about, each sent to a recipient that the report names."""
    # A forwarded mailbox fails under another address than the one we wrote to; a report may name both.
    addresses = {one for bounced in reading.bounces for one in (bounced.recipient, bounced.original) if one}
    named = {transaction.keys.hash("address", address.lower()) for address in addresses}
    found = {
        row.id: row for row in (*_by_return_path(transaction, desk, reading), *_by_message_id(transaction, reading))
    }
    yield from (row for row in found.values() if row.recipient_hash in named)


def _by_return_path(transaction: Transaction, desk: Desk, reading: Reading) -> Iterator[OutboxRow]:
    secrets = [s for s in map(desk.address.secret_in_address, reading.recipients) if s]
    for token in tokens.known(transaction, secrets).values():
        if token.purpose is Purpose.RETURN and token.outbox_id:
            yield outbox.find(transaction, token.outbox_id)


def _by_message_id(transaction: Transaction, reading: Reading) -> Iterator[OutboxRow]:
    for message_id in reading.reported_ids:
        row = outbox.by_message_id(transaction, message_id)
        if row is not None:
            yield row


def _note(transaction: Transaction, desk: Desk, inbound: Inbound, row: OutboxRow, now: datetime) -> bool:
    """Moves the letter to what is said of it; False where its state knows no such move, and staff read the report."""
    reading = inbound.reading
    to = OUTCOMES[Automated(str(reading.automated))]
    if to in MOVES[row.state]:
        outbox.move(transaction, row, to, now, reason="reported", told_at=None)
    # A server that gave up after days of "try again" (4.4.7) has given up: the letter came back. But it says nothing
    # against the address.
    if to is OutboxState.BOUNCED and not all(bounced.temporary for bounced in reading.bounces):
        _stop_held(transaction, desk, inbound, row, now)
    return to in MOVES[row.state] or to is row.state


def _stop_held(transaction: Transaction, desk: Desk, inbound: Inbound, row: OutboxRow, now: datetime) -> None:
    """A hard bounce stops what is held for the same person: it would not arrive either (RULES 8)."""
    for held in holds.held_in(transaction, row.conversation_id) if row.conversation_id else []:
        if held.recipient_hash == row.recipient_hash and held.hold is not Hold.STOPPED:
            holds.stop(transaction, held, answers.CAME_BACK, inbound.id, now)
            answers.tell_stopped(transaction, desk, held, answers.CAME_BACK, inbound.id, now)
