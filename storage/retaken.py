"""Mail that a lost machine had filed away: known to the mailbox, unknown to a database that came from a backup.

The done and the quarantine folder hold what was journaled and then moved there. `filed_until` says up to which UID of
them the journal is sure to know what we filed; what lies above it is compared by its bytes, and taken in again where
they are new (RULES 2 and 3). The row's reason is RETAKEN until it is processed: it acts without a second answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, insert, select, update

from mailbot.model import JournalState, Place
from storage import journal
from storage.database import Transaction, View
from storage.journal import Arrival
from storage.schema import filed_until
from storage.schema import journal as table

RETAKEN = "retaken"


@dataclass(frozen=True, slots=True)
class FiledUntil:
    """Every message of ours below `uidnext` of this folder, under this UIDVALIDITY, has a journal row."""

    folder: str
    uidvalidity: int
    uidnext: int


def until(view: View, folder: str) -> FiledUntil | None:
    """How far the journal knows a folder; None where nobody noted it: then nothing of it is sure."""
    row = view.connection.execute(select(filed_until).where(filed_until.c.folder == folder)).first()
    return FiledUntil(row.folder, row.uidvalidity, row.uidnext) if row else None


def note_until(transaction: Transaction, found: FiledUntil) -> None:
    """From now on the journal knows the folder so far."""
    transaction.connection.execute(delete(filed_until).where(filed_until.c.folder == found.folder))
    transaction.connection.execute(
        insert(filed_until).values(folder=found.folder, uidvalidity=found.uidvalidity, uidnext=found.uidnext)
    )


def take(transaction: Transaction, found: FiledUntil, place: Place, arrivals: Sequence[Arrival], now: datetime) -> int:
    """Journals those of a batch whose bytes the journal does not have, and notes how far it has come, in one."""
    fresh = [one for one in arrivals if not _known(transaction, one.raw)]
    journal.add(transaction, found.folder, found.uidvalidity, place, fresh, now)
    waiting = [one.id for one in fresh if one.state is JournalState.WAITING]
    transaction.connection.execute(update(table).where(table.c.id.in_(waiting)).values(reason=RETAKEN))
    note_until(transaction, found)
    return len(fresh)


def _known(view: View, raw: bytes) -> bool:
    content = view.keys.hash("bytes", raw)
    return (
        view.connection.execute(select(table.c.id).where(table.c.content_hash == content).limit(1)).first() is not None
    )


def waits(view: View) -> bool:
    """Whether some of it is not processed yet."""
    waiting = exists().where(table.c.state == JournalState.WAITING, table.c.reason == RETAKEN)
    return bool(view.connection.execute(select(waiting)).scalar())
