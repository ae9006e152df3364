"""`mailbot rekey`: another master key, with every wrap in one transaction (RULES 12).

The master key wraps the installation's own keys and each case's. Those stay as they are, and with them what they seal
and the look-up hashes: whoever had the old key and a copy of the database can read that copy for ever, which no rekey
can change. The new key lies beside the old one, durably, before the commit, and takes its name after it: whenever it is
interrupted, exactly one of the two files opens the database, and the next `rekey` finishes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import bindparam, delete, select, update

from mailbot.errors import Damaged
from mailbot.steps import Step
from storage import copies, keyfile, sealing
from storage.database import AuditRow, Database, Transaction
from storage.schema import cases, installation, worker
from storage.sealing import Keyring

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """`old_file`: where the old key lies from now on; `cases`: how many keys of cases were wrapped anew."""

    cases: int
    old_file: Path
    key_id: str


def new_file(key_file: Path) -> Path:
    """Where the new key lies until it takes its place."""
    return key_file.with_name(f"{key_file.name}.new")


def finish(url: str, key_file: Path) -> bool:
    """Ends a rekey that was interrupted: after its commit the new key takes its place (True); before it, the new key
    never wrapped anything, and is removed.
    """
    fresh = new_file(key_file)
    if not fresh.exists():
        return False
    with copies.looking(url, must_exist=True) as connection:
        needed = connection.execute(select(installation.c.key_id)).scalar()
    if needed == sealing.key_id(keyfile.read_key(key_file)):
        fresh.unlink()  # unread: a kill may have left half of it
        return False
    if needed == sealing.key_id(keyfile.read_key(fresh)):
        _take_place(key_file)
        return True
    return False


def needed_key(url: str, key_file: Path) -> str:
    """A sentence on the file that opens the database in place of `key_file`; "" where none beside it does."""
    with copies.looking(url, must_exist=True) as connection:
        found = keyfile.where_else(key_file, str(connection.execute(select(installation.c.key_id)).scalar()))
    if str(new_file(key_file)) not in found:
        return found
    return f"{found} A rekey was interrupted: call `mailbot rekey` again to finish it"


def rekey(database: Database, key_file: Path, who: str, now: datetime) -> Rekeyed:
    """Needs the lease: a daemon at work would wrap a new case's key by the old master key."""
    old_file = _keep_old(key_file)
    master = keyfile.write_key(new_file(key_file))
    copies.synced(key_file.parent)
    with database.transaction(Step.REKEY) as transaction:
        count = _rewrap(transaction, master, database.worker)
        detail: dict[str, str | int | None] = {"cases": count, "key": sealing.key_id(master)}
        transaction.record(AuditRow(now, who, "installation.rekeyed", "", None, detail))
    _take_place(key_file)
    return Rekeyed(count, old_file, sealing.key_id(master))


def _keep_old(key_file: Path) -> Path:
    """The old key under a name with its id: backups made until now need it."""
    kept = key_file.with_name(f"{key_file.name}.{sealing.key_id(keyfile.read_key(key_file))}")
    if not kept.exists():
        descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key_file.read_bytes())
            file.flush()
            os.fsync(file.fileno())
    return kept


def _take_place(key_file: Path) -> None:
    os.replace(new_file(key_file), key_file)
    copies.synced(key_file.parent)


def _rewrap(transaction: Transaction, master: bytes, own: str) -> int:
    """Every wrap by the master key; and daemons that share the database must open it anew."""
    keys, wrapped = transaction.keys.under(master)
    connection = transaction.connection
    count = 0
    for rows in _wraps(transaction, transaction.keys, keys):
        statement = update(cases).where(cases.c.id == bindparam("row")).values(wrapped_key=bindparam("wrap"))
        connection.execute(statement, rows)
        count += len(rows)
    connection.execute(
        update(installation).values(
            key_id=sealing.key_id(master),
            wrapped_intake_key=wrapped.intake,
            wrapped_lookup_key=wrapped.lookup,
            wrapped_audit_key=wrapped.audit,
        )
    )
    connection.execute(delete(worker).where(worker.c.id != own))
    if sum(len(rows) for rows in _wraps(transaction, keys, keys)) != count:
        raise Damaged("not every case's key was wrapped anew; nothing was changed")
    return count


def _wraps(transaction: Transaction, before: Keyring, after: Keyring) -> Iterator[list[dict[str, object]]]:
    """Every case's key, unwrapped by the one and wrapped by the other."""
    found = transaction.connection.execute(
        select(cases.c.id, cases.c.wrapped_key).where(cases.c.wrapped_key.is_not(None))
    ).all()
    for start in range(0, len(found), CHUNK):
        chunk = found[start : start + CHUNK]
        yield [{"row": row.id, "wrap": after.wrap(before.unwrap(row.wrapped_key))} for row in chunk]
