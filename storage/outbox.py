"""The outbox: outbound messages, one recipient each, in the states of `model.MOVES` (promises 3, 4 and 10, RULES 14).

Two unique keys do the counting: (cause, letter, recipient) makes one answer for one cause, (recipient, slot) one
automatic letter a day and one a night. Every move is checked against the table and written to the audit.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select, text, update
from sqlalchemy.exc import IntegrityError

from mailbot.errors import Damaged
from mailbot.model import MOVES, Hold, OutboxState, Priority, Role, new_id
from storage import sealing
from storage.cases import case_key
from storage.database import AuditRow, Transaction, View
from storage.prepared import Prepared, PreparedInsert, PreparedUpdate
from storage.schema import cases, outbox
from storage.schema import worker as workers

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
# Spelled out, not bound: SQLite uses a partial index only where it can see the index's own condition.
_READY = text("outbox.state IN ('queued', 'retry', 'uncertain')")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where one message goes and what it answers: our own addresses, the case's correspondent, and one received
    Message-ID.
    """

    to: str
    mail_from: str
    reply_to: str | None = None
    in_reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be sent. `content` None: the bytes are made at the attempt, from letter, language and clock.

    A staff answer has what was `written` (sealed until its release), the inbound message it `answers`, and its author.
    """

    cause: str
    role: Role
    letter: str
    language: str
    priority: Priority
    message_id: str
    envelope: Envelope
    case_id: str | None = None
    conversation_id: str | None = None
    slot: str | None = None
    content: bytes | None = None
    written: bytes | None = None
    answers: str | None = None
    author_hash: bytes | None = None
    known: bool = False
    id: str = ""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An outbound message, without its bytes."""

    id: str
    cause: str
    case_id: str | None
    conversation_id: str | None
    role: Role
    letter: str
    priority: int
    state: OutboxState
    reason: str | None
    created_at: datetime
    release_wall: str | None
    zone: str | None
    hold: Hold | None
    next_attempt_at: datetime
    attempts: int
    known: bool
    data_begun: bool
    repeated: bool
    urgent: bool
    answers: str | None
    author_hash: bytes | None
    last_code: int | None
    ended_at: datetime | None
    told_at: datetime | None
    recipient_hash: bytes
    slot: str | None
    size: int | None
    worker: str | None


COLUMNS = [outbox.c[name] for name in OutboxRow.__dataclass_fields__]


_ADD = PreparedInsert(outbox, or_nothing=True)
_CHANGE = PreparedUpdate(outbox, "id")
_MOVE = PreparedUpdate(outbox, "id", "state")
_FIND = Prepared(select(*COLUMNS).where(outbox.c.id == bindparam("id")))
_SEALED = {
    name: Prepared(select(outbox.c[name]).where(outbox.c.id == bindparam("id")))
    for name in ("sealed_envelope", "sealed_draft", "sealed_bytes")
}
_IN_THREAD = Prepared(
    select(*COLUMNS)
    .where(
        outbox.c.conversation_id == bindparam("conversation_id"), outbox.c.recipient_hash == bindparam("recipient_hash")
    )
    .order_by(outbox.c.created_at.desc(), outbox.c.id.desc())
    .limit(4)
)
_OF_SLOT = Prepared(
    select(outbox.c.id).where(
        outbox.c.recipient_hash == bindparam("recipient_hash"), outbox.c.slot == bindparam("slot")
    )
)
_LAST_DAY_LETTER = Prepared(
    select(func.max(outbox.c.created_at)).where(
        outbox.c.recipient_hash == bindparam("recipient_hash"),
        outbox.c.slot.like("day:%"),
        outbox.c.state != OutboxState.CANCELLED,
    )
)


def as_row(row: Row[tuple[object, ...]]) -> OutboxRow:
    return OutboxRow(**row._mapping)


def add(transaction: Transaction, draft: Draft, now: datetime) -> str | None:
    """Queues a message; None where its cause or its slot has one already (promise 3, RULES 5)."""
    outbox_id = draft.id or new_id(now)
    key = _key(transaction, draft.case_id)
    envelope = {
        **{name: getattr(draft.envelope, name) for name in Envelope.__dataclass_fields__},
        "language": draft.language,
        "message_id": draft.message_id,
    }
    values = {
        "id": outbox_id,
        "cause": draft.cause,
        "case_id": draft.case_id,
        "conversation_id": draft.conversation_id,
        "role": draft.role,
        "letter": draft.letter,
        "priority": int(draft.priority),
        "state": OutboxState.QUEUED,
        "created_at": now,
        "next_attempt_at": now,
        "known": draft.known,
        "message_id_hash": transaction.keys.hash("message-id", draft.message_id.lower()),
        "slot": draft.slot,
        "recipient_hash": transaction.keys.hash("address", draft.envelope.to),
        "sealed_envelope": sealing.seal(key, json.dumps(envelope).encode(), "outbox", "sealed_envelope", outbox_id),
        "sealed_bytes": _seal_bytes(key, draft.content, outbox_id),
        "size": len(draft.content) if draft.content else None,
        "sealed_draft": None
        if draft.written is None
        else sealing.seal(key, draft.written, "outbox", "sealed_draft", outbox_id),
        "answers": draft.answers,
        "author_hash": draft.author_hash,
    }
    if not _ADD.write(transaction.connection, **values):
        return None
    detail: dict[str, str | int | None] = {"letter": draft.letter, "role": draft.role}
    transaction.record(AuditRow(now, "mailbot", "outbox.queued", outbox_id, draft.cause, detail))
    return outbox_id


def _key(view: View, case_id: str | None) -> bytes:
    return view.keys.intake if case_id is None else case_key(view, case_id)


def _seal_bytes(key: bytes, content: bytes | None, outbox_id: str) -> bytes | None:
    return None if content is None else sealing.seal(key, content, "outbox", "sealed_bytes", outbox_id)


def ready(view: View, now: datetime, limit: int) -> list[OutboxRow]:
    """What may be tried now, in the order of RULES 14; known correspondents before strangers, then the longest
    waiting.
    """
    statement = (
        select(*COLUMNS)
        .where(_READY, outbox.c.next_attempt_at <= now)
        .order_by(outbox.c.priority, outbox.c.known.desc(), outbox.c.next_attempt_at)
        .limit(limit)
    )
    return [as_row(row) for row in view.connection.execute(statement)]


def next_attempt_after(view: View, now: datetime) -> datetime | None:
    """When the earliest waiting message is to be tried."""
    statement = select(func.min(outbox.c.next_attempt_at)).where(_READY, outbox.c.next_attempt_at > now)
    found: datetime | None = view.connection.execute(statement).scalar()
    return found


def envelope(view: View, row: OutboxRow) -> tuple[Envelope, str]:
    """Where a message goes, and its language."""
    packed = _packed(view, row)
    return Envelope(**{name: packed[name] for name in Envelope.__dataclass_fields__}), packed["language"]


def message_id_of(view: View, row: OutboxRow) -> str:
    """The Message-ID of a message; sealed, since it carries a secret that joins a conversation."""
    return str(_packed(view, row)["message_id"])


def shown_message_id(view: View, row: OutboxRow) -> str | None:
    """The same for people who look; None where the message was erased."""
    try:
        return message_id_of(view, row)
    except LookupError:
        return None


def _packed(view: View, row: OutboxRow) -> dict[str, Any]:
    sealed = _SEALED["sealed_envelope"].scalar(view.connection, id=row.id)
    if not sealed:
        raise LookupError(row.id)
    packed: dict[str, Any] = json.loads(
        sealing.unseal(_key(view, row.case_id), sealed, "outbox", "sealed_envelope", row.id)
    )
    return packed


def written(view: View, row: OutboxRow) -> bytes | None:
    """What a staff member wrote, before it is fixed as the bytes of a message."""
    sealed = _SEALED["sealed_draft"].scalar(view.connection, id=row.id)
    return None if sealed is None else sealing.unseal(_key(view, row.case_id), sealed, "outbox", "sealed_draft", row.id)


def content(view: View, row: OutboxRow) -> bytes | None:
    """The final bytes, once they are fixed."""
    sealed = _SEALED["sealed_bytes"].scalar(view.connection, id=row.id)
    return None if sealed is None else sealing.unseal(_key(view, row.case_id), sealed, "outbox", "sealed_bytes", row.id)


def fix(transaction: Transaction, row: OutboxRow, data: bytes) -> None:
    """Stores the final bytes before the first attempt: every later one sends the same."""
    sealed = _seal_bytes(_key(transaction, row.case_id), data, row.id)
    _CHANGE.write(transaction.connection, row.id, sealed_bytes=sealed, size=len(data))


def rename(transaction: Transaction, row: OutboxRow, letter: str, slot: str, priority: Priority, now: datetime) -> bool:
    """Makes a letter not yet begun into another one (day and night, RULES 5); False where that one went already."""
    try:
        with transaction.connection.begin_nested():
            transaction.connection.execute(
                update(outbox).where(outbox.c.id == row.id).values(letter=letter, slot=slot, priority=int(priority))
            )
    except IntegrityError:
        return False
    detail: dict[str, str | int | None] = {"from": row.letter, "to": letter}
    transaction.record(AuditRow(now, "mailbot", "outbox.renamed", row.id, row.cause, detail))
    return True


def claim(transaction: Transaction, row: OutboxRow, now: datetime, worker: str | None = None) -> None:
    """Takes a message in hand for this daemon: nothing of it has been sent yet (F6)."""
    repeated = row.repeated or row.state is OutboxState.UNCERTAIN
    move(
        transaction,
        row,
        OutboxState.SENDING,
        now,
        attempts=row.attempts + 1,
        data_begun=False,
        repeated=repeated,
        worker=worker,
    )


def postpone(transaction: Transaction, row: OutboxRow, until: datetime) -> None:
    """Not now: a limit is reached. Its state and its attempts stay."""
    _CHANGE.write(transaction.connection, row.id, next_attempt_at=until)


def begin(transaction: Transaction, outbox_id: str) -> None:
    """The first byte of DATA follows: from here on only an answer can tell what became of it (F7)."""
    _CHANGE.write(transaction.connection, outbox_id, data_begun=True)


def move(transaction: Transaction, row: OutboxRow, to: OutboxState, now: datetime, **values: object) -> None:
    """Moves a message to another state, by the table and with an audit row. Damaged where the table forbids it."""
    if to not in MOVES[row.state]:
        raise Damaged(f"outbox {row.id}: {row.state} may not become {to}")
    if _MOVE.write(transaction.connection, row.id, row.state, state=to, **values) != 1:
        raise Damaged(f"outbox {row.id}: no longer {row.state}")
    code, reason = values.get("last_code"), values.get("reason")
    detail: dict[str, str | int | None] = {"from": row.state, "to": to}
    detail.update({"code": code} if isinstance(code, int) else {})
    detail.update({"reason": reason} if isinstance(reason, str) else {})
    transaction.record(AuditRow(now, "mailbot", "outbox.moved", row.id, row.cause, detail))


def find(view: View, outbox_id: str) -> OutboxRow:
    """One message by id; it must exist."""
    row = _FIND.first(view.connection, id=outbox_id)
    if row is None:
        raise LookupError(outbox_id)
    return OutboxRow(*row)


def by_message_id(view: View, message_id: str) -> OutboxRow | None:
    """The message that carries this Message-ID of ours, whatever its letter case."""
    row = view.connection.execute(
        select(*COLUMNS).where(outbox.c.message_id_hash == view.keys.hash("message-id", message_id.lower()))
    ).first()
    return as_row(row) if row else None


def in_state(view: View, *states: OutboxState) -> list[OutboxRow]:
    """Everything in one of these states, oldest first."""
    statement = select(*COLUMNS).where(outbox.c.state.in_(states)).order_by(outbox.c.id)
    return [as_row(row) for row in view.connection.execute(statement)]


def in_hand_of_nobody(view: View, worker: str) -> list[OutboxRow]:
    """What is being sent by a daemon that is no longer there; and by this one, which knows what it has in hand."""
    alive = select(workers.c.id).where(workers.c.id != worker)
    orphaned = outbox.c.worker.is_(None) | outbox.c.worker.not_in(alive)
    statement = select(*COLUMNS).where(outbox.c.state == OutboxState.SENDING, orphaned).order_by(outbox.c.id)
    return [as_row(row) for row in view.connection.execute(statement)]


def is_in_hand(view: View, row: OutboxRow, worker: str) -> bool:
    """Whether this daemon is sending it now: a commit whose answer was lost may have written its end already."""
    mine = (outbox.c.state == OutboxState.SENDING) & (outbox.c.worker == worker) & (outbox.c.attempts == row.attempts)
    return view.connection.execute(select(outbox.c.id).where(outbox.c.id == row.id, mine)).first() is not None


def untold(view: View, states: Sequence[OutboxState]) -> list[OutboxRow]:
    """Messages in trouble of which no person has heard yet."""
    statement = (
        select(*COLUMNS).where(outbox.c.state.in_(states), outbox.c.told_at.is_(None)).order_by(outbox.c.id).limit(100)
    )
    return [as_row(row) for row in view.connection.execute(statement)]


def told(transaction: Transaction, outbox_id: str, now: datetime) -> None:
    """A person has heard of this trouble."""
    transaction.connection.execute(update(outbox).where(outbox.c.id == outbox_id).values(told_at=now))


def last_day_letter(view: View, address: str) -> datetime | None:
    """When the last automatic letter of a day was made for this address; cancelled ones do not count."""
    found: datetime | None = _LAST_DAY_LETTER.scalar(view.connection, recipient_hash=view.keys.hash("address", address))
    return found


def last_of_letter(view: View, letter: str) -> datetime | None:
    """When a letter of this name was last queued, for anybody."""
    found: datetime | None = view.connection.execute(
        select(func.max(outbox.c.created_at)).where(outbox.c.letter == letter)
    ).scalar()
    return found


def answers_to(view: View, journal_id: str) -> list[OutboxRow]:
    """The staff answers to one inbound message."""
    return [as_row(row) for row in view.connection.execute(select(*COLUMNS).where(outbox.c.answers == journal_id))]


def told_in(view: View, cause: str, letter: str, conversation_id: str | None) -> list[OutboxRow]:
    """The mails of one letter, for one cause, about one conversation: one a reader."""
    statement = select(*COLUMNS).where(
        outbox.c.cause == cause, outbox.c.letter == letter, outbox.c.conversation_id == conversation_id
    )
    return [as_row(row) for row in view.connection.execute(statement)]


def last_in_thread(view: View, address: str, conversation_id: str) -> tuple[str, ...]:
    """The Message-IDs of the last mails to this address about a conversation, oldest first: what the next one hangs
    on.
    """
    to = view.keys.hash("address", address)
    found = _IN_THREAD.all(view.connection, conversation_id=conversation_id, recipient_hash=to)
    rows = [OutboxRow(*row) for row in found]
    return tuple(message_id_of(view, row) for row in reversed(rows))


def slot_taken(view: View, address: str, slot: str) -> bool:
    """Whether this address had its letter of this slot."""
    recipient = view.keys.hash("address", address)
    return _OF_SLOT.first(view.connection, recipient_hash=recipient, slot=slot) is not None


def pending_to(view: View, address: str) -> list[OutboxRow]:
    """What has not been sent to this address yet."""
    states = [OutboxState.HELD, OutboxState.QUEUED, OutboxState.RETRY, OutboxState.UNCERTAIN]
    statement = select(*COLUMNS).where(
        outbox.c.recipient_hash == view.keys.hash("address", address), outbox.c.state.in_(states)
    )
    return [as_row(row) for row in view.connection.execute(statement)]


def listing(view: View, *, everything: bool) -> list[tuple[OutboxRow, str | None]]:
    """Every message not yet sent, delivered or cancelled (or all), with its case's reference."""
    statement = (
        select(*COLUMNS, cases.c.reference).outerjoin(cases, cases.c.id == outbox.c.case_id).order_by(outbox.c.id)
    )
    if not everything:
        statement = statement.where(
            outbox.c.state.not_in([OutboxState.SENT, OutboxState.DELIVERED, OutboxState.CANCELLED])
        )
    return [(OutboxRow(*row[:-1]), row[-1]) for row in view.connection.execute(statement)]


def of_conversation(view: View, conversation_id: str) -> list[OutboxRow]:
    """A conversation's outbound messages and the mail to staff about it, in their order."""
    statement = select(*COLUMNS).where(outbox.c.conversation_id == conversation_id).order_by(outbox.c.created_at)
    return [as_row(row) for row in view.connection.execute(statement)]


def count_outside(view: View, case_id: str) -> int:
    """How many messages of a case are for people outside; cancelled ones do not count."""
    counted = (outbox.c.case_id == case_id) & (outbox.c.role != Role.STAFF) & (outbox.c.state != OutboxState.CANCELLED)
    return int(view.connection.execute(select(func.count()).where(counted)).scalar_one())


def waiting_since(view: View, before: datetime) -> int:
    """How many messages were to leave before that instant, and did not: a limit that puts them off moves their next
    attempt, and does not hide them.
    """
    states = [OutboxState.QUEUED, OutboxState.SENDING]
    never_held = outbox.c.hold.is_(None) & outbox.c.urgent.is_(False)
    late = (outbox.c.next_attempt_at < before) | (never_held & (outbox.c.created_at < before))
    statement = select(func.count()).where(outbox.c.state.in_(states), late)
    return int(view.connection.execute(statement).scalar_one())


def counts(view: View) -> dict[str, int]:
    """How many messages are in each state."""
    found = dict.fromkeys((str(state) for state in OutboxState), 0)
    rows = view.connection.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
    found.update({str(state): number for state, number in rows})
    return found
