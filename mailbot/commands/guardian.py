"""`#guardian permit|refuse ADDRESS [WHAT] [until WHEN]`: a young person's permission to write to a parent or carer,
what may be told, and until when (LETTERS, G9). One word takes it back, and letters that wait for that address stop.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from mailbot.casework import doors
from mailbot.casework.desk import Desk
from mailbot.casework.when import parse_when
from mailbot.commands.command import Acting, Command, CommandError, Moment, an_address, who, within
from mailbot.model import Role
from mailbot.writing.dates import moment as in_words
from storage import holds, records
from storage.database import Transaction
from storage.records import Kind

FORM = "#guardian permit|refuse ADDRESS [WHAT] [until WHEN]"
LONGEST = 200
_UNTIL = re.compile(r"(?:^|\s)until\s+(.+)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Arguments:
    permits: bool
    address: str
    what: str
    until: datetime | None


def parse(arguments: str, moment: Moment) -> Arguments:
    word, _, behind = arguments.partition(" ")
    if word.lower() not in ("permit", "refuse"):
        raise CommandError("A permission is given or refused.", "#guardian permit ADDRESS")
    address, _, rest = behind.strip().partition(" ")
    found = an_address(address, f"#guardian {word.lower()} ADDRESS")
    ending = _UNTIL.search(rest)
    what = (rest[: ending.start()] if ending else rest).strip()
    if len(what) > LONGEST:
        raise CommandError("What may be told, in a few words?", FORM)
    return Arguments(word.lower() == "permit", found, what, _end(ending[1], found, moment) if ending else None)


def _end(typed: str, address: str, moment: Moment) -> datetime:
    try:
        return parse_when(typed, moment.now, moment.office)
    except CommandError as error:
        raise CommandError(error.reason, f"#guardian permit {address} until {error.nearest}") from error


def apply(transaction: Transaction, desk: Desk, acting: Acting, arguments: Arguments) -> str:
    case, conversation = within(acting)
    if conversation.role is not Role.REQUESTER:
        raise CommandError("Only the young person can permit it: answer a mail of theirs.")
    doors.refuse_ours(transaction, desk, arguments.address, acting.now, FORM)
    records.add(
        transaction,
        case.id,
        Kind.GUARDIAN,
        {"answer": "yes" if arguments.permits else "no", "what": arguments.what},
        who=who(transaction, acting.member),
        cause=acting.inbound.id,
        now=acting.now,
        about=arguments.address,
        until=arguments.until,
    )
    return (
        _permit(transaction, desk, acting, arguments) if arguments.permits else _refuse(transaction, acting, arguments)
    )


def _permit(transaction: Transaction, desk: Desk, acting: Acting, arguments: Arguments) -> str:
    case, _ = within(acting)
    doors.open_to(transaction, desk, acting, case, Role.GUARDIAN, arguments.address)
    until = f", until {in_words(arguments.until, 'en')}" if arguments.until else ""
    what = arguments.what or "nothing but that help exists"
    return f"The guardian may be written to{until}. May be told: {what}."


def _refuse(transaction: Transaction, acting: Acting, arguments: Arguments) -> str:
    case, _ = within(acting)
    conversation = doors.existing(transaction, case, Role.GUARDIAN, arguments.address)
    for row in holds.held_in(transaction, conversation.id) if conversation else ():
        holds.stop(transaction, row, "the young person does not permit it", acting.inbound.id, acting.now)
    return "The guardian is not written to. Letters that waited for that address are stopped."


COMMAND = Command("guardian", "Records whether a parent or carer may be written to.", (FORM,), parse, apply)
