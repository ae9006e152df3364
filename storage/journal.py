"""The journal: every inbound message, whole and encrypted, from before the first opinion about it (promise 1, RULES 2,
3, 12).

A row's bytes are sealed by a random data key. The intake key wraps that key until a case takes the message over; then
the case's key does. The unique key (folder, UIDVALIDITY, UID) makes journaling twice harmless.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, bindparam, case, func, select, update

from mailbot.model import JournalState, Place, Role
from storage import sealing
from storage.cases import case_key
from storage.database import AuditRow, Transaction, View
from storage.prepared import Prepared, PreparedInsert, PreparedUpdate
from storage.schema import journal, journal_raw

LOOKUP_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message fetched from a folder, about to be journaled. `raw` is the header alone where it is oversized."""

    id: str
    uid: int
    received_at: datetime
    size: int
    raw: bytes
    oversized: bool
    state: JournalState


@dataclass(frozen=True, slots=True)
class JournalRow:
    """What the journal knows of a message besides its bytes."""

    id: str
    folder: str
    uidvalidity: int
    uid: int
    place: Place
    received_at: datetime
    journaled_at: datetime
    size: int
    oversized: bool
    state: JournalState
    reason: str | None
    attempts: int
    case_id: str | None
    conversation_id: str | None
    role: Role | None
    attachments: int
    ended_at: datetime | None


_COLUMNS = [journal.c[name] for name in JournalRow.__dataclass_fields__]


_ADD, _ADD_RAW = PreparedInsert(journal), PreparedInsert(journal_raw)
_CHANGE = PreparedUpdate(journal, "id")
_FIND = Prepared(select(*_COLUMNS).where(journal.c.id == bindparam("id")))
_RAW = Prepared(
    select(journal.c.wrapped_key, journal.c.case_id, journal_raw.c.sealed)
    .join(journal_raw, journal_raw.c.id == journal.c.id)
    .where(journal.c.id == bindparam("id"))
)
_CONTENT = select(journal.c.content_hash).where(journal.c.id == bindparam("id")).scalar_subquery()
# An oversized message with a case is quarantined yet answered: its second copy acts no more than a processed one's.
_ACTED = (journal.c.state == JournalState.PROCESSED) | journal.c.oversized & journal.c.case_id.is_not(None) & (
    journal.c.state == JournalState.QUARANTINED
)
_OTHER = select(*_COLUMNS).where(journal.c.id != bindparam("id"), _ACTED).order_by(journal.c.id).limit(1)
_SAME_BYTES = Prepared(_OTHER.where(journal.c.content_hash == _CONTENT))
_SAME_IDENTITY = Prepared(_OTHER.where(journal.c.identity_hash == bindparam("hash")))
_IMPORTED_BEFORE = Prepared(
    select(journal.c.id).where(journal.c.content_hash == _CONTENT, journal.c.state == JournalState.IMPORTED).limit(1)
)


def _row(row: Row[tuple[object, ...]]) -> JournalRow:
    return JournalRow(**row._mapping)


def unknown_uids(view: View, folder: str, uidvalidity: int, uids: Sequence[int]) -> list[int]:
    """Which of these UIDs have no row yet, in the order given."""
    known: set[int] = set()
    for start in range(0, len(uids), LOOKUP_CHUNK):
        chunk = uids[start : start + LOOKUP_CHUNK]
        statement = select(journal.c.uid).where(
            journal.c.folder == folder, journal.c.uidvalidity == uidvalidity, journal.c.uid.in_(chunk)
        )
        known.update(view.connection.execute(statement).scalars())
    return [uid for uid in uids if uid not in known]


def add(
    transaction: Transaction, folder: str, uidvalidity: int, place: Place, arrivals: Iterable[Arrival], now: datetime
) -> int:
    """Journals one batch; returns how many rows. A later batch is worked on first, so that nobody waits behind a
    backlog.
    """
    connection, keys = transaction.connection, transaction.keys
    batch = (connection.execute(select(func.max(journal.c.batch))).scalar() or 0) + 1
    rows, sealed = [], []
    for arrival in arrivals:
        data_key = sealing.new_key()
        rows.append(
            {
                "id": arrival.id,
                "folder": folder,
                "uidvalidity": uidvalidity,
                "uid": arrival.uid,
                "place": place,
                "received_at": arrival.received_at,
                "journaled_at": now,
                "size": arrival.size,
                "oversized": arrival.oversized,
                "content_hash": keys.hash("bytes", arrival.raw),
                "state": arrival.state,
                "batch": batch,
                "wrapped_key": keys.wrap_intake(data_key),
            }
        )
        sealed.append(
            {"id": arrival.id, "sealed": sealing.seal(data_key, arrival.raw, "journal_raw", "sealed", arrival.id)}
        )
    _ADD.write_many(connection, rows)
    _ADD_RAW.write_many(connection, sealed)
    return len(rows)


def waiting(view: View, limit: int) -> list[JournalRow]:
    """The next messages to process: the newest batch first, in their order of arrival inside it."""
    return [_row(row) for row in view.connection.execute(_waiting(limit))]


def take(view: View, limit: int) -> list[JournalRow]:
    """The same, of those that no other daemon has in hand, and locked: they stay this one's until its claim ends."""
    return [_row(row) for row in view.connection.execute(_waiting(limit).with_for_update(skip_locked=True))]


def _waiting(limit: int) -> Select[tuple[object, ...]]:
    return (
        select(*_COLUMNS)
        .where(journal.c.state == JournalState.WAITING)
        .order_by(journal.c.batch.desc(), journal.c.uid)
        .limit(limit)
    )


def waiting_since(view: View, before: datetime) -> int:
    """How many messages were journaled before that instant, and still wait."""
    late = (journal.c.state == JournalState.WAITING) & (journal.c.journaled_at < before)
    return int(view.connection.execute(select(func.count()).where(late)).scalar_one())


def find(view: View, message_id: str) -> JournalRow | None:
    """One row by its opaque id."""
    row = _FIND.first(view.connection, id=message_id)
    return JournalRow(*row) if row else None


def raw(view: View, message_id: str) -> bytes:
    """The bytes of one message, unsealed in memory. LookupError where they were erased."""
    row = _RAW.first(view.connection, id=message_id)
    if row is None or row[0] is None:
        raise LookupError(message_id)
    wrapped_key, case_id, sealed = row
    return sealing.unseal(_data_key(view, wrapped_key, case_id), sealed, "journal_raw", "sealed", message_id)


def _data_key(view: View, wrapped: bytes, case_id: str | None) -> bytes:
    if case_id is None:
        return view.keys.unwrap_intake(wrapped)
    return sealing.unwrap_with(case_key(view, case_id), wrapped)


def count_attempt(transaction: Transaction, message_id: str) -> None:
    """Counts an attempt before it begins, so that a crash of ours counts too."""
    transaction.connection.execute(
        update(journal).where(journal.c.id == message_id).values(attempts=journal.c.attempts + 1)
    )


def twin(view: View, row: JournalRow, identity: str) -> JournalRow | None:
    """The message processed earlier that is the same as this one (RULES 3), by bytes or by identity."""
    found = _SAME_BYTES.first(view.connection, id=row.id)
    if found is None and identity:
        found = _SAME_IDENTITY.first(view.connection, id=row.id, hash=view.keys.hash("identity", identity))
    return JournalRow(*found) if found else None


def was_imported(view: View, row: JournalRow) -> bool:
    """Whether the same bytes were imported before: rescued by a person, processed without acknowledgement."""
    return _IMPORTED_BEFORE.first(view.connection, id=row.id) is not None


@dataclass(frozen=True, slots=True)
class End:
    """How a message ends: its state, why, what it belongs to, and where its copy goes."""

    state: JournalState
    reason: str | None = None
    case_id: str | None = None
    conversation_id: str | None = None
    role: Role | None = None
    attachments: int = 0
    identity: str = ""
    message_id: str | None = None
    file_to: Place | None = None


def end(transaction: Transaction, row: JournalRow, ending: End, now: datetime) -> None:
    """Ends one message; where it has a case, its data key is wrapped by the case's key from now on (RULES 12)."""
    values: dict[str, object] = {
        "state": ending.state,
        "reason": ending.reason,
        "ended_at": now,
        "case_id": ending.case_id,
        "conversation_id": ending.conversation_id,
        "role": ending.role,
        "attachments": ending.attachments,
        "identity_hash": transaction.keys.hash("identity", ending.identity) if ending.identity else None,
        "file_to": ending.file_to,
    }
    if ending.case_id is not None and ending.case_id != row.case_id:
        values["wrapped_key"] = rewrapped(transaction, row, ending.case_id)
    if ending.case_id is not None and ending.message_id:
        sealed = sealing.seal(
            case_key(transaction, ending.case_id), ending.message_id.encode(), "journal", "sealed_message_id", row.id
        )
        values["sealed_message_id"] = sealed
    _CHANGE.write(transaction.connection, row.id, **values)
    detail: dict[str, str | int | None] = {"state": ending.state, "reason": ending.reason, "case": ending.case_id}
    transaction.record(AuditRow(now, "mailbot", "message.ended", row.id, row.id, detail))


def rewrapped(transaction: Transaction, row: JournalRow, case_id: str) -> bytes:
    """The message's data key, wrapped by that case's key (RULES 12)."""
    wrapped = transaction.connection.execute(select(journal.c.wrapped_key).where(journal.c.id == row.id)).scalar_one()
    return sealing.wrap_with(case_key(transaction, case_id), _data_key(transaction, wrapped, row.case_id))


def to_file(view: View, folder: str, uidvalidity: int, limit: int) -> list[tuple[str, int, Place]]:
    """Messages whose copy still lies in `folder` and should be elsewhere: (id, uid, where to)."""
    statement = (
        select(journal.c.id, journal.c.uid, journal.c.file_to)
        .where(journal.c.file_to.is_not(None), journal.c.folder == folder, journal.c.uidvalidity == uidvalidity)
        .limit(limit)
    )
    return [(row.id, row.uid, row.file_to) for row in view.connection.execute(statement)]


def filed(transaction: Transaction, message_ids: Sequence[str], place: Place | None) -> None:
    """Their copies lie in `place` now; None: they stay where they are and are not tried again."""
    values: dict[str, object] = {"file_to": None} if place is None else {"file_to": None, "place": place}
    for start in range(0, len(message_ids), LOOKUP_CHUNK):
        chunk = message_ids[start : start + LOOKUP_CHUNK]
        transaction.connection.execute(update(journal).where(journal.c.id.in_(chunk)).values(**values))


def drop_stale_filing(transaction: Transaction, folder: str, uidvalidity: int) -> None:
    """After a change of UIDVALIDITY the old UIDs name nothing: their copies are met again as `seen before` and filed
    then.
    """
    transaction.connection.execute(
        update(journal)
        .where(journal.c.file_to.is_not(None), journal.c.folder == folder, journal.c.uidvalidity != uidvalidity)
        .values(file_to=None)
    )


def counts(view: View) -> dict[str, int]:
    """How many messages are in each state."""
    found = dict.fromkeys((str(state) for state in JournalState), 0)
    rows = view.connection.execute(select(journal.c.state, func.count()).group_by(journal.c.state))
    found.update({str(state): number for state, number in rows})
    return found


def quarantined(view: View) -> list[JournalRow]:
    """Everything in quarantine, oldest first; discarded ones have ended as processed."""
    statement = select(*_COLUMNS).where(journal.c.state == JournalState.QUARANTINED).order_by(journal.c.id)
    return [_row(row) for row in view.connection.execute(statement)]


def of_conversation(view: View, conversation_id: str) -> list[JournalRow]:
    """A conversation's inbound messages, in their order."""
    statement = select(*_COLUMNS).where(journal.c.conversation_id == conversation_id).order_by(journal.c.journaled_at)
    return [_row(row) for row in view.connection.execute(statement)]


def newest_of_conversation(view: View, conversation_id: str) -> JournalRow | None:
    """The last message that came in a conversation: by the server's clock and its UIDs, since one look journals many,
    and of a backlog the newest first.
    """
    statement = (
        select(*_COLUMNS)
        .where(journal.c.conversation_id == conversation_id)
        .order_by(journal.c.received_at.desc(), journal.c.uid.desc())
        .limit(1)
    )
    row = view.connection.execute(statement).first()
    return _row(row) if row else None


def message_id_of(view: View, row: JournalRow) -> str | None:
    """The Message-ID that the correspondent's program gave a message, where it fits the strict grammar."""
    sealed = view.connection.execute(select(journal.c.sealed_message_id).where(journal.c.id == row.id)).scalar()
    if sealed is None or row.case_id is None:
        return None
    return sealing.unseal(case_key(view, row.case_id), sealed, "journal", "sealed_message_id", row.id).decode()


def of_case(view: View, case_id: str) -> list[JournalRow]:
    """A case's inbound messages, in their order."""
    statement = select(*_COLUMNS).where(journal.c.case_id == case_id).order_by(journal.c.journaled_at)
    return [_row(row) for row in view.connection.execute(statement)]


def count_of_case(view: View, case_id: str) -> int:
    """How many messages came in a case; the same message again does not count."""
    counted = (journal.c.case_id == case_id) & (journal.c.state != JournalState.SEEN_BEFORE)
    return int(view.connection.execute(select(func.count()).where(counted)).scalar_one())


def retry(transaction: Transaction, row: JournalRow, now: datetime, who: str, cause: str | None = None) -> None:
    """Puts a quarantined message back to waiting, as if rescued into the inbox (RULES 10)."""
    _operator_act(
        transaction, row, "message.retried", now, who, cause, state=JournalState.WAITING, reason="released", attempts=0
    )


def discard(transaction: Transaction, row: JournalRow, now: datetime, who: str, cause: str | None = None) -> None:
    """Ends a quarantined message by a person's word; its bytes stay in the journal."""
    _operator_act(
        transaction,
        row,
        "message.discarded",
        now,
        who,
        cause,
        state=JournalState.PROCESSED,
        reason="discarded",
        file_to=case((journal.c.place == Place.INBOX, Place.DONE), else_=None),
    )


def _operator_act(
    transaction: Transaction, row: JournalRow, act: str, now: datetime, who: str, cause: str | None, **values: object
) -> None:
    transaction.connection.execute(update(journal).where(journal.c.id == row.id).values(**values))
    transaction.record(AuditRow(now, who, act, row.id, cause or row.id, {}))
