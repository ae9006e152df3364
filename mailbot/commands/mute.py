"""`#mute ADDRESS`: somebody floods us; their mails come in summaries, a quarter of an hour apart, for a day.

For a day and not for ever: the hundredth mail of a person may be the one that matters. Nothing is lost or answered
otherwise, and `#show` still mails the case whole. `#mute ADDRESS over` ends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, CommandError, Moment, an_address, who
from mailbot.writing.dates import moment as in_words
from storage import pauses
from storage.database import Transaction
from storage.pauses import Pause

FORMS = ("#mute ADDRESS", "#mute ADDRESS over")
A_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Arguments:
    address: str
    over: bool


def parse(arguments: str, _moment: Moment) -> Arguments:
    address, _, behind = arguments.partition(" ")
    found = an_address(address, FORMS[0])
    if behind.strip().lower() not in ("", "over"):
        raise CommandError("Nothing can follow here but: over.", f"#mute {found}")
    return Arguments(found, bool(behind.strip()))


def apply(transaction: Transaction, desk: Desk, acting: Acting, arguments: Arguments) -> str:
    name, cause, now = who(transaction, acting.member), acting.inbound.id, acting.now
    if desk.address.is_ours(arguments.address) or desk.member_at(arguments.address):
        raise CommandError("That is an address of ours.", FORMS[0])
    if arguments.over:
        over = pauses.end(transaction, Pause.MUTED, arguments.address, name, cause, now)
        return "Each mail from there is told of by itself again." if over else "This address was not muted."
    pauses.begin(transaction, Pause.MUTED, arguments.address, now + A_DAY, name, cause, now)
    until = in_words((now + A_DAY).astimezone(desk.office.zone), "en")
    return f"Mails from there come in summaries until {until}. None is lost, and #show mails the case whole."


COMMAND = Command(
    "mute", "Has somebody's mails come in summaries, for a day.", FORMS, parse, apply, needs_case=False, repeats=True
)
