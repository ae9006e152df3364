"""A database that came from a backup: nothing leaves until a person lets it go, and what had left never leaves again
(DESIGN promise 3, RULES 2, F31).

A backup carries the instant it was made (`copied_at`), so that even a copy put in place by hand is held back. What
waited to be sent in it may have left since: answers of staff stop, and a person decides; all else is `uncertain` for
good. Only what was to leave after the restore keeps its time. A proof found in the mailbox makes a letter `sent`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from sqlalchemy import select, update

from mailbot.model import Hold, OutboxState, Role
from mailbot.steps import Step
from storage import holds, outbox
from storage.database import AuditRow, Database, Transaction, View
from storage.outbox import COLUMNS, NEVER, OutboxRow, as_row
from storage.schema import installation
from storage.schema import outbox as table

MAY_HAVE_LEFT = "it may have left before the restore"
HAD_LEFT = "it had left before the restore"
PENDING = (OutboxState.QUEUED, OutboxState.RETRY, OutboxState.SENDING, OutboxState.UNCERTAIN, OutboxState.HELD)
WAY_TO_SENT: dict[OutboxState, tuple[OutboxState, ...]] = {
    OutboxState.HELD: (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.SENT),
    OutboxState.UNCERTAIN: (OutboxState.SENT,),
}
"""By the table of moves: what the lost machine did with it, as we know now."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A restore that no person has let go. `restored_at` None: this database was never opened since its copy was made;
    `reread_at` None: what was filed away is not compared with the journal yet.
    """

    copied_at: datetime
    restored_at: datetime | None
    reread_at: datetime | None


def standing(view: View) -> Restored | None:
    """The restore that keeps everything back; None on an ordinary day."""
    row = view.connection.execute(
        select(installation.c.copied_at, installation.c.restored_at, installation.c.reread_at)
    ).one()
    return None if row.copied_at is None else Restored(row.copied_at, row.restored_at, row.reread_at)


def settle(transaction: Transaction, zone: tzinfo, now: datetime) -> int:
    """Once, before anything runs on a copy: whatever may have left since it was made is kept for a person. How many."""
    found = standing(transaction)
    if found is None or found.restored_at is not None:
        return 0
    doubtful = [row for row in outbox.in_state(transaction, *PENDING) if not _surely_waits(row, zone, now)]
    for row in doubtful:
        doubt(transaction, row, now)
    transaction.connection.execute(update(installation).values(restored_at=now))
    detail: dict[str, str | int | None] = {"doubtful": len(doubtful)}
    transaction.record(AuditRow(now, "mailbot", "installation.restored", "", None, detail))
    return len(doubtful)


def settle_once(database: Database, zone: tzinfo, now: datetime) -> None:
    """The same for whoever opens a database to run on it; an ordinary one costs a look."""
    with database.view() as view:
        found = standing(view)
    if found is not None and found.restored_at is None:
        with database.transaction(Step.RESTORE) as transaction:
            settle(transaction, zone, now)


def _surely_waits(row: OutboxRow, zone: tzinfo, now: datetime) -> bool:
    """Stopped, or held for a time that has not come: by itself it did not leave. Somebody's `#send now` or `#cancel`
    since lies in the mailbox, and is read again.
    """
    if row.state is not OutboxState.HELD:
        return False
    at = holds.release_at(row, zone)
    return row.hold is Hold.STOPPED or (at is not None and at > now)


def doubt(transaction: Transaction, row: OutboxRow, now: datetime) -> None:
    """Keeps one letter for a person: an answer of staff waits for a word, all else is `uncertain`, told in a list."""
    waits = row.state in (OutboxState.QUEUED, OutboxState.RETRY, OutboxState.HELD)
    if row.state is OutboxState.HELD or (waits and row.author_hash is not None):
        holds.stop(transaction, row, MAY_HAVE_LEFT, "restore", now)
        return
    if waits:
        outbox.move(transaction, row, OutboxState.SENDING, now)
        row = outbox.find(transaction, row.id)
    values = {"reason": MAY_HAVE_LEFT, "next_attempt_at": NEVER, "repeated": True, "told_at": now}
    if row.state is OutboxState.SENDING:
        outbox.move(transaction, row, OutboxState.UNCERTAIN, now, **values)
    else:
        transaction.connection.execute(update(table).where(table.c.id == row.id).values(**values))


def doubt_caused_by(transaction: Transaction, journal_id: str, now: datetime) -> None:
    """What a message taken in again would send outside, it may have sent already."""
    statement = select(*COLUMNS).where(table.c.cause == journal_id, table.c.role != Role.STAFF)
    for row in [as_row(row) for row in transaction.connection.execute(statement)]:
        if row.state in (OutboxState.QUEUED, OutboxState.HELD):
            doubt(transaction, row, now)


def note_proofs(transaction: Transaction, message_ids: Iterable[str], now: datetime) -> int:
    """Letters of ours that somebody answers, or that lie in the folder of sent mail, had left. How many were in
    doubt.
    """
    proved = 0
    for message_id in message_ids:
        row = outbox.by_message_id(transaction, message_id)
        if row is None or row.reason != MAY_HAVE_LEFT or row.state not in WAY_TO_SENT:
            continue
        for state in WAY_TO_SENT[row.state]:
            values = {"reason": HAD_LEFT, "ended_at": now, "hold": None} if state is OutboxState.SENT else {}
            outbox.move(transaction, outbox.find(transaction, row.id), state, now, **values)
        proved += 1
    return proved


def doubtful(view: View) -> list[OutboxRow]:
    """What waits for a person because of a restore, oldest first."""
    return [row for row in outbox.in_state(view, *WAY_TO_SENT) if row.reason == MAY_HAVE_LEFT]


def note_reread(transaction: Transaction, now: datetime) -> None:
    """What was filed away is compared, and taken in again where it was unknown."""
    transaction.connection.execute(update(installation).values(reread_at=now))


class Fate(StrEnum):
    """What becomes of a letter when a person lets the restore go."""

    LEAVES = "leaves"
    WAITS = "waits"
    LEFT = "left"


def fates(view: View) -> list[tuple[OutboxRow, str | None, Fate]]:
    """Every letter that would leave, that waits for a person, or that was proved to have left: with its case's
    reference.
    """
    listed = outbox.listing(view, everything=True)
    return [(row, reference, fate) for row, reference in listed if (fate := _fate(row))]


def _fate(row: OutboxRow) -> Fate | None:
    if row.reason == HAD_LEFT:
        return Fate.LEFT
    if row.state not in PENDING:
        return None
    decided_by_a_person = row.hold is Hold.STOPPED if row.state is OutboxState.HELD else row.next_attempt_at >= NEVER
    return Fate.WAITS if decided_by_a_person else Fate.LEAVES


def let_go(transaction: Transaction, who: str, now: datetime) -> None:
    """A person's word. A letter older than the restore that came to the queue meanwhile (a `#send now` read again)
    waits as the others do.
    """
    found = standing(transaction)
    if found is None:
        return
    for row in outbox.in_state(transaction, OutboxState.QUEUED, OutboxState.RETRY):
        if row.created_at < (found.restored_at or now):
            doubt(transaction, row, now)
    transaction.connection.execute(update(installation).values(copied_at=None, restored_at=None, reread_at=None))
    transaction.record(AuditRow(now, who, "installation.released", "", None, {}))
