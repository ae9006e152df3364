"""A copy of the database as it was, before the schema is changed (F39).

In: a SQLite database with an older schema, and its key. Out: DATABASE.before-REVISION beside it, as encrypted as the
database, whole or not there at all. PostgreSQL's server has its own copies: nothing is made for it. A migration is one
transaction and needs no copy to be undone; the copy is for whoever wants the older program back a day later.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from storage import copies, dialect, sealing
from storage.database import schema_revision
from storage.keyfile import read_key
from storage.schema import REVISION


def make(url: str, key_file: Path) -> Path | None:
    """The copy that was made; None where no older schema is there, or with another key: `upgrade` refuses that."""
    if dialect.of(url).SHARED or not _is_older(url, read_key(key_file)):
        return None
    database = Path(str(make_url(url).database))
    target = database.with_name(f"{database.name}.before-{REVISION}")
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)  # of an upgrade that was killed
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with copies.disk_errors():
            _write(database, partial)
            copies.synced(partial)
            # Over the copy of an earlier try: the database may have gone on since.
            partial.replace(target)
            copies.synced(target.parent)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _is_older(url: str, master: bytes) -> bool:
    if not Path(str(make_url(url).database)).is_file():
        return False
    with copies.looking(url) as connection:
        found = schema_revision(connection)
        if found is None or found >= REVISION:
            return False
        key_id = connection.exec_driver_sql("SELECT key_id FROM installation").scalar()
    return bool(key_id == sealing.key_id(master))


def _write(database: Path, partial: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as source:
        source.execute("VACUUM INTO ?", (str(partial),))
