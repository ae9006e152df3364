"""What a person may have who asks what is held about them (docs/decisions/export.md): their own exchange with the
service in both directions, and what is recorded about them.

Not: other people's conversations, staff's notes and mail, letters that never left. Those hold other people's words, or
need a person to read them first; they are counted. Sealed attachments stay sealed unless an operator says otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from mailbot.errors import MessageError
from mailbot.model import Attachment, OutboxState, Reading, Role
from mailbot.writing.access import Carried, Holding, Known, Piece
from storage import cases, contacts, followups, journal, notes, outbox, records
from storage.cases import Case, Conversation
from storage.database import View
from storage.journal import JournalRow
from storage.outbox import OutboxRow
from storage.records import Kind

LEFT = frozenset(
    {
        OutboxState.SENT,
        OutboxState.DELIVERED,
        OutboxState.DELAYED,
        OutboxState.BOUNCED,
        OutboxState.COMPLAINED,
        OutboxState.UNCERTAIN,
    }
)
"""States of letters that have left, or may have."""
THEIRS = frozenset({Kind.AGE, Kind.FACTS, Kind.CONSENT, Kind.GUARDIAN, Kind.CONTACT, Kind.PHONE, Kind.CALL})
"""Kinds of records that a person gets without anybody's reading them first."""
SEALED = "it carries a sealed attachment"
OVERSIZED = "it was too large to take in, and lies whole in the mailbox"
UNREADABLE = "it could not be read"


@dataclass(frozen=True, slots=True)
class Reads:
    """The door to reading: a message understood, and one attachment cut out of it."""

    message: Callable[[bytes], Reading]
    attachment: Callable[[bytes, int], tuple[Attachment, bytes]]


@dataclass(frozen=True, slots=True)
class Source:
    """One message before it is read: an inbound row or an outbound one."""

    at: datetime
    row: JournalRow | OutboxRow


def sources(view: View, case: Case) -> list[Source]:
    """The requester's messages and the letters that left for them, oldest first."""
    found: list[Source] = []
    for conversation in _theirs(view, case):
        found += [Source(row.received_at, row) for row in journal.of_conversation(view, conversation.id)]
        found += [
            Source(row.ended_at or row.created_at, row)
            for row in outbox.of_conversation(view, conversation.id)
            if row.role is Role.REQUESTER and row.state in LEFT
        ]
    return sorted(found, key=lambda one: (one.at, one.row.id))


def _theirs(view: View, case: Case) -> list[Conversation]:
    return [one for one in cases.conversations(view, case.id) if one.role is Role.REQUESTER]


def piece(
    view: View, source: Source, number: int, reads: Reads, zone: tzinfo, *, sealed: bool
) -> tuple[Piece, bytes | None]:
    """One message as the index shows it, and its original where that goes along."""
    inbound = isinstance(source.row, JournalRow)
    raw = journal.raw(view, source.row.id) if isinstance(source.row, JournalRow) else outbox.content(view, source.row)
    raw = raw or b""
    try:
        reading = reads.message(raw)
        carried = tuple(_carried(reads, raw, number, one) for number, one in enumerate(reading.attachments, 1))
        why = SEALED if any(one.sealed for one in carried) and not sealed else ""
    except MessageError:
        reading, carried, why = Reading(), (), "" if sealed else UNREADABLE
    why = OVERSIZED if isinstance(source.row, JournalRow) and source.row.oversized else why
    found = Piece(
        direction="in" if inbound else "out",
        at=source.at.astimezone(zone),
        subject=reading.subject,
        text=reading.text,
        state=str(source.row.state),
        carried=carried,
        file=None
        if why
        else f"messages/{number:04}-{'in' if inbound else 'out'}-{source.at.astimezone(zone):%Y-%m-%d}.eml",
        why=why,
    )
    return found, None if why else raw


def _carried(reads: Reads, raw: bytes, number: int, one: Attachment) -> Carried:
    """With the hash of its content, by which a person can recognise a file that they have."""
    try:
        _, data = reads.attachment(raw, number)
        return Carried(one.filename, one.content_type, one.size, one.sealed, hashlib.sha256(data).hexdigest())
    except MessageError:
        return Carried(one.filename, one.content_type, one.size, one.sealed)


def holding(
    view: View, case: Case, sender_name: str, pieces: tuple[Piece, ...], now: datetime, zone: tzinfo
) -> Holding:
    """Everything of the index around the messages."""
    kept = records.of_case(view, case.id)
    return Holding(
        reference=case.reference,
        sender_name=sender_name,
        made_at=now.astimezone(zone),
        opened_at=case.opened_at.astimezone(zone),
        facts=dict(_facts(view, case, now)),
        recorded=tuple(
            Known(one.recorded_at.astimezone(zone), str(one.kind), one.value) for one in kept if one.kind in THEIRS
        ),
        due=tuple(one.due_wall.replace("T", " ") for one in followups.of_case(view, case.id)),
        pieces=pieces,
        left_out=dict(_left_out(view, case, sum(one.kind not in THEIRS for one in kept))),
    )


def _facts(view: View, case: Case, now: datetime) -> Iterator[tuple[str, str]]:
    yield "State", str(case.status)
    yield "Language", case.language
    yield "Stream", str(case.stream)
    yield "Contact by mail", str(case.contact)
    for conversation in _theirs(view, case):
        stopped = " (no mail goes there)" if contacts.is_stopped(view, conversation.address, now) else ""
        yield "Your address", f"{conversation.address}{stopped}"


def _left_out(view: View, case: Case, records_left_out: int) -> Iterator[tuple[str, int]]:
    others = [one for one in cases.conversations(view, case.id) if one.role is not Role.REQUESTER]
    written = [row for one in _theirs(view, case) for row in outbox.of_conversation(view, one.id)]
    yield "Exchanges with others", len(others)
    yield "Notes of staff", len(notes.of_case(view, case.id))
    yield "Records for a person to look through first", records_left_out
    yield "Mail between the service and its staff", sum(row.role is Role.STAFF for row in written)
    yield (
        "Letters that did not leave",
        sum(row.role is Role.REQUESTER and row.state not in LEFT for row in written),
    )
