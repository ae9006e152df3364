"""Follow-ups: something due, in a row of its own; the row is the schedule (RULES 15, promise 8).

What is due is wall time and zone, never an instant: a new closure or new zone data move it, and it is computed when
asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select

from mailbot.model import new_id
from storage.database import AuditRow, Transaction, View
from storage.schema import follow_up

WALL = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One open follow-up of a case; `due_wall` is the office's wall clock in `zone`."""

    id: str
    case_id: str
    kind: str
    due_wall: str
    zone: str
    urgent: bool


_COLUMNS = [follow_up.c[name] for name in FollowUp.__dataclass_fields__]


def add(transaction: Transaction, case_id: str, kind: str, due: datetime, zone: str, cause: str, now: datetime) -> None:
    """Schedules something for a case; `due` is aware, in the office's zone."""
    row_id = new_id(now)
    transaction.connection.execute(
        insert(follow_up).values(
            id=row_id, case_id=case_id, kind=kind, due_wall=due.strftime(WALL), zone=zone, urgent=False, created_at=now
        )
    )
    detail: dict[str, str | int | None] = {"kind": kind, "due": due.strftime(WALL), "case": case_id}
    transaction.record(AuditRow(now, "mailbot", "follow-up.added", row_id, cause, detail))


def of_case(view: View, case_id: str) -> list[FollowUp]:
    """A case's open follow-ups, the earliest first."""
    statement = (
        select(*_COLUMNS)
        .where(follow_up.c.case_id == case_id, follow_up.c.ended_at.is_(None))
        .order_by(follow_up.c.due_wall)
    )
    return [FollowUp(**row._mapping) for row in view.connection.execute(statement)]


def due_count(view: View, office_now: datetime) -> int:
    """How many are due on the office's wall clock; `office_now` is aware, in the office's zone."""
    statement = select(func.count()).where(
        follow_up.c.ended_at.is_(None), follow_up.c.due_wall <= office_now.strftime(WALL)
    )
    return int(view.connection.execute(statement).scalar_one())
