"""Whose case it is (RULES 7): the first member who answers or acts becomes owner, the others get one line in the
thread.
"""

from __future__ import annotations

from mailbot.casework.acting import Acting, who
from mailbot.casework.desk import Desk
from mailbot.casework.opening import FIRST_ANSWER
from mailbot.casework.staffmail import Telling, tell
from mailbot.model import CaseStatus, Role
from mailbot.writing import Line
from storage import cases, followups
from storage.database import Transaction


def take_if_free(transaction: Transaction, desk: Desk, acting: Acting, *, answered: bool) -> None:
    """After an act: the case has an owner; after an answer it waits for the person, and the first answer is given."""
    if acting.case is None:
        return
    name = who(transaction, acting.member)
    case = cases.find_case(transaction, acting.case.id)
    if case.owner is None:
        own = transaction.keys.hash("member", acting.member.key)
        cases.set_owner(transaction, case.id, own, name, acting.inbound.id, acting.now)
        _tell_others(transaction, desk, acting)
    if answered:
        cases.touch(transaction, case, CaseStatus.WAITING, acting.inbound.id, acting.now)
        followups.end_kind(transaction, case.id, FIRST_ANSWER, "answered", acting.inbound.id, acting.now)


def _tell_others(transaction: Transaction, desk: Desk, acting: Acting) -> None:
    others = [member for member in desk.with_role(Role.STAFF) if member.key != acting.member.key]
    if acting.case is None or not others:
        return
    line = Line(acting.case.reference, f"{acting.member.name} has this case now.")
    telling = Telling("staff-line", {"line": line}, acting.inbound.id, acting.case, acting.conversation)
    tell(transaction, desk, telling, acting.now, to=others)
