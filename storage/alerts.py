"""Alerts: one a cause, and one when it is over (RULES 15). The row is the cause; it stands until `over_at`.

A cause that comes back after it was over takes its row again. Nothing received is in here: codes, opaque ids, and a
sentence of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, func, insert, literal, select, text, update

from mailbot.model import CaseStatus, JournalState, OutboxState, Stream
from storage.database import Transaction, View
from storage.schema import alert, audit, cases, journal, outbox

# Spelled out, not bound: SQLite uses a partial index only where it can see the index's own condition.
_SET_ASIDE = text("journal.state = 'quarantined' AND journal.reason != 'junk'")
_FREE_MINOR = text('"case".stream = \'youth\' AND "case".status = \'open\' AND "case".owner IS NULL')
_UNSENT = (OutboxState.FAILED, OutboxState.UNCERTAIN, OutboxState.QUEUED, OutboxState.SENDING, OutboxState.RETRY)
_UNREAD = (JournalState.QUARANTINED, JournalState.WAITING)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why somebody should look. `code` is "group" or "group:subject"; `subject` is the row meant, `what` a sentence."""

    code: str
    what: str
    since: datetime
    subject: str | None = None
    case_id: str | None = None

    @property
    def group(self) -> str:
        return self.code.partition(":")[0]


@dataclass(frozen=True, slots=True)
class AlertRow(Cause):
    """A cause that stands; `told_at` None: nobody has heard of it yet."""

    told_at: datetime | None = None


_COLUMNS = [alert.c[name] for name in AlertRow.__dataclass_fields__]


def raise_alert(transaction: Transaction, cause: Cause) -> bool:
    """Notes a cause; False where it stands already."""
    known = transaction.connection.execute(select(alert.c.over_at).where(alert.c.code == cause.code)).first()
    values = {name: getattr(cause, name) for name in Cause.__dataclass_fields__}
    if known is None:
        transaction.connection.execute(insert(alert).values(**values))
    elif known.over_at is not None:
        again = values | {"told_at": None, "over_at": None}
        transaction.connection.execute(update(alert).where(alert.c.code == cause.code).values(**again))
    return known is None or known.over_at is not None


def told(transaction: Transaction, code: str, now: datetime) -> None:
    """A person has heard of it."""
    transaction.connection.execute(update(alert).where(alert.c.code == code).values(told_at=now))


def end(transaction: Transaction, code: str, now: datetime) -> None:
    """It is over."""
    transaction.connection.execute(update(alert).where(alert.c.code == code).values(over_at=now))


def untold(view: View) -> list[AlertRow]:
    """What stands and nobody has heard of yet, the oldest first."""
    return _standing(view, alert.c.told_at.is_(None))


def find(view: View, code: str) -> AlertRow | None:
    """A cause that stands, by its code."""
    return next(iter(_standing(view, alert.c.code == code)), None)


def ended(view: View) -> list[AlertRow]:
    """What stands, and whose letter, message or case is in order again; one that is tried again is not yet."""
    letter = select(outbox.c.id).where(outbox.c.id == alert.c.subject, outbox.c.state.in_(_UNSENT))
    message = select(journal.c.id).where(journal.c.id == alert.c.subject, journal.c.state.in_(_UNREAD))
    minor = select(cases.c.id).where(
        cases.c.id == alert.c.subject,
        cases.c.stream == Stream.YOUTH,
        cases.c.status == CaseStatus.OPEN,
        cases.c.owner.is_(None),
    )
    return _standing(view, alert.c.subject.is_not(None), ~letter.exists(), ~message.exists(), ~minor.exists())


def _standing(view: View, *conditions: ColumnElement[bool]) -> list[AlertRow]:
    statement = select(*_COLUMNS).where(alert.c.over_at.is_(None), *conditions).order_by(alert.c.since, alert.c.code)
    return [AlertRow(**row._mapping) for row in view.connection.execute(statement)]


def set_aside(view: View, before: datetime, group: str) -> list[tuple[str, str | None, datetime]]:
    """Messages quarantined before that instant, junk apart, of which no alert of `group` stands: (id, case, since)."""
    statement = select(journal.c.id, journal.c.case_id, journal.c.ended_at).where(
        _SET_ASIDE, journal.c.ended_at <= before, ~_stands(group, journal.c.id)
    )
    return [(row.id, row.case_id, row.ended_at) for row in view.connection.execute(statement.order_by(journal.c.id))]


def free_minors(view: View, group: str) -> list[tuple[str, datetime]]:
    """Open cases of minors that nobody has, without a standing alert of `group`: (case, free since)."""
    acts: Sequence[str] = ("case.opened", "case.owner", "case.stream")
    since = select(func.max(audit.c.at)).where(audit.c.subject == cases.c.id, audit.c.act.in_(acts)).scalar_subquery()
    statement = select(cases.c.id, func.coalesce(since, cases.c.opened_at).label("since")).where(
        _FREE_MINOR, ~_stands(group, cases.c.id)
    )
    return [(row.id, row.since) for row in view.connection.execute(statement.order_by(cases.c.id))]


def _stands(group: str, subject: ColumnElement[str]) -> ColumnElement[bool]:
    code = literal(f"{group}:", String).concat(subject)
    return select(alert.c.code).where(alert.c.code == code, alert.c.over_at.is_(None)).exists()
