"""After an erasure: the database's own files forget what was destroyed (RULES 12, promise 14).

SQLite has overwritten the freed bytes (secure_delete), but the write-ahead log holds earlier pages until a checkpoint
cuts it off. PostgreSQL keeps old rows until VACUUM; the small table of the cases' keys is written anew. What no
statement reaches (WAL segments, replicas, base backups) is in docs/erasure.md.
"""

from __future__ import annotations

from typing import Any

from storage.database import Database

TABLES = ("journal", "journal_raw", "outbox", "conversation", "token", "note", "follow_up", "contact")


def scrub(database: Database) -> bool:
    """Cleans up after a commit that destroyed something; False where others work with the database just now, or this
    user may not: old pages may still lie in its files then, and the call can be made again.
    """
    connection = database.engine.raw_connection()
    try:
        if database.dialect.SHARED:
            return _vacuum(connection.driver_connection, database.engine.dialect.loaded_dbapi.Error)
        found = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return bool(found.fetchone()[0] == 0)
    finally:
        connection.close()


def _vacuum(driver: Any, refused: type[Exception]) -> bool:
    before, driver.autocommit = driver.autocommit, True
    try:
        driver.execute('VACUUM (FULL) "case"')
        for name in TABLES:
            driver.execute(f'VACUUM "{name}"')
    except refused:  # somebody holds the table for longer than our patience with locks, or owns it
        return False
    finally:
        driver.autocommit = before
    return True
