"""Whose case it is (RULES 7): the first member who answers or acts becomes owner, the others get one line in the
thread.
"""

from __future__ import annotations

from mailbot.casework import due
from mailbot.casework.acting import Acting, who
from mailbot.casework.desk import Desk
from mailbot.casework.staffmail import Telling, owner_of, tell
from mailbot.model import CaseStatus, Role
from mailbot.writing import Line
from storage import cases
from storage.cases import Case
from storage.database import Transaction


def take_if_free(transaction: Transaction, desk: Desk, acting: Acting, before: Case | None, *, answered: bool) -> None:
    """After an act: the case has an owner; after an answer it waits for the person. `before` is the case before the
    message acted. What was due may be done with, and something else due.
    """
    if acting.case is None:
        return
    case = cases.find_case(transaction, acting.case.id)
    earlier = before if before is not None and before.id == case.id else case
    if case.owner is None:
        own = transaction.keys.hash("member", acting.member.key)
        name = who(transaction, acting.member)
        cases.set_owner(transaction, case.id, own, name, acting.inbound.id, acting.now)
        case = cases.find_case(transaction, case.id)
    taken = case.owner != earlier.owner
    if taken:
        _tell_others(transaction, desk, acting, case)
    closed = case.status is CaseStatus.CLOSED and earlier.status is not CaseStatus.CLOSED
    if answered and not closed:
        cases.touch(transaction, case, CaseStatus.WAITING, acting.inbound.id, acting.now)
        case = cases.find_case(transaction, case.id)
    events = ("acted", *(["taken"] if taken and not answered else []), *(["answered"] if answered else []))
    due.happened(transaction, desk, case, events, acting.inbound.id, acting.now, who(transaction, acting.member))


def _tell_others(transaction: Transaction, desk: Desk, acting: Acting, case: Case) -> None:
    owner = owner_of(desk, transaction, case)
    others = [member for member in desk.with_role(Role.STAFF) if member.key != acting.member.key]
    if owner is None or not others:
        return
    line = Line(case.reference, f"{owner.name} has this case now.")
    telling = Telling("staff-line", {"line": line}, acting.inbound.id, case, acting.conversation)
    tell(transaction, desk, telling, acting.now, to=others)
