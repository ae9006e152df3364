"""The first letter to an address that staff were told of (`#contact change`, LETTERS J4): it says nothing of the
matter.

It goes into a conversation of its own. What answers from there joins the case.
"""

from __future__ import annotations

from datetime import datetime

from mailbot.casework.desk import Desk
from mailbot.model import Priority, Purpose, Role, new_id, new_secret
from storage import cases, outbox, tokens
from storage.cases import Case, Conversation
from storage.database import Transaction
from storage.outbox import Draft, Envelope

LETTER = "contact-confirm"


def write(transaction: Transaction, desk: Desk, case: Case, address: str, cause: str, now: datetime) -> Conversation:
    """Opens the conversation and queues the letter."""
    conversation = cases.open_conversation(transaction, case.id, Role.REQUESTER, address, cause, now)
    tokens.give(transaction, conversation.token, Purpose.CONVERSATION, conversation_id=conversation.id)
    outbox_id, message_secret, return_secret = new_id(now), new_secret(), new_secret()
    draft = Draft(
        id=outbox_id,
        cause=cause,
        role=Role.REQUESTER,
        letter=LETTER,
        language=case.language,
        priority=Priority.STAFF_ANSWER,
        message_id=desk.address.message_id(message_secret),
        envelope=Envelope(
            to=address,
            mail_from=desk.address.return_path(return_secret),
            reply_to=desk.address.reply_address(conversation.token),
        ),
        case_id=case.id,
        conversation_id=conversation.id,
        known=True,
    )
    if outbox.add(transaction, draft, now) is not None:
        tokens.give(
            transaction, message_secret, Purpose.CONVERSATION, conversation_id=conversation.id, outbox_id=outbox_id
        )
        tokens.give(transaction, return_secret, Purpose.RETURN, outbox_id=outbox_id)
    return conversation


def new_token(transaction: Transaction, conversation: Conversation, cause: str, now: datetime) -> None:
    """After a stop the old secrets join nothing; letters from now on carry a fresh one."""
    fresh = cases.replace_token(transaction, conversation, cause, now)
    tokens.give(transaction, fresh.token, Purpose.CONVERSATION, conversation_id=conversation.id)
