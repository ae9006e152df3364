"""`#call WHEN`: a telephone call that was agreed; the member is reminded, outside office hours too."""

from __future__ import annotations

from datetime import datetime

from mailbot.casework.desk import Desk
from mailbot.casework.rules import CALL
from mailbot.casework.when import parse_when
from mailbot.commands.command import Acting, Command, CommandError, Moment, who, within
from mailbot.writing.dates import moment as in_words
from storage import followups
from storage.database import Transaction

FORM = "#call WHEN"


def parse(arguments: str, moment: Moment) -> datetime:
    try:
        return parse_when(arguments, moment.now, moment.office)
    except CommandError as error:
        raise CommandError(error.reason, f"#call {error.nearest}") from error


def apply(transaction: Transaction, desk: Desk, acting: Acting, due: datetime) -> str:
    case, _ = within(acting)
    followups.add(
        transaction,
        case.id,
        CALL,
        due,
        desk.zone,
        acting.inbound.id,
        acting.now,
        who=who(transaction, acting.member),
        # A person waits by the telephone: a reminder at the next opening would be too late.
        urgent=not desk.office.is_open(due),
    )
    return f"The call is noted for {in_words(due, 'en')}."


COMMAND = Command("call", "Notes a call that was agreed.", (FORM,), parse, apply, repeats=True)
