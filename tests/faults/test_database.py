"""The database locked, damaged or tampered with (F29, F30)."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from faults.conftest import MakeFaulty
from faults.house import LIMITS, TEN
from support.postgresql import Cluster
from support.waiting import until

pytestmark = pytest.mark.timeout(300)

BUSY = 5.0
"""Seconds that mailbot waits for a lock by itself (PRAGMA busy_timeout)."""


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another process writes, and does not come to an end."""
    with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_f29_a_database_that_another_process_locks_for_long_delays_mail_and_loses_none(faulty: MakeFaulty) -> None:
    here = faulty()
    with here.daemon():
        here.write("kim@example.com")
        here.answered("kim@example.com")
        with locked(here.database):
            here.write("lee@example.net")
            until(lambda: "DatabaseDown" in here.log(), seconds=60)
            assert here.status()["journal"]["processed"] == 1, "status reads all the same"
            assert len(here.inbox()) == 1
        here.answered("lee@example.net")
        here.all_well()
    assert max(Counter(one.data for one in here.servers.sent).values()) == 1


def test_f29_a_pass_that_cannot_get_the_lock_ends_with_1_and_touches_nothing(faulty: MakeFaulty) -> None:
    here = faulty()
    here.write("kim@example.com")
    with locked(here.database):
        here.once(TEN, expect=1)
        assert len(here.inbox()) == 1
        assert here.servers.sent == []
    here.once(TEN)
    assert len(here.letters("kim@example.com")) == 1


def test_f29_a_lock_shorter_than_our_patience_is_not_even_noticed(faulty: MakeFaulty) -> None:
    here = faulty()
    here.write("kim@example.com")
    with locked(here.database):
        release = threading.Event()
        threading.Timer(1.0, release.set).start()
        begun = threading.Thread(target=here.once, args=(TEN,))
        begun.start()
        release.wait(BUSY)
    begun.join(60)
    assert len(here.letters("kim@example.com")) == 1


def test_f30_a_torn_page_stops_the_daemon_within_a_day_and_nothing_starts_on_it_again(faulty: MakeFaulty) -> None:
    here = faulty()
    here.write(*(f"person{number:02}@example.net" for number in range(12)))
    here.once(TEN)
    assert here.problems() == []
    _tear(here.database)
    here.write("kim@example.com")
    here.once(TEN + timedelta(days=1, minutes=1), expect=1)
    assert "damaged" in " ".join(here.problems())
    sent = len(here.servers.sent)
    here.once(TEN + timedelta(days=1, minutes=2), expect=1)
    assert len(here.servers.sent) == sent


def test_f30_an_audit_that_was_tampered_with_stops_the_daemon_at_the_days_proof(faulty: MakeFaulty) -> None:
    here = faulty()
    here.write("kim@example.com")
    here.once(TEN)
    with closing(sqlite3.connect(here.database)) as connection, connection:
        connection.execute("UPDATE audit SET who = 'somebody' WHERE seq = 2")
    here.once(TEN + timedelta(hours=1))
    here.once(TEN + timedelta(days=1, minutes=1), expect=1)
    here.house.at = TEN + timedelta(days=1, minutes=2)
    assert "audit chain at row 2" in " ".join(here.house.status(expect=1)["problems"])
    here.write("lee@example.net")
    here.once(TEN + timedelta(days=1, minutes=3), expect=1)
    assert here.letters("lee@example.net") == []


def _tear(database: Path) -> None:
    """Half a page of an index is zeros, as after a write that the disk lost; no statement of the loops meets it."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_note_case'").fetchone()
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(bytes(size // 2))


@pytest.mark.deep
@pytest.mark.timeout(240)
def test_f29_a_postgresql_that_crashes_under_the_daemon_delays_mail_and_loses_none(
    faulty: MakeFaulty, cluster: Cluster
) -> None:
    """Without its database mailbot can say nothing by mail; `status` ends with 1 and one sentence."""
    name = cluster.database()
    here = faulty(more=LIMITS + f'[storage]\ndatabase = "{cluster.url(name)}"\n')
    try:
        with here.daemon():
            here.write("kim@example.com")
            here.answered("kim@example.com")
            cluster.crash()
            here.write("lee@example.net")
            until(lambda: "DatabaseDown" in here.log(), seconds=60)
            here.house.run("status", expect=1)
            assert len(here.letters("lee@example.net")) == 0
            cluster.start()
            here.answered("lee@example.net", seconds=150)
            here.all_well()
        assert max(Counter(one.data for one in here.servers.sent).values()) == 1
        assert len(here.inbox("Mailbot/Done")) == 2
    finally:
        cluster.drop(name)
