"""`#status open|waiting|closed`: where the case stands. New mail opens it again."""

from __future__ import annotations

from difflib import get_close_matches

from mailbot.casework import due
from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, CommandError, Moment, who, within
from mailbot.model import CaseStatus
from storage import cases, followups
from storage.database import Transaction

FORM = "#status open|waiting|closed"


def parse(arguments: str, _moment: Moment) -> CaseStatus:
    typed = arguments.lower()
    if typed in list(CaseStatus):
        return CaseStatus(typed)
    near = get_close_matches(typed, list(CaseStatus), 1)
    raise CommandError("A case is open, waiting or closed.", f"#status {near[0]}" if near else FORM)


def apply(transaction: Transaction, desk: Desk, acting: Acting, status: CaseStatus) -> str:
    case, _ = within(acting)
    name, cause, now = who(transaction, acting.member), acting.inbound.id, acting.now
    cases.set_status(transaction, case, status, name, cause, now)
    if status is not CaseStatus.CLOSED:
        return f"{case.reference} is {status}."
    due.happened(transaction, desk, case, ("closed",), cause, now, name)
    left = len(followups.of_case(transaction, case.id))
    stays = f" Follow-ups that stay: {left}." if left else ""
    return f"{case.reference} is closed. New mail of this person opens it again.{stays}"


COMMAND = Command("status", "Says where the case stands.", (FORM,), parse, apply)
