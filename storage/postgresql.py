"""PostgreSQL: several daemons on one database. Its settings, how its transactions begin, what its errors mean.

Writers wait for each other at one advisory lock, as SQLite's do at the file's: what a transaction reads below that
lock is still true when it writes (docs/decisions/postgresql-one-writer.md). Advisory locks belong to one database: a
service has a database of its own. Whatever takes a connection or the server away is DatabaseDown, the unknown end of a
COMMIT too.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, column, create_engine, event, func, select, table, text
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from mailbot.errors import ConfigError, Damaged, DatabaseDown, OurError
from storage.dialect import Durability

SHARED = True
LOOK: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

CHARGE, WRITER = 0x6D61696C_00000001, 0x6D61696C_00000002
"""Advisory locks: held by the session of the daemon in charge; held by a transaction that writes."""
WAIT_SECONDS = 10
"""For a lock, as SQLite's busy_timeout; then DatabaseDown."""
IDLE_SECONDS = 20
"""A writer that stops talking is ended by the server, so that it does not keep everybody waiting."""
IDLE_IN_POOL_SECONDS = 5.0
"""After which a connection of the pool is asked for a sign of life before it is used."""
REACHING = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""libpq's settings: half a minute of silence on a half-open connection is a lost one."""

HERE = ("", "localhost", "127.0.0.1", "::1")
"""Hosts whose bytes never leave the machine."""

DOWN = ("08", "25006", "28", "3D000", "40", "53", "55P03", "57", "58")
"""Lost connections, a server that became read-only, refused log-ins, deadlocks, full disks, locks waited for too long,
shutdowns, input and output.
"""
DAMAGE = ("XX001", "XX002")
WEAK = ("off", "local")
"""Values of synchronous_commit that lose a commit with the power, or with the failover."""


def open_engine(url: URL, *, must_exist: bool, name: str = "mailbot") -> Engine:
    """Connections called `name` in pg_stat_activity. The database itself is the operator's to create."""
    settings = {key: value for key, value in (REACHING | _tls(url)).items() if key not in url.query}
    try:
        engine = create_engine(
            url,
            isolation_level="READ COMMITTED",
            pool_size=8,
            pool_reset_on_return="rollback",
            connect_args={**settings, "application_name": name},
        )
    except ModuleNotFoundError as error:
        raise ConfigError(
            "storage.database: PostgreSQL needs the package psycopg; install mailbot with the extra `postgres`"
        ) from error
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", _ask_the_idle)
    return engine


def _tls(url: URL) -> dict[str, str]:
    """A server on another machine must prove its name; libpq's own default would also talk without TLS."""
    host = str(url.query.get("host", url.host or ""))
    if "sslmode" in url.query or host in HERE or host.startswith("/"):
        return {}
    return {"sslmode": "verify-full", "sslrootcert": "system"}


def _on_connect(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.autocommit = True
    with dbapi_connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{WAIT_SECONDS}s"])
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = ANY(%s)",
            [list(WEAK)],
        )
    dbapi_connection.autocommit = False


def _note_use(_dbapi_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["used"] = time.monotonic()


def _ask_the_idle(dbapi_connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """A firewall, or the server's restart, may have ended a connection that lay in the pool. One just used is not
    asked: a question costs as much as a statement.
    """
    if time.monotonic() - record.info.get("used", time.monotonic()) > IDLE_IN_POOL_SECONDS:
        try:
            dbapi_connection.execute("SELECT 1")
            dbapi_connection.rollback()
        except dbapi_connection.Error as error:
            raise DisconnectionError from error


def begin_reading(connection: Connection) -> None:
    """Nothing: the driver's BEGIN has the isolation of LOOK."""


def begin_writing(connection: Connection) -> None:
    """The writers' lock. The statement after it sees what its last holder committed (READ COMMITTED)."""
    idle = func.set_config("idle_in_transaction_session_timeout", f"{IDLE_SECONDS}s", True)  # noqa: FBT003
    connection.execute(select(idle, func.pg_advisory_xact_lock(WRITER)))


def kind(error: DBAPIError) -> str:
    """The SQLSTATE, or the driver's class where the server said nothing any more."""
    return str(getattr(error.orig, "sqlstate", None) or type(error.orig).__name__)


def translated(error: DBAPIError) -> OurError | None:
    """What is no row's fault: the server, the connection, a lock."""
    state = kind(error)
    if state.startswith(DAMAGE):
        return Damaged(f"the database is damaged ({state})")
    if error.connection_invalidated or state.startswith(DOWN) or _never_connected(error):
        return DatabaseDown(f"the database cannot be used now ({state}){_why(error)}")
    return None


def _never_connected(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) is None and type(error.orig).__name__ == "OperationalError"


def _why(error: DBAPIError) -> str:
    """libpq's sentence about a connection that was not made: it names host, port, database and user, no value."""
    if error.statement is not None or not _never_connected(error):
        return ""
    lines = str(error.orig).strip().splitlines()
    return f": {lines[0]}" if lines else ""


def durability(connection: Connection) -> Durability:
    """fsync and full pages on the server; synchronous_commit, which every connection of ours turns on."""
    names = ("fsync", "full_page_writes", "synchronous_commit")
    found = {name: str(connection.execute(select(func.current_setting(name))).scalar_one()) for name in names}
    fine = found["fsync"] == found["full_page_writes"] == "on" and found["synchronous_commit"] not in WEAK
    return Durability(fine, ", ".join(f"{name}={value}" for name, value in found.items()))


def damage(connection: Connection) -> str | None:
    """Pages whose checksum failed, where the cluster has checksums."""
    counted = table("pg_stat_database", column("checksum_failures"), column("datname"))
    failures = select(counted.c.checksum_failures).where(counted.c.datname == func.current_database())
    return "checksum_failures" if connection.execute(failures).scalar() else None


# Sessions


def take_charge(session: Connection) -> bool:
    """Tries to take the lock of the daemon in charge; it stays with the session."""
    return bool(session.execute(select(func.pg_try_advisory_lock(CHARGE))).scalar_one())


def name_of(worker: str) -> str:
    """What the connections of one daemon are called in pg_stat_activity."""
    return f"mailbot {worker}"


def sessions_of(session: Connection, workers: Sequence[str]) -> dict[str, list[int]]:
    """The server's processes that serve these daemons, by daemon. Only those of our own role are seen."""
    activity = table("pg_stat_activity", column("pid"), column("application_name"), column("datname"))
    names = {name_of(worker): worker for worker in workers}
    statement = select(activity.c.pid, activity.c.application_name).where(
        activity.c.application_name.in_(names), activity.c.datname == func.current_database()
    )
    found: dict[str, list[int]] = {worker: [] for worker in workers}
    for pid, name in session.execute(statement):
        found[names[name]].append(pid)
    return found


def end_sessions(session: Connection, pids: Sequence[int]) -> None:
    """Ends server processes of our own role: whatever they had open is undone, whatever they held is free."""
    for pid in pids:
        session.execute(select(func.pg_terminate_backend(pid)))


def server_life(session: Connection) -> str:
    """Names one life of the server, from its start to its end."""
    return str(session.execute(text("SELECT pg_postmaster_start_time()::text")).scalar_one())
