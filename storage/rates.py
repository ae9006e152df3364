"""How much left in the last hour, by kind (promise 10): a count a minute, so that any sixty minutes are within the cap.

The counts are raised in the transaction that makes or claims a message: a cap holds through every crash.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select, update

from storage.database import Transaction, View
from storage.prepared import Prepared
from storage.schema import sent_count

WINDOW = 60
KEEP = 24 * 60


_SUM = Prepared(
    select(func.coalesce(func.sum(sent_count.c.count), 0)).where(
        sent_count.c.kind == bindparam("kind"),
        sent_count.c.minute >= bindparam("since"),
        sent_count.c.minute <= bindparam("minute"),
    )
)
_RAISE = Prepared(
    update(sent_count)
    .where(sent_count.c.kind == bindparam("kind"), sent_count.c.minute == bindparam("minute"))
    .values(count=sent_count.c.count + bindparam("number"))
)


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // 60


def in_last_hour(view: View, kind: str, now: datetime) -> int:
    """The count of the current minute and the sixty before it: never less than what left within sixty minutes."""
    minute = _minute(now)
    return int(_SUM.scalar(view.connection, kind=kind, since=minute - WINDOW, minute=minute))


def count(transaction: Transaction, kind: str, now: datetime, number: int = 1) -> None:
    """Adds to the count of this minute."""
    minute = _minute(now)
    if _RAISE.write(transaction.connection, kind=kind, minute=minute, number=number) == 0:
        transaction.connection.execute(insert(sent_count).values(kind=kind, minute=minute, count=number))
        old = (sent_count.c.kind == kind) & (sent_count.c.minute < minute - KEEP)
        transaction.connection.execute(delete(sent_count).where(old))
