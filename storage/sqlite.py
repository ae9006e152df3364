"""SQLite: one file, one daemon. Its settings, how its transactions begin, what its errors mean.

The driver's own BEGIN comes too late for DDL and for reads that a write depends on; ours is explicit
(docs/decisions/storage-begin-immediate.md). A writer that waits for over five seconds gets DatabaseDown.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from mailbot.errors import ConfigError, Damaged, DatabaseDown, OurError
from storage.dialect import Durability

SHARED = False
LOOK: dict[str, Any] = {}
PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "busy_timeout": "5000",
    "secure_delete": "ON",
    "temp_store": "MEMORY",  # else statement journals lie in /var/tmp, outside the operator's folder
}
DURABLE = {"journal_mode": "wal", "synchronous": "2"}
DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR_SHORT_READ")


def open_engine(url: URL, *, must_exist: bool, name: str = "mailbot") -> Engine:
    """A missing file is an error where it must exist; SQLite would make it."""
    if must_exist and (not url.database or not Path(url.database).is_file()):
        raise ConfigError(f"storage.database = {url}: no such file; run `mailbot upgrade` or `mailbot init`")
    engine = create_engine(url, pool_size=8, pool_reset_on_return="rollback")
    event.listen(engine, "connect", _on_connect)
    return engine


def _on_connect(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.isolation_level = None
    for name, value in PRAGMAS.items():
        dbapi_connection.execute(f"PRAGMA {name}={value}")


def begin_reading(connection: Connection) -> None:
    """One consistent look."""
    connection.exec_driver_sql("BEGIN")


def begin_writing(connection: Connection) -> None:
    """The write lock, before the first read that a write depends on."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def kind(error: DBAPIError) -> str:
    """Such as SQLITE_FULL."""
    return str(getattr(error.orig, "sqlite_errorname", type(error.orig).__name__))


def translated(error: DBAPIError) -> OurError | None:
    """A broken file, or one that cannot be used now."""
    if kind(error).startswith(DAMAGE):
        return Damaged(f"the database is damaged ({kind(error)})")
    if isinstance(error, (OperationalError, InterfaceError)):
        return DatabaseDown(f"the database cannot be used now ({kind(error)}): is the disk full, or the file locked?")
    return None


def durability(connection: Connection) -> Durability:
    """WAL and synchronous=FULL."""
    found = {name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar()) for name in DURABLE}
    return Durability(found == DURABLE, "WAL, synchronous=FULL" if found == DURABLE else str(found))


def damage(connection: Connection) -> str | None:
    """SQLite's own quick check."""
    return None if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() == "ok" else "quick_check"
