"""What a command is: the shape that every file in this folder fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailbot.casework.desk import Desk
from mailbot.errors import MailbotError
from mailbot.model import Inbound, Member, Purpose
from scheduler import Office
from storage.cases import Case, Conversation
from storage.database import Transaction


class CommandError(MailbotError):
    """A command line that is not acted upon. `reason` and `nearest` are sentences and forms for the member who wrote
    it.
    """

    def __init__(self, reason: str, nearest: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.nearest = nearest


@dataclass(frozen=True, slots=True)
class Moment:
    """When and where a line is understood: WHEN is office wall time."""

    now: datetime
    office: Office


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


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its word after the #, its help line, its forms as a person types them, and what it does."""

    word: str
    help: str
    forms: tuple[str, ...]
    parse: Callable[[str, Moment], Any]
    apply: Callable[[Transaction, Desk, Acting, Any], str]
    needs_case: bool = True
    takes_rest: bool = False
