"""`mailbot restore FILE`: a backup becomes the database of an installation that has none yet (RULES 2 and 12, F31).

All is done on a copy: the right key, the schema (an older one is migrated), the proof that it is sound, what was erased
since destroyed again, what may have left kept for a person. Then the copy takes its place, in one step: a SQLite file
by its name, a PostgreSQL in one transaction. Until then the configured database, and the backup, are untouched.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from sqlalchemy import Connection, delete, func, inspect, select, update
from sqlalchemy.engine import make_url

from mailbot.errors import ConfigError, Damaged, KeyMismatch
from mailbot.steps import Step
from storage import backups, copies, dialect, install, keyfile, lease, reerasure, restored, sealing
from storage.backups import Backup
from storage.database import Database, make_engine, newest_instant, schema_revision
from storage.schema import installation, worker

MAGIC = b"SQLite format 3\0"
FENCE_LEAP = 2**20
"""A daemon of before the loss that still runs finds another number than any it may have."""
IN_USE = "storage.database: it is not empty; a backup is restored into an empty or absent database, nothing was touched"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was put back. `made_at`: when the backup was made; `doubtful`: letters that a person must judge; `erased`:
    cases and messages destroyed again.
    """

    backup: Backup
    made_at: datetime
    doubtful: int
    erased: int
    schema_before: str


def restore(source: Path, url: str, key_file: Path, zone: tzinfo, now: datetime) -> Outcome:
    """Raises ConfigError where the database is in use or FILE is no backup, KeyMismatch where the key is another."""
    master = keyfile.read_key(key_file)
    with ExitStack() as stack:
        target = stack.enter_context(_target(url))
        folder = stack.enter_context(_workshop(target))
        copy = _taken(source, folder / "restored.db")
        before = _checked(copy, source, key_file, master)
        install.upgrade(f"sqlite:///{copy}", key_file, now)
        found = _prepared(copy, key_file, master, zone, now, before)
        if target is None:
            _fill(url, copy, master)
        else:
            _put(copy, target)
    return found


# The database to be


@contextmanager
def _target(url: str) -> Iterator[Path | None]:
    """The file that the database is to be, locked against daemons; None where a server holds it."""
    if dialect.of(url).SHARED:
        with copies.looking(url) as connection:
            _refuse_used(connection)
        yield None
        return
    path = Path(make_url(url).database or "")
    if not path.parent.is_dir():
        raise ConfigError(f"storage.database = {url}: its folder is missing; make it first")
    descriptor = lease.lock_file(str(path))
    try:
        if path.exists() and path.stat().st_size:
            _refuse_used_file(url)
        yield path
    finally:
        os.close(descriptor)


def _refuse_used(connection: Connection) -> None:
    """Empty is: no schema of ours, and no other table; or one in which nothing ever happened."""
    if schema_revision(connection) is None:
        if inspect(connection).get_table_names():
            raise ConfigError(IN_USE)
        return
    for table in copies.GROWING:
        if connection.execute(select(func.count()).select_from(table)).scalar_one():
            raise ConfigError(IN_USE)


@contextmanager
def _workshop(target: Path | None) -> Iterator[Path]:
    """A folder of ours on the same disk, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=target.parent if target else None) as folder:
        yield Path(folder)


def _refuse_used_file(url: str) -> None:
    try:
        with copies.looking(url) as connection:
            _refuse_used(connection)
    except Damaged as error:
        raise ConfigError(f"{IN_USE}; what is there cannot be read: move it away first") from error


# The copy


def _taken(source: Path, copy: Path) -> Path:
    try:
        with source.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise ConfigError(f"{source}: expected a file that `mailbot backup` wrote")
            file.seek(0)
            descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as out, copies.disk_errors():
                shutil.copyfileobj(file, out, 2**20)
    except OSError as error:
        raise ConfigError(f"{source}: cannot be read ({error.strerror})") from error
    if Path(f"{source}-wal").exists():
        raise ConfigError(f"{source}: a database in use, and no backup; `mailbot backup FILE` makes one of it")
    return copy


def _checked(copy: Path, source: Path, key_file: Path, master: bytes) -> str:
    """The schema of a backup that this key opens. A plain look: nothing is opened with a key that may be wrong."""
    try:
        with closing(sqlite3.connect(copy)) as connection:
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            (found,) = connection.execute("SELECT key_id FROM installation").fetchone()
    except (sqlite3.Error, TypeError) as error:
        raise ConfigError(f"{source}: expected a whole file that `mailbot backup` wrote") from error
    if found != sealing.key_id(master):
        raise KeyMismatch(
            f"{source}: made with another key ({found}) than storage.key_file = {key_file}; nothing was touched."
            f"{keyfile.where_else(key_file, found)}"
        )
    return str(revision)


def _prepared(copy: Path, key_file: Path, master: bytes, zone: tzinfo, now: datetime, before: str) -> Outcome:
    database = Database.open(f"sqlite:///{copy}", master)
    try:
        with database.view() as view:
            found = backups.proved(view, copy)
            standing = restored.standing(view)
            made_at = standing.copied_at if standing else newest_instant(view) or now
        erased = reerasure.reapply_noted(database, key_file, now)
        with database.transaction(Step.RESTORE) as transaction:
            values = {"copied_at": made_at, "restored_at": None, "reread_at": None}
            fence = installation.c.fence + FENCE_LEAP
            transaction.connection.execute(update(installation).values(fence=fence, **values))
            transaction.connection.execute(delete(worker))
            doubtful = restored.settle(transaction, zone, now)
    finally:
        database.close()
    copies.as_one_file(copy)
    return Outcome(found, made_at, doubtful, erased, before)


# Taking its place


def _put(copy: Path, target: Path) -> None:
    """By name. A WAL of the database that was there belongs to that one; SQLite would play it into this one."""
    with copies.disk_errors():
        copies.synced(copy)
        for suffix in ("-wal", "-shm"):
            stale = Path(f"{target}{suffix}")
            if stale.exists():
                stale.rename(f"{target}{suffix}.before-restore")
        os.replace(copy, target)
        copies.synced(target.parent)


def _fill(url: str, copy: Path, master: bytes) -> None:
    """By rows, in one transaction that looks again whether the database is empty."""
    source = Database.open(f"sqlite:///{copy}", master)
    target = Database(make_engine(url, must_exist=False), source.keys, source.installation_id)
    try:
        with source.view() as view, target.transaction(Step.RESTORE) as transaction:
            _refuse_used(transaction.connection)
            install.migrate(transaction.connection)
            copies.rows_into(view.connection, transaction.connection)
    finally:
        source.close()
        target.close()
