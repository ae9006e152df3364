"""What a misbehaving proxy does wrong, as data: broken lines, silences, refusals and lies of a mail server, in a table.

In: nothing. Out: frozen rows that `proxy` obeys. A command is named as a person writes it: "SELECT", "UID MOVE",
"DATA", and "." for the end of an SMTP message. Every fault happens `times` times (None: always). What lines are
rewritten to is decided here; when to break or fall silent, in `proxy`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

COMMANDS = {"MOVE": ("MOVE", "UID MOVE"), "IDLE": ("IDLE",), "UIDPLUS": ("UID EXPUNGE",)}
"""The commands that an IMAP server without a capability does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One row of the table."""

    times: int | None = None

    def rewrite(self, line: bytes) -> bytes:
        """What becomes of a line of the server's; literals are not lines."""
        return line


@dataclass(frozen=True, slots=True)
class CutAfter(Fault):
    """Breaks the connection after `count` bytes of it have gone to the client, or `to_server`. 0: before the
    greeting.
    """

    count: int
    to_server: bool = False


@dataclass(frozen=True, slots=True)
class CutInLiteral(Fault):
    """Breaks the connection after `count` bytes of a literal of the server's that is longer (F11)."""

    count: int = 20


@dataclass(frozen=True, slots=True)
class LoseAnswer(Fault):
    """The server does `command`, and the connection breaks instead of the line that says so."""

    command: str


@dataclass(frozen=True, slots=True)
class Stall(Fault):
    """From `command` on the line is dead but open, as behind a NAT that forgot it (F19), once `lines` lines have
    answered.
    """

    command: str
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Silence(Fault):
    """From now on the line of every connection is dead but open, new ones included: nothing passes, either way (F19).

    One that fell silent stays so: what was in flight is lost, as on a line that is half-open.
    """


@dataclass(frozen=True, slots=True)
class SplitLines(Fault):
    """Lines of the server's arrive in two halves, `pause` seconds apart, as TCP may deliver them (imapclient issue
    519).
    """

    pause: float = 0.05


@dataclass(frozen=True, slots=True)
class Refuse(Fault):
    """Answers `command` itself; the server never hears of it. For SMTP the answer is a whole reply: "451 4.3.0
    later".
    """

    command: str
    answer: str = "NO refused"


@dataclass(frozen=True, slots=True)
class EndlessLine(Fault):
    """Answers `command` with a line that has no end: `size` bytes, then silence (F12)."""

    command: str
    size: int = 2**28


@dataclass(frozen=True, slots=True)
class Hide(Fault):
    """An IMAP server without MOVE, IDLE or UIDPLUS: not among its capabilities, its commands unknown, its answers
    plain.
    """

    capability: str

    def rewrite(self, line: bytes) -> bytes:
        if self.capability == "UIDPLUS":
            line = re.sub(rb"\[(?:APPENDUID|COPYUID) [^\]]*\] ?", b"", line)
        if b"CAPABILITY" in line.upper():
            line = re.sub(rb" %s(?=[ \r\]])" % re.escape(self.capability.encode()), b"", line)
        return line


@dataclass(frozen=True, slots=True)
class LiteralSays(Fault):
    """Announces the server's literals with another size than they have: huge, or negative (F12, CPython issue
    119511).
    """

    size: int = 99_999_999_999

    def rewrite(self, line: bytes) -> bytes:
        return re.sub(rb"\{\d+\}\r\n$", b"{%d}\r\n" % self.size, line)


@dataclass(frozen=True, slots=True)
class WrongUid(Fault):
    """Answers FETCH with UIDs that are `add` too high (F12)."""

    add: int = 1000

    def rewrite(self, line: bytes) -> bytes:
        return re.sub(rb"\bUID (\d+)", lambda found: b"UID %d" % (int(found[1]) + self.add), line)


@dataclass(frozen=True, slots=True)
class OtherUidValidity(Fault):
    """Every folder has a UIDVALIDITY that is `add` higher, as after a restore of the server."""

    add: int = 1

    def rewrite(self, line: bytes) -> bytes:
        pattern = rb"\b(UIDVALIDITY|APPENDUID|COPYUID) (\d+)"
        return re.sub(pattern, lambda found: b"%s %d" % (found[1], int(found[2]) + self.add), line)


Kind = TypeVar("Kind", bound=Fault)


class Table:
    """The faults in force, and `counts[fault]`: how often each has happened."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self.faults = tuple(faults)
        self.counts: Counter[Fault] = Counter()

    def due(self, kind: type[Kind], fits: Callable[[Kind], bool]) -> Kind | None:
        """The first fault of a kind that fits and is not used up; asking counts as its happening."""
        for fault in self.faults:
            if isinstance(fault, kind) and fits(fault) and self._left(fault):
                self.counts[fault] += 1
                return fault
        return None

    def rewritten(self, line: bytes) -> bytes:
        """A line of the server's as the client shall see it."""
        for fault in self.faults:
            changed = fault.rewrite(line)
            if changed != line and self._left(fault):
                self.counts[fault] += 1
                line = changed
        return line

    def _left(self, fault: Fault) -> bool:
        return fault.times is None or self.counts[fault] < fault.times
