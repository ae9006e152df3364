"""`#call WHEN`: a telephone call that was agreed; the member is reminded, outside office hours too, with the number and
the hours that are safe. `#call reached|missed|message`: how it went, which ends it (LETTERS, G2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailbot.casework import telephone
from mailbot.casework.desk import Desk
from mailbot.casework.rules import CALL
from mailbot.casework.telephone import OUTCOMES
from mailbot.casework.when import parse_when
from mailbot.commands.command import Acting, Command, CommandError, Moment, Told, who, within
from mailbot.writing.dates import moment as in_words
from storage import followups, records
from storage.cases import Case
from storage.database import Transaction
from storage.followups import WALL, FollowUp
from storage.records import Kind

FORMS = ("#call WHEN", "#call reached|missed|message")
AGAIN = ("Plan another call", "#call tomorrow 10:00")


@dataclass(frozen=True, slots=True)
class Arguments:
    """When it is to be, or how it went."""

    due: datetime | None
    outcome: str = ""


def parse(arguments: str, moment: Moment) -> Arguments:
    if arguments.lower() in OUTCOMES:
        return Arguments(None, arguments.lower())
    try:
        return Arguments(parse_when(arguments, moment.now, moment.office))
    except CommandError as error:
        raise CommandError(error.reason, f"#call {error.nearest}") from error


def apply(transaction: Transaction, desk: Desk, acting: Acting, arguments: Arguments) -> str | Told:
    case, _ = within(acting)
    if arguments.due is None:
        return _outcome(transaction, desk, acting, case, arguments.outcome)
    name, cause, due = who(transaction, acting.member), acting.inbound.id, arguments.due
    # A person waits by the telephone: a reminder at the next opening would be too late.
    urgent = not desk.office.is_open(due)
    followups.add(transaction, case.id, CALL, due, desk.zone, cause, acting.now, who=name, urgent=urgent)
    return f"The call is noted for {in_words(due, 'en')}."


def _outcome(transaction: Transaction, desk: Desk, acting: Acting, case: Case, outcome: str) -> Told:
    name, cause, now = who(transaction, acting.member), acting.inbound.id, acting.now
    records.add(transaction, case.id, Kind.CALL, {"outcome": outcome}, who=name, cause=cause, now=now)
    for row in _planned_by_tonight(transaction, desk, case, now):
        followups.end(transaction, row.id, outcome, cause, now, name)
    phone = telephone.of_case(transaction, case.id, now)
    warning = ""
    if outcome == "message" and (phone is None or phone.voicemail != "yes"):
        warning = " Nobody recorded that a message may be left: think about who may hear it."
    left = len(_planned(transaction, case))
    more = f" Calls that are still planned: {left}." if left else ""
    again = (AGAIN,) if outcome != "reached" and not left else ()
    return Told(f"The call is recorded: {OUTCOMES[outcome]}.{warning}{more}", links=again)


def _planned(transaction: Transaction, case: Case) -> list[FollowUp]:
    return [row for row in followups.of_case(transaction, case.id) if row.kind == CALL]


def _planned_by_tonight(transaction: Transaction, desk: Desk, case: Case, now: datetime) -> list[FollowUp]:
    """What this call was: one of today, though it came early. A call of another day stays planned."""
    tonight = now.astimezone(desk.office.zone).replace(hour=23, minute=59).strftime(WALL)
    return [row for row in _planned(transaction, case) if row.due_wall <= tonight]


COMMAND = Command("call", "Notes a call that was agreed, or how it went.", FORMS, parse, apply, repeats=True)
