"""What a command is: the shape that every file in this folder fills."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailbot.casework.acting import Acting, CommandError, Told, who
from mailbot.casework.desk import Desk
from mailbot.model import Inbound
from mailbot.reading.address import is_address
from mailbot.writing import Shown
from scheduler import Office
from storage.cases import Case, Conversation
from storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Moment:
    """When and where a line is understood: WHEN is office wall time."""

    now: datetime
    office: Office


def as_typed(line: str, _inbound: Inbound) -> str:
    """The line of a command as the member typed it."""
    return line


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its word after the #, its help line, its forms as a person types them, and what it does.

    `parse` gets the words behind the word, on one line; with `takes_rest` also everything below, lines and all. `apply`
    writes and returns a sentence for the receipt, or with what it shows a `Told`. `needs_case`: refused from anywhere
    but a case's mail. `reads`: changes nothing. `sends`: decides on a waiting letter, its arguments are a `Choice`.
    `repeats`: may stand in a message more than once. `offered`: the line that the link of an offer sends (RULES 9).
    `writes`: its argument names a letter that goes out below the words of the message.
    """

    word: str
    help: str
    forms: tuple[str, ...]
    parse: Callable[[str, Moment], Any]
    apply: Callable[[Transaction, Desk, Acting, Any], str | Told]
    needs_case: bool = True
    takes_rest: bool = False
    reads: bool = False
    sends: bool = False
    repeats: bool = False
    offered: Callable[[str, Inbound], str] = as_typed
    writes: bool = False

    def __call__(self, transaction: Transaction, desk: Desk, acting: Acting, arguments: Any) -> Told:
        """Applies it, where it may be used at all."""
        if self.needs_case and (acting.case is None or acting.conversation is None):
            raise CommandError("This command needs a case: answer a mail of that case.", self.forms[0])
        told = self.apply(transaction, desk, acting, arguments)
        return Told(told) if isinstance(told, str) else told


@dataclass(frozen=True, slots=True)
class Choice:
    """Arguments of a sending command: the letter named, or None for the one that RULES 8 means, and until when."""

    letter: str | None
    until: datetime | None = None


_ID = re.compile(r"[a-z2-7]{16}")


def an_id(typed: str) -> str | None:
    """An opaque id of ours, whatever its letter case; None for anything else."""
    return typed.lower() if _ID.fullmatch(typed.lower()) else None


def an_address(typed: str, form: str) -> str:
    """A mail address as a member typed it. CommandError for anything else."""
    address = typed.strip("<>").removeprefix("mailto:").lower()
    if not is_address(address) or "." not in address.rpartition("@")[2]:
        raise CommandError("That is no mail address.", form)
    return address


def nothing(arguments: str, form: str) -> None:
    """For commands that take nothing: words behind one are a slip."""
    if arguments:
        raise CommandError("This command takes nothing behind it.", form)


def within(acting: Acting) -> tuple[Case, Conversation]:
    """The case and the conversation of a command that needs them."""
    if acting.case is None or acting.conversation is None:
        raise CommandError("This command needs a case: answer a mail of that case.")
    return acting.case, acting.conversation


__all__ = [
    "Acting",
    "Choice",
    "Command",
    "CommandError",
    "Moment",
    "Shown",
    "Told",
    "an_address",
    "an_id",
    "nothing",
    "who",
    "within",
]
