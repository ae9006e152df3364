"""Caps by class and hour, with a reserve (promise 10, RULES 5 and 14). Pure sums over counts that storage keeps.

Strangers whose domain proves nothing share a part of the automatic letters; a tenth stays for people we know and for
dmarc=pass. A tenth of everything stays for staff answers and orders. A flood can use up neither.
"""

from __future__ import annotations

from datetime import datetime

from mailbot.casework.desk import Caps
from mailbot.model import Priority
from storage import rates
from storage.database import Transaction, View

AUTOMATIC, STRANGERS, SENDS, BULK, DROPPED = "automatic", "strangers", "sends", "bulk", "dropped"


def reserve(cap: int) -> int:
    """A tenth, rounded up, but never the whole."""
    return min(-(-cap // 10), cap - 1)


def room_for_automatic(view: View, caps: Caps, trusted: bool, now: datetime) -> bool:
    """Whether one more automatic letter may leave this hour; `trusted`: a known correspondent, or dmarc=pass."""
    if rates.in_last_hour(view, AUTOMATIC, now) >= caps.automatic:
        return False
    strangers = min(caps.unauthenticated, caps.automatic - reserve(caps.automatic))
    return trusted or rates.in_last_hour(view, STRANGERS, now) < strangers


def count_automatic(transaction: Transaction, trusted: bool, now: datetime) -> None:
    """Counts one automatic letter."""
    rates.count(transaction, AUTOMATIC, now)
    if not trusted:
        rates.count(transaction, STRANGERS, now)


def forget_automatic(transaction: Transaction, trusted: bool, at: datetime) -> None:
    """Takes back the count of a letter that never began; `at` is when it was counted."""
    rates.count(transaction, AUTOMATIC, at, -1)
    if not trusted:
        rates.count(transaction, STRANGERS, at, -1)


def room_to_send(view: View, caps: Caps, priority: int, now: datetime) -> bool:
    """Whether one more message of this priority may leave this hour."""
    if rates.in_last_hour(view, SENDS, now) >= caps.sends:
        return False
    if priority <= Priority.ORDER:
        return True
    return rates.in_last_hour(view, BULK, now) < caps.sends - reserve(caps.sends)


def count_send(transaction: Transaction, priority: int, now: datetime) -> None:
    """Counts one message that is about to leave."""
    rates.count(transaction, SENDS, now)
    if priority > Priority.ORDER:
        rates.count(transaction, BULK, now)


def forget_send(transaction: Transaction, priority: int, at: datetime) -> None:
    """Takes back the count of a message that never began to leave; `at` is when it was counted."""
    rates.count(transaction, SENDS, at, -1)
    if priority > Priority.ORDER:
        rates.count(transaction, BULK, at, -1)
