"""`mailbot restore`: what it refuses, and that refusing touches nothing; what it puts back."""

from __future__ import annotations

import fcntl
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import insert
from support.installation import Installation
from support.mails import first_mail

from mailbot.demo.servers import EmbeddedServers
from storage import install, sealing
from storage.database import make_engine
from storage.keyfile import read_key
from storage.schema import REVISION, installation


@pytest.fixture
def house(tmp_path: Path, embedded: EmbeddedServers) -> Installation:
    """An installation with one case and its backup, copy.backup."""
    found = Installation(tmp_path / "house", embedded)
    embedded.append("help", first_mail("kim@example.com"))
    found.once()
    found.run("backup", str(found.folder / "copy.backup"))
    return found


def _lose(house: Installation) -> None:
    for path in house.folder.glob("mailbot.db*"):
        path.unlink()


def _restore(house: Installation, expect: int = 0) -> str:
    return house.run("restore", str(house.folder / "copy.backup"), expect=expect)


def _everything(house: Installation) -> dict[str, bytes]:
    ours = (path for path in house.folder.iterdir() if not path.name.endswith((".lock", "-shm", "-wal")))
    return {path.name: path.read_bytes() for path in ours}


def test_a_database_in_use_is_refused_and_untouched(house: Installation) -> None:
    before = _everything(house)
    _restore(house, expect=2)
    assert _everything(house) == before


def test_another_key_is_refused_and_nothing_is_made(
    house: Installation, embedded: EmbeddedServers, tmp_path: Path
) -> None:
    _lose(house)
    other = Installation(tmp_path / "other", embedded)
    shutil.copy(other.folder / "mailbot.key", house.folder / "mailbot.key")
    before = _everything(house)
    _restore(house, expect=2)
    assert _everything(house) == before


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + bytes(5000)])
def test_a_file_that_is_no_backup_is_refused(house: Installation, content: bytes) -> None:
    _lose(house)
    (house.folder / "copy.backup").write_bytes(content)
    _restore(house, expect=2)
    assert not (house.folder / "mailbot.db").exists()


def test_a_backup_cut_short_or_changed_is_refused(house: Installation) -> None:
    _lose(house)
    backup = house.folder / "copy.backup"
    whole = backup.read_bytes()
    backup.write_bytes(whole[: len(whole) // 2])
    _restore(house, expect=2)
    backup.write_bytes(whole)
    with closing(sqlite3.connect(backup)) as connection, connection:
        connection.execute("UPDATE audit SET who = 'nobody' WHERE seq = 1")
    _restore(house, expect=1)
    assert not (house.folder / "mailbot.db").exists()


def test_a_missing_file_is_named(house: Installation) -> None:
    _lose(house)
    house.run("restore", str(house.folder / "missing"), expect=2)


def test_a_new_and_empty_installation_takes_a_backup(house: Installation) -> None:
    _lose(house)
    house.run("upgrade")
    _restore(house)
    assert len(house.json("cases")) == 1
    assert oct((house.folder / "mailbot.db").stat().st_mode & 0o777) == "0o600"
    house.run("audit", "verify")


def test_the_log_of_another_database_is_not_played_into_the_restored_one(house: Installation) -> None:
    database = house.folder / "mailbot.db"
    with closing(sqlite3.connect(database)) as kept:
        kept.execute("PRAGMA wal_autocheckpoint = 0")
        kept.execute("UPDATE audit SET who = 'nobody'")
        kept.commit()
        log = Path(f"{database}-wal").read_bytes()
    _lose(house)
    Path(f"{database}-wal").write_bytes(log)
    _restore(house)
    house.run("audit", "verify")


def test_a_daemon_at_work_on_the_place_is_left_alone(house: Installation) -> None:
    _lose(house)
    with (house.folder / "mailbot.db.lock").open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        _restore(house, expect=1)
    assert not (house.folder / "mailbot.db").exists()


def test_what_was_erased_after_the_backup_is_destroyed_again(house: Installation) -> None:
    (case,) = house.json("cases")
    house.run("erase", case["reference"])
    _lose(house)
    _restore(house)
    with closing(sqlite3.connect(house.folder / "mailbot.db")) as connection:
        assert connection.execute('SELECT wrapped_key FROM "case"').fetchall() == [(None,)]


def test_a_backup_of_an_older_schema_is_migrated(house: Installation) -> None:
    backup, key_file = house.folder / "copy.backup", house.folder / "mailbot.key"
    _lose(house)
    backup.unlink()
    engine = make_engine(f"sqlite:///{backup}", must_exist=False)
    with engine.connect() as connection, connection.begin() as begun:
        config = install.alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        master = read_key(key_file)
        wrapped = sealing.Keyring.new(master)
        old = {"id": "a" * 26, "key_id": sealing.key_id(master), "created_at": datetime(2026, 1, 1, tzinfo=UTC)}
        keys = {f"wrapped_{name}_key": getattr(wrapped, name) for name in ("intake", "lookup", "audit")}
        connection.execute(insert(installation).values(fence=1, **old, **keys))
        begun.commit()
    engine.dispose()
    Path(f"{backup}-wal").unlink(missing_ok=True)
    (said,) = house.json("restore", str(backup))
    assert said["schema_before"] == "0001"
    with closing(sqlite3.connect(house.folder / "mailbot.db")) as restored:
        assert restored.execute("SELECT version_num FROM alembic_version").fetchall() == [(REVISION,)]


def test_a_live_database_is_no_backup(house: Installation) -> None:
    living = house.folder / "living.db"
    shutil.copy(house.folder / "mailbot.db", living)
    Path(f"{living}-wal").touch()
    _lose(house)
    house.run("restore", str(living), expect=2)
