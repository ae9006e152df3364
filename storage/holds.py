"""Held messages: what waits, until when, and how it goes on (RULES 8, promise 8).

A release is wall time and zone, computed when asked: new zone data or a restart move nothing that a person was told.
Every release is a conditional update of one row in its own transaction: a crash in the middle of an opening releases
nothing twice (F10).
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from sqlalchemy import bindparam, select, update

from mailbot.model import Hold, OutboxState
from storage.database import AuditRow, Transaction, View
from storage.outbox import COLUMNS, OutboxRow, as_row
from storage.prepared import Prepared
from storage.schema import outbox

WALL = "%Y-%m-%dT%H:%M:%S"
_HELD_IN = Prepared(
    select(*COLUMNS)
    .where(outbox.c.conversation_id == bindparam("conversation_id"), outbox.c.state == OutboxState.HELD)
    .order_by(outbox.c.created_at)
)
_HELD_TO = Prepared(
    select(*COLUMNS).where(outbox.c.recipient_hash == bindparam("recipient_hash"), outbox.c.state == OutboxState.HELD)
)


def release_at(row: OutboxRow, zone: tzinfo) -> datetime | None:
    """When a held message is to leave, by the zone data of this moment; None where a person decides."""
    return None if row.release_wall is None else datetime.strptime(row.release_wall, WALL).replace(tzinfo=zone)


def held_in(view: View, conversation_id: str) -> list[OutboxRow]:
    """What is held in a conversation, oldest first; mail to staff is never held."""
    return [OutboxRow(*row) for row in _HELD_IN.all(view.connection, conversation_id=conversation_id)]


def held_to(view: View, address: str) -> list[OutboxRow]:
    """What is held for an address, in whatever conversation."""
    hashed = view.keys.hash("address", address)
    return [OutboxRow(*row) for row in _HELD_TO.all(view.connection, recipient_hash=hashed)]


def due(view: View, office_now: datetime) -> list[OutboxRow]:
    """What is to leave by now; `office_now` is aware, in the office's zone."""
    statement = (
        select(*COLUMNS)
        .where(outbox.c.state == OutboxState.HELD, outbox.c.release_wall <= office_now.strftime(WALL))
        .order_by(outbox.c.release_wall, outbox.c.id)
    )
    return [as_row(row) for row in view.connection.execute(statement)]


def hold_until(
    transaction: Transaction,
    row: OutboxRow,
    wall: datetime,
    who: str,
    cause: str,
    now: datetime,
    hold: Hold = Hold.UNTIL,
) -> None:
    """Holds a message not yet begun until a wall time of the office."""
    values: dict[str, object] = {"release_wall": wall.strftime(WALL), "zone": str(wall.tzinfo), "hold": hold}
    _change(
        transaction, row, OutboxState.HELD, values, AuditRow(now, who, "outbox.held", row.id, cause, {"hold": hold})
    )


def stop(transaction: Transaction, row: OutboxRow, reason: str, cause: str, now: datetime) -> None:
    """Stops a held message: it stays held, and only a person lets it go. One that stands still already keeps its
    reason.
    """
    if row.hold is Hold.STOPPED:
        return
    values: dict[str, object] = {"release_wall": None, "zone": None, "hold": Hold.STOPPED, "reason": reason}
    act = AuditRow(now, "mailbot", "outbox.stopped", row.id, cause, {"reason": reason})
    _change(transaction, row, OutboxState.HELD, values, act)


def release(transaction: Transaction, row: OutboxRow, now: datetime) -> None:
    """Its time has come."""
    values: dict[str, object] = {"next_attempt_at": now, "reason": None}
    act = AuditRow(now, "mailbot", "outbox.released", row.id, row.cause, {"hold": row.hold})
    _change(transaction, row, OutboxState.QUEUED, values, act)


def release_now(transaction: Transaction, row: OutboxRow, who: str, cause: str, now: datetime) -> None:
    """A person lets it go at once (`#send now`): past hold, grace and stop."""
    values: dict[str, object] = {
        "next_attempt_at": now,
        "urgent": True,
        "release_wall": None,
        "zone": None,
        "hold": None,
        "reason": None,
    }
    _change(transaction, row, OutboxState.QUEUED, values, AuditRow(now, who, "outbox.sent-now", row.id, cause, {}))


def cancel(transaction: Transaction, row: OutboxRow, who: str, cause: str, now: datetime) -> None:
    """It never leaves."""
    values: dict[str, object] = {"ended_at": now, "reason": "cancelled by staff"}
    _change(transaction, row, OutboxState.CANCELLED, values, AuditRow(now, who, "outbox.cancelled", row.id, cause, {}))


def _change(
    transaction: Transaction, row: OutboxRow, to: OutboxState, values: dict[str, object], act: AuditRow
) -> None:
    """Changes a row that is still as it was seen; another state, and nothing happens but the error."""
    result = transaction.connection.execute(
        update(outbox).where(outbox.c.id == row.id, outbox.c.state == row.state).values(state=to, **values)
    )
    if result.rowcount != 1:
        raise LookupError(row.id)
    transaction.record(act)
