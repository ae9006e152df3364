"""Messages whose staff notice waits for a summary, because too many came in an hour (RULES 7)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select

from storage.database import Transaction, View
from storage.schema import cases, journal, pending_notice


def defer(transaction: Transaction, journal_id: str, now: datetime) -> None:
    """This message goes into the next summary, once: a retried one may wait for it already."""
    waits = select(pending_notice.c.journal_id).where(pending_notice.c.journal_id == journal_id)
    if transaction.connection.execute(waits).first() is None:
        transaction.connection.execute(insert(pending_notice).values(journal_id=journal_id, at=now))


def deferred(view: View) -> list[tuple[str, datetime, str | None]]:
    """What waits for a summary, oldest first: (message, since, its case's reference)."""
    statement = (
        select(pending_notice.c.journal_id, pending_notice.c.at, cases.c.reference)
        .join(journal, journal.c.id == pending_notice.c.journal_id)
        .outerjoin(cases, cases.c.id == journal.c.case_id)
        .order_by(pending_notice.c.at, pending_notice.c.journal_id)
    )
    return [(row.journal_id, row.at, row.reference) for row in view.connection.execute(statement)]


def clear(transaction: Transaction, upto: datetime) -> None:
    """Everything deferred up to this instant has been told."""
    transaction.connection.execute(delete(pending_notice).where(pending_notice.c.at <= upto))
