"""The lives of one mailbot that is killed again and again, and what must hold afterwards (promises 1 to 3)."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from support.installation import Installation, office
from support.mails import first_mail, parsed
from support.waiting import until

from mailbot.demo.servers import EmbeddedServers

KILLER = [sys.executable, str(Path(__file__).parent / "killer.py")]
REST = 0.7
"""Seconds without a step after which a daemon has nothing in hand; its beat comes every ten."""
START = office("2026-11-24 10:00")


class History:
    """One installation with its persons' mail, and the lives of a process that is killed again and again."""

    def __init__(
        self,
        folder: Path,
        servers: EmbeddedServers,
        persons: list[str],
        start: datetime = START,
        more: str = "",
        **ports: int,
    ) -> None:
        self.servers = servers
        self.persons = persons
        self.log = folder / "steps.log"
        folder.mkdir(parents=True)
        self.log.touch()
        more = f"[limits]\nautomatic_per_hour = 100000\nsends_per_hour = 100000\n{more}"
        self.house = Installation(folder, servers, more=more, **ports)
        self.house.at = self.start = start
        self.kills: Counter[str] = Counter()
        self._written = 0
        self._seen = (0, 0.0)

    def write(self, count: int) -> None:
        for person in self.persons[self._written : self._written + count]:
            self.servers.append("help", first_mail(person))
        self._written += count

    def live(self, mode: str, kill: str) -> bool:
        """One life of `run --once` or `run`, killed at `kill`; True where it was."""
        arguments = ["run", "--once"] if mode == "once" else ["run"]
        process = subprocess.Popen(
            [*KILLER, str(self.log), kill, "--", *arguments], env=self.house.environment(), stderr=subprocess.DEVNULL
        )
        if mode != "once":
            before = len(self.log.read_bytes())
            until(lambda: process.poll() is not None or self._quiet(before), seconds=60)
            if process.poll() is None:
                process.terminate()
        code = process.wait(60)
        assert code in (0, 1, -9), code
        self.kills[kill.split(":")[0] if code == -9 else "lived"] += 1
        return code == -9

    def _quiet(self, before: int) -> bool:
        """The daemon has come to rest: it did something, has taken no step for a while, and the inbox is empty."""
        size = self.log.stat().st_size
        if size != self._seen[0]:
            self._seen = (size, time.monotonic())
        return size > before and time.monotonic() - self._seen[1] > REST and not self.servers.mailbox("help")

    def finish(self) -> None:
        """The rest of the mail, and passes late enough for every retry."""
        self.write(len(self.persons))
        for minutes in (0, 10, 20):
            self.house.once(self.start + timedelta(minutes=minutes), expect=None)

    def reached(self) -> set[str]:
        return set(self.log.read_text().split())

    def check(self) -> str:
        """Holds everything against what must be; returns the counts as a line."""
        status = self.house.status()
        assert status["journal"] == {
            "waiting": 0,
            "processed": len(self.persons),
            "quarantined": 0,
            "seen_before": 0,
            "imported": 0,
        }, (status, self.house.json("quarantine"))
        assert sum(status["cases"].values()) == len(self.persons)
        assert self.servers.mailbox("help") == []
        done = [parsed(raw)["From"].addresses[0].addr_spec for raw in self.servers.mailbox("help", "Mailbot/Done")]
        assert sorted(set(done) - {"help@service.example"}) == self.persons
        repeats = self._acknowledgements()
        self.house.run("audit", "verify")
        assert len(self.house.json("cases")) == len(self.persons)
        self._staff_were_told()
        counts = f"{len(self.persons)} cases, {len(self.servers.sent)} messages, {repeats} repeated"
        return f"{counts}, kills {dict(self.kills)}"

    def _acknowledgements(self) -> int:
        """One a person; a repeat is the same bytes, and only where the outbox says that the first try was uncertain."""
        repeats = 0
        for person in self.persons:
            letters = [one.data for one in self.servers.sent if one.rcpt_to == (person,)]
            assert 1 <= len(letters) <= 2, (person, len(letters))
            assert len(set(letters)) == 1
            repeats += len(letters) - 1
        assert repeats <= sum(self.kills.values())
        return repeats

    def _staff_were_told(self) -> None:
        told = b"".join(self.servers.mailbox("dana"))
        references = [case["reference"] for case in self.house.json("cases")]
        assert [reference for reference in references if reference.encode() not in told] == []
