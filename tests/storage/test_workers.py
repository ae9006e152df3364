"""Daemons that share one PostgreSQL: one is in charge, the living are left alone, the still and the dead are ended."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from loops.databases import ON_POSTGRESQL
from loops.house import BY_DAY, House, Template
from sqlalchemy import select
from support.postgresql import Cluster
from support.processes import stopped
from support.waiting import until

from mailbot.errors import DatabaseDown, Fenced, LeaseTaken, NotInCharge
from mailbot.steps import Step
from storage import lease, postgresql, pulse
from storage.database import Database
from storage.keyfile import read_key
from storage.lease import Lease
from storage.schema import worker
from storage.workers import MISSED

pytestmark = ON_POSTGRESQL

ANOTHER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from mailbot.steps import Step
from storage import lease, pulse
from storage.database import Database
from storage.keyfile import read_key
database = Database.open(sys.argv[1], read_key(Path(sys.argv[2])))
held = lease.take(database, stand_by=True)
print(held.in_charge, flush=True)
sys.stdin.readline()
with database.transaction(Step[sys.argv[3]]) as transaction:
    pulse.beat(transaction, "another", datetime(2026, 11, 24, tzinfo=UTC))
    print("inside", flush=True)
    sys.stdin.readline()
"""


def another(folder: Path) -> Database:
    return Database.open(Template.url(folder), read_key(folder / "mailbot.key"))


@pytest.fixture
def second(house: House, tmp_path: Path) -> Iterator[Database]:
    """The same database, as a second daemon has it."""
    found = another(tmp_path)
    yield found
    found.close()


@contextmanager
def another_process(folder: Path, name: Step) -> Iterator[subprocess.Popen[str]]:
    """Another daemon's process: it has joined; after a line it begins a writing transaction, after another it commits
    it.
    """
    arguments = [sys.executable, "-c", ANOTHER, Template.url(folder), str(folder / "mailbot.key"), name.name]
    process = subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().strip() in ("True", "False")
        yield process
    finally:
        process.kill()
        process.communicate()


def go_inside(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("begin\n")
    process.stdin.flush()
    assert process.stdout.readline().strip() == "inside"


def rows(database: Database) -> set[str]:
    with database.view() as view:
        return set(view.connection.execute(select(worker.c.id)).scalars())


def write(database: Database, name: Step) -> None:
    with database.transaction(name) as transaction:
        pulse.beat(transaction, "watch", BY_DAY)


def end_session(cluster: Cluster, database: Database) -> None:
    """Ends every connection of one daemon, as an administrator or a firewall does."""
    with cluster.connect() as connection:
        name = postgresql.name_of(database.worker)
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [name]
        ).fetchall()
    assert ended


def meet_dead_connections(database: Database) -> None:
    """A connection that was in use a moment ago is not asked for a sign of life: its first use finds that it is dead,
    and with it all of the pool's.
    """
    with pytest.raises(DatabaseDown):
        write(database, Step.PROCESS_MESSAGE)


def beats(held: Lease, count: int) -> bool:
    return True in [held.beat() for _ in range(count)]


def test_one_is_in_charge_and_a_pass_beside_it_touches_nothing(database: Database, second: Database) -> None:
    held = lease.take(database)
    assert held.in_charge
    with pytest.raises(LeaseTaken, match="nothing was touched"):
        lease.take(second)
    assert rows(database) == {database.worker}
    held.release()
    assert rows(database) == set()


def test_one_that_stands_by_shares_the_work_and_not_the_mailbox_or_the_clock(
    database: Database, second: Database
) -> None:
    held, standby = lease.take(database), lease.take(second, stand_by=True)
    assert (held.in_charge, standby.in_charge) == (True, False)
    write(second, Step.PROCESS_MESSAGE)
    write(second, Step.DELIVER_CLAIM)
    for name in (Step.WATCH_JOURNAL, Step.WATCH_FILED, Step.TICK_RELEASE):
        with pytest.raises(NotInCharge):
            write(second, name)
    with pytest.raises(NotInCharge):
        second.check_fence(Step.WATCH_FILED)
    assert not standby.beat()
    held.release()
    assert standby.beat()
    assert standby.in_charge
    write(second, Step.WATCH_JOURNAL)
    standby.release()


def test_a_killed_ones_charge_is_free_at_once_and_its_part_is_ended(database: Database, tmp_path: Path) -> None:
    with another_process(tmp_path, Step.DELIVER_CLAIM) as process:
        assert len(rows(database)) == 1
        go_inside(process)
        process.kill()
        process.wait()
        held = lease.take(database)
    assert held.in_charge
    assert rows(database) == {database.worker}
    held.release()


def test_one_stopped_in_a_transaction_is_ended_by_the_next_and_writes_nothing_when_it_wakes(
    database: Database, tmp_path: Path
) -> None:
    with another_process(tmp_path, Step.WATCH_JOURNAL) as process:
        standby = lease.take(database, stand_by=True)
        go_inside(process)
        process.send_signal(signal.SIGSTOP)
        until(lambda: stopped(process.pid))
        assert not standby.in_charge
        until(lambda: standby.beat() and standby.in_charge, seconds=60)
        write(database, Step.WATCH_JOURNAL)
        assert rows(database) == {database.worker}
        process.send_signal(signal.SIGCONT)
        _, told = process.communicate("go on\n", timeout=60)
        assert process.returncode != 0
        assert "DatabaseDown" in told
    with database.view() as view:
        assert "another" not in pulse.beats(view)
    standby.release()


def test_one_that_was_ended_finds_out_at_its_next_beat_and_commits_nothing(
    database: Database, second: Database
) -> None:
    still, held = lease.take(database), lease.take(second, stand_by=True)
    assert beats(held, MISSED + 1)
    meet_dead_connections(database)
    for name in (Step.PROCESS_MESSAGE, Step.DELIVER_BEGIN, Step.DELIVER_ANSWER, Step.WATCH_JOURNAL):
        with pytest.raises(Fenced):
            write(database, name)
    with pytest.raises((Fenced, DatabaseDown)):
        still.beat()
    with pytest.raises(Fenced):
        still.beat()
    assert held.beat() or held.in_charge
    held.release()


def test_one_that_beats_is_never_ended_however_often_it_is_looked_at(database: Database, second: Database) -> None:
    first, other = lease.take(database), lease.take(second, stand_by=True)
    for _ in range(3 * MISSED):
        assert not beats(other, MISSED - 1)
        first.beat()
    assert first.in_charge
    other.release()
    first.release()


def test_a_lost_session_ends_the_charge_at_once_and_the_work_goes_on(database: Database, cluster: Cluster) -> None:
    held = lease.take(database)
    end_session(cluster, database)
    with pytest.raises(DatabaseDown):
        held.beat()
    assert not held.in_charge
    with pytest.raises(NotInCharge):
        write(database, Step.WATCH_JOURNAL)
    write(database, Step.PROCESS_MESSAGE)
    assert held.beat()
    assert held.in_charge
    write(database, Step.WATCH_JOURNAL)
    held.release()


def test_a_successor_in_charge_stops_the_commits_of_one_that_does_not_know_yet(
    database: Database, second: Database, cluster: Cluster
) -> None:
    held, standby = lease.take(database), lease.take(second, stand_by=True)
    end_session(cluster, database)
    until(standby.beat)
    meet_dead_connections(database)
    assert held.in_charge, "it has not looked yet"
    with pytest.raises(NotInCharge):
        write(database, Step.TICK_RELEASE)
    write(second, Step.TICK_RELEASE)
    standby.release()
    held.release()


def test_a_restarted_server_finds_every_daemon_again_and_ends_none(
    database: Database, second: Database, cluster: Cluster
) -> None:
    first, other = lease.take(database), lease.take(second, stand_by=True)
    cluster.crash()
    for held in (first, other):
        with pytest.raises(DatabaseDown):
            held.beat()
    with pytest.raises(DatabaseDown):
        write(database, Step.PROCESS_MESSAGE)
    cluster.start()
    for _ in range(2):
        beats(first, 1)
        beats(other, 1)
    assert rows(database) == {database.worker, second.worker}
    assert [first.in_charge, other.in_charge].count(True) == 1
    write(database, Step.PROCESS_MESSAGE)
    write(second, Step.PROCESS_MESSAGE)
    first.release()
    other.release()


def test_a_pass_after_a_crash_of_daemon_and_server_ends_the_dead_ones_part(
    database: Database, cluster: Cluster, tmp_path: Path
) -> None:
    with another_process(tmp_path, Step.DELIVER_CLAIM) as process:
        process.kill()
        process.wait()
    cluster.crash()
    cluster.start()
    meet_dead_connections(database)
    held = lease.take(database)
    assert rows(database) == {database.worker}
    held.release()
