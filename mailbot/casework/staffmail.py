"""Mail to staff: one message a person, with its own Message-ID and its own reply address (RULES 7).

Built whole in the transaction that has its cause, since it says what that transaction did. The reply address carries
a token for this person, this conversation and this purpose.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from mailbot.casework.desk import Desk
from mailbot.model import Member, Priority, Purpose, Role, new_id, new_secret
from mailbot.writing import build_message
from storage import outbox, tokens
from storage.cases import Case, Conversation
from storage.database import Transaction
from storage.outbox import Draft, Envelope


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told: a staff letter and its fields, because of which cause, about which conversation."""

    letter: str
    fields: Mapping[str, object]
    cause: str
    case: Case | None = None
    conversation: Conversation | None = None
    purpose: Purpose = Purpose.INSIDE


def readers(desk: Desk, transaction: Transaction, case: Case | None) -> tuple[Member, ...]:
    """The case's owner, else everybody with role staff."""
    staff = desk.with_role(Role.STAFF)
    if case is None or case.owner is None:
        return staff
    owner = tuple(member for member in staff if transaction.keys.hash("member", member.key) == case.owner)
    return owner or staff


def tell(
    transaction: Transaction, desk: Desk, telling: Telling, now: datetime, to: Iterable[Member] | None = None
) -> None:
    """Queues the letter for every reader, one message each; a reader who had it for this cause gets no second one."""
    for member in to if to is not None else readers(desk, transaction, telling.case):
        _tell_one(transaction, desk, telling, member, now)


def _tell_one(transaction: Transaction, desk: Desk, telling: Telling, member: Member, now: datetime) -> None:
    outbox_id, message_secret, reply_secret, return_secret = new_id(now), new_secret(), new_secret(), new_secret()
    address, case, conversation = desk.address, telling.case, telling.conversation
    message_id = address.message_id(message_secret)
    content = build_message(
        desk.letters.render(telling.letter, "en", telling.fields),
        sender_name=desk.sender_name,
        sender_address=address.plain,
        to=member.address,
        reply_to=address.reply_address(reply_secret),
        message_id=message_id,
        date=now.astimezone(desk.office.zone),
        in_reply_to=None,
        references=(),
        automatic="auto-generated",
    )
    draft = Draft(
        id=outbox_id,
        cause=telling.cause,
        role=Role.STAFF,
        letter=telling.letter,
        language="en",
        priority=Priority.NOTICE,
        message_id=message_id,
        envelope=Envelope(to=member.address, mail_from=address.return_path(return_secret)),
        case_id=case.id if case else None,
        conversation_id=conversation.id if conversation else None,
        content=content,
    )
    if outbox.add(transaction, draft, now) is None:
        return
    conversation_id = conversation.id if conversation else None
    for secret in (message_secret, reply_secret):
        tokens.give(
            transaction,
            secret,
            telling.purpose,
            conversation_id=conversation_id,
            outbox_id=outbox_id,
            member=member.key,
        )
    tokens.give(transaction, return_secret, Purpose.RETURN, outbox_id=outbox_id)
