"""Mail from a member's address, or from our own: it opens and joins no case (RULES 9), whoever wrote it.

Staff answers by mail are not part of this version. Nothing in such a message acts; it is kept whole in quarantine,
and staff are told.
"""

from __future__ import annotations

from datetime import datetime

from mailbot.casework import notices
from mailbot.casework.desk import Desk
from mailbot.model import Inbound, JournalState, Place
from storage.database import Transaction
from storage.journal import End


def handle(transaction: Transaction, desk: Desk, inbound: Inbound, now: datetime) -> End:
    """Nothing outside, nothing changed."""
    reason = "from our own address" if desk.address.is_ours(inbound.reading.from_[0]) else "from a staff address"
    notices.set_aside(transaction, desk, inbound, reason, now)
    return End(
        JournalState.QUARANTINED,
        reason,
        identity=inbound.reading.identity,
        file_to=Place.QUARANTINE if inbound.place is Place.INBOX else None,
    )
