"""An upgrade that is stopped half way, at any instant, and done again (F39)."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest
from faults.conftest import MakeFaulty
from faults.house import DEEP, TEN, FaultyHouse
from history.lives import KILLER
from support.installation import PROGRAM

from storage import install

pytestmark = pytest.mark.timeout(300)

OLD = "0001"


def _old_schema(here: FaultyHouse) -> None:
    """The database of the first release, made by the migrations and filled by them alone: its key stays."""
    from alembic import command

    from storage.database import make_engine
    from storage.keyfile import read_key

    for file in here.folder.glob("mailbot.db*"):
        file.unlink()
    here.database.touch(0o600)
    engine = make_engine(f"sqlite:///{here.database}", must_exist=False)
    with engine.connect() as connection, connection.begin():
        config = install.alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, OLD)
        install._write_installation(connection, read_key(here.folder / "mailbot.key"), TEN)
    engine.dispose()


def _revision(database: Path) -> str | None:
    with closing(sqlite3.connect(database)) as connection:
        try:
            return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
        except sqlite3.OperationalError:
            return None


def _works(here: FaultyHouse, person: str) -> None:
    here.write(person)
    here.once(TEN)
    assert len(here.letters(person)) == 1
    here.house.run("audit", "verify")


@pytest.mark.parametrize(
    "old", [pytest.param(True, id="of the first release"), pytest.param(False, id="empty", marks=DEEP)]
)
@pytest.mark.parametrize("kill", ["before:install:1", "after:install:1"])
def test_f39_an_upgrade_killed_at_its_commit_is_done_or_undone_and_can_be_done_again(
    faulty: MakeFaulty, tmp_path: Path, old: bool, kill: str
) -> None:
    here = faulty()
    if old:
        _old_schema(here)
    else:
        for file in here.folder.glob("mailbot.db*"):
            file.unlink()
    log = tmp_path / "steps"
    killed = subprocess.run(
        [*KILLER, str(log), kill, "--", "upgrade"], env=here.house.environment(), capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL
    if kill.startswith("before"):
        assert _revision(here.database) == (OLD if old else None)
        here.once(TEN, expect=2)
        assert here.servers.sent == []
    here.house.run("upgrade")
    _works(here, "kim@example.com")


def _killed_at(here: FaultyHouse, seconds: float) -> str | None:
    """An upgrade killed after that time; the revision it left."""
    process = subprocess.Popen([*PROGRAM, "upgrade"], env=here.house.environment(), stdout=subprocess.DEVNULL)
    time.sleep(seconds)
    process.kill()
    process.wait()
    return _revision(here.database)


def _survives_kills(here: FaultyHouse, instants: list[float]) -> set[str | None]:
    _old_schema(here)
    saved = here.folder / "saved.db"
    shutil.copy(here.database, saved)
    found = set()
    for seconds in instants:
        for file in here.folder.glob("mailbot.db*"):
            file.unlink()
        shutil.copy(saved, here.database)
        found.add(_killed_at(here, seconds))
        here.house.run("upgrade")
    _works(here, "kim@example.com")
    return found


@pytest.mark.deep
@pytest.mark.timeout(600)
def test_f39_an_upgrade_killed_at_any_of_forty_instants_leaves_the_old_schema_or_the_new(faulty: MakeFaulty) -> None:
    found = _survives_kills(faulty(), [0.05 * number for number in range(1, 41)])
    assert found == {OLD, install.REVISION}


def test_f39_the_database_is_copied_as_it_was_before_its_schema_changes(faulty: MakeFaulty) -> None:
    here = faulty()
    _old_schema(here)
    said = here.house.run("upgrade")
    (copy,) = here.folder.glob("mailbot.db.before-*")
    assert str(copy) in said
    assert (_revision(copy), _revision(here.database)) == (OLD, install.REVISION)
    assert copy.stat().st_mode & 0o777 == 0o600
    here.house.run("upgrade")
    assert len(list(here.folder.glob("*before-*"))) == 1


def test_f39_where_the_copy_finds_no_room_the_schema_stays_as_it_was(faulty: MakeFaulty) -> None:
    here = faulty()
    _old_schema(here)
    full = ["sh", "-c", 'ulimit -f 100; exec "$0" "$@"', *PROGRAM]
    here.house.run("upgrade", expect=1, program=full)
    assert _revision(here.database) == OLD
    assert list(here.folder.glob("*before-*")) == []
    here.house.run("upgrade")
    _works(here, "kim@example.com")


def test_f39_an_older_program_refuses_a_newer_schema_and_touches_nothing(faulty: MakeFaulty) -> None:
    here = faulty()
    here.write("kim@example.com")
    with closing(sqlite3.connect(here.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = here.database.read_bytes()
    for command in (("run", "--once"), ("run",), ("upgrade",), ("status",)):
        here.house.run(*command, expect=2)
    assert here.database.read_bytes() == before
    assert (here.servers.sent, len(here.inbox())) == ([], 1)
