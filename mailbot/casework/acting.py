"""Who acts: a staff member whose message proved itself, and what it is about. And how an act is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailbot.errors import MailbotError
from mailbot.model import Inbound, Member, Purpose
from mailbot.writing import Shown
from storage.cases import Case, Conversation
from storage.database import View


class CommandError(MailbotError):
    """A staff message that is not acted upon.

    `reason` is a sentence of ours, `nearest` the nearest right form, `line` the line meant. What was typed stands in
    these two alone, since an exception's own text may end in a log.
    """

    def __init__(self, reason: str, nearest: str = "", line: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.nearest = nearest
        self.line = line


@dataclass(frozen=True, slots=True)
class Told:
    """What a command says in the receipt: a sentence, what it shows below, and links (a label, and the command that
    its mail will hold).
    """

    sentence: str
    shown: tuple[Shown, ...] = ()
    links: tuple[tuple[str, str], ...] = ()


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
