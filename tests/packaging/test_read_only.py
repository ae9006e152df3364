"""The program as a container runs it: another user's number, process 1, and a disk of which only the data folder takes
anything.

bubblewrap makes it, without root: the whole machine read-only, in namespaces of its own; the network is this machine's.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.elsewhere import Elsewhere, need
from support.waiting import until

from mailbot.demo.servers import EmbeddedServers

CONFIGURATION = """
[service]
name = "Intimate Images Protection Service"
address = "help@service.example"
sender_name = "Support Service"
[inbox]
host = "127.0.0.1"
port = {imap}
security = "plain"
username = "help"
password_file = "password"
since = 2026-01-01T00:00:00-07:00
[submission]
host = "127.0.0.1"
port = {smtp}
security = "plain"
[storage]
database = "sqlite:///{data}/service/mailbot.db"
key_file = "{data}/service/mailbot.key"
[staff]
members = [{{ name = "Dana", address = "dana@service.example", roles = ["staff", "supervisor"] }}]
[authentication]
staff = "none"
"""
MESSAGE = (
    b"From: alex@example.net\r\nTo: help@service.example\r\nSubject: Hello\r\nMessage-ID: <1@example.net>\r\n"
    b"Date: Tue, 24 Nov 2026 12:00:00 -0700\r\n\r\nPlease help me.\r\n"
)


class Container:
    """A sandbox with one folder that takes anything."""

    def __init__(self, elsewhere: Elsewhere, folder: Path) -> None:
        self._elsewhere = elsewhere
        self.data, self.etc = folder / "data", folder / "etc"
        self.data.mkdir()
        self.etc.mkdir()

    def command(self, *command: str) -> list[str]:
        """The command inside, as user 10001, process 1 of its own."""
        where = ["--ro-bind", "/", "/", "--bind", str(self.data), str(self.data), "--dev", "/dev", "--proc", "/proc"]
        who = ["--unshare-user", "--uid", "10001", "--gid", "10001", "--unshare-pid", "--as-pid-1", "--unshare-ipc"]
        return ["bwrap", *where, *who, "--die-with-parent", "--chdir", str(self.data), *command]

    def mailbot(self, *arguments: str) -> list[str]:
        """The installed program inside."""
        return self.command(str(self._elsewhere.program("mailbot")), *arguments)

    def variables(self) -> dict[str, str]:
        """As the Containerfile sets them."""
        more = {"PYTHONTZPATH": "", "MAILBOT_CONFIG": str(self.etc / "config.toml")}
        return self._elsewhere.variables() | more

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Runs it to its end."""
        return subprocess.run(command, env=self.variables(), capture_output=True, text=True, timeout=110, check=False)

    def configure(self, servers: EmbeddedServers) -> None:
        """`init`, then the configuration and the password as files outside the volume."""
        made = self.run(self.mailbot("init", str(self.data / "service"), "--json"))
        assert made.returncode == 0, made.stderr
        text = CONFIGURATION.format(imap=servers.imap_port, smtp=servers.smtp_port, data=self.data)
        (self.etc / "config.toml").write_text(text)
        (self.etc / "password").write_text("secret\n")
        (self.etc / "password").chmod(0o600)

    @contextmanager
    def started(self) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
        """The daemon inside, and the number of its process outside."""
        reading, writing = os.pipe()
        command = self.mailbot("run")
        command[1:1] = ["--info-fd", str(writing)]
        log = self.etc / "log"
        with log.open("wb") as out:
            daemon = subprocess.Popen(command, env=self.variables(), pass_fds=[writing], stdout=out, stderr=out)
        os.close(writing)
        try:
            with os.fdopen(reading) as info:
                number = int(json.load(info)["child-pid"])
            yield daemon, number
        finally:
            daemon.kill()
            daemon.wait()


@pytest.fixture
def container(elsewhere: Elsewhere, tmp_path: Path) -> Container:
    """A container that has nothing yet."""
    need("bwrap")
    return Container(elsewhere, tmp_path)


@pytest.mark.live
def test_the_sandbox_is_what_it_says(container: Container) -> None:
    """Else the tests below would prove nothing."""
    script = f"id -u; echo $$; touch x; touch /tmp/x {container.etc}/x"
    found = container.run(container.command("sh", "-c", script))
    assert found.stdout.split() == ["10001", "1"]
    assert found.stderr.count("Read-only file system") == 2
    assert [file.name for file in container.data.iterdir()] == ["x"]


@pytest.mark.live
def test_a_pass_and_its_questions_need_nothing_but_the_data_folder(
    container: Container, embedded: EmbeddedServers
) -> None:
    container.configure(embedded)
    embedded.append("help", MESSAGE)
    for command in (["upgrade"], ["check", "--wait", "60"], ["run", "--once"], ["status"], ["run", "--dry-run"]):
        done = container.run(container.mailbot(*command))
        assert done.returncode == 0, (command, done.stdout[-1000:], done.stderr[-1000:])
    assert [one for one in embedded.sent if "alex@example.net" in one.rcpt_to]
    assert {file.name for file in container.etc.iterdir()} == {"config.toml", "password"}


@pytest.mark.live
def test_the_daemon_as_process_1_answers_a_mail_and_ends_well_on_term(
    container: Container, embedded: EmbeddedServers
) -> None:
    container.configure(embedded)
    with container.started() as (daemon, number):
        embedded.append("help", MESSAGE)
        until(lambda: [one for one in embedded.sent if "alex@example.net" in one.rcpt_to], seconds=60)
        os.kill(number, signal.SIGTERM)
        assert daemon.wait(60) == 0, (container.etc / "log").read_text()[-2000:]
