"""What an operator's monitoring sees of `mailbot run`: systemd's socket, the heartbeat, the figures, `status`."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from promises.conftest import MakeScene, scene
from promises.evidence import DAY, mail
from support.processes import free_port
from support.waiting import until

from mailbot.demo.servers import EmbeddedServers

__all__ = ["scene"]


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """systemd's end, for processes that this test starts."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "900000")
        yield ear


def until_heard(ear: socket.socket, start: str) -> list[str]:
    """Everything up to the first message that begins so."""
    found = [ear.recv(4096).decode()]
    while not found[-1].startswith(start):
        found.append(ear.recv(4096).decode())
    return found


def test_a_daemon_tells_systemd_from_ready_to_stopping(
    scene: MakeScene, embedded: EmbeddedServers, heard: socket.socket
) -> None:
    here = scene(embedded)
    with here.house.daemon(DAY):
        assert until_heard(heard, "READY=1") == ["READY=1"]
        until_heard(heard, "WATCHDOG=1")
        until_heard(heard, "WATCHDOG=1")
    until_heard(heard, "STOPPING=1")


def test_a_mail_server_out_of_reach_is_a_status_line_and_no_failed_start(
    scene: MakeScene, embedded: EmbeddedServers, heard: socket.socket
) -> None:
    here = scene(embedded, imap_port=free_port())
    with here.house.daemon(DAY):
        assert until_heard(heard, "READY=1") == ["READY=1"]
        assert "watch" in until_heard(heard, "STATUS=watch")[-1]
        until_heard(heard, "WATCHDOG=1")
        assert any("watch" in one for one in here.house.status(expect=1)["problems"])


def test_what_must_not_start_never_says_ready(
    scene: MakeScene, embedded: EmbeddedServers, heard: socket.socket
) -> None:
    here = scene(embedded)
    (here.folder / "mailbot.key").chmod(0o644)
    here.house.run("run", expect=2)
    heard.setblocking(False)
    with pytest.raises(BlockingIOError):
        heard.recv(4096)


def test_the_heartbeat_and_the_figures_are_there_while_the_daemon_works(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    port = free_port()
    here = scene(embedded, more=f'[metrics]\nlisten = "127.0.0.1:{port}"')
    heartbeat = here.folder / "mailbot.db.heartbeat"
    with here.house.daemon(DAY):
        until(heartbeat.exists, seconds=30)
        here.write(mail("kim@example.com"))
        embedded.wait_sent(3, 60)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:  # noqa: S310 - loopback
            figures = answer.read().decode()
    assert 'mailbot_cases{status="open"} 1.0\n' in figures
    assert timedelta(0) <= datetime.fromisoformat(heartbeat.read_text().strip()) - DAY < timedelta(minutes=5)
    assert b"kim" not in heartbeat.read_bytes()


def test_status_is_not_well_before_the_first_run_and_well_after_one_pass(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    here.house.at = DAY
    (problem,) = here.house.status(expect=1)["problems"]
    assert problem.startswith("daemon: ")
    here.once(DAY)
    assert here.house.status(expect=0)["problems"] == []
    here.house.at = DAY + timedelta(minutes=20)
    (problem,) = here.house.status(expect=1)["problems"]
    assert problem.startswith("daemon: ")


def test_status_for_people_is_in_the_offices_time_and_plain_words(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    here.write(mail("kim@example.com"), mail("kim@example.com", fields=["From: lee@example.com"]))
    here.once(DAY, expect=1)
    said = here.house.run("status")
    assert said.splitlines()[:2] == ["All is well.", "1 in quarantine, junk included: `mailbot quarantine` lists them."]
    assert "at Tue 2026-11-24 10:0" in said
    assert "next opening Wed 2026-11-25 08:30" in said
    assert "seconds ago" in said
