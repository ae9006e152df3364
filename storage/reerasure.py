"""Erased is erased: what a backup, or a copy of the database put back by hand, has again is destroyed again (RULES 12).

`restore` calls `reapply` before anything else runs, and every start of the daemon `reapply_noted`, so that an erasure
that a crash cut short after it was noted is finished too.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update

from mailbot.model import OutboxState
from mailbot.steps import Step
from storage import tombstones
from storage.database import AuditRow, Database, Transaction, View
from storage.erasure import chunks, destroy_messages, empty_letters, erase, ids, letters_about, remember
from storage.schema import cases, erased_message, journal, outbox
from storage.scrubbing import scrub
from storage.tombstones import Tombstones


def reapply_noted(database: Database, key_file: Path, now: datetime) -> int:
    """Destroys again whatever the notes beside the key name and this database has, and scrubs its files."""
    found = tombstones.read(tombstones.path_beside(key_file))
    with database.view() as view:
        if not (_living_cases(view, found) or _living_messages(view, found) or _unknown(view, found)):
            return 0
    with database.transaction(Step.OPERATOR) as transaction:
        again = reapply(transaction, found, now)
    scrub(database)
    return again


def reapply(transaction: Transaction, found: Tombstones, now: datetime) -> int:
    """Destroys what these notes name; returns how many cases and single messages that were. The caller commits, and
    calls `scrubbing.scrub` then. What the database never had, or has no more, costs nothing.
    """
    for message in found.messages:
        remember(transaction, message.prints)
    living = _living_cases(transaction, found)
    for case_id in living:
        _give_back(transaction, case_id)
        erase(transaction, case_id, (), (), "mailbot", now)
    single = _living_messages(transaction, found)
    said = letters_about(transaction, outbox.c.id.in_([]), single, ())
    empty_letters(transaction, said, "mailbot", now)
    destroy_messages(transaction, single)
    for message_id in single:
        transaction.record(AuditRow(now, "mailbot", "message.erased", message_id, None, {}))
    return len(living) + len(single)


def _living_cases(view: View, found: Tombstones) -> list[str]:
    alive = select(cases.c.id).where(cases.c.wrapped_key.is_not(None))
    return [one for chunk in chunks(found.cases) for one in ids(view, alive.where(cases.c.id.in_(chunk)))]


def _living_messages(view: View, found: Tombstones) -> list[str]:
    alive = select(journal.c.id).where(journal.c.wrapped_key.is_not(None))
    names = [message.id for message in found.messages]
    return [one for chunk in chunks(names) for one in ids(view, alive.where(journal.c.id.in_(chunk)))]


def _unknown(view: View, found: Tombstones) -> bool:
    """Whether a fingerprint is missing: this database is older than the erasure."""
    prints = {one for message in found.messages for one in message.prints}
    known = set(view.connection.execute(select(erased_message.c.hash)).scalars()) if prints else set()
    return not prints <= known


def _give_back(transaction: Transaction, case_id: str) -> None:
    """A backup may show a letter in the middle of its sending; nobody has it in hand after a restore."""
    sending = (outbox.c.case_id == case_id) & (outbox.c.state == OutboxState.SENDING)
    transaction.connection.execute(update(outbox).where(sending).values(state=OutboxState.UNCERTAIN))
