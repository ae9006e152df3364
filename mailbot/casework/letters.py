"""Automatic letters to people outside: queued with their slot, made at the attempt (RULES 5, promise 5).

What goes out is a function of letter, language, clock and our own random values. The only thing taken from the
received message is its Message-ID, where it fits the strict grammar.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from mailbot.casework import acknowledgement, answers, letter_by_hand
from mailbot.casework.desk import Desk
from mailbot.model import Contact, Inbound, OutboxState, Priority, Purpose, Role, new_id, new_secret
from mailbot.writing import Answer, Rendered, build_message, valid_message_id
from mailbot.writing.catalogue import BY_HAND
from storage import cases, holds, outbox, tokens
from storage.cases import Case, Conversation
from storage.database import Transaction
from storage.outbox import Draft, Envelope, OutboxRow

PATIENCE = timedelta(minutes=15)
"""How late an answer may leave outside hours as it was written; later it ends with the crisis lines."""
AUTOMATIC: dict[str, Literal["auto-replied", "auto-generated"] | None] = {
    acknowledgement.DAY: "auto-replied",
    acknowledgement.NIGHT: "auto-replied",
    acknowledgement.OVERSIZED: "auto-replied",
}
"""What each letter says of itself (RFC 3834); a letter not named here was made without a message to answer."""


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

    None where the letter of that slot went already, or none is due now; the row is cancelled then.
    """
    if row.letter not in (acknowledgement.DAY, acknowledgement.NIGHT):
        return row
    open_now = desk.office.is_open(now)
    letter = acknowledgement.DAY if open_now else acknowledgement.NIGHT
    if letter == row.letter:
        return row
    if open_now and not _due_by_day(transaction, desk, row, now):
        outbox.move(transaction, row, OutboxState.CANCELLED, now, reason="not due by day", ended_at=now)
        return None
    slot = acknowledgement.day_slot(now, desk.throttle) if open_now else acknowledgement.night_slot(desk.office, now)
    priority = Priority.DAY_LETTER if open_now else Priority.NIGHT_LETTER
    if not outbox.rename(transaction, row, letter, slot, priority, now):
        outbox.move(transaction, row, OutboxState.CANCELLED, now, reason="slot taken", ended_at=now)
        return None
    return replace(row, letter=letter, slot=slot)


def _due_by_day(transaction: Transaction, desk: Desk, row: OutboxRow, now: datetime) -> bool:
    """By day only mail that opened a case is acknowledged, and an address once within the throttle (RULES 5 d)."""
    conversation = cases.find_conversation(transaction, str(row.conversation_id))
    last = outbox.last_day_letter(transaction, conversation.address)
    return conversation.opened_at == row.created_at and not (last and now - last < desk.throttle)


def final_bytes(transaction: Transaction, desk: Desk, row: OutboxRow, now: datetime) -> bytes:
    """The bytes that leave, from the first attempt to the last."""
    envelope, language = outbox.envelope(transaction, row)
    by_member = answers.is_answer(row)
    return build_message(
        _rendered(transaction, desk, row, language, now),
        sender_name=desk.sender_name,
        sender_address=desk.address.plain,
        to=envelope.to,
        reply_to=envelope.reply_to,
        message_id=outbox.message_id_of(transaction, row),
        date=now.astimezone(desk.office.zone),
        in_reply_to=envelope.in_reply_to,
        references=(envelope.in_reply_to,) if envelope.in_reply_to else (),
        automatic=None if by_member else AUTOMATIC.get(row.letter, "auto-generated"),
        files=answers.files_of(transaction, row) if by_member else (),
    )


def _rendered(transaction: Transaction, desk: Desk, row: OutboxRow, language: str, now: datetime) -> Rendered:
    """A letter that a member sent leaves in the words of its receipt; any other is made now."""
    if row.letter not in BY_HAND:
        return desk.letters.render(row.letter, language, _fields(transaction, desk, row, now))
    letter, words = letter_by_hand.prepared_of(transaction, row), answers.own_words_of(transaction, row)
    return desk.letters.compose(letter, words, _crisis(transaction, desk, row, now))


def _fields(transaction: Transaction, desk: Desk, row: OutboxRow, now: datetime) -> dict[str, object]:
    office = desk.office
    clock: dict[str, object] = {
        "at": now.astimezone(office.zone),
        "next_opening": office.next_opening(now).astimezone(office.zone),
        "next_closing": office.next_closing(now).astimezone(office.zone),
    }
    if row.letter != answers.LETTER:
        return clock
    return {"answer": Answer(answers.words_of(transaction, row), _crisis(transaction, desk, row, now))}


def _is_late(desk: Desk, row: OutboxRow, now: datetime) -> bool:
    """Whether an answer leaves well after its moment: grace that goes a little beyond closing is no delay."""
    moment = holds.release_at(row, desk.office.zone) or row.created_at
    return now - moment > PATIENCE


def _crisis(transaction: Transaction, desk: Desk, row: OutboxRow, now: datetime) -> Literal["none", "full", "911"]:
    """An answer that leaves outside hours by `#send now` ends with the crisis lines (RULES 8). So does one that was to
    leave in hours and was late, since the machine slept or the server was away: who reads it at night may need them.
    """
    if desk.office.is_open(now) or not (row.urgent or _is_late(desk, row, now)):
        return "none"
    case = cases.find_case(transaction, row.case_id) if row.case_id else None
    return "911" if case is not None and case.contact is Contact.DISCREET else "full"
