"""How far a database has come, noted beside its key: one that was put back by hand shows by it (promise 3, F31).

A file copied over the database, a snapshot of a disk or a server turned back carries no mark, unlike what `mailbot
backup` wrote. But its audit is shorter than the number noted here, and audits never shrink. Such a database is held
back like any restored one. The note is a help and no condition: where it cannot be written or read, mailbot works
without.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from sqlalchemy import func, select, update

from mailbot.steps import Step
from storage import restored
from storage.database import Database, View, newest_instant
from storage.schema import audit, installation

NAME = "mailbot.generation"


def note(database: Database, key_file: Path) -> None:
    """Replaces the note. Without fsync: after a loss of power an older one is found, which is harmless."""
    with database.view() as view:
        seq = _acts(view)
    path = key_file.with_name(NAME)
    fresh = path.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(f"{database.installation_id} {seq}\n")
        fresh.replace(path)


def check(database: Database, key_file: Path) -> bool:
    """Before anything runs: True where the database was put back, and is held back from now on."""
    noted = _noted(key_file.with_name(NAME), database.installation_id)
    with database.view() as view:
        seq = _acts(view)
        # One in which nothing happened yet has nothing that could leave twice.
        gone_back = 0 < seq < noted and restored.standing(view) is None
        at = newest_instant(view)
    if gone_back:
        with database.transaction(Step.RESTORE) as transaction:
            transaction.connection.execute(update(installation).values(copied_at=at, restored_at=None, reread_at=None))
    return gone_back


def _acts(view: View) -> int:
    return int(view.connection.execute(select(func.max(audit.c.seq))).scalar() or 0)


def _noted(path: Path, installation_id: str) -> int:
    with suppress(OSError, ValueError):
        found, _, seq = path.read_text(encoding="ascii").partition(" ")
        return int(seq) if found == installation_id else 0
    return 0
