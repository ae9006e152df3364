"""An installation of mailbot for black-box tests: a folder, a configuration, and the installed program run as a
process.

Nothing is imported from mailbot: what a test sees is the command line, `--json`, files and mail. `at` shifts the wall
clock of a process.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from support.facade import MailServers

SHIFTED = Path(__file__).parent / "shifted"
# Not zoneinfo: the zone data of a machine may still know a winter time that British Columbia gave up in 2026.
VANCOUVER = timezone(timedelta(hours=-7))
PROGRAM = [str(Path(sys.executable).parent / "mailbot")]

CONFIGURATION = """
[service]
name = "Intimate Images Protection Service"
address = "help@service.example"
sender_name = "Support Service"
[inbox]
host = "127.0.0.1"
port = {imap_port}
security = "plain"
username = "help"
password_file = "password"
since = 2026-01-01T00:00:00-07:00
{inbox}
[submission]
host = "127.0.0.1"
port = {smtp_port}
security = "plain"
[staff]
members = [
  {{ name = "Dana", address = "dana@service.example", roles = ["staff"] }},
  {{ name = "Robin", address = "robin@service.example", roles = ["staff"] }},
  {{ name = "Sam", address = "sam@service.example", roles = ["supervisor"] }},
]
[authentication]
trusted_authserv_ids = ["mx.service.example"]
staff = "none"
{more}
"""


def office(text: str) -> datetime:
    """An instant on the office's wall clock, for example office("2026-11-24 23:10")."""
    return datetime.fromisoformat(text).replace(tzinfo=VANCOUVER)


class Installation:
    """One folder with configuration, key, password and database."""

    def __init__(
        self,
        folder: Path,
        servers: MailServers,
        *,
        inbox: str = "",
        more: str = "",
        imap_port: int | None = None,
        smtp_port: int | None = None,
        grace_minutes: int | None = None,
    ) -> None:
        self.folder = folder
        self.at: datetime | None = None
        self.config = folder / "config.toml"
        folder.mkdir(parents=True, exist_ok=True)
        text = CONFIGURATION.format(
            imap_port=imap_port or servers.imap_port, smtp_port=smtp_port or servers.smtp_port, inbox=inbox, more=more
        )
        if grace_minutes is not None:
            text = text.replace("[staff]\n", f"[staff]\ngrace_minutes = {grace_minutes}\n")
        self.config.write_text(text)
        (folder / "password").write_text(servers.accounts["help"] + "\n")
        key = folder / "mailbot.key"
        key.touch(0o600)
        key.write_text("# key of a test\n" + base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
        self.run("upgrade")

    def environment(self) -> dict[str, str]:
        found = {**os.environ, "MAILBOT_CONFIG": str(self.config)}
        if self.at is not None:
            found |= {"PYTHONPATH": str(SHIFTED), "SHIFTED_TO": str(self.at.timestamp())}
        return found

    def run(self, *arguments: str, expect: int | None = 0, program: list[str] = PROGRAM) -> str:
        """Runs a command to its end and returns its output; fails where its exit code is not `expect`."""
        done = subprocess.run(
            [*program, *arguments], env=self.environment(), capture_output=True, text=True, timeout=100
        )
        assert "Traceback" not in done.stderr, done.stderr[-3000:]
        assert expect is None or done.returncode == expect, (
            f"{arguments} ended with {done.returncode}: {done.stdout} {done.stderr[-3000:]}"
        )
        return done.stdout

    def once(self, at: datetime | None = None, expect: int | None = 0) -> None:
        """One pass, with the wall clock at `at`."""
        self.at = at or self.at
        self.run("run", "--once", expect=expect)

    def json(self, *arguments: str, expect: int | None = 0) -> list[dict[str, Any]]:
        """The values that a command prints with --json."""
        return [json.loads(line) for line in self.run(*arguments, "--json", expect=expect).splitlines()]

    def status(self, expect: int | None = None) -> Mapping[str, Any]:
        (found,) = self.json("status", expect=expect)
        return found

    @contextmanager
    def daemon(self, at: datetime | None = None, expect: int = 0) -> Iterator[subprocess.Popen[str]]:
        """The daemon at work while the `with` lasts; ended by TERM, and its exit code must be `expect`."""
        self.at = at or self.at
        with (self.folder / "daemon.log").open("a") as log:
            process = subprocess.Popen([*PROGRAM, "run"], env=self.environment(), stderr=log, text=True)
            try:
                yield process
            finally:
                code = _ended(process)
        assert code == expect, f"the daemon ended with {code}: {(self.folder / 'daemon.log').read_text()[-3000:]}"


def _ended(process: subprocess.Popen[str]) -> int:
    """The exit code after TERM. One that a failed test left stopped, or that does not end, is killed: the failure that
    is shown must be the test's own, and nothing may outlive it.
    """
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
    try:
        return process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait(30)
