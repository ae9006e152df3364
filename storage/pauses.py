"""Who is away and whose mail is muted, until when: by keyed hash, ended by the clock and by a person's word."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, delete, insert, select

from storage.database import AuditRow, Transaction, View
from storage.prepared import Prepared
from storage.schema import pause


class Pause(StrEnum):
    """AWAY: a member's cases go to everybody meanwhile. MUTED: an address's mails are told of in summaries."""

    AWAY = "away"
    MUTED = "muted"


_UNTIL = Prepared(select(pause.c.until).where(pause.c.kind == bindparam("kind"), pause.c.hash == bindparam("hash")))
_HASHED_AS = {Pause.AWAY: "member", Pause.MUTED: "address"}


def begin(transaction: Transaction, kind: Pause, of: str, until: datetime, who: str, cause: str, now: datetime) -> None:
    """From now until an instant; an earlier word about the same is replaced."""
    hashed = transaction.keys.hash(_HASHED_AS[kind], of)
    transaction.connection.execute(delete(pause).where(pause.c.kind == str(kind), pause.c.hash == hashed))
    transaction.connection.execute(insert(pause).values(kind=str(kind), hash=hashed, until=until, cause=cause))
    transaction.record(AuditRow(now, who, f"pause.{kind}", cause, cause, {}))


def end(transaction: Transaction, kind: Pause, of: str, who: str, cause: str, now: datetime) -> bool:
    """Ends it before its time; False where nothing was paused."""
    if not holds(transaction, kind, of, now):
        return False
    hashed = transaction.keys.hash(_HASHED_AS[kind], of)
    transaction.connection.execute(delete(pause).where(pause.c.kind == str(kind), pause.c.hash == hashed))
    transaction.record(AuditRow(now, who, f"pause.{kind}-over", cause, cause, {}))
    return True


def holds(view: View, kind: Pause, of: str, now: datetime) -> bool:
    """Whether it holds now."""
    hashed = view.keys.hash(_HASHED_AS[kind], of)
    until = _UNTIL.scalar(view.connection, kind=str(kind), hash=hashed)
    return until is not None and until > now
