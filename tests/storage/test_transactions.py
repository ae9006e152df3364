"""Transactions: durable, fenced, one lease at a time, acts undone with the savepoint that did them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from loops.house import BY_DAY, House, Template

from mailbot.errors import Damaged, Fenced, LeaseTaken
from mailbot.steps import Step
from storage import contacts, lease, pulse
from storage.database import AuditRow, Database, Transaction, copy_to, damage, durability
from storage.keyfile import read_key

HOLD = """
import sys
from pathlib import Path
from storage import lease
from storage.database import Database
from storage.keyfile import read_key
database = Database.open(sys.argv[1], read_key(Path(sys.argv[2])))
held = lease.take(database)
print(held.fence, flush=True)
sys.stdin.read()
"""


def act(subject: str) -> AuditRow:
    return AuditRow(BY_DAY, "test", "tried", subject, None, {})


def acts(database: Database) -> list[str]:
    with database.view() as view:
        return [row[0] for row in view.connection.exec_driver_sql("SELECT subject FROM audit ORDER BY seq")]


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
        for one in (first, second, third):
            assert durability(one.connection) == {"journal_mode": "wal", "synchronous": "2"}
            assert one.connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1


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


def test_the_fence_is_asked_before_the_body_runs(house: House, tmp_path: Path) -> None:
    old, new = house.database, another(tmp_path)
    lease.take(old).release()
    lease.take(new).release()
    new.close()
    entered = False
    with pytest.raises(Fenced), old.transaction(Step.OPERATOR):
        entered = True
    assert not entered


def test_one_process_holds_the_lease_and_another_is_refused(house: House, tmp_path: Path) -> None:
    process = holder(tmp_path)
    try:
        with pytest.raises(LeaseTaken, match="nothing was touched"):
            lease.take(house.database)
        assert house.database.fence is None
    finally:
        process.communicate("", timeout=20)
    held = lease.take(house.database)
    assert held.fence == 2
    held.release()


def test_the_lease_of_a_killed_process_is_free_at_once(house: House, tmp_path: Path) -> None:
    process = holder(tmp_path)
    process.kill()
    process.communicate(timeout=20)
    lease.take(house.database).release()


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


def test_a_copy_is_private_whole_and_never_over_an_older_file(house: House, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy_to(house.database, copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT id FROM installation").fetchall() == [(house.database.installation_id,)]
    with pytest.raises(FileExistsError):
        copy_to(house.database, copy)


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
