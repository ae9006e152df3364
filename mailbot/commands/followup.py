"""`#followup WHEN TEXT`: the case comes up again, with the member's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailbot.casework.desk import Desk
from mailbot.casework.rules import STAFF
from mailbot.casework.when import parse_when_head
from mailbot.commands.command import Acting, Command, CommandError, Moment, who, within
from mailbot.writing.dates import moment as in_words
from storage import followups
from storage.database import Transaction

FORM = "#followup WHEN TEXT"


@dataclass(frozen=True, slots=True)
class Arguments:
    due: datetime
    text: str


def parse(arguments: str, moment: Moment) -> Arguments:
    try:
        due, text = parse_when_head(arguments, moment.now, moment.office)
    except CommandError as error:
        raise CommandError(error.reason, f"#followup {error.nearest} TEXT") from error
    if not text:
        raise CommandError("What is to be done then?", f"#followup {arguments} TEXT")
    return Arguments(due, text)


def apply(transaction: Transaction, desk: Desk, acting: Acting, arguments: Arguments) -> str:
    case, _ = within(acting)
    followups.add(
        transaction,
        case.id,
        STAFF,
        arguments.due,
        desk.zone,
        acting.inbound.id,
        acting.now,
        text=arguments.text,
        who=who(transaction, acting.member),
    )
    return f"{case.reference} comes up again {in_words(arguments.due, 'en')}."


COMMAND = Command("followup", "Brings the case up again, with your words.", (FORM,), parse, apply, repeats=True)
