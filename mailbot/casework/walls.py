"""Two cases that must stay two: a young person's and that of whoever cares for them (LETTERS, J5 and G9).

Neither is told of the other, not even that the other wrote; one case would show each what the other said. Judged by
what staff recorded (stream, facts, permissions) and by the roles of the conversations. A pure look; nothing changes.
"""

from __future__ import annotations

from datetime import datetime

from mailbot.model import Role, Stream
from storage import cases, records
from storage.cases import Case
from storage.database import View
from storage.records import Kind

GUARDIAN = "One is a young person's case, the other a guardian's. Neither is told of the other, so they stay two."
FOR_A_CHILD = (
    "In one of these cases somebody writes for a child; the other one is not recorded so. A child's case and a"
    " guardian's stay two. If they are one person's, record that first."
)
STREAMS = "One case is a young person's, the other an adult's. If they are one person, correct the stream first."


def between(view: View, one: Case, other: Case, now: datetime) -> tuple[str, str] | None:
    """Why these two must not become one, and the command that corrects what was recorded wrongly; None: they may."""
    if {one.stream, other.stream} == {Stream.YOUTH, Stream.ADULT}:
        return STREAMS, "#stream adult|youth|unknown"
    if _is_guardians(view, one, other, now) or _is_guardians(view, other, one, now):
        return GUARDIAN, ""
    same = _addresses(view, one, Role.REQUESTER) & _addresses(view, other, Role.REQUESTER)
    if not same and _for_a_child(view, one, now) != _for_a_child(view, other, now):
        return FOR_A_CHILD, "#facts child"
    return None


def _is_guardians(view: View, case: Case, other: Case, now: datetime) -> bool:
    """Whether `case` is a guardian's: it has no person but one, or its requester is the other's guardian."""
    requesters = _addresses(view, case, Role.REQUESTER)
    if not requesters and _addresses(view, case, Role.GUARDIAN):
        return True
    asked_about = any(records.latest(view, other.id, Kind.GUARDIAN, now, about=one) for one in requesters)
    return asked_about or bool(requesters & _addresses(view, other, Role.GUARDIAN))


def _addresses(view: View, case: Case, role: Role) -> set[str]:
    return {one.address.lower() for one in cases.conversations(view, case.id) if one.role is role}


def _for_a_child(view: View, case: Case, now: datetime) -> bool:
    found = records.latest(view, case.id, Kind.FACTS, now)
    return found is not None and found.value.get("person") == "child"
