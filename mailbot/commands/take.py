"""`#take`: the case becomes the member's own."""

from __future__ import annotations

from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, Moment, nothing, who, within
from storage import cases
from storage.database import Transaction

FORM = "#take"


def parse(arguments: str, _moment: Moment) -> None:
    nothing(arguments, FORM)


def apply(transaction: Transaction, _desk: Desk, acting: Acting, _arguments: None) -> str:
    case, _ = within(acting)
    own = transaction.keys.hash("member", acting.member.key)
    cases.set_owner(transaction, case.id, own, who(transaction, acting.member), acting.inbound.id, acting.now)
    return f"{case.reference} is yours."


COMMAND = Command("take", "Makes the case yours.", (FORM,), parse, apply)
