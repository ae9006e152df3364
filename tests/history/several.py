"""Several daemons at work on one PostgreSQL, killed, stopped and cut off in turn, with the server itself.

Every life keeps a log of its own of the moments before and after each named step.
"""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from history.lives import KILLER, REST, History
from history.operations import hold_against, operations
from support.mails import parsed
from support.postgresql import Cluster
from support.waiting import until

from mailbot.demo.servers import EmbeddedServers


@dataclass(frozen=True, slots=True)
class Life:
    """One daemon's process, and the log of its steps."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def steps(self) -> int:
        return self.log.stat().st_size


class Several(History):
    """A history on PostgreSQL. `begin` starts a daemon beside those that are at work."""

    def __init__(self, folder: Path, servers: EmbeddedServers, persons: list[str], cluster: Cluster) -> None:
        self.cluster = cluster
        self.name = cluster.database()
        super().__init__(folder, servers, persons, more=f'[storage]\ndatabase = "{cluster.url(self.name)}"\n')
        self.lives: list[Life] = []

    def begin(self, kill: str = "none") -> Life:
        """Begins a daemon that is killed at that moment, or not at all."""
        log = self.log.with_name(f"steps{len(self.lives)}.log")
        log.touch()
        with (self.log.with_name("daemons.log")).open("ab") as errors:
            process = subprocess.Popen(
                [*KILLER, str(log), kill, "--", "run"], env=self.house.environment(), stderr=errors
            )
        life = Life(process, log)
        self.lives.append(life)
        return life

    def alive(self) -> list[Life]:
        return [life for life in self.lives if life.alive]

    def steps(self) -> int:
        """How much all lives together have done."""
        return sum(life.steps() for life in self.lives)

    def work(self, amount: int) -> None:
        """Lets the daemons write that much into their logs, or come to an end before."""
        goal = self.steps() + amount
        until(lambda: self.steps() >= goal or not self.alive() or not self.servers.mailbox("help"), seconds=60)

    def crash_server(self) -> None:
        """The server is gone without a word, and back a moment later."""
        self.cluster.crash()
        self.kills["server"] += 1
        self.cluster.start()

    def rest(self, seconds: float = 90.0) -> None:
        """Waits until the inbox is empty and nobody has taken a step for a while, or nobody is left."""
        seen, since = self.steps(), time.monotonic()

        def quiet() -> bool:
            nonlocal seen, since
            if self.steps() != seen:
                seen, since = self.steps(), time.monotonic()
            return time.monotonic() - since > 3 * REST and not self.servers.mailbox("help")

        until(lambda: not self.alive() or quiet(), seconds=seconds)

    def end(self) -> None:
        """TERM for everybody; a killed one, and one whose part another ended, may have gone before."""
        for life in self.alive():
            life.process.terminate()
        for life in self.lives:
            code = life.process.wait(60)
            assert code in (0, 1, -9), code
            self.kills[{0: "lived", 1: "refused", -9: "killed"}[code]] += 1

    def give_up(self) -> None:
        """For a test that failed: nothing outlives it."""
        for life in self.alive():
            life.process.kill()
            with suppress(subprocess.TimeoutExpired):
                life.process.wait(10)
        self.cluster.drop(self.name)

    def finish(self) -> None:
        """As every history; these passes are written down too, since the books must balance."""
        self.write(len(self.persons))
        for minutes in (0, 10, 20):
            self.house.at = self.start + timedelta(minutes=minutes)
            self.live("once", "none")

    def check(self) -> str:
        """As every history; and nobody else got anything, and a death repeated one message at most: there is one DATA
        at a time.
        """
        told = super().check()
        known = {*self.persons, *(f"{name}@service.example" for name in ("dana", "robin", "sam"))}
        assert {to for one in self.servers.sent for to in one.rcpt_to} <= known
        messages = Counter((one.rcpt_to, one.data) for one in self.servers.sent)
        repeated = sum(count - 1 for count in messages.values())
        deaths = self.kills.total() - self.kills["lived"] - self.kills["server"]
        assert repeated <= deaths, (repeated, self.kills)
        done = operations([self.log, *(life.log for life in self.lives)])
        taken = [str(parsed(one.data)["Message-ID"]).strip("<>") for one in self.servers.sent]
        rows = {str(row["message_id"]): str(row["state"]) for row in self.house.json("outbox", "--all")}
        hold_against(done, taken, rows, deaths)
        return f"{told}, {repeated} of all messages repeated; {done}"
