"""An act of an operator who looks at what people wrote: written to the audit before anything is shown (promise 15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Database


def record(database: Database, act: str, subject: str, **detail: str | int | None) -> None:
    """Commits one audit row, by the name of whoever called; `detail` holds codes and numbers only."""
    from mailbot.cli import operator
    from mailbot.steps import Step
    from scheduler import Clock
    from storage.database import AuditRow

    with database.transaction(Step.OPERATOR) as transaction:
        transaction.record(AuditRow(Clock().now(), operator.name(), act, subject, None, detail))
