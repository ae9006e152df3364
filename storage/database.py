"""The database: durable transactions, the fence, and the audit chain written with them (promises 1 and 15, RULES 1).

`Database.transaction(name)` is the only place that commits. On SQLite every transaction begins IMMEDIATE, so that what
it read is still true when it writes; the fence number is checked first, and a daemon that lost the database to another
touches nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, func, insert, select
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from mailbot.errors import ConfigError, Damaged, DatabaseDown, Fenced, KeyMismatch, SchemaMismatch
from mailbot.steps import Step, step
from storage import sealing
from storage.schema import REVISION, audit, installation
from storage.sealing import Keyring, WrappedKeys
from storage.types import EPOCH, MICROSECOND

PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "busy_timeout": "5000",
    "secure_delete": "ON",
    "temp_store": "MEMORY",  # else statement journals lie in /var/tmp, outside the operator's folder
}
FIRST_LINK = bytes(32)
DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR_SHORT_READ")


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One act: when, who, what, on which row, because of which message; `detail` holds codes only."""

    at: datetime
    who: str
    act: str
    subject: str
    cause: str | None
    detail: dict[str, str | int | None]

    def line(self, seq: int) -> bytes:
        """The canonical bytes that the chain covers: the values as they are stored."""
        at = (self.at - EPOCH) // MICROSECOND
        return chain_line((seq, at, self.who, self.act, self.subject, self.cause, self.packed()))

    def packed(self) -> str:
        return json.dumps(self.detail, sort_keys=True, separators=(",", ":"))


def chain_line(stored: Sequence[object]) -> bytes:
    """One row of the audit as the chain covers it: seq, at (microseconds), who, act, subject, cause, detail."""
    return json.dumps(list(stored), default=repr).encode()


class View:
    """A reading connection with the keys to unseal what it finds."""

    def __init__(self, connection: Connection, keys: Keyring) -> None:
        self.connection = connection
        self.keys = keys
        self.case_keys: dict[str, bytes] = {}
        """Case keys unwrapped so far: a message asks for its case's key again and again."""


class Transaction(View):
    """A writing connection. Audit rows wait here and are chained when the savepoint or the transaction ends."""

    def __init__(self, connection: Connection, keys: Keyring) -> None:
        super().__init__(connection, keys)
        self._acts: list[AuditRow] = []

    def record(self, row: AuditRow) -> None:
        """Adds an act to the chain, in this same transaction (promise 15)."""
        self._acts.append(row)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """One message of a group: what fails inside is undone alone, acts included."""
        self.write_acts()
        try:
            with self.connection.begin_nested():
                yield
                self.write_acts()
        except BaseException:
            self._acts.clear()
            raise

    def write_acts(self) -> None:
        if not self._acts:
            return
        seq, link = self._head()
        rows = []
        for act in self._acts:
            seq += 1
            link = self.keys.link(link, act.line(seq))
            rows.append(
                {
                    "seq": seq,
                    "at": act.at,
                    "who": act.who,
                    "act": act.act,
                    "subject": act.subject,
                    "cause": act.cause,
                    "detail": act.packed(),
                    "hash": link,
                }
            )
        self.connection.execute(insert(audit), rows)
        self._acts.clear()

    def _head(self) -> tuple[int, bytes]:
        last = self.connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).first()
        return (last.seq, last.hash) if last else (0, FIRST_LINK)


class Database:
    """One open database. `fence` is the number this process must find in it; None without the lease."""

    def __init__(self, engine: Engine, keys: Keyring, installation_id: str) -> None:
        self.engine = engine
        self.keys = keys
        self.installation_id = installation_id
        self.fence: int | None = None

    @classmethod
    def open(cls, url: str, master: bytes) -> Database:
        """Opens an existing database. Raises ConfigError, SchemaMismatch or KeyMismatch, and touches nothing then."""
        engine = make_engine(url, must_exist=True)
        try:
            return cls(engine, *_opened(engine, master))
        except BaseException:
            engine.dispose()
            raise

    @contextmanager
    def transaction(self, name: Step) -> Iterator[Transaction]:
        """One durable commit, named. Raises Fenced when another daemon has taken over; then nothing was written."""
        with _translated(), self.engine.connect() as connection, connection.begin() as begun:
            self._check_fence(connection)
            transaction = Transaction(connection, self.keys)
            yield transaction
            transaction.write_acts()
            with step(name):
                begun.commit()

    @contextmanager
    def view(self) -> Iterator[View]:
        """A consistent look that writes nothing."""
        with _reading(self.engine) as connection:
            yield View(connection, self.keys)

    def check_fence(self) -> None:
        """Before a write to a server that no commit of ours stands in front of. Raises Fenced (F32)."""
        with self.view() as view:
            self._check_fence(view.connection)

    def close(self) -> None:
        self.engine.dispose()

    def _check_fence(self, connection: Connection) -> None:
        if self.fence is None:
            return
        if connection.execute(select(installation.c.fence)).scalar_one() != self.fence:
            raise Fenced("another mailbot took this database over; nothing more was touched")


def _opened(engine: Engine, master: bytes) -> tuple[Keyring, str]:
    """The keys and the id of the installation in a database, once its schema and its key are the right ones."""
    with _reading(engine) as connection:
        check_schema(connection)
        row = connection.execute(select(installation)).first()
    if row is None:
        raise SchemaMismatch("storage.database: no installation in it; run `mailbot upgrade`")
    if row.key_id != sealing.key_id(master):
        raise KeyMismatch("storage.key_file: another key than the database's; nothing was touched")
    wrapped = WrappedKeys(row.wrapped_intake_key, row.wrapped_lookup_key, row.wrapped_audit_key)
    return Keyring.open(master, wrapped), row.id


def make_engine(url: str, *, must_exist: bool) -> Engine:
    """The engine with the durable settings of promise 1; a missing SQLite file is an error where it must exist."""
    path = make_url(url).database
    if must_exist and (not path or not Path(path).is_file()):
        raise ConfigError(f"storage.database = {url}: no such file; run `mailbot upgrade` or `mailbot init`")
    engine = create_engine(url, pool_size=8, pool_reset_on_return="rollback")
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(dbapi_connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes too late for DDL and for reads that a write depends on; ours is explicit (see
    # docs/decisions).
    dbapi_connection.isolation_level = None
    for name, value in PRAGMAS.items():
        dbapi_connection.execute(f"PRAGMA {name}={value}")


def _on_begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def _reading(engine: Engine) -> Iterator[Connection]:
    with _translated(), engine.connect().execution_options(reading=True) as connection:
        yield connection


@contextmanager
def _translated() -> Iterator[None]:
    """The driver's errors that are no row's fault, as ours. The kind is named, never the text: it quotes values."""
    try:
        yield
    except DBAPIError as error:
        kind = getattr(error.orig, "sqlite_errorname", type(error.orig).__name__)
        if kind.startswith(DAMAGE):
            raise Damaged(f"the database is damaged ({kind})") from error
        if not isinstance(error, (OperationalError, InterfaceError)):
            raise
        raise DatabaseDown(
            f"the database cannot be used now ({kind}): is the disk full, or the file locked?"
        ) from error


def check_schema(connection: Connection) -> None:
    """`run` refuses an older or a newer schema (F39)."""
    found = schema_revision(connection)
    if found is None:
        raise SchemaMismatch("storage.database: no schema in it; run `mailbot upgrade`")
    if found != REVISION:
        raise SchemaMismatch(
            f"storage.database: schema {found}, this program works with {REVISION}; run `mailbot upgrade`"
        )


def schema_revision(connection: Connection) -> str | None:
    """The revision that the migrations wrote, or None for an empty database."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def durability(connection: Connection) -> dict[str, str]:
    """What `check` compares: the settings in force, by name."""
    return {
        name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar()) for name in ("journal_mode", "synchronous")
    }


def copy_to(database: Database, path: Path) -> None:
    """A consistent copy of a SQLite database, as encrypted as the original, for its owner alone."""
    path.touch(0o600, exist_ok=False)
    source = database.engine.raw_connection()
    try:
        with closing(sqlite3.connect(path)) as target:
            source.driver_connection.backup(target)  # type: ignore[union-attr]
    finally:
        source.close()


def damage(connection: Connection) -> str | None:
    """SQLite's own quick check: None, or its first complaint's kind (F30)."""
    return None if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() == "ok" else "quick_check"


def newest_instant(view: View) -> datetime | None:
    """The newest instant stored: the clock must not stand before it (RULES 1). Of the last thousand acts, since a clock
    that was set back may have written some since.
    """
    last = select(audit.c.at).order_by(audit.c.seq.desc()).limit(1000).subquery()
    return view.connection.execute(select(func.max(last.c.at))).scalar()
