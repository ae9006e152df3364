"""`#talk tribunal|police|agency ADDRESS`: a conversation of this case with an office. Refused without the person's
consent for exactly that (LETTERS, G4).
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from mailbot.casework import doors
from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, CommandError, Moment, an_address, within
from mailbot.model import Role
from storage import records
from storage.database import Transaction
from storage.records import Kind

FORM = "#talk tribunal|police|agency ADDRESS"
OFFICES = {"tribunal": Role.TRIBUNAL, "police": Role.AGENCY, "agency": Role.AGENCY}
CONSENTS = {"tribunal": ("tribunal",), "police": ("police",), "agency": ("agency", "c3p")}
"""A yes to the Centre for Child Protection is a yes to an agency, and to no other office."""


@dataclass(frozen=True, slots=True)
class Arguments:
    office: str
    address: str


def parse(arguments: str, _moment: Moment) -> Arguments:
    office, _, address = arguments.partition(" ")
    office = office.lower()
    if office not in OFFICES:
        near = get_close_matches(office, OFFICES, 1)
        raise CommandError(
            "An office is tribunal, police or agency.", f"#talk {near[0] if near else 'tribunal'} ADDRESS"
        )
    return Arguments(office, an_address(address.strip(), f"#talk {office} ADDRESS"))


def apply(transaction: Transaction, desk: Desk, acting: Acting, arguments: Arguments) -> str:
    case, _ = within(acting)
    doors.refuse_ours(transaction, desk, arguments.address, acting.now, FORM)
    if not any(_allowed(transaction, acting, case.id, purpose) for purpose in CONSENTS[arguments.office]):
        raise CommandError(
            f"The person's consent to {arguments.office} is not on record.",
            f"#consent yes {CONSENTS[arguments.office][0]}",
        )
    doors.open_to(transaction, desk, acting, case, OFFICES[arguments.office], arguments.address)
    return (
        f"{case.reference} has a conversation with the {arguments.office} now. A mail to you says how to write there."
    )


def _allowed(transaction: Transaction, acting: Acting, case_id: str, purpose: str) -> bool:
    found = records.latest(transaction, case_id, Kind.CONSENT, acting.now, about=purpose)
    return found is not None and found.value["answer"] == "yes"


COMMAND = Command("talk", "Opens a conversation of this case with an office, by consent.", (FORM,), parse, apply)
