"""The history test (promises 1 to 3): a hundred first mails, and the real process killed at every named step and at
random.

Afterwards there are a hundred cases, one acknowledgement a person (a repeat only where its first try was uncertain, and
then the same bytes), and sums that agree with what the folders showed. Each test prints its counts.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from support.installation import Installation, office
from support.mails import first_mail, parsed
from support.waiting import until

from mailbot.demo.faults import Hide
from mailbot.demo.servers import EmbeddedServers
from mailbot.steps import Step

PERSONS = [f"person{number:03}@example.net" for number in range(100)]
KILLER = [sys.executable, str(Path(__file__).parent / "killer.py")]
START = office("2026-11-24 10:00")
ELSEWHERE = {
    Step.INSTALL,
    Step.OPERATOR,
    Step.PULSE,
    Step.PROCESS_ATTEMPT,
    Step.IMAP_FLAG,
    Step.IMAP_COPY,
    Step.IMAP_EXPUNGE,
}
"""Steps that this history does not meet: operators' acts, poison, renumbered folders, and servers without MOVE (the next history)."""


class History:
    """One installation with its persons' mail, and the lives of a process that is killed again and again."""

    def __init__(self, folder: Path, servers: EmbeddedServers, persons: list[str], **ports: int) -> None:
        self.servers = servers
        self.persons = persons
        self.log = folder / "steps.log"
        folder.mkdir(parents=True)
        self.log.touch()
        more = "[limits]\nautomatic_per_hour = 100000\nsends_per_hour = 100000\n"
        self.house = Installation(folder, servers, more=more, **ports)
        self.house.at = START
        self.kills: Counter[str] = Counter()
        self._written = 0

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
        """The daemon has done what there is: nothing waits, nothing is in hand, everything is filed."""
        if len(self.log.read_bytes()) == before:
            return False
        status = self.house.status()
        outbox = status["outbox"]
        idle = status["journal"]["waiting"] == 0 and outbox["queued"] == 0 and outbox["sending"] == 0
        return idle and not self.servers.mailbox("help")

    def finish(self) -> None:
        """The rest of the mail, and passes late enough for every retry."""
        self.write(len(self.persons))
        for minutes in (0, 10, 20):
            self.house.once(START + timedelta(minutes=minutes), expect=None)

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
        }
        assert sum(status["cases"].values()) == len(self.persons)
        assert self.servers.mailbox("help") == []
        done = [parsed(raw)["From"].addresses[0].addr_spec for raw in self.servers.mailbox("help", "Mailbot/Done")]
        assert sorted(set(done) - {"help@service.example"}) == self.persons
        repeats = self._acknowledgements()
        self.house.run("audit", "verify")
        assert len(self.house.json("cases")) == len(self.persons)
        self._staff_were_told()
        return f"{len(self.persons)} cases, {len(self.servers.sent)} messages, {repeats} repeated, kills {dict(self.kills)}"

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


def _kills() -> list[str]:
    return [f"{moment}:{name}:1" for name in Step if name not in ELSEWHERE for moment in ("before", "after")]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", ["once", "run"])
def test_a_hundred_persons_are_answered_once_whichever_step_the_process_dies_at(
    tmp_path: Path, embedded: EmbeddedServers, mode: str
) -> None:
    history = History(tmp_path / "house", embedded, PERSONS)
    kills = _kills()
    for kill in kills:
        history.write(1)
        history.live(mode, kill)
    history.finish()
    assert history.kills["lived"] <= len(kills) // 4, history.kills
    missing = {kill.rpartition(":")[0] for kill in kills} - history.reached()
    assert missing == set()
    print(f"\nevery step, {mode}: {history.check()}")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", [*range(20), *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(20, 200))])
def test_a_hundred_persons_are_answered_once_whenever_the_process_dies(
    tmp_path: Path, embedded: EmbeddedServers, seed: int
) -> None:
    chance = random.Random(seed)
    history = History(tmp_path / "house", embedded, PERSONS)
    mode = "once" if seed % 2 else "run"
    for _ in range(3):
        history.write(chance.randint(1, 40))
        history.live(mode, f"any:{chance.randint(1, 250)}")
    history.finish()
    print(f"\nseed {seed}, {mode}: {history.check()}")


@pytest.mark.timeout(120)
def test_on_a_server_without_move_a_death_loses_nothing_and_answers_nobody_twice(
    tmp_path: Path, embedded: EmbeddedServers, proxy: object
) -> None:
    front = proxy(embedded.imap_port, Hide("MOVE"))  # type: ignore[operator]
    history = History(tmp_path / "house", embedded, PERSONS[:12], imap_port=front.port)
    for name in (Step.IMAP_COPY, Step.IMAP_FLAG, Step.IMAP_EXPUNGE):
        for moment in ("before", "after"):
            history.write(1)
            assert history.live("once", f"{moment}:{name}:1")
    history.finish()
    print(f"\nwithout MOVE: {history.check()}")
