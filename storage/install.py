"""A new installation, and migrations from an older one. Alembic is imported here alone, and late: it costs half a
second.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select
from sqlalchemy.engine import make_url

from mailbot.errors import KeyMismatch, SchemaMismatch
from mailbot.model import new_secret
from mailbot.steps import Step, step
from storage import dialect, sealing
from storage.database import make_engine, schema_revision, translated
from storage.keyfile import read_key
from storage.schema import REVISION, installation

if TYPE_CHECKING:
    from alembic.config import Config


def create(url: str, key_file: Path, now: datetime) -> None:
    """Makes the database of a new installation: file 0600, schema, key id. An existing one is upgraded."""
    upgrade(url, key_file, now)


def upgrade(url: str, key_file: Path, now: datetime) -> tuple[str | None, str]:
    """Brings the database to this program's schema, in one transaction. Returns the revisions before and after.

    Raises SchemaMismatch for a newer schema and KeyMismatch for another key, both before anything is written.
    """
    master = read_key(key_file)
    _make_private(url)
    engine = make_engine(url, must_exist=False)
    try:
        with translated(engine), engine.connect() as connection, connection.begin() as begun:
            before = schema_revision(connection)
            _check_known(before)
            migrate(connection)
            _write_installation(connection, master, now)
            with step(Step.INSTALL):
                begun.commit()
    finally:
        engine.dispose()
    return before, REVISION


def _make_private(url: str) -> None:
    """SQLite gives WAL and shared-memory files the mode of the database: so that one is made first, for the owner
    alone.
    """
    path = make_url(url).database if not dialect.of(url).SHARED else None
    if path and not os.path.exists(path):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _check_known(revision: str | None) -> None:
    if revision is not None and revision > REVISION:
        raise SchemaMismatch(
            f"storage.database: schema {revision} is newer than this program's {REVISION}; install the newer mailbot"
        )


def migrate(connection: Connection) -> None:
    """Runs every migration that a database lacks, in the transaction of `connection`."""
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def alembic_config() -> Config:
    """Alembic's configuration without a file: the scripts lie in this package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _write_installation(connection: Connection, master: bytes, now: datetime) -> None:
    row = connection.execute(select(installation.c.key_id)).first()
    if row is None:
        wrapped = sealing.Keyring.new(master)
        connection.execute(
            insert(installation).values(
                id=new_secret(),
                key_id=sealing.key_id(master),
                created_at=now,
                fence=0,
                wrapped_intake_key=wrapped.intake,
                wrapped_lookup_key=wrapped.lookup,
                wrapped_audit_key=wrapped.audit,
            )
        )
    elif row.key_id != sealing.key_id(master):
        raise KeyMismatch("storage.key_file: another key than the database's; nothing was touched")
