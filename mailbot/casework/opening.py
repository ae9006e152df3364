"""Finds the case a person's message belongs to, or opens one (RULES 4): case, conversation, token, follow-ups."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from mailbot.casework import due, joining, notices
from mailbot.casework.desk import Desk
from mailbot.casework.joining import Joining
from mailbot.model import CaseStatus, Contact, Inbound, OutboxState, Purpose, Role
from mailbot.writing import Alert
from mailbot.writing.dates import moment
from storage import cases, contacts, followups, holds, outbox, tokens
from storage.cases import Case, Conversation
from storage.database import Transaction, View
from storage.followups import WALL

ACQUAINTED = timedelta(hours=1)
"""How long ago somebody must have written first to count as known: two forged mails in a row make no acquaintance."""
Kind = Literal["new", "joined", "reopened"]


@dataclass(frozen=True, slots=True)
class Matter:
    """Where a message belongs. `known`: we had a conversation with this address before. `warnings` are sentences for
    staff, `perhaps` is the reference of the newest case that this one may be part of.
    """

    case: Case
    conversation: Conversation
    kind: Kind
    known: bool
    warnings: tuple[str, ...] = ()
    perhaps: str | None = None

    @property
    def joined(self) -> bool:
        return self.kind != "new"


def find_or_open(transaction: Transaction, desk: Desk, inbound: Inbound, now: datetime) -> Matter:
    """Joins by RULES 4, else opens a new case; outside, both look the same."""
    found = _look_up(transaction, desk, inbound)
    if found.leaked is not None:
        _expose(transaction, desk, found.leaked, inbound, now)
    if found.conversation is not None:
        return _join(transaction, desk, found.conversation, inbound, now)
    return _open(transaction, desk, inbound, found, now)


def _look_up(transaction: Transaction, desk: Desk, inbound: Inbound) -> Joining:
    shown = tokens.known(transaction, joining.secrets_of(inbound.reading, desk.address))
    ids = {str(token.conversation_id) for token in joining.live(shown.values())}
    conversations = {name: cases.find_conversation(transaction, name) for name in ids}
    return joining.decide(inbound.reading, shown.values(), conversations)


def _join(transaction: Transaction, desk: Desk, conversation: Conversation, inbound: Inbound, now: datetime) -> Matter:
    case = cases.find_case(transaction, conversation.case_id)
    cases.touch(transaction, case, CaseStatus.OPEN, inbound.id, now)
    kind: Kind = "reopened" if case.status is CaseStatus.CLOSED else "joined"
    case = replace(case, status=CaseStatus.OPEN, updated_at=now)
    if conversation.role not in joining.INSTITUTIONS:
        due.happened(transaction, desk, case, ("mail from the person",), inbound.id, now)
    return Matter(case, conversation, kind, known=True)


def _open(transaction: Transaction, desk: Desk, inbound: Inbound, found: Joining, now: datetime) -> Matter:
    address = inbound.reading.from_[0].lower()
    earlier = cases.conversations_with(transaction, address)
    known = cases.known_before(transaction, address, now - ACQUAINTED)
    case = cases.open_case(transaction, inbound.reading.language or desk.language, inbound.id, now)
    conversation = cases.open_conversation(transaction, case.id, Role.REQUESTER, address, inbound.id, now)
    tokens.give(transaction, conversation.token, Purpose.CONVERSATION, conversation_id=conversation.id)
    due.happened(transaction, desk, case, ("case opened", "mail from the person"), inbound.id, now)
    references = _references(transaction, earlier)
    leaked = cases.find_case(transaction, found.leaked.case_id).reference if found.leaked else None
    hints = tuple(_hints(references, found, leaked))
    return Matter(case, conversation, "new", known, hints, references[0] if references else None)


def _references(transaction: Transaction, earlier: list[tuple[str, str, Role]]) -> list[str]:
    """The cases of these conversations, the newest first, at most five."""
    found = dict.fromkeys(cases.find_case(transaction, case_id).reference for _, case_id, _ in earlier)
    return list(found)[:5]


def _hints(references: list[str], found: Joining, leaked: str | None) -> list[str]:
    """What staff may want to know; nothing of it shows outside (A6, A11)."""
    hints = [f"Perhaps {reference}: the same address wrote there." for reference in references]
    if leaked:
        hints.append(
            f"The message shows the reply address of case {leaked}, which was given to somebody else. It may be that"
            " person with another address, or somebody who reads their mail: do not mention that case."
        )
    if found.several:
        hints.append("The message shows the reply addresses of several cases. It joined none of them.")
    return hints


def _expose(transaction: Transaction, desk: Desk, leaked: Conversation, inbound: Inbound, now: datetime) -> None:
    """Somebody else knows a conversation's secret: it is replaced, and that case's staff are told (A6)."""
    tokens.mark_leaked(transaction, leaked.id)
    fresh = cases.replace_token(transaction, leaked, inbound.id, now)
    tokens.give(transaction, fresh.token, Purpose.CONVERSATION, conversation_id=leaked.id)
    case = cases.find_case(transaction, leaked.case_id)
    found = Alert(
        what="The reply address of this case was used from elsewhere",
        since=now.astimezone(desk.office.zone),
        todo="New letters carry a new one. That message was handled as a first contact",
        reference=case.reference,
    )
    notices.alert(transaction, desk, found, inbound.id, now, case)


def silence(
    transaction: Transaction, matter: Matter, until: datetime | None, cause: str, now: datetime, who: str = "mailbot"
) -> None:
    """STOP: nothing leaves to this address until `until`, or until a person resumes.

    What is held stops, and a person decides. What waits by itself is cancelled, but where the STOP is not proved: then
    it waits the time out, since a forged STOP must not destroy a letter (RULES 4).
    """
    address = matter.conversation.address
    contacts.stop(transaction, address, until, cause, now, who)
    for row in outbox.pending_to(transaction, address):
        if row.state is OutboxState.HELD:
            holds.stop(transaction, row, "contact is stopped", cause, now)
        elif until is None and row.role is not Role.STAFF and row.state is not OutboxState.UNCERTAIN:
            outbox.move(transaction, row, OutboxState.CANCELLED, now, reason="stopped", ended_at=now)
    if until is None:
        _retire(transaction, address, who, cause, now)


def _retire(transaction: Transaction, address: str, who: str, cause: str, now: datetime) -> None:
    """The address's secrets join nothing any more, and the person's cases say that contact is stopped."""
    for conversation_id, case_id, role in cases.conversations_with(transaction, address, limit=None):
        tokens.retire(transaction, conversation_id, now)
        if role in (Role.REQUESTER, Role.GUARDIAN):
            cases.set_contact(transaction, case_id, Contact.STOPPED, who, cause, now)


def due_sentence(view: View, desk: Desk, case: Case) -> str:
    """The first line of a notice: what is due, on the office's wall clock."""
    found = due.first_line(followups.of_case(view, case.id), desk.rules)
    if found is None:
        return "Nothing is due"
    words, row = found
    return f"{words} {moment(datetime.strptime(row.due_wall, WALL).replace(tzinfo=desk.office.zone), 'en')}"
