"""What staff recorded about a case: stream and age, closed facts, consents, permissions, a telephone number,
disclosures.

Append-only: a later record of the same kind, about the same thing, holds instead of an earlier one, and the earlier
stays as proof of what was known when. Values are sealed by the case's key; what a record is about (a purpose, an
address) is found by its keyed hash, as addresses are. Each names the message in which it was said (LETTERS, rule 29).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, insert, select

from mailbot.model import new_id
from storage import sealing
from storage.cases import case_key
from storage.database import AuditRow, Transaction, View
from storage.schema import record


class Kind(StrEnum):
    """What is recorded. The words stand in the audit, so they are short and say nothing of the person."""

    AGE = "age"
    FACTS = "facts"
    CONSENT = "consent"
    GUARDIAN = "guardian"
    CONTACT = "contact"
    PHONE = "phone"
    CALL = "call"
    DISCLOSURE = "disclosure"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Record:
    """One record; `who` is the member as the audit names them, `cause` the message in which it was said."""

    id: str
    kind: Kind
    value: Mapping[str, Any]
    who: str
    cause: str
    recorded_at: datetime
    until: datetime | None = None


def add(
    transaction: Transaction,
    case_id: str,
    kind: Kind,
    value: Mapping[str, Any],
    *,
    who: str,
    cause: str,
    now: datetime,
    about: str | None = None,
    until: datetime | None = None,
) -> str:
    """Records a value of plain JSON. `about` is what it holds for alone: a purpose, an address; `until` its end."""
    row_id = new_id(now)
    packed = json.dumps(value, ensure_ascii=False).encode()
    transaction.connection.execute(
        insert(record).values(
            id=row_id,
            case_id=case_id,
            kind=str(kind),
            about_hash=_hash(transaction, about),
            sealed_value=sealing.seal(case_key(transaction, case_id), packed, "record", "sealed_value", row_id),
            who=who,
            cause=cause,
            recorded_at=now,
            until=until,
        )
    )
    transaction.record(AuditRow(now, who, f"record.{kind}", row_id, cause, {"case": case_id}))
    return row_id


def latest(view: View, case_id: str, kind: Kind, now: datetime, about: str | None = None) -> Record | None:
    """The record that holds now: the newest of its kind about that thing, if it has not ended."""
    statement = (
        select(record)
        .where(record.c.case_id == case_id, record.c.kind == str(kind))
        .order_by(record.c.recorded_at.desc(), record.c.id.desc())
    )
    hashed = _hash(view, about)
    if hashed is not None:
        statement = statement.where(record.c.about_hash == hashed)
    row = view.connection.execute(statement.limit(1)).first()
    if row is None or (row.until is not None and row.until <= now):
        return None
    return _as_record(view, case_id, row)


def of_case(view: View, case_id: str, kind: Kind | None = None) -> list[Record]:
    """Every record of a case, oldest first; those that ended or were replaced too."""
    statement = select(record).where(record.c.case_id == case_id).order_by(record.c.recorded_at, record.c.id)
    if kind is not None:
        statement = statement.where(record.c.kind == str(kind))
    return [_as_record(view, case_id, row) for row in view.connection.execute(statement)]


def _as_record(view: View, case_id: str, row: Row[tuple[Any, ...]]) -> Record:
    packed = sealing.unseal(case_key(view, case_id), row.sealed_value, "record", "sealed_value", row.id)
    return Record(row.id, Kind(row.kind), json.loads(packed), row.who, row.cause, row.recorded_at, row.until)


def _hash(view: View, about: str | None) -> bytes | None:
    return None if about is None else view.keys.hash("about", about)
