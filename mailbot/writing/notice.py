"""What staff letters are told: frozen values, put together by handlers and loops, put into words by templates.

Whatever came from outside (address, name, subject, text, file names) is a value here and stays one: it meets a
template only through the filters that show hidden characters and take every mark out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mailbot.model import Attachment, Contact, Purpose, Role


@dataclass(frozen=True, slots=True)
class Notice:
    """One message from outside, for one member. `received_at` is aware and in the office's zone.

    Mail that a machine wrote belongs to no case: its `reference` is "no case".

    `first_line_due`, `acknowledgement` and `warnings` are sentences of ours. `links` are (label, mailto: address).
    """

    reference: str
    first_line_due: str
    role: Role
    contact: Contact
    kind: Literal["new", "joined", "reopened", "machine"]
    address: str
    received_at: datetime
    text: str
    acknowledgement: str
    purpose: Purpose
    display_name: str = ""
    subject: str = ""
    attachments: tuple[Attachment, ...] = ()
    warnings: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()

    @property
    def puzzling_address(self) -> bool:
        """Whether the address may imitate another one: letters outside ASCII, as they are or in punycode (A29)."""
        return not self.address.isascii() or "xn--" in self.address.lower()


@dataclass(frozen=True, slots=True)
class SetAside:
    """A message that is not shown: junk, quarantined, oversized, or written by a machine (RULES 10)."""

    id: str
    received_at: datetime
    size: int
    reason: str
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """A flood's quarter of an hour: counts and references only (RULES 7)."""

    since: datetime
    until: datetime
    count: int
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A letter that did not arrive, or perhaps did not. `status` is the server's enhanced code, where there is one."""

    kind: Literal["failed", "came back", "uncertain", "delayed"]
    outbox_id: str
    letter: str
    at: datetime
    reference: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """Something an operator or a supervisor should look at: what, since when, what to do. Sentences of ours, no
    content.
    """

    what: str
    since: datetime
    todo: str
    reference: str | None = None
