"""A message that no one can be named the author of, or that cannot be read: quarantined, whole, and staff are told
(A24, A25, A56).
"""

from __future__ import annotations

from datetime import datetime

from mailbot.casework import notices
from mailbot.casework.desk import Desk
from mailbot.model import Inbound, JournalState, Place
from storage.database import Transaction
from storage.journal import End


def handle(transaction: Transaction, desk: Desk, inbound: Inbound, now: datetime) -> End:
    """Answers nobody; the reason is one of reading's short codes."""
    reason = inbound.reading.reason or "unreadable"
    notices.set_aside(transaction, desk, inbound, reason, now)
    return End(
        JournalState.QUARANTINED,
        reason,
        identity=inbound.reading.identity,
        file_to=Place.QUARANTINE if inbound.place is Place.INBOX else None,
    )
