"""Who acts: a staff member whose message proved itself, and what it is about. And how an act is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailbot.errors import MailbotError
from mailbot.model import Inbound, Member, Purpose
from storage.cases import Case, Conversation
from storage.database import View


class CommandError(MailbotError):
    """A staff message that is not acted upon. `reason` and `nearest` are a sentence and a form for the member who wrote
    it.
    """

    def __init__(self, reason: str, nearest: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.nearest = nearest


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts, with what: the member, the staff message, and what its token was given for.

    `letter` is the outbox id that the answered receipt or notice speaks of, `below` the id of the answer in the same
    message.
    """

    member: Member
    inbound: Inbound
    purpose: Purpose
    case: Case | None
    conversation: Conversation | None
    letter: str | None
    below: str | None
    now: datetime


def who(view: View, member: Member) -> str:
    """The member in the audit: always the same, and no name or address."""
    return f"member:{view.keys.hash('member', member.key).hex()[:12]}"
