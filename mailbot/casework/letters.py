"""Automatic letters to people outside: queued with their slot, made at the attempt (RULES 5, promise 5).

What goes out is a function of letter, language, clock and our own random values. The only thing taken from the
received message is its Message-ID, where it fits the strict grammar.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailbot.casework import acknowledgement
from mailbot.casework.desk import Desk
from mailbot.model import Inbound, OutboxState, Priority, Purpose, Role, new_id, new_secret
from mailbot.writing import build_message, valid_message_id
from storage import outbox, tokens
from storage.cases import Case, Conversation
from storage.database import Transaction
from storage.outbox import Draft, Envelope, OutboxRow


def queue(
    transaction: Transaction,
    desk: Desk,
    inbound: Inbound,
    case: Case,
    conversation: Conversation,
    chosen: acknowledgement.Acknowledgement,
    known: bool,
    now: datetime,
) -> bool:
    """Queues the chosen acknowledgement; False where its slot or its cause has one already."""
    outbox_id, message_secret, return_secret = new_id(now), new_secret(), new_secret()
    draft = Draft(
        id=outbox_id,
        cause=inbound.id,
        role=Role.REQUESTER,
        letter=str(chosen.letter),
        language=case.language,
        priority=Priority.NIGHT_LETTER if chosen.at_night else Priority.DAY_LETTER,
        message_id=desk.address.message_id(message_secret),
        envelope=Envelope(
            to=conversation.address,
            mail_from=desk.address.return_path(return_secret),
            reply_to=desk.address.reply_address(conversation.token),
            in_reply_to=valid_message_id(inbound.reading.message_id or ""),
        ),
        case_id=case.id,
        conversation_id=conversation.id,
        slot=chosen.slot,
        known=known,
    )
    if outbox.add(transaction, draft, now) is None:
        return False
    tokens.give(transaction, message_secret, Purpose.CONVERSATION, conversation_id=conversation.id, outbox_id=outbox_id)
    tokens.give(transaction, return_secret, Purpose.RETURN, outbox_id=outbox_id)
    return True


def true_at_attempt(transaction: Transaction, desk: Desk, row: OutboxRow, now: datetime) -> OutboxRow | None:
    """The letter that is true now: a day letter whose office closed becomes the night's, and the other way round
    (RULES 5).

    None where the letter of that slot went already; the row is cancelled then.
    """
    if row.letter not in (acknowledgement.DAY, acknowledgement.NIGHT):
        return row
    open_now = desk.office.is_open(now)
    letter = acknowledgement.DAY if open_now else acknowledgement.NIGHT
    if letter == row.letter:
        return row
    slot = acknowledgement.day_slot(now, desk.throttle) if open_now else acknowledgement.night_slot(desk.office, now)
    if not outbox.rename(transaction, row, letter, slot):
        outbox.move(transaction, row, OutboxState.CANCELLED, now, reason="slot taken", ended_at=now)
        return None
    return replace(row, letter=letter, slot=slot)


def final_bytes(transaction: Transaction, desk: Desk, row: OutboxRow, now: datetime) -> bytes:
    """The bytes that leave, from the first attempt to the last."""
    envelope, language = outbox.envelope(transaction, row)
    office = desk.office
    fields = {
        "at": now.astimezone(office.zone),
        "next_opening": office.next_opening(now).astimezone(office.zone),
        "next_closing": office.next_closing(now).astimezone(office.zone),
    }
    return build_message(
        desk.letters.render(row.letter, language, fields),
        sender_name=desk.sender_name,
        sender_address=desk.address.plain,
        to=envelope.to,
        reply_to=envelope.reply_to,
        message_id=row.message_id,
        date=now.astimezone(office.zone),
        in_reply_to=envelope.in_reply_to,
        references=(envelope.in_reply_to,) if envelope.in_reply_to else (),
        automatic="auto-replied",
    )
