"""Follow-ups: something due, in a row of its own; the row is the schedule (RULES 15, promise 8).

What is due is wall time and zone, never an instant: a new closure or new zone data move it, and it is computed when
asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from mailbot.model import new_id
from storage import sealing
from storage.cases import case_key
from storage.database import AuditRow, Transaction, View
from storage.prepared import Prepared, PreparedInsert
from storage.schema import follow_up

WALL = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One open follow-up of a case; `due_wall` is the office's wall clock in `zone`. `who` set it, None: a rule, which
    then has the name `kind` and began at `created_at`.
    """

    id: str
    case_id: str
    kind: str
    due_wall: str
    zone: str
    urgent: bool
    created_at: datetime
    who: str | None = None


_COLUMNS = [follow_up.c[name] for name in FollowUp.__dataclass_fields__]
_ADD = PreparedInsert(follow_up)
_OF_CASE = Prepared(
    select(*_COLUMNS)
    .where(follow_up.c.case_id == bindparam("case_id"), follow_up.c.ended_at.is_(None))
    .order_by(follow_up.c.due_wall)
)


def add(
    transaction: Transaction,
    case_id: str,
    kind: str,
    due: datetime,
    zone: str,
    cause: str,
    now: datetime,
    *,
    text: str = "",
    who: str | None = None,
    urgent: bool = False,
) -> None:
    """Schedules something for a case; `due` is aware, in the office's zone. `text` is a member's, and sealed."""
    row_id = new_id(now)
    _ADD.write(
        transaction.connection,
        id=row_id,
        case_id=case_id,
        kind=kind,
        due_wall=due.strftime(WALL),
        zone=zone,
        urgent=urgent,
        created_at=now,
        who=who,
        sealed_text=_seal(case_key(transaction, case_id), text, row_id) if text else None,
    )
    detail: dict[str, str | int | None] = {"kind": kind, "due": due.strftime(WALL), "case": case_id}
    transaction.record(AuditRow(now, who or "mailbot", "follow-up.added", row_id, cause, detail))


def _seal(key: bytes, text: str, row_id: str) -> bytes:
    return sealing.seal(key, text.encode(), "follow_up", "sealed_text", row_id)


def text_of(view: View, row: FollowUp) -> str:
    """What a member wrote for it; "" for one made by a rule."""
    sealed = view.connection.execute(select(follow_up.c.sealed_text).where(follow_up.c.id == row.id)).scalar_one()
    if sealed is None:
        return ""
    return sealing.unseal(case_key(view, row.case_id), sealed, "follow_up", "sealed_text", row.id).decode()


def of_case(view: View, case_id: str) -> list[FollowUp]:
    """A case's open follow-ups, the earliest first."""
    return [FollowUp(*row) for row in _OF_CASE.all(view.connection, case_id=case_id)]


def last_before(view: View, case_id: str, kind: str, office_now: datetime) -> FollowUp | None:
    """The newest of a kind whose time has come, ended or not; `office_now` is aware, in the office's zone."""
    statement = (
        select(*_COLUMNS)
        .where(
            follow_up.c.case_id == case_id, follow_up.c.kind == kind, follow_up.c.due_wall <= office_now.strftime(WALL)
        )
        .order_by(follow_up.c.due_wall.desc(), follow_up.c.id.desc())
        .limit(1)
    )
    row = view.connection.execute(statement).first()
    return FollowUp(**row._mapping) if row else None


def due(view: View, office_now: datetime, limit: int, *, urgent: bool) -> list[FollowUp]:
    """Open follow-ups whose stored time has come, the earliest first; `office_now` is aware, in the office's zone.
    `urgent`: those alone that do not wait for the office to open.
    """
    statement = (
        select(*_COLUMNS)
        .where(follow_up.c.ended_at.is_(None), follow_up.c.due_wall <= office_now.strftime(WALL))
        .order_by(follow_up.c.due_wall, follow_up.c.id)
        .limit(limit)
    )
    if urgent:
        statement = statement.where(follow_up.c.urgent.is_(True))
    return [FollowUp(**row._mapping) for row in view.connection.execute(statement)]


def move(transaction: Transaction, row: FollowUp, due: datetime, now: datetime) -> None:
    """The calendar or the rule changed since: it is due at another time; `due` is aware, in the office's zone."""
    wall = due.strftime(WALL)
    transaction.connection.execute(update(follow_up).where(follow_up.c.id == row.id).values(due_wall=wall))
    detail: dict[str, str | int | None] = {"from": row.due_wall, "to": wall}
    transaction.record(AuditRow(now, "mailbot", "follow-up.moved", row.id, None, detail))


def end(
    transaction: Transaction, row_id: str, reason: str, cause: str | None, now: datetime, who: str = "mailbot"
) -> None:
    """Ends one follow-up, once, with the reason."""
    ended = transaction.connection.execute(
        update(follow_up)
        .where(follow_up.c.id == row_id, follow_up.c.ended_at.is_(None))
        .values(ended_at=now, reason=reason)
    )
    if ended.rowcount:
        transaction.record(AuditRow(now, who, "follow-up.ended", row_id, cause, {"reason": reason}))


def due_count(view: View, office_now: datetime) -> int:
    """How many are due on the office's wall clock; `office_now` is aware, in the office's zone."""
    statement = select(func.count()).where(
        follow_up.c.ended_at.is_(None), follow_up.c.due_wall <= office_now.strftime(WALL)
    )
    return int(view.connection.execute(statement).scalar_one())
