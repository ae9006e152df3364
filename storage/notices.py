"""Messages whose staff notice waits, because too many came in an hour (RULES 7): first for a summary, then, where a
person's case is still nobody's, for a notice of their own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from mailbot.model import CaseStatus
from storage.database import Transaction, View
from storage.schema import cases, journal, pending_notice


@dataclass(frozen=True, slots=True)
class Deferred:
    """One message that waits for a summary since `at`, and the reference of its case, where it has one."""

    journal_id: str
    at: datetime
    reference: str | None


def defer(transaction: Transaction, journal_id: str, now: datetime) -> None:
    """This message goes into the next summary, once: a retried one may wait for it already."""
    waits = select(pending_notice.c.journal_id).where(pending_notice.c.journal_id == journal_id)
    if transaction.connection.execute(waits).first() is None:
        transaction.connection.execute(insert(pending_notice).values(journal_id=journal_id, at=now))


def deferred(view: View) -> list[Deferred]:
    """What waits for a summary, oldest first."""
    statement = (
        select(pending_notice.c.journal_id, pending_notice.c.at, cases.c.reference)
        .join(journal, journal.c.id == pending_notice.c.journal_id)
        .outerjoin(cases, cases.c.id == journal.c.case_id)
        .where(pending_notice.c.summarised_at.is_(None))
        .order_by(pending_notice.c.at, journal.c.received_at, journal.c.uid)
    )
    return [Deferred(row.journal_id, row.at, row.reference) for row in view.connection.execute(statement)]


def summarised(transaction: Transaction, found: Collection[Deferred], now: datetime) -> None:
    """A summary told of these. Those without a case have no more to wait for."""
    upto = max(one.at for one in found)
    waiting = pending_notice.c.summarised_at.is_(None) & (pending_notice.c.at <= upto)
    of_case = select(journal.c.id).where(journal.c.id == pending_notice.c.journal_id, journal.c.case_id.is_not(None))
    connection = transaction.connection
    connection.execute(delete(pending_notice).where(waiting, ~of_case.exists()))
    connection.execute(update(pending_notice).where(waiting).values(summarised_at=now))


def to_follow(view: View, now: datetime, limit: int) -> list[str]:
    """Messages that a summary told of and whose notice is to follow, the oldest first."""
    statement = (
        select(pending_notice.c.journal_id)
        .join(journal, journal.c.id == pending_notice.c.journal_id)
        .where(pending_notice.c.summarised_at.is_not(None), pending_notice.c.at <= now)
        .order_by(pending_notice.c.at, journal.c.received_at, journal.c.uid)
        .limit(limit)
    )
    return list(view.connection.execute(statement).scalars())


def put_off(transaction: Transaction, journal_id: str, until: datetime) -> None:
    """Its notice follows later, behind the others."""
    transaction.connection.execute(
        update(pending_notice).where(pending_notice.c.journal_id == journal_id).values(at=until)
    )


def done(transaction: Transaction, journal_id: str) -> bool:
    """Its notice is told, or nobody needs it; False where it was before."""
    result = transaction.connection.execute(delete(pending_notice).where(pending_notice.c.journal_id == journal_id))
    return result.rowcount == 1


def drop_handled(transaction: Transaction) -> bool:
    """Forgets those whose case somebody has taken or answered meanwhile; False where there were none."""
    theirs = (
        select(journal.c.id)
        .join(cases, cases.c.id == journal.c.case_id)
        .where(journal.c.id == pending_notice.c.journal_id)
        .where(cases.c.owner.is_not(None) | (cases.c.status != CaseStatus.OPEN))
    )
    statement = delete(pending_notice).where(pending_notice.c.summarised_at.is_not(None), theirs.exists())
    return transaction.connection.execute(statement).rowcount > 0
