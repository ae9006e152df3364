"""`mailbot backup FILE`: one file, as encrypted as the database, proved before it has its name (RULES 12, F39).

It is written under another name in the same folder, read back whole, made durable, and only then linked to the name
that was asked for, which must be free: under that name lies a sound backup or nothing. The master key is not in it. It
carries the instant at which it was made, so that whatever opens it as a database sends nothing (`storage.restored`).
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from mailbot.errors import ConfigError, Damaged
from storage import audit, copies
from storage.database import Database, View, damage
from storage.schema import cases, installation
from storage.types import EPOCH, MICROSECOND


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds, as it was read back. `key_id` names the key that opens it; `head` is the audit's."""

    size: int
    messages: int
    cases: int
    letters: int
    acts: int
    head: str
    key_id: str


def make(database: Database, target: Path, now: datetime) -> Backup:
    """Writes `target`. Raises ConfigError where it exists, or its folder does not; DatabaseDown where the disk refuses.
    Nothing lies under the name then.
    """
    if os.path.lexists(target):
        raise ConfigError(f"{target}: exists already; a backup is never overwritten")
    partial = _reserved(target)
    try:
        expected = copies.write(database, partial)
        _mark(partial, now)
        with copies.opened_beside(database, partial) as copy, copy.view() as view:
            found = proved(view, partial, expected)
        copies.as_one_file(partial)
        with copies.disk_errors():
            copies.synced(partial)
            _name(partial, target)
        return found
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{partial}{suffix}").unlink(missing_ok=True)


def _reserved(target: Path) -> Path:
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent)
    except OSError as error:
        raise ConfigError(f"{target}: nothing can be written in its folder ({error.strerror})") from error
    os.close(descriptor)
    return Path(name)


def _mark(partial: Path, now: datetime) -> None:
    """From here on it is a copy: whoever opens it must settle what may have left since."""
    at = (now - EPOCH) // MICROSECOND
    with closing(sqlite3.connect(partial, isolation_level=None)) as connection, copies.disk_errors():
        connection.execute("UPDATE installation SET copied_at = ?, restored_at = NULL, reread_at = NULL", (at,))


def proved(view: View, path: Path, expected: list[range] | None = None) -> Backup:
    """Reads a copy back: every page and index, the audit's chain, every case's key, and that no row is missing. Raises
    Damaged.
    """
    wrong = damage(view.connection)
    if wrong:
        raise Damaged(f"the copy does not read back ({wrong}); it is no backup")
    found = copies.counts(view)
    if expected and not all(count in fits for count, fits in zip(found, expected, strict=True)):
        raise Damaged("the copy lacks rows of the database; it is no backup")
    chain = audit.verify(view)
    if chain.broken_at is not None:
        raise Damaged(f"the audit's chain is broken at row {chain.broken_at}; `mailbot audit verify` says more")
    for wrapped in view.connection.execute(select(cases.c.wrapped_key).where(cases.c.wrapped_key.is_not(None))):
        view.keys.unwrap(wrapped[0])
    key_id = view.connection.execute(select(installation.c.key_id)).scalar_one()
    return Backup(path.stat().st_size, found[0], found[1], found[2], chain.rows, chain.head, key_id)


def _name(partial: Path, target: Path) -> None:
    """Gives it its name, which nobody took meanwhile."""
    try:
        os.link(partial, target)
    except FileExistsError as error:
        raise ConfigError(f"{target}: exists already; a backup is never overwritten") from error
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise ConfigError(f"{target}: exists already; a backup is never overwritten") from None
        partial.rename(target)
    copies.synced(target.parent)
