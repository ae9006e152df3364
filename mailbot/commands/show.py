"""`#show [REF]`: one case whole, as mail: how it stands, what is due, every conversation's words. It is noted who
looked.
"""

from __future__ import annotations

from mailbot.casework.desk import Desk
from mailbot.casework.shown import line_of, whole_case
from mailbot.commands.command import Acting, Command, CommandError, Moment, Told, who
from mailbot.commands.join import a_reference
from storage import cases
from storage.cases import Case
from storage.database import AuditRow, Transaction

FORM = "#show [REF]"


def parse(arguments: str, _moment: Moment) -> str:
    return a_reference(arguments, FORM) if arguments else ""


def apply(transaction: Transaction, desk: Desk, acting: Acting, reference: str) -> Told:
    case = _case(transaction, acting, reference)
    name, cause = who(transaction, acting.member), acting.inbound.id
    transaction.record(AuditRow(acting.now, name, "case.shown", case.id, cause, {}))
    return Told(line_of(transaction, desk, case), whole_case(transaction, desk, case, acting.now))


def _case(transaction: Transaction, acting: Acting, reference: str) -> Case:
    if not reference and acting.case is not None:
        return acting.case
    if not reference:
        raise CommandError("Which case? The subject of its mail shows the reference.", FORM)
    found = cases.find_by_reference(transaction, reference)
    if found is None:
        raise CommandError("No case has this reference.", FORM)
    return found


COMMAND = Command("show", "Mails you one case whole.", (FORM,), parse, apply, needs_case=False, reads=True)
