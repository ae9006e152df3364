"""`#away until WHEN`: a member is not there; mail of their cases goes to everybody meanwhile. `#away over` ends it."""

from __future__ import annotations

from datetime import datetime

from mailbot.casework.desk import Desk
from mailbot.casework.when import parse_when
from mailbot.commands.command import Acting, Command, CommandError, Moment, who
from mailbot.writing.dates import moment as in_words
from storage import pauses
from storage.database import Transaction
from storage.pauses import Pause

FORMS = ("#away until WHEN", "#away over")


def parse(arguments: str, moment: Moment) -> datetime | None:
    """Until when; None for its end."""
    word, _, behind = arguments.partition(" ")
    if word.lower() == "over" and not behind:
        return None
    if word.lower() != "until" or not behind:
        raise CommandError("Until when?", "#away until monday")
    try:
        return parse_when(behind, moment.now, moment.office)
    except CommandError as error:
        raise CommandError(error.reason, f"#away until {error.nearest}") from error


def apply(transaction: Transaction, _desk: Desk, acting: Acting, until: datetime | None) -> str:
    name, cause, now = who(transaction, acting.member), acting.inbound.id, acting.now
    if until is None:
        over = pauses.end(transaction, Pause.AWAY, acting.member.key, name, cause, now)
        return "You are back: mail of your cases comes to you again." if over else "You were not away."
    pauses.begin(transaction, Pause.AWAY, acting.member.key, until, name, cause, now)
    return f"You are away until {in_words(until, 'en')}. Mail of your cases goes to everybody until then."


COMMAND = Command("away", "Says that you are not there.", FORMS, parse, apply, needs_case=False)
