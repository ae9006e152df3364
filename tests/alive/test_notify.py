"""systemd hears what sd_notify(3) promises, on a real socket; without one nothing is sent and nothing fails."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from mailbot.alive.notify import Systemd


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """NOTIFY_SOCKET and the socket of a service manager."""
    name = f"@mailbot-{secrets.token_hex(8)}" if request.param == "abstract" else str(tmp_path / "notify")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as ear:
        ear.bind("\0" + name[1:] if name.startswith("@") else name)
        ear.settimeout(10)
        yield name, ear


def test_every_message_arrives_and_a_status_only_when_it_changes(manager: tuple[str, socket.socket]) -> None:
    name, ear = manager
    systemd = Systemd({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "2000000", "WATCHDOG_PID": str(os.getpid())})
    assert systemd.watchdog_seconds == 2.0
    systemd.ready()
    systemd.status("watch: out\nof reach")
    systemd.status("watch: out\nof reach")
    systemd.watchdog()
    systemd.stopping()
    heard = [ear.recv(4096) for _ in range(4)]
    assert heard == [b"READY=1", b"STATUS=watch: out of reach", b"WATCHDOG=1", b"STOPPING=1"]


@pytest.mark.parametrize(
    "watchdog",
    [
        {},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "9", "WATCHDOG_PID": "1"},
    ],
    ids=["absent", "zero", "no number", "another process"],
)
def test_no_watchdog_is_fed_where_none_watches_us(manager: tuple[str, socket.socket], watchdog: dict[str, str]) -> None:
    name, ear = manager
    systemd = Systemd({"NOTIFY_SOCKET": name, **watchdog})
    systemd.watchdog()
    systemd.ready()
    assert ear.recv(4096) == b"READY=1"


def test_without_a_manager_and_with_one_that_is_gone_nothing_fails(tmp_path: Path) -> None:
    for environment in ({}, {"NOTIFY_SOCKET": str(tmp_path / "gone")}):
        systemd = Systemd(environment)
        systemd.ready()
        systemd.watchdog()


def test_a_manager_that_does_not_read_holds_nobody_up_and_hears_the_status_later(
    manager: tuple[str, socket.socket],
) -> None:
    name, ear = manager
    systemd = Systemd({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "9"})
    for _ in range(2000):
        systemd.watchdog()
    systemd.status("Hung: watch")
    assert set(_drained(ear)) == {b"WATCHDOG=1"}
    systemd.status("Hung: watch")
    assert ear.recv(4096) == b"STATUS=Hung: watch"


def _drained(ear: socket.socket) -> Iterator[bytes]:
    """Everything that waits there."""
    ear.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            yield ear.recv(4096)
