"""The desk: what handlers and loops need to decide and to write, gathered once by the composition root. No clock, no
connection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from mailbot.casework.addresses import ServiceAddress
from mailbot.casework.hints import Hints
from mailbot.casework.rules import Rules
from mailbot.casework.urgent import UrgentWords
from mailbot.errors import MessageError
from mailbot.model import Attachment, Member, Reading, Role
from mailbot.writing import Letters
from scheduler.office import Office

ReadMessage = Callable[[bytes], Reading]
"""Bytes in, what was understood out, or a MessageError."""


def no_reader(_raw: bytes) -> Reading:
    """For a desk that only decides, as that of a command which looks at letters."""
    raise MessageError("no reader is open here")


OpenFile = Callable[[bytes, int], tuple[Attachment, bytes]]
"""Bytes and the number of an attachment in; its description and content out, or a MessageError."""


def no_opener(_raw: bytes, _number: int) -> tuple[Attachment, bytes]:
    """The same for files."""
    raise MessageError("no reader is open here")


@dataclass(frozen=True, slots=True)
class Caps:
    """How much may leave in any sixty minutes (promise 10)."""

    sends: int
    automatic: int
    unauthenticated: int


@dataclass(frozen=True, slots=True)
class Desk:
    """The service as its configuration describes it. `read` and `open_file` are reading's door, for what a member
    asks to see.
    """

    address: ServiceAddress
    sender_name: str
    language: str
    zone: str
    office: Office
    letters: Letters
    members: tuple[Member, ...]
    throttle: timedelta
    caps: Caps
    rules: Rules
    proof: Literal["dmarc", "internal", "none"] = "dmarc"
    grace: timedelta = timedelta(0)
    urgent: UrgentWords = UrgentWords()
    hints: Hints = Hints()
    read: ReadMessage = no_reader
    open_file: OpenFile = no_opener

    def member_at(self, address: str) -> Member | None:
        """The member whose address or alias this is, exactly (A29: compared after lower-casing ASCII alone)."""
        wanted = address.lower()
        return next(
            (m for m in self.members if wanted == m.address.lower() or wanted in {a.lower() for a in m.aliases}), None
        )

    def with_role(self, role: Role) -> tuple[Member, ...]:
        return tuple(member for member in self.members if role in member.roles)

    def supervisors(self) -> tuple[Member, ...]:
        """Who hears of what cannot wait: everybody with role supervisor, else everybody with role staff."""
        return self.with_role(Role.SUPERVISOR) or self.with_role(Role.STAFF)
