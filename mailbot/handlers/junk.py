"""A message in the junk folder: quarantined where it lies, and staff get a line, since a filter may have caught a
person (RULES 10).
"""

from __future__ import annotations

from datetime import datetime

from mailbot.casework import notices
from mailbot.casework.desk import Desk
from mailbot.model import Inbound, JournalState
from storage.database import Transaction
from storage.journal import End


def handle(transaction: Transaction, desk: Desk, inbound: Inbound, now: datetime) -> End:
    """Joins nothing and answers nobody, until a person releases it."""
    notices.set_aside(transaction, desk, inbound, "junk", now)
    return End(JournalState.QUARANTINED, "junk", identity=inbound.reading.identity)
