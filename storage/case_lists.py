"""Cases by how they stand, for people who look through them: a bounded number, the longest untouched first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select

from mailbot.model import CaseStatus
from storage.cases import CASE_COLUMNS, Case
from storage.database import View
from storage.schema import cases, follow_up


def with_status(view: View, status: CaseStatus, limit: int) -> list[Case]:
    """Cases of one status."""
    return _found(view, select(*CASE_COLUMNS).where(cases.c.status == status), limit)


def with_follow_up(view: View, rule: str, limit: int) -> list[Case]:
    """Open cases of which a rule's follow-up runs, or was told and nobody has taken the case since."""
    runs = follow_up.c.ended_at.is_(None) | cases.c.owner.is_(None)
    theirs = select(follow_up.c.id).where(follow_up.c.case_id == cases.c.id, follow_up.c.kind == rule, runs)
    return _found(
        view, select(*CASE_COLUMNS).where(cases.c.status == CaseStatus.OPEN, theirs.correlate(cases).exists()), limit
    )


def owned_by(view: View, owner: bytes, limit: int) -> list[Case]:
    """A member's cases that are not closed."""
    statement = select(*CASE_COLUMNS).where(cases.c.owner == owner, cases.c.status != CaseStatus.CLOSED)
    return _found(view, statement, limit)


def untouched_since(view: View, before: datetime, limit: int) -> list[Case]:
    """Open cases in which nothing happened since an instant."""
    statement = select(*CASE_COLUMNS).where(cases.c.status == CaseStatus.OPEN, cases.c.updated_at < before)
    return _found(view, statement, limit)


def _found(view: View, statement: Select[tuple[object, ...]], limit: int) -> list[Case]:
    rows = view.connection.execute(statement.order_by(cases.c.updated_at, cases.c.id).limit(limit))
    return [Case(**row._mapping) for row in rows]
