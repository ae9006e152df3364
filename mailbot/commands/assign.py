"""`#assign NAME`: the case goes to a colleague, by the name or address in the configuration."""

from __future__ import annotations

from difflib import get_close_matches

from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, CommandError, Moment, who, within
from mailbot.model import Member, Role
from storage import cases
from storage.database import Transaction

FORM = "#assign NAME"


def parse(arguments: str, _moment: Moment) -> str:
    if not arguments:
        raise CommandError("Whose is the case to be?", FORM)
    return arguments


def apply(transaction: Transaction, desk: Desk, acting: Acting, name: str) -> str:
    case, _ = within(acting)
    member = _called(desk.with_role(Role.STAFF), name)
    owner = transaction.keys.hash("member", member.key)
    cases.set_owner(transaction, case.id, owner, who(transaction, acting.member), acting.inbound.id, acting.now)
    return f"{case.reference} is {member.name}'s."


def _called(staff: tuple[Member, ...], name: str) -> Member:
    """The one member of that name; a part of a name will do where only one has it."""
    wanted = name.casefold()
    whole = [member for member in staff if wanted in (member.name.casefold(), member.address.lower())]
    found = whole or [member for member in staff if wanted in member.name.casefold().split()]
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandError("Several members of staff have this name.", f"#assign {found[0].address}")
    names = {member.name.casefold(): member.name for member in staff}
    near = get_close_matches(wanted, names, 1, cutoff=0.0)
    raise CommandError("Nobody on the staff has this name.", f"#assign {names[near[0]]}" if near else FORM)


COMMAND = Command("assign", "Gives the case to a colleague.", (FORM,), parse, apply)
