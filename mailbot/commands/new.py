"""`#new ADDRESS [ROLE]`: a case that does not begin with a mail to us: somebody telephoned, or wrote elsewhere.

Nothing leaves by it. The member gets a mail whose Reply reaches that address. A mail attached to it that the person
sent to the member by mistake becomes the first message of the case (`with MESSAGE`, which the link of the offer
writes).
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from mailbot.casework import adopting, doors, due
from mailbot.casework.adopting import Original
from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, CommandError, Moment, Told, an_address, an_id, who
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
    message: str | None = None


def parse(arguments: str, _moment: Moment) -> Arguments:
    address, *behind = arguments.split() or [""]
    message = an_id(behind[-1]) if behind[-2:-1] == ["with"] else None
    role = " ".join(behind[:-2] if message else behind).lower() or str(Role.REQUESTER)
    found = an_address(address, FORM)
    if role == "police":
        role = str(Role.AGENCY)
    if role not in ROLES:
        near = get_close_matches(role, [str(one) for one in ROLES], 1)
        raise CommandError("There is no such role here.", f"#new {found} {near[0] if near else Role.REQUESTER}")
    return Arguments(found, Role(role), message)


def apply(transaction: Transaction, desk: Desk, acting: Acting, arguments: Arguments) -> Told:
    doors.refuse_ours(transaction, desk, arguments.address, acting.now, FORM)
    name, cause, now = who(transaction, acting.member), acting.inbound.id, acting.now
    original = _original(transaction, desk, acting, arguments)
    language = original.reading.language if original else None
    case = cases.open_case(transaction, language or desk.language, cause, now)
    cases.set_owner(transaction, case.id, transaction.keys.hash("member", acting.member.key), name, cause, now)
    if arguments.role is Role.REQUESTER:
        events = ("case opened", "mail from the person") if original else ("case opened",)
        due.happened(transaction, desk, case, events, cause, now, name)
    case = cases.find_case(transaction, case.id)
    conversation = doors.open_to(transaction, desk, acting, case, arguments.role, arguments.address)
    shown = (adopting.adopt(transaction, acting, original, conversation, now),) if original else ()
    sentence = f"Case {case.reference} is open and yours. A mail to you says how to write to the {arguments.role}."
    return Told(sentence, shown)


def _original(transaction: Transaction, desk: Desk, acting: Acting, arguments: Arguments) -> Original | None:
    if arguments.message:
        return adopting.find(transaction, desk, acting, arguments.message, arguments.address)
    if adopting.carries_mail(acting.inbound.reading):
        raise CommandError(adopting.HOW)
    return None


COMMAND = Command(
    "new",
    "Opens a case for somebody who did not write to us, as after a call.",
    (FORM,),
    parse,
    apply,
    needs_case=False,
    offered=adopting.offered,
)
