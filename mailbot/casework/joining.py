"""Does a message join a conversation? (promise 6, RULES 4). Pure: known facts in, a decision with its reason out.

Joining needs something only the correspondent was given, the correspondent's address, and no failed authentication.
Everything else is an ordinary first contact, and looks like one from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mailbot.casework.addresses import ServiceAddress
from mailbot.model import Dmarc, Purpose, Reading, Role
from storage.cases import Conversation
from storage.tokens import TokenRow

EXACT = frozenset({Role.REQUESTER, Role.RESPONDENT, Role.GUARDIAN})
INSTITUTIONS = frozenset({Role.TRIBUNAL, Role.AGENCY})
"""They answer from sister addresses: another desk, a ticket robot. Their domain is what staff wrote to (RULES 4)."""


@dataclass(frozen=True, slots=True)
class Joining:
    """`conversation`: where the message belongs, or None for a first contact. `leaked`: whose secret was seen from
    elsewhere.
    """

    conversation: Conversation | None = None
    leaked: Conversation | None = None
    several: bool = False


def secrets_of(reading: Reading, ours: ServiceAddress) -> tuple[str, ...]:
    """Every secret of ours that a message shows: in envelope-visible recipients, In-Reply-To and References."""
    by_address = (ours.secret_in_address(address) for address in reading.recipients)
    by_message_id = (ours.secret_in_message_id(name) for name in (*reading.in_reply_to, *reading.references))
    return tuple(dict.fromkeys(secret for secret in (*by_address, *by_message_id) if secret))


def live(tokens: Iterable[TokenRow]) -> list[TokenRow]:
    """Tokens of conversations that still join."""
    return [t for t in tokens if t.purpose is Purpose.CONVERSATION and t.conversation_id and t.retired_at is None]


def decide(reading: Reading, tokens: Iterable[TokenRow], conversations: Mapping[str, Conversation]) -> Joining:
    """`tokens` are those the message shows, `conversations` those they belong to, by id."""
    shown = live(tokens)
    named = {t.conversation_id for t in shown}
    if len(named) != 1:
        return Joining(several=len(named) > 1)
    conversation = conversations[str(named.pop())]
    if _is_correspondent(reading, conversation) and _proven(reading, shown):
        return Joining(conversation=conversation)
    return Joining(leaked=conversation)


def _is_correspondent(reading: Reading, conversation: Conversation) -> bool:
    if len(reading.from_) != 1:
        return False
    author, known = reading.from_[0].lower(), conversation.address.lower()
    if conversation.role in INSTITUTIONS:
        return author.rpartition("@")[2] == known.rpartition("@")[2]
    return conversation.role in EXACT and author == known


def _proven(reading: Reading, shown: Iterable[TokenRow]) -> bool:
    """A secret seen from elsewhere is worth nothing without dmarc=pass; no secret outweighs a failed result."""
    if all(token.leaked for token in shown):
        return reading.dmarc is Dmarc.PASS
    return reading.dmarc is not Dmarc.FAIL
