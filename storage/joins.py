"""From one case to another: rows change hands and are sealed by the other case's key (RULES 12).

`#join` moves everything of one case; `#move` one message (storage.moves), `#merge` everything, remembered
(storage.merges). Conversation ids and tokens stay, so that answers to letters already sent find their way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Table, select, update

from storage import sealing
from storage.cases import Case, case_key
from storage.database import AuditRow, Transaction, View
from storage.schema import conversation, follow_up, journal, note, outbox, record

_SEALED: tuple[tuple[Table, tuple[Column[bytes], ...]], ...] = (
    (conversation, (conversation.c.sealed_address, conversation.c.sealed_token)),
    (outbox, (outbox.c.sealed_envelope, outbox.c.sealed_draft, outbox.c.sealed_bytes)),
    (follow_up, (follow_up.c.sealed_text,)),
    (note, (note.c.sealed_text,)),
    (record, (record.c.sealed_value,)),
    (journal, (journal.c.sealed_message_id,)),
)
_COLUMNS = {table.name: tuple(column.name for column in columns) for table, columns in _SEALED}
TABLES: tuple[Table, ...] = tuple(table for table, _ in _SEALED)
"""Every table with rows that belong to a case."""


@dataclass(frozen=True, slots=True)
class Passage:
    """The way from one case to another, with both keys."""

    source_id: str
    target_id: str
    old: bytes
    new: bytes


def passage(view: View, source_id: str, target_id: str) -> Passage:
    """LookupError where one of the two was erased."""
    return Passage(source_id, target_id, case_key(view, source_id), case_key(view, target_id))


def move_all(transaction: Transaction, source: Case, target: Case, who: str, cause: str, now: datetime) -> None:
    """Moves every row of `source` into `target`; `source` stays behind, empty."""
    carry_all(transaction, passage(transaction, source.id, target.id))
    transaction.record(AuditRow(now, who, "case.joined", source.id, cause, {"into": target.id}))


def carry_all(transaction: Transaction, way: Passage) -> dict[str, list[str]]:
    """Everything of a case; the ids of what moved, by table."""
    return {table.name: carry(transaction, way, table) for table in TABLES}


def carry(transaction: Transaction, way: Passage, table: Table, which: ColumnElement[bool] | None = None) -> list[str]:
    """Moves the rows of the source for which `which` holds, sealed anew; their ids."""
    columns = _COLUMNS[table.name]
    found = select(table).where(table.c.case_id == way.source_id)
    moved = []
    for row in transaction.connection.execute(found if which is None else found.where(which)).mappings().all():
        values = {name: _sealed_anew(way, table, name, row["id"], row[name]) for name in columns}
        if table is journal:
            values["wrapped_key"] = _rewrapped(way, row["wrapped_key"])
        transaction.connection.execute(
            update(table).where(table.c.id == row["id"]).values(case_id=way.target_id, **values)
        )
        moved.append(row["id"])
    return moved


def _sealed_anew(way: Passage, table: Table, column: str, row_id: str, value: bytes | None) -> bytes | None:
    """What was emptied by an erasure stays empty."""
    if not value:
        return value
    plain = sealing.unseal(way.old, value, table.name, column, row_id)
    return sealing.seal(way.new, plain, table.name, column, row_id)


def _rewrapped(way: Passage, wrapped: bytes | None) -> bytes | None:
    """A journaled message has a key of its own, which the case's key wraps."""
    return None if wrapped is None else sealing.wrap_with(way.new, sealing.unwrap_with(way.old, wrapped))
