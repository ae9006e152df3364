"""Heartbeats and open problems: what `status` reads without IMAP or SMTP (promise 2, F40)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select, update

from storage.database import Transaction, View
from storage.schema import problem, pulse


def beat(transaction: Transaction, loop: str, now: datetime) -> None:
    """The loop did its whole round and succeeded."""
    if transaction.connection.execute(update(pulse).where(pulse.c.loop == loop).values(beat_at=now)).rowcount == 0:
        transaction.connection.execute(insert(pulse).values(loop=loop, beat_at=now))


def beats(view: View) -> dict[str, datetime]:
    """When each loop last succeeded."""
    return {row.loop: row.beat_at for row in view.connection.execute(select(pulse))}


def raise_problem(transaction: Transaction, code: str, detail: str, now: datetime) -> None:
    """Opens a problem; one that stands already keeps its beginning."""
    if (
        transaction.connection.execute(update(problem).where(problem.c.code == code).values(detail=detail)).rowcount
        == 0
    ):
        transaction.connection.execute(insert(problem).values(code=code, since=now, detail=detail))


def end_problem(transaction: Transaction, code: str) -> None:
    """The problem is over."""
    transaction.connection.execute(delete(problem).where(problem.c.code == code))


def problems(view: View) -> list[tuple[str, datetime, str]]:
    """Every open problem: (code, since, detail), the oldest first."""
    return [
        (row.code, row.since, row.detail) for row in view.connection.execute(select(problem).order_by(problem.c.since))
    ]
