"""What staff letters and staff answers are told: frozen values, put together by handlers and loops, put into words by
templates.

Whatever was received or typed (address, name, subject, text, file names, commands) is a value here and stays one: it
meets a template only through the filters that show hidden characters and take every mark out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mailbot.model import Attachment, Contact, Purpose, Role

Crisis = Literal["none", "full", "911"]
"""Which crisis lines end an answer."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that waits in the conversation: whose, why ("waits because …"), its whole text, and the choices."""

    whose: str
    why: str
    words: str
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """One message from outside, for one member. `received_at` is aware and in the office's zone.

    Mail that a machine wrote belongs to no case: its `reference` is "no case".

    `first_line_due`, `acknowledgement` and `warnings` are sentences of ours. `links` are (label, mailto: address).
    `reply` is what the person newly wrote, where it is to be shown before the whole `text`. `urgent` is the phrase of
    our list that raised it, `phone` a recorded number with its safe hours; `others` are addresses in To and Cc,
    `answers_to` those that Reply would reach in a mail program; `due` are lines of what people planned in the case.
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
    reply: str = ""
    waiting: tuple[Waiting, ...] = ()
    urgent: str = ""
    phone: str = ""
    others: tuple[str, ...] = ()
    answers_to: tuple[str, ...] = ()
    due: tuple[str, ...] = ()

    @property
    def of_person(self) -> bool:
        """Whether it matters if mail is safe where this one came from: an office's mailbox is an office's."""
        return self.role in (Role.REQUESTER, Role.GUARDIAN)

    @property
    def has_more(self) -> bool:
        """Whether the whole text holds more than what the person newly wrote: our own letter, quoted."""
        return bool(self.reply.strip()) and self.reply.split() != self.text.split()

    @property
    def puzzling_address(self) -> bool:
        """Whether the address may imitate another one: letters outside ASCII, as they are or in punycode (A29)."""
        return not self.address.isascii() or "xn--" in self.address.lower()


@dataclass(frozen=True, slots=True)
class SetAside:
    """A message that is not shown: junk, quarantined or oversized (RULES 10). `links` are (label, mailto: address)."""

    id: str
    received_at: datetime
    size: int
    reason: str
    reference: str | None = None
    links: tuple[tuple[str, str], ...] = ()
    urgent: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """A flood's quarter of an hour: counts and references only (RULES 7).

    `count` is of all messages, `aside` of those that opened or joined no case, `more` of cases that are not named.
    `an_hour`: at most so many single notices follow in an hour. `links` are (label, mailto: address).
    """

    since: datetime
    until: datetime
    count: int
    references: tuple[str, ...]
    aside: int = 0
    more: int = 0
    an_hour: int = 10
    links: tuple[tuple[str, str], ...] = ()


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


@dataclass(frozen=True, slots=True)
class AlertOver:
    """The end of what an `Alert` told; `what` is its sentence. Both instants are aware and in the office's zone."""

    what: str
    since: datetime
    until: datetime
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """Something a command shows: a heading of ours, and lines of ours or, `quoted`, text as somebody wrote it. `words`
    stand without any mark, so that a member can copy them.
    """

    heading: str
    lines: tuple[str, ...] = ()
    quoted: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one staff message did. Its reply address must be *inside*: the letter says so.

    `state_line` comes first and says what to do; with `leaves_at` (aware, in the office's zone) the letter adds when
    the answer leaves. `words` is the whole text that leaves, `cut` every piece that does not. `done` has a sentence a
    command, with the instant understood, `shown` what was asked for. `cancel` is a mailto: address, `links` are (label,
    mailto: address), `note` is a warning in a sentence. `reference` and `role` are None where a command belongs to no
    case.
    """

    reference: str | None
    role: Role | None
    state_line: str
    leaves_at: datetime | None = None
    words: str | None = None
    cut: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    shown: tuple[Shown, ...] = ()
    attachments: tuple[str, ...] = ()
    cancel: str | None = None
    links: tuple[tuple[str, str], ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a staff message did nothing. Its reply address must be *inside*.

    `line` is the member's own line, `nearest` the nearest right form or "". For mail that failed proof `line` is None:
    then no word of that mail is in here, but its `message` id. `nothing_sent` is False where the message held nothing
    to send. `links` are (label, mailto: address).
    """

    reference: str | None
    line: str | None
    reason: str
    nearest: str = ""
    nothing_sent: bool = True
    message: str | None = None
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """A letter that was stopped and waits for a decision: why, in a sentence, and its whole text. Its reply address
    must be *inside*; `links` are the choices, (label, mailto: address).
    """

    reference: str
    why: str
    words: str
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of ours in the thread of a case. Its reply address must be *inside*."""

    reference: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Door:
    """A conversation that staff opened: a reply to this mail reaches the correspondent. `links` are (label, mailto:
    address).
    """

    reference: str
    role: Role
    address: str
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a staff member newly wrote, for the correspondent. `crisis` says which lines end an answer that leaves
    outside hours by `#send now`: all of them, or 911 alone where contact is discreet.
    """

    words: str
    crisis: Crisis = "none"


@dataclass(frozen=True, slots=True)
class Due:
    """Something is due in a case. `what` is a sentence of ours or of the operator's rule; `text` is what a member
    typed, and stays a quoted value. `due` is aware, in the office's zone. `number`, of a call: whom to call, and when
    it is safe. Its reply address must be *inside*.
    """

    reference: str
    what: str
    text: str | None
    due: datetime
    links: tuple[tuple[str, str], ...] = ()
    number: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that a member asked for, attached under `name`, which is ours; `file` is what its sender said of it. Its
    reply address must be *inside*.
    """

    reference: str
    file: Attachment
    name: str


@dataclass(frozen=True, slots=True)
class DueList:
    """The same thing due in many cases at once, as at an opening after a weekend: references only."""

    what: str
    references: tuple[str, ...]
    due: datetime
