"""A letter in trouble: who hears of it (promise 2). A letter to staff that failed raises no further letter: `status`
shows it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from mailbot.casework.desk import Desk
from mailbot.casework.staffmail import Telling, tell
from mailbot.model import OutboxState, Role
from mailbot.writing import Trouble
from storage import cases, outbox
from storage.database import Transaction
from storage.outbox import OutboxRow

Kind = Literal["failed", "came back", "uncertain", "delayed"]

KINDS: dict[OutboxState, Kind] = {
    OutboxState.FAILED: "failed",
    OutboxState.BOUNCED: "came back",
    OutboxState.COMPLAINED: "came back",
    OutboxState.UNCERTAIN: "uncertain",
    OutboxState.RETRY: "delayed",
}


def tell_of(transaction: Transaction, desk: Desk, row: OutboxRow, now: datetime) -> None:
    """Queues the line for the case's readers, once for each trouble of each letter."""
    outbox.told(transaction, row.id, now)
    if row.role is Role.STAFF:
        return
    case = cases.find_case(transaction, row.case_id) if row.case_id else None
    found = Trouble(
        kind=KINDS[row.state],
        outbox_id=row.id,
        letter=row.letter,
        at=now.astimezone(desk.office.zone),
        reference=case.reference if case else None,
        status=row.reason if row.reason and row.reason[:1].isdigit() else None,
    )
    tell(transaction, desk, Telling("staff-trouble", {"trouble": found}, f"{row.id}:{row.state}", case), now)
