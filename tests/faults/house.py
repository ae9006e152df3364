"""An installation of which everything can break: a misbehaving proxy before each server, a clock that can be set, a
process that can be held at a step.

What a test sees is the installed program, its `--json`, and mail. `TEN` is a Tuesday morning in office hours.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from support.installation import PROGRAM, Installation, office
from support.mails import first_mail, parsed
from support.waiting import until

from mailbot.demo.faults import Fault
from mailbot.demo.proxy import Proxy
from mailbot.demo.servers import EmbeddedServers
from mailbot.demo.smtpside import Transaction

TEN = office("2026-11-24 10:00")
DEEP = pytest.mark.deep
"""For cases of a test that differ little from those that every run tries."""
GATED = [sys.executable, str(Path(__file__).parent / "gated.py")]
LIMITS = "[limits]\nautomatic_per_hour = 100000\nsends_per_hour = 100000\n"


class Gate:
    """Holds a process just before a step, once: `reached` is true then, and `open` lets it go."""

    def __init__(self, folder: Path, step: str) -> None:
        self._reached, self._open = folder / "gate.reached", folder / "gate.open"
        self._armed = folder / "gate.armed"
        self.command = [*GATED, str(folder), step, "--"]

    def arm(self) -> None:
        """From now on; before it nothing is held."""
        self._armed.touch()

    def reached(self) -> bool:
        return self._reached.exists()

    def open(self) -> None:
        self._open.touch()


class FaultyHouse:
    """One installation; `imap` and `smtp` are the proxies in front of its servers."""

    def __init__(self, folder: Path, servers: EmbeddedServers, imap: Proxy, smtp: Proxy, **options: Any) -> None:
        self.folder, self.servers, self.imap, self.smtp = folder, servers, imap, smtp
        options = {"more": LIMITS, "inbox": "poll_seconds = 5", "grace_minutes": 0} | options
        self.house = Installation(folder, servers, imap_port=imap.port, smtp_port=smtp.port, **options)
        self.database = folder / "mailbot.db"
        self.speed = 1.0
        self._clock = folder / "clock"
        self._started = (TEN, time.monotonic())
        self._by = 0.0
        self._set_clock(0.0)
        self.house.at = TEN

    # The clock

    @property
    def now(self) -> datetime:
        """The instant by the clock of the running daemon."""
        at, since = self._started
        return at + timedelta(seconds=(time.monotonic() - since) * self.speed + self._by)

    def set_clock(self, **change: float) -> None:
        """Somebody sets the machine's clock: on by `hours=1`, or back by `days=-1`."""
        self._set_clock(self._by + timedelta(**change).total_seconds())

    def _set_clock(self, by: float) -> None:
        self._by = by
        new = self._clock.with_suffix(".new")
        new.write_text(str(by))
        new.replace(self._clock)

    # Processes

    @contextmanager
    def daemon(self, program: Sequence[str] = PROGRAM, expect: int | None = 0) -> Iterator[subprocess.Popen[bytes]]:
        """The daemon at work while the `with` lasts; ended by TERM, unless it ended before."""
        process = self.start(program)
        try:
            yield process
        finally:
            code = self.end(process)
        assert expect is None or code == expect, f"it ended with {code}: {self.log()[-3000:]}"

    def start(self, program: Sequence[str] = PROGRAM) -> subprocess.Popen[bytes]:
        """The daemon, its clock going on from `now`."""
        now, self._by = self.now, 0.0
        self._started = (now, time.monotonic())
        self._set_clock(0.0)
        self.house.at = now
        environment = self.house.environment() | {"SHIFTED_BY": str(self._clock), "SHIFTED_SPEED": str(self.speed)}
        with (self.folder / "daemon.log").open("ab") as log:
            return subprocess.Popen([*program, "run"], env=environment, stderr=log)

    def end(self, process: subprocess.Popen[bytes]) -> int:
        """TERM, and the exit code; killed where it does not end."""
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            return process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait(30)

    def once(self, at: datetime | None = None, expect: int | None = 0) -> None:
        self.house.once(at, expect)

    def log(self) -> str:
        found = self.folder / "daemon.log"
        return found.read_text() if found.exists() else ""

    # What can be seen

    def status(self) -> dict[str, Any]:
        """`mailbot status`, by the clock of the daemon."""
        self.house.at = self.now
        return dict(self.house.status())

    def problems(self) -> list[str]:
        return list(self.status()["problems"])

    def named(self, *words: str, seconds: float = 60) -> list[str]:
        """The problems of `status`, once they name every one of these words."""
        return until(self.problems, lambda found: all(word in " ".join(found) for word in words), seconds=seconds)

    def all_well(self, seconds: float = 90) -> None:
        until(self.problems, lambda found: not found, seconds=seconds)

    def outbox(self) -> list[dict[str, Any]]:
        return self.house.json("outbox", "--all")

    def letters(self, address: str) -> list[EmailMessage]:
        """What arrived at one address outside, in order."""
        return [parsed(one.data) for one in self.servers.sent if one.rcpt_to == (address,)]

    def outside(self) -> list[Transaction]:
        return [one for one in self.servers.sent if not one.rcpt_to[0].endswith("@service.example")]

    def inbox(self, folder: str = "INBOX") -> list[bytes]:
        return [raw for raw in self.servers.mailbox("help", folder) if b"X-Mailbot-Installation:" not in raw]

    def write(self, *people: str) -> None:
        for address in people:
            self.servers.append("help", first_mail(address))

    def answered(self, *people: str, seconds: float = 90) -> None:
        """Waits until each of these has one letter."""
        until(lambda: [len(self.letters(one)) for one in people], lambda n: n == [1] * len(people), seconds=seconds)

    def acts(self, act: str) -> list[dict[str, Any]]:
        """The audit's rows of one kind, read with a plain SQLite."""
        with closing(sqlite3.connect(self.database)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute("SELECT * FROM audit WHERE act = ?", (act,))]

    def fails(self, imap: Sequence[Fault] = (), smtp: Sequence[Fault] = ()) -> None:
        """Faults on both proxies from now on, in place of those before."""
        self.imap.faults, self.smtp.faults = tuple(imap), tuple(smtp)

    def works(self) -> None:
        """No fault any more; what is silent is cut, as a client would find after its time-out."""
        self.fails()


def pid_is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
