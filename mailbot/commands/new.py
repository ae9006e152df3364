"""`#new ADDRESS [ROLE]`: a case that does not begin with a mail to us: somebody telephoned, or an office wrote
elsewhere.

Nothing leaves by it. The member gets a mail whose Reply reaches that address.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from mailbot.casework import doors, due
from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, CommandError, Moment, who
from mailbot.model import Role
from storage import cases
from storage.database import Transaction

FORM = "#new ADDRESS [requester|guardian|tribunal|agency]"
ROLES = (Role.REQUESTER, Role.GUARDIAN, Role.TRIBUNAL, Role.AGENCY)
"""Platforms and respondents come with an order, never alone."""


@dataclass(frozen=True, slots=True)
class Arguments:
    address: str
    role: Role


def parse(arguments: str, _moment: Moment) -> Arguments:
    address, *behind = arguments.split() or [""]
    role = " ".join(behind).lower() or str(Role.REQUESTER)
    found = doors.an_address(address, FORM)
    if role == "police":
        role = str(Role.AGENCY)
    if role not in ROLES:
        near = get_close_matches(role, [str(one) for one in ROLES], 1)
        raise CommandError("There is no such role here.", f"#new {found} {near[0] if near else Role.REQUESTER}")
    return Arguments(found, Role(role))


def apply(transaction: Transaction, desk: Desk, acting: Acting, arguments: Arguments) -> str:
    doors.refuse_ours(transaction, desk, arguments.address, acting.now, FORM)
    name, cause, now = who(transaction, acting.member), acting.inbound.id, acting.now
    case = cases.open_case(transaction, desk.language, cause, now)
    cases.set_owner(transaction, case.id, transaction.keys.hash("member", acting.member.key), name, cause, now)
    if arguments.role is Role.REQUESTER:
        due.happened(transaction, desk, case, ("case opened",), cause, now, name)
    doors.open_to(transaction, desk, acting, cases.find_case(transaction, case.id), arguments.role, arguments.address)
    return f"Case {case.reference} is open and yours. A mail to you says how to write to the {arguments.role}."


COMMAND = Command(
    "new",
    "Opens a case for somebody who did not write to us, as after a call.",
    (FORM,),
    parse,
    apply,
    needs_case=False,
)
