"""Two cases made one, and taken apart again (`#merge`, `#unmerge`): what moved is remembered, row by row.

A conversation is whole in one case, always: apart again, it takes along what came and left in it meanwhile. What
belongs to no conversation (notes, records, follow-ups) goes back if it moved; what was written since stays where it was
written. What somebody moved elsewhere meanwhile stays there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Table, and_, insert, or_, select, update

from mailbot.model import CaseStatus, Contact, Stream, new_id
from storage import joins
from storage.cases import Case, find_case
from storage.database import AuditRow, Transaction, View
from storage.schema import audit, conversation, merged_row, merger


@dataclass(frozen=True, slots=True)
class Merger:
    """A merge that stands: `source` went into `target`. The words say how both stood before."""

    id: str
    source_id: str
    target_id: str
    merged_at: datetime
    cause: str
    source_status: CaseStatus
    target_contact: Contact
    target_stream: Stream


_COLUMNS = [merger.c[name] for name in Merger.__dataclass_fields__]


def merge(transaction: Transaction, source: Case, target: Case, who: str, cause: str, now: datetime) -> None:
    """Moves everything of `source` into `target`, and remembers what it was."""
    moved = joins.carry_all(transaction, joins.passage(transaction, source.id, target.id))
    found = Merger(new_id(now), source.id, target.id, now, cause, source.status, target.contact, target.stream)
    values = {name: getattr(found, name) for name in Merger.__dataclass_fields__}
    transaction.connection.execute(insert(merger).values(**values))
    rows = [{"merger_id": found.id, "kind": kind, "row_id": one} for kind, ids in moved.items() for one in ids]
    if rows:
        transaction.connection.execute(insert(merged_row), rows)
    transaction.record(AuditRow(now, who, "case.merged", source.id, cause, {"into": target.id}))


def standing(view: View, target_id: str) -> list[Merger]:
    """The merges into a case that were not undone, oldest first."""
    statement = (
        select(*_COLUMNS)
        .where(merger.c.target_id == target_id, merger.c.undone_at.is_(None))
        .order_by(merger.c.merged_at, merger.c.id)
    )
    return [Merger(**row._mapping) for row in view.connection.execute(statement)]


def undo(transaction: Transaction, found: Merger, who: str, cause: str, now: datetime) -> Case:
    """Takes the two apart; the case that has its own again."""
    way = joins.passage(transaction, found.target_id, found.source_id)
    conversations = _remembered(transaction, found, conversation)
    for table in joins.TABLES:
        joins.carry(transaction, way, table, _goes_back(transaction, found, table, conversations))
    transaction.connection.execute(update(merger).where(merger.c.id == found.id).values(undone_at=now))
    transaction.record(AuditRow(now, who, "case.unmerged", found.source_id, cause, {"from": found.target_id}))
    return find_case(transaction, found.source_id)


def changed_since(view: View, found: Merger, act: str) -> bool:
    """Whether such an act ("case.contact") was done to the target after it was merged."""
    statement = select(audit.c.seq).where(
        audit.c.subject == found.target_id,
        audit.c.act == act,
        audit.c.at >= found.merged_at,
        audit.c.cause != found.cause,
    )
    return view.connection.execute(statement.limit(1)).first() is not None


def _remembered(view: View, found: Merger, table: Table) -> list[str]:
    statement = select(merged_row.c.row_id).where(merged_row.c.merger_id == found.id, merged_row.c.kind == table.name)
    return list(view.connection.execute(statement).scalars())


def _goes_back(view: View, found: Merger, table: Table, conversations: list[str]) -> ColumnElement[bool]:
    remembered = table.c.id.in_(
        select(merged_row.c.row_id).where(merged_row.c.merger_id == found.id, merged_row.c.kind == table.name)
    )
    if "conversation_id" not in table.c:
        return remembered
    return or_(table.c.conversation_id.in_(conversations), and_(remembered, table.c.conversation_id.is_(None)))
