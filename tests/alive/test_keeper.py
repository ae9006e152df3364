"""Heartbeat and watchdog go on exactly as long as every loop beats, in a real daemon on real threads."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from loops.house import BY_DAY, Running, a_reading
from support.mails import first_mail
from support.waiting import until

from mailbot import daemon as daemon_module
from mailbot.alive import kept
from mailbot.alive.files import replace_file
from mailbot.alive.keeper import Keeper
from mailbot.alive.notify import Systemd
from mailbot.alive.signs import Signs
from mailbot.daemon import Daemon
from mailbot.demo.faults import Stall
from mailbot.demo.proxy import Proxy
from mailbot.demo.servers import EmbeddedServers
from mailbot.model import Reading
from mailbot.process import Process
from scheduler import Clock


class Manager:
    """A service manager's end of NOTIFY_SOCKET."""

    def __init__(self, folder: Path) -> None:
        self.name = str(folder / "notify")
        self.ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ear.bind(self.name)
        self.ear.setblocking(False)

    def systemd(self, seconds: float) -> Systemd:
        return Systemd({"NOTIFY_SOCKET": self.name, "WATCHDOG_USEC": str(int(seconds * 1e6))})

    def heard(self) -> list[str]:
        """What came since the last call."""
        found = []
        while True:
            try:
                found.append(self.ear.recv(4096).decode())
            except BlockingIOError:
                return found


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    found = Manager(tmp_path)
    with closing(found.ear):
        yield found


def test_the_heartbeat_holds_one_instant_and_stands_still_when_a_loop_hangs(tmp_path: Path, manager: Manager) -> None:
    at = [1000.0]
    signs, now = Signs(limit=60, seconds=lambda: at[0]), [BY_DAY.astimezone(UTC)]
    keeper = Keeper(signs, tmp_path / "heartbeat", manager.systemd(30), lambda: now[0])
    keeper.look()
    assert not (tmp_path / "heartbeat").exists(), "no loop has begun"
    signs.give("watch")
    keeper.look()
    assert datetime.fromisoformat((tmp_path / "heartbeat").read_text().strip()) == BY_DAY
    assert "WATCHDOG=1" in manager.heard()
    at[0] += 61
    keeper.look()
    now[0] = datetime.now(UTC)
    keeper.look()
    assert datetime.fromisoformat((tmp_path / "heartbeat").read_text().strip()) == BY_DAY
    assert manager.heard() == ["STATUS=Hung: watch"]
    signs.give("watch")
    keeper.look()
    assert manager.heard() == ["STATUS=At work: watch", "WATCHDOG=1"]


@pytest.mark.parametrize(("patience", "seconds"), [(30, 10), (3, 1), (600, 10)])
def test_the_keeper_looks_three_times_within_the_patience_of_systemd(
    tmp_path: Path, manager: Manager, patience: float, seconds: float
) -> None:
    assert Keeper(Signs(), tmp_path, manager.systemd(patience), Clock().now).seconds == seconds


def test_a_heartbeat_that_cannot_be_written_stops_no_watchdog(tmp_path: Path, manager: Manager) -> None:
    signs = Signs()
    signs.give("watch")
    Keeper(signs, tmp_path / "gone" / "heartbeat", manager.systemd(30), Clock().now).look()
    assert "WATCHDOG=1" in manager.heard()


def test_a_small_file_is_replaced_whole_has_its_mode_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    before = os.umask(0o077)
    try:
        replace_file(path, b"one", 0o644)
        replace_file(path, b"two", 0o644)
    finally:
        os.umask(before)
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o644
    with pytest.raises(OSError, match="directory"):
        replace_file(tmp_path, b"three", 0o644)
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


@contextmanager
def at_work(house: Running, manager: Manager, limit: float, release: threading.Lock | None = None) -> Iterator[Daemon]:
    """The daemon in a thread, kept; ended when the `with` is left, once `release` is given back."""
    daemon = Daemon(house.database, Clock(), house.watch, house.process, house.tick, house.deliver, 1)
    daemon.signs = Signs(limit)
    with kept(house.config, house.database, daemon.clock, daemon.signs, manager.systemd(0.3)):
        thread = threading.Thread(target=daemon.run)
        thread.start()
        try:
            yield daemon
        finally:
            daemon.stop()
            if release:
                release.release()
            thread.join(60)
            assert not thread.is_alive()


def feeds(manager: Manager) -> Callable[[], bool]:
    return lambda: "WATCHDOG=1" in manager.heard()


def test_a_daemon_says_ready_feeds_the_watchdog_and_says_stopping(running: Running, manager: Manager) -> None:
    heard: list[str] = []
    with at_work(running, manager, limit=60):
        until(lambda: heard.extend(manager.heard()) or heard, lambda found: found.count("WATCHDOG=1") > 3)
        heartbeat = Path(f"{running.config.storage.database_file}.heartbeat")
        until(heartbeat.exists)
    heard += manager.heard()
    assert heard[0] == "READY=1"
    assert heard[-1] == "STOPPING=1"
    until(lambda: [one for one in heard if one.startswith("STATUS=At work:")])


def test_a_loop_in_a_deadlock_stops_the_watchdog_although_the_others_work(
    running: Running, manager: Manager, embedded: EmbeddedServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What reads a message waits for a lock that nobody gives back."""
    monkeypatch.setattr(daemon_module, "TICK_SECONDS", 0.3)
    lock = threading.Lock()

    def read(_: bytes) -> Reading:
        with lock:
            return a_reading()

    running.process = Process(running.database, running.clock, running.desk, read)
    lock.acquire()
    with at_work(running, manager, limit=4, release=lock) as daemon:
        until(feeds(manager), seconds=30)
        embedded.append("help", first_mail("kim@example.com"))
        until(daemon.signs.hung, lambda hung: hung == ["process"], seconds=60)
        until(lambda: any(one.startswith("STATUS=Hung: process") for one in manager.heard()), seconds=30)
        manager.heard()
        before = daemon.signs.ages()["tick"]
        until(lambda: daemon.signs.ages()["tick"] < before, seconds=30)
        assert "WATCHDOG=1" not in manager.heard()


def test_a_server_that_stalls_inside_our_timeouts_stops_no_watchdog(
    make_running: Callable[..., Running], manager: Manager, embedded: EmbeddedServers, proxy: Callable[..., Proxy]
) -> None:
    """The loop waits a stalled server out, again and again: it lives, and says what is wrong."""
    house = make_running(imap_port=proxy(embedded.imap_port, Stall("SELECT")).port)
    heard: list[str] = []
    with at_work(house, manager, limit=60) as daemon:
        until(lambda: heard.extend(manager.heard()) or daemon.signs.failures["watch"], lambda n: n > 1, seconds=60)
        manager.heard()
        until(feeds(manager), seconds=30)
        assert daemon.signs.hung() == []
    assert any(one.startswith("STATUS=watch: ") for one in heard)
