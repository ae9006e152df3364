"""`#find ADDRESS`: the cases in which this exact address has a conversation. It is noted who looked, not for whom."""

from __future__ import annotations

from mailbot.casework.desk import Desk
from mailbot.casework.shown import line_of
from mailbot.commands.command import Acting, Command, Moment, Shown, Told, an_address, who
from mailbot.commands.list import links_to
from storage import cases
from storage.database import AuditRow, Transaction

FORM = "#find ADDRESS"


def parse(arguments: str, _moment: Moment) -> str:
    return an_address(arguments, FORM)


def apply(transaction: Transaction, desk: Desk, acting: Acting, address: str) -> Told:
    name, cause = who(transaction, acting.member), acting.inbound.id
    transaction.record(AuditRow(acting.now, name, "address.looked-up", cause, cause, {}))
    rows = cases.conversations_with(transaction, address)
    roles = dict.fromkeys((case_id, role) for _, case_id, role in rows)
    if not roles:
        return Told("No case has a conversation with this address.")
    found = {case_id: cases.find_case(transaction, case_id) for case_id, _ in roles}
    lines = tuple(f"As {role}: {line_of(transaction, desk, found[case_id])}" for case_id, role in roles)
    return Told("This address is known.", (Shown("Cases", lines),), links_to(list(found.values())))


COMMAND = Command("find", "Says which cases know an address.", (FORM,), parse, apply, needs_case=False, reads=True)
