"""The words of mailbot as frozen types: what a message, a case and a letter are. Standard library only.

One word per thing, in code, documents, logs and database (docs/architecture.md has the list). Decisions take these and
return these; nothing here knows a database, a clock or a network.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_IN_ORDER = "234567abcdefghijklmnopqrstuvwxyz"


class Role(StrEnum):
    """Who a correspondent is."""

    REQUESTER = "requester"
    STAFF = "staff"
    SUPERVISOR = "supervisor"
    PLATFORM = "platform"
    RESPONDENT = "respondent"
    TRIBUNAL = "tribunal"
    GUARDIAN = "guardian"
    AGENCY = "agency"


class JournalState(StrEnum):
    """Where an inbound message is; every journaled message is in exactly one of these."""

    WAITING = "waiting"
    PROCESSED = "processed"
    QUARANTINED = "quarantined"
    SEEN_BEFORE = "seen_before"
    IMPORTED = "imported"


class Place(StrEnum):
    """Where the server's copy of an inbound message lies."""

    INBOX = "inbox"
    JUNK = "junk"
    DONE = "done"
    QUARANTINE = "quarantine"


class Verdict(StrEnum):
    """Whether a message can be handled at all."""

    PROCESS = "process"
    QUARANTINE = "quarantine"


class Automated(StrEnum):
    """What kind of machine wrote a message (RFC 3834, 3464, 5965, 8098, 2919)."""

    AUTO_REPLY = "auto-reply"
    AUTO_GENERATED = "auto-generated"
    BOUNCE = "bounce"
    DELAY = "delay"
    RECEIPT = "receipt"
    FEEDBACK_REPORT = "feedback-report"
    LIST = "list"


class Dmarc(StrEnum):
    """What the border proved of the From domain (RFC 9989). NONE also where the domain's own policy is none and the
    result a fail.
    """

    PASS = "pass"
    FAIL = "fail"
    NONE = "none"


class CaseStatus(StrEnum):
    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"


class Stream(StrEnum):
    ADULT = "adult"
    YOUTH = "youth"
    UNKNOWN = "unknown"


class Contact(StrEnum):
    """Whether mail to a person may speak plainly, must say little, or must not come at all."""

    UNASKED = "unasked"
    SAFE = "safe"
    DISCREET = "discreet"
    STOPPED = "stopped"


class OutboxState(StrEnum):
    """States of an outbound message; `MOVES` has the allowed moves between them."""

    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    RETRY = "retry"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


MOVES: dict[OutboxState, frozenset[OutboxState]] = {
    OutboxState.HELD: frozenset({OutboxState.QUEUED, OutboxState.CANCELLED}),
    OutboxState.QUEUED: frozenset({OutboxState.SENDING, OutboxState.HELD, OutboxState.FAILED, OutboxState.CANCELLED}),
    OutboxState.SENDING: frozenset(
        {OutboxState.QUEUED, OutboxState.SENT, OutboxState.RETRY, OutboxState.FAILED, OutboxState.UNCERTAIN}
    ),
    OutboxState.RETRY: frozenset({OutboxState.SENDING, OutboxState.HELD, OutboxState.FAILED, OutboxState.CANCELLED}),
    OutboxState.UNCERTAIN: frozenset({OutboxState.SENDING, OutboxState.SENT, OutboxState.CANCELLED}),
    OutboxState.SENT: frozenset(
        {OutboxState.DELIVERED, OutboxState.DELAYED, OutboxState.BOUNCED, OutboxState.COMPLAINED}
    ),
    OutboxState.DELAYED: frozenset({OutboxState.DELIVERED, OutboxState.BOUNCED, OutboxState.COMPLAINED}),
    OutboxState.DELIVERED: frozenset({OutboxState.BOUNCED, OutboxState.COMPLAINED}),
    OutboxState.BOUNCED: frozenset({OutboxState.COMPLAINED}),
    OutboxState.COMPLAINED: frozenset(),
    OutboxState.FAILED: frozenset({OutboxState.QUEUED, OutboxState.CANCELLED}),
    OutboxState.CANCELLED: frozenset(),
}


class Hold(StrEnum):
    """Why an outbound message waits. STOPPED ones have no release: a person decides (RULES 8)."""

    GRACE = "grace"
    OFFICE = "office"
    UNTIL = "until"
    STOPPED = "stopped"


class Priority(IntEnum):
    """Order of sending under a limit (RULES 14); a smaller number leaves first."""

    STAFF_ANSWER = 0
    ORDER = 1
    NIGHT_LETTER = 2
    NOTICE = 3
    DAY_LETTER = 4
    DIGEST = 5


class Purpose(StrEnum):
    """What a token is good for. All look alike from outside."""

    CONVERSATION = "conversation"
    ANSWER = "answer"
    INSIDE = "inside"
    ONCE = "once"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not the text. `sealed` ones are never drawn, unpacked or passed on (promise 12)."""

    filename: str | None
    content_type: str
    size: int
    sealed: bool


@dataclass(frozen=True, slots=True)
class Bounced:
    """One recipient of a delivery report. `status` is an enhanced code (RFC 3463) or "". `original` is the address
    that was written to, where the report names it and it is another one (a forwarded mailbox).
    """

    recipient: str
    status: str
    temporary: bool
    original: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file of a staff answer that may leave: `content_type` is application/pdf or text/plain (then `data` is UTF-8).

    `filename` is cleaned and short (A43); it is the staff member's word, never used on a disk.
    """

    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class NotSent:
    """A file of a staff answer that does not leave, and the code of the reason: "kind", "content", "size", "many"."""

    filename: str
    reason: str


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a staff answer. Pictures that belong to a page, such as a signature's, are in neither list."""

    allowed: tuple[File, ...] = ()
    refused: tuple[NotSent, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading understood of one message: values, never opinions about cases.

    `from_` holds what the strict grammar accepts: exactly one address, or nothing else is known of the author.
    `recipients` are all envelope-visible addresses (RULES 4), lower-cased. `identity` is the digest that RULES 3
    compares besides the bytes.

    `reply` is what was newly written in `text`, with the quotes that it answers one by one; all of `text` where nothing
    is new. For staff answers (RULES 8): `plain_reply` and `page_reply` are the new words alone, of the plain part and
    of the page, None where there is no such part or it says nothing at all; `cut` is what was taken away to get there,
    in bounded pieces; `several_texts` says that more than one part could be the text (A38).
    """

    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    from_: tuple[str, ...] = ()
    from_name: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    return_path: str | None = None
    subject: str = ""
    date: str | None = None
    text: str = ""
    reply: str = ""
    language: str | None = None
    automated: Automated | None = None
    no_answer: str | None = None
    bounces: tuple[Bounced, ...] = ()
    reported_ids: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    defects: tuple[str, ...] = ()
    dmarc: Dmarc = Dmarc.NONE
    internal: bool = False
    identity: str = ""
    verdict: Verdict = Verdict.PROCESS
    reason: str | None = None
    plain_reply: str | None = None
    page_reply: str | None = None
    cut: tuple[str, ...] = ()
    several_texts: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A staff member or supervisor, from the configuration. `key` is stable: the lower-cased address."""

    key: str
    name: str
    address: str
    aliases: tuple[str, ...] = ()
    roles: frozenset[Role] = frozenset()
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A help line, from a data file. `verified_on` is the operator's word and ships empty."""

    id: str
    name: str
    phone: str | None
    text: str | None
    whom: str
    hours: str
    verified_on: str | None = None


@dataclass(frozen=True, slots=True)
class Inbound:
    """One journaled message on its way through a handler. `rescued`: imported once, then put into the inbox by a
    person. `restoring`: the database came from a backup, and nothing leaves yet; `retaken`: and this message had been
    filed away before, so that it may have been answered.
    """

    id: str
    place: Place
    received_at: datetime
    journaled_at: datetime
    size: int
    oversized: bool
    rescued: bool = False
    restoring: bool = False
    retaken: bool = False
    reading: Reading = field(default_factory=Reading)
    files: Files = Files()


def new_secret() -> str:
    """128 random bits as 26 characters of lower-case base32: the secret in a token or a Message-ID."""
    return base64.b32encode(secrets.token_bytes(16)).decode("ascii").rstrip("=").lower()


def new_id(now: datetime) -> str:
    """An opaque id, 16 characters: the second it was made, so that rows lie in order, and 45 random bits, so that it is
    unique.
    """
    number = (int(now.timestamp()) & (2**35 - 1)) << 45 | secrets.randbits(45)
    # Not RFC 4648's alphabet: its digits mean more than its letters and sort before them.
    return "".join(_IN_ORDER[(number >> shift) & 31] for shift in range(75, -1, -5))


def new_reference() -> str:
    """A short random code for a case, shown to people and never a secret. No letters that read like digits."""
    return "".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(6))
