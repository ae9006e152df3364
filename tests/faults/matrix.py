"""One cell of the matrix: a history of a few mails, in the middle of which a loop is held at a step and a fault begins.

In: a kind of fault and a loop. Out: how long until `status` named it, what it said, and what was lost, doubled or
repeated, by the mail that arrived. Held is the first step at which the loop has something in hand.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from conftest import ACCOUNTS, ADDRESSES
from faults.disks import SmallDisk
from faults.house import FaultyHouse, Gate
from faults.kinds import FASTER, Kind, Place
from support.mails import answer_to, first_mail, parsed, text_of
from support.waiting import until

from mailbot.demo.proxy import Proxy
from mailbot.demo.servers import EmbeddedServers
from mailbot.demo.smtpside import Transaction

STEPS = {
    "watch": "watch.commit-journal",
    "process": "process.commit-message",
    "tick": "tick.commit-release",
    "deliver": "smtp.data",
}
"""A batch fetched and not journaled; a message handled and not committed; an answer due and not released; a letter
begun, of which no byte has left."""
FIRST, SECOND, THIRD = "kim@example.com", "lee@example.net", "max@example.org"
PEOPLE = (FIRST, SECOND, THIRD)
ANSWER = "We can help you."
STAFF = ("dana", "robin")
UNDONE = {"held", "queued", "sending", "retry", "uncertain"}
NAMED_WITHIN, DONE_WITHIN = 240.0, 420.0
SINCE = re.compile(r" \(since [^)]*\)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one cell showed. `named_after` None: `status` named nothing while the fault lasted."""

    kind: str
    loop: str
    said: tuple[str, ...]
    named_after: timedelta | None
    lost: int
    doubled: int
    repeated: int


def run(folder: Path, kind: Kind, loop: str) -> Outcome:
    """Raises AssertionError where the history does not come to its end."""
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        disk = stack.enter_context(SmallDisk(folder / "disk")) if kind.on_small_disk else None
        servers = stack.enter_context(EmbeddedServers(ACCOUNTS, ADDRESSES))
        imap = stack.enter_context(Proxy(servers.imap_port))
        smtp = stack.enter_context(Proxy(servers.smtp_port, protocol="smtp"))
        grace = 15 if kind.speed == FASTER else 1
        inside = folder / "disk" if disk else folder
        here = FaultyHouse(inside / "house", servers, imap, smtp, grace_minutes=grace)
        here.speed = kind.speed
        return Cell(here, kind, loop, disk, Gate(folder, STEPS[loop])).play()


class Cell:
    """The history of one cell."""

    def __init__(self, here: FaultyHouse, kind: Kind, loop: str, disk: SmallDisk | None, gate: Gate) -> None:
        self.here, self.kind, self.loop, self.gate = here, kind, loop, gate
        self.process = here.start(gate.command)
        self.place = Place(here, self._kill, disk)

    def play(self) -> Outcome:
        try:
            self._begin()
            named, said = self._fault()
            self._settle()
        finally:
            code = self.here.end(self.process)
        assert code == 0, f"the daemon ended with {code}: {self.here.log()[-2000:]}"
        return Outcome(self.kind.name, self.loop, said, named, *self._counted())

    def _kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process = self.here.start()

    def _begin(self) -> None:
        """Kim is answered, Dana's answer waits; then the gate is set, and there is work for every loop."""
        here = self.here
        here.write(FIRST)
        here.answered(FIRST, seconds=240)
        until(lambda: here.servers.mailbox("dana"), seconds=240)
        here.servers.append("help", answer_to(here.servers.mailbox("dana")[0], ANSWER))
        until(lambda: [row for row in here.outbox() if row["state"] == "held"], seconds=240)
        until(lambda: not here.inbox(), seconds=240)
        self.gate.arm()
        here.write(SECOND)
        if self.kind.speed != FASTER:
            here.set_clock(seconds=70)
        until(self.gate.reached, seconds=240)

    def _fault(self) -> tuple[timedelta | None, tuple[str, ...]]:
        """The fault begins, more mail comes, and `status` is asked until it names it."""
        if not self.kind.at_gate:
            self.gate.open()
        with self.kind.breaks(self.place):
            began, stopwatch = self.here.now, time.monotonic()
            self.gate.open()
            self.here.write(THIRD)
            if self.kind.names is None:
                self._pause(10)
                return None, self._said(self.here.problems())
            found = self._ask(self.kind.names)
            if self.kind.speed == FASTER:  # the office's clock is what the fault is about
                return timedelta(seconds=time.monotonic() - stopwatch), self._said(found)
            return self.here.now - began, self._said(found)

    def _ask(self, words: str) -> list[str]:
        """`status`, every two seconds: asked without a pause it would take the machine that the daemon needs."""
        left = NAMED_WITHIN
        while True:
            problems = self.here.problems()
            found = [problem for problem in problems if words in problem]
            if found:
                return found
            assert left > 0, f"status never said {words!r}, but {problems}"
            self._pause(2)
            left -= 2

    def _said(self, problems: list[str]) -> tuple[str, ...]:
        return tuple(sorted(SINCE.sub("", problem) for problem in problems))

    def _pause(self, seconds: float) -> None:
        threading.Event().wait(seconds)

    def _settle(self) -> None:
        """Until nothing waits, in the mailbox, the journal and the outbox, and `status` has no complaint."""
        left = DONE_WITHIN
        while unsettled := self._unsettled():
            assert left > 0, f"still {unsettled}; log: {self.here.log()[-1500:]}"
            self._pause(2)
            left -= 2

    def _unsettled(self) -> str | None:
        if self.here.inbox():
            return "mail in the inbox"
        if waiting := [row for row in self.here.outbox() if row["state"] in UNDONE]:
            return f"letters {Counter(row['state'] for row in waiting)}"
        status = self.here.status()
        if status["journal"]["waiting"]:
            return "mail in the journal"
        return f"problems {status['problems']}" if status["problems"] else None

    # What arrived

    def _counted(self) -> tuple[int, int, int]:
        """Lost, doubled, and repeated as promise 3 allows: the same bytes, of a letter that was uncertain."""
        bodies = Counter(one.data for one in self.here.servers.sent)
        again = sum(bodies.values()) - len(bodies)
        uncertain = sum('"to":"uncertain"' in act["detail"] for act in self.here.acts("outbox.moved"))
        repeated = min(again, uncertain)
        expected = self._expected()
        found = {name: len(texts) for name, texts in self._arrived().items()}
        lost = sum(max(0, count - found.get(name, 0)) for name, count in expected.items()) + self._mails_lost()
        doubled = sum(max(0, found.get(name, 0) - count) for name, count in expected.items()) + again - repeated
        return lost, doubled, repeated

    def _expected(self) -> dict[str, int]:
        """One acknowledgement a person, the answer to Kim, one notice of each mail to each member."""
        letters = {f"{person} letter": 1 + (person == FIRST) for person in PEOPLE}
        return letters | {f"{person} notice to {member}": 1 for person in PEOPLE for member in STAFF}

    def _arrived(self) -> dict[str, set[bytes]]:
        """Different messages, by what they are."""
        found: dict[str, set[bytes]] = {}
        for one in self.here.servers.sent:
            for name in self._kinds_of(one):
                found.setdefault(name, set()).add(_message_id(one.data))
        return found

    def _kinds_of(self, one: Transaction) -> list[str]:
        (to,) = one.rcpt_to
        if to in PEOPLE:
            return [f"{to} letter"]
        member = to.partition("@")[0]
        text = text_of(one.data)
        return [f"{person} notice to {member}" for person in PEOPLE if f"{person}, under the name" in text]

    def _mails_lost(self) -> int:
        """Mails of people that lie in no folder of ours, by their Message-ID."""
        filed = {_message_id(raw) for raw in self.here.inbox("Mailbot/Done")}
        return len({_message_id(first_mail(person)) for person in PEOPLE} - filed)


def _message_id(raw: bytes) -> bytes:
    return str(parsed(raw)["Message-ID"]).encode()
