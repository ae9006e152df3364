"""What an address told us about writing to it: STOP (RULES 4, 5). Kept by keyed hash, apart from any case."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import LargeBinary, bindparam, delete, insert, select

from storage.database import AuditRow, Transaction, View
from storage.prepared import Prepared
from storage.schema import contact

_STOPPED = Prepared(
    select(contact.c.stopped_until).where(contact.c.address_hash == bindparam("address_hash", type_=LargeBinary))
)
FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)


def stop(
    transaction: Transaction, address: str, until: datetime | None, cause: str, now: datetime, who: str = "mailbot"
) -> None:
    """Silences everything to an address; `until` None means until a person resumes. Never shortens one."""
    if until is not None and is_stopped(transaction, address, until):
        return
    hashed = transaction.keys.hash("address", address)
    transaction.connection.execute(delete(contact).where(contact.c.address_hash == hashed))
    transaction.connection.execute(
        insert(contact).values(address_hash=hashed, stopped_at=now, stopped_until=until, cause=cause)
    )
    transaction.record(AuditRow(now, who, "contact.stopped", cause, cause, {"for_ever": int(until is None)}))


def resume(transaction: Transaction, address: str, who: str, cause: str, now: datetime) -> bool:
    """Mail may go to an address again; False where it was not stopped."""
    hashed = transaction.keys.hash("address", address)
    removed = transaction.connection.execute(delete(contact).where(contact.c.address_hash == hashed)).rowcount
    transaction.record(AuditRow(now, who, "contact.resumed", cause, cause, {"was_stopped": int(removed > 0)}))
    return removed > 0


def is_stopped(view: View, address: str, now: datetime) -> bool:
    """Whether nothing may leave to this address now."""
    return is_stopped_hash(view, view.keys.hash("address", address), now)


def is_stopped_hash(view: View, address_hash: bytes, now: datetime) -> bool:
    return stopped_until(view, address_hash, now) is not None


def stopped_until(view: View, address_hash: bytes, now: datetime) -> datetime | None:
    """Until when nothing may leave to an address: `FOR_EVER` where a person must resume it, None where it may."""
    row = _STOPPED.first(view.connection, address_hash=address_hash)
    if row is None or (row[0] is not None and row[0] <= now):
        return None
    found: datetime = row[0] or FOR_EVER
    return found
