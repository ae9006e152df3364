"""A consistent copy of a whole database in one SQLite file, and such a file's rows in another database.

SQLite copies itself (VACUUM INTO: one snapshot, while daemons write; no page that was freed comes along, so that an
erased key cannot). PostgreSQL is read in one REPEATABLE READ snapshot, table by table, into a SQLite file of the same
schema: no pg_dump of the right version is needed, and a copy of either database goes back into either.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, delete, func, insert, select

from mailbot.errors import Damaged, DatabaseDown
from mailbot.steps import Step
from storage import dialect, install
from storage.database import MODE, Database, View, make_engine, translated
from storage.schema import audit, cases, journal, metadata, outbox
from storage.sqlite import DAMAGE

GROWING = (journal, cases, outbox, audit)
"""Tables from which no row is ever taken: their counts say whether a copy is complete."""
ROWS, LARGE_ROWS = 500, 8
"""Rows in memory at once; where one may be a message of 64 MB, few."""


def write(database: Database, path: Path) -> list[range]:
    """Fills the empty file `path`. Returns for each of GROWING how many rows a complete copy has: while daemons write,
    as many as there were between the beginning and the end.
    """
    if database.dialect.SHARED:
        return _rows_into_file(database, path)
    before = _counted(database)
    with closing(database.engine.raw_connection()) as source, disk_errors():
        source.driver_connection.execute("VACUUM INTO ?", (str(path),))  # type: ignore[union-attr]
    return [range(low, high + 1) for low, high in zip(before, _counted(database), strict=True)]


def _counted(database: Database) -> list[int]:
    with database.view() as view:
        return counts(view)


def counts(view: View) -> list[int]:
    """How many rows each of GROWING has."""
    return [int(view.connection.execute(select(func.count()).select_from(table)).scalar_one()) for table in GROWING]


def _rows_into_file(database: Database, path: Path) -> list[range]:
    with opened_beside(database, path) as copy, database.view() as view:
        with copy.transaction(Step.BACKUP) as transaction:
            install.migrate(transaction.connection)
            rows_into(view.connection, transaction.connection)
        return [range(count, count + 1) for count in counts(view)]


@contextmanager
def opened_beside(database: Database, path: Path) -> Iterator[Database]:
    """A copy, with the keys of the database that it is a copy of."""
    copy = Database(make_engine(f"sqlite:///{path}", must_exist=False), database.keys, database.installation_id)
    try:
        yield copy
    finally:
        copy.close()


@contextmanager
def looking(url: str, *, must_exist: bool = False) -> Iterator[Connection]:
    """One look at a database of which nothing is known yet, neither key nor schema."""
    engine = make_engine(url, must_exist=must_exist)
    options = {MODE: "reading", **dialect.of(url).LOOK}
    try:
        with translated(engine), engine.connect().execution_options(**options) as connection:
            yield connection
    finally:
        engine.dispose()


def rows_into(source: Connection, target: Connection) -> None:
    """Every row of every table, into the empty tables of the same schema."""
    for table in metadata.sorted_tables:
        target.execute(delete(table))
        for rows in _partitions(source, table):
            target.execute(insert(table), rows)


def _partitions(source: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    large = any(isinstance(column.type, LargeBinary) and not column.type.length for column in table.columns)
    found = source.execution_options(yield_per=LARGE_ROWS if large else ROWS).execute(select(table))
    for rows in found.partitions():
        yield [dict(row._mapping) for row in rows]


@contextmanager
def disk_errors() -> Iterator[None]:
    """What the disk says while a copy is written, by its name."""
    try:
        yield
    except sqlite3.Error as error:
        kind = getattr(error, "sqlite_errorname", type(error).__name__)
        if kind.startswith(DAMAGE):
            raise Damaged(f"the database is damaged ({kind}); no copy was made") from error
        raise DatabaseDown(f"the copy cannot be written ({kind}): is the disk full?") from error
    except OSError as error:
        raise DatabaseDown(f"the copy cannot be written ({error.strerror})") from error


def synced(path: Path) -> None:
    """Durable: a file's bytes, or a folder's names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def as_one_file(path: Path) -> None:
    """Ends WAL mode, so that a copy is one file that can be read where nothing can be written."""
    with closing(sqlite3.connect(path)) as connection, disk_errors():
        connection.execute("PRAGMA journal_mode=DELETE")
