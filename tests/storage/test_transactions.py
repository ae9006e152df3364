"""Transactions: durable, fenced, one lease at a time, acts undone with the savepoint that did them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from loops.databases import ON_POSTGRESQL, ON_SQLITE
from loops.house import BY_DAY, House, Template
from sqlalchemy import select
from support.postgresql import Cluster

from mailbot.errors import Damaged, Fenced, LeaseTaken
from mailbot.steps import Step
from storage import contacts, lease, pulse, sqlite
from storage.database import AuditRow, Database, Transaction, damage, durability
from storage.keyfile import read_key
from storage.schema import audit

HOLD = """
import sys
from pathlib import Path
from storage import lease
from storage.database import Database
from storage.keyfile import read_key
from storage.schema import audit
database = Database.open(sys.argv[1], read_key(Path(sys.argv[2])))
held = lease.take(database)
print(database.fence.number, flush=True)
sys.stdin.read()
"""


def act(subject: str) -> AuditRow:
    return AuditRow(BY_DAY, "test", "tried", subject, None, {})


def acts(database: Database) -> list[str]:
    with database.view() as view:
        return list(view.connection.execute(select(audit.c.subject).order_by(audit.c.seq)).scalars())


def another(folder: Path) -> Database:
    return Database.open(Template.url(folder), read_key(folder / "mailbot.key"))


def holder(folder: Path) -> subprocess.Popen[str]:
    """Another process that holds the lease until its stdin closes."""
    arguments = [sys.executable, "-c", HOLD, Template.url(folder), str(folder / "mailbot.key")]
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().strip().isdigit()
    return process


def test_every_connection_is_durable(database: Database) -> None:
    with database.view() as first, database.view() as second, database.transaction(Step.OPERATOR) as third:
        assert all(durability(one.connection).fine for one in (first, second, third))


@ON_SQLITE
def test_what_was_deleted_is_overwritten(database: Database) -> None:
    with database.view() as view:
        assert view.connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1


@ON_SQLITE
def test_a_database_that_may_lose_a_commit_is_not_durable(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sqlite.PRAGMAS, "synchronous", "NORMAL")
    database.engine.dispose()
    with database.view() as view:
        assert not durability(view.connection).fine


@ON_POSTGRESQL
@pytest.mark.parametrize("weak", ["off", "local"])
def test_a_role_that_asks_for_weaker_commits_gets_durable_ones(database: Database, cluster: Cluster, weak: str) -> None:
    name = str(database.engine.url.database)
    with cluster.connect() as connection:
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = {weak}")
    database.engine.dispose()
    with database.view() as view:
        assert durability(view.connection).fine
        assert view.connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


@ON_POSTGRESQL
def test_a_commit_that_another_made_weaker_is_told(database: Database) -> None:
    with database.view() as view:
        view.connection.exec_driver_sql("SET synchronous_commit = off")
        found = durability(view.connection)
    assert (found.fine, "synchronous_commit=off" in found.settings) == (False, True)


def test_an_error_inside_a_transaction_undoes_all_of_it(database: Database) -> None:
    def fail() -> None:
        with database.transaction(Step.OPERATOR) as transaction:
            transaction.record(act("undone"))
            pulse.beat(transaction, "watch", BY_DAY)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert acts(database) == []
    with database.view() as view:
        assert pulse.beats(view) == {}


def test_what_fails_in_a_savepoint_is_undone_alone_and_its_acts_with_it(database: Database) -> None:
    def fail(transaction: Transaction) -> None:
        with transaction.savepoint():
            transaction.record(act("inside"))
            contacts.stop(transaction, "alex@example.net", None, "cause", BY_DAY)
            raise RuntimeError

    with database.transaction(Step.OPERATOR) as transaction:
        transaction.record(act("before"))
        with pytest.raises(RuntimeError):
            fail(transaction)
        with transaction.savepoint():
            transaction.record(act("another"))
        transaction.record(act("after"))
        assert not contacts.is_stopped(transaction, "alex@example.net", BY_DAY)
    assert acts(database) == ["before", "another", "after"]


@ON_SQLITE
def test_a_fenced_database_writes_nothing_and_its_successor_goes_on(house: House, tmp_path: Path) -> None:
    old, new = house.database, another(tmp_path)
    lease.take(old).release()
    lease.take(new).release()
    with pytest.raises(Fenced), old.transaction(Step.OPERATOR) as transaction:
        transaction.record(act("too late"))
    with new.transaction(Step.OPERATOR) as transaction:
        transaction.record(act("in time"))
    new.close()
    assert acts(old) == ["in time"]


@ON_SQLITE
def test_the_fence_is_asked_before_the_body_runs(house: House, tmp_path: Path) -> None:
    old, new = house.database, another(tmp_path)
    lease.take(old).release()
    lease.take(new).release()
    new.close()
    entered = False
    with pytest.raises(Fenced), old.transaction(Step.OPERATOR):
        entered = True
    assert not entered


@ON_SQLITE
def test_one_process_holds_the_lease_and_another_is_refused(house: House, tmp_path: Path) -> None:
    process = holder(tmp_path)
    try:
        with pytest.raises(LeaseTaken, match="nothing was touched"):
            lease.take(house.database)
        assert house.database.fence.number is None
    finally:
        process.communicate("", timeout=20)
    held = lease.take(house.database)
    assert house.database.fence.number == 2
    held.release()


@ON_SQLITE
def test_the_lease_of_a_killed_process_is_free_at_once(house: House, tmp_path: Path) -> None:
    process = holder(tmp_path)
    process.kill()
    process.communicate(timeout=20)
    lease.take(house.database).release()


@ON_SQLITE
def test_a_child_that_outlives_its_parent_holds_no_lease(house: House, tmp_path: Path) -> None:
    """An flock would stay with the orphan; a POSIX lock dies with the process that took it."""
    forking = HOLD.replace("sys.stdin.read()", "import os, time\nif os.fork() == 0:\n    time.sleep(60)\n")
    arguments = [sys.executable, "-c", forking, Template.url(tmp_path), str(tmp_path / "mailbot.key")]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.wait(20) == 0
        lease.take(house.database).release()
    finally:
        subprocess.run(["/bin/kill", "-9", "--", f"-{process.pid}"], check=False, stderr=subprocess.DEVNULL)
        assert process.stdout is not None
        process.stdout.close()


@ON_SQLITE
def test_the_lock_file_is_the_owners_alone(house: House, tmp_path: Path) -> None:
    lease.take(house.database).release()
    assert (tmp_path / "mailbot.db.lock").stat().st_mode & 0o777 == 0o600


def test_two_writers_wait_for_each_other_and_both_acts_are_chained(database: Database) -> None:
    def write(name: str) -> None:
        for number in range(10):
            with database.transaction(Step.OPERATOR) as transaction:
                transaction.record(act(f"{name}{number}"))

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(acts(database)) == 20


@ON_SQLITE
def test_a_torn_page_is_damage(house: House, tmp_path: Path) -> None:
    with house.database.view() as view:
        assert damage(view.connection) is None
    house.close()
    file = tmp_path / "mailbot.db"
    data = bytearray(file.read_bytes())
    data[4096 : len(data)] = bytes(len(data) - 4096)
    file.write_bytes(bytes(data))
    with pytest.raises(Damaged):
        Database.open(Template.url(tmp_path), read_key(tmp_path / "mailbot.key"))


@ON_SQLITE
def test_damage_met_while_writing_stops_the_loop_as_damage(house: House, tmp_path: Path) -> None:
    (root,) = (
        sqlite3.connect(tmp_path / "mailbot.db")
        .execute("SELECT rootpage FROM sqlite_master WHERE name = 'pulse'")
        .fetchone()
    )
    house.close()
    file = tmp_path / "mailbot.db"
    data = bytearray(file.read_bytes())
    data[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    file.write_bytes(bytes(data))
    with pytest.raises(Damaged), house.database.transaction(Step.PULSE) as transaction:
        pulse.beat(transaction, "watch", BY_DAY)
