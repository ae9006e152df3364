"""Erasing a case: its key and every wrap and hash that leads to it are destroyed (RULES 12, promise 14).

What is left is a skeleton of opaque ids, states and instants, so that the journal's sums agree and the audit chain
holds. Fingerprints of its messages (keyed hashes, which only the same message gives again) are kept apart, tied to
nothing: a copy that turns up in the mailbox would else open the case anew. `storage.scrubbing` makes the database's
files forget; `storage.reerasure` destroys again what a backup brings back.

A new table with something of a case belongs here; a test asks for every column.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, delete, insert, or_, select, update

from mailbot.model import MOVES, CaseStatus, JournalState, OutboxState
from storage.database import AuditRow, Transaction, View
from storage.pauses import Pause
from storage.schema import (
    alert,
    audit,
    cases,
    contact,
    conversation,
    erased_message,
    follow_up,
    journal,
    journal_raw,
    merger,
    note,
    outbox,
    pause,
    pending_notice,
    record,
    token,
)
from storage.sealing import HASH
from storage.tombstones import Message, Tombstones

REASON = "erased"
CHUNK = 400
UNSENT = tuple(state for state, after in MOVES.items() if OutboxState.CANCELLED in after)
"""Letters in these states can still be kept from leaving, or from being tried again."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure destroyed, as numbers. `cancelled`: letters that will not leave any more."""

    messages: int = 0
    letters: int = 0
    cancelled: int = 0
    follow_ups: int = 0
    notes: int = 0
    records: int = 0


def is_erased(view: View, case_id: str) -> bool:
    """Whether a case's key is gone; nothing of what it held can be read again."""
    return view.connection.execute(select(cases.c.wrapped_key).where(cases.c.id == case_id)).scalar_one() is None


def in_hand(view: View, case_id: str) -> int:
    """How many of a case's letters are being sent at this moment: those cannot be taken back."""
    sending = (outbox.c.case_id == case_id) & (outbox.c.state == OutboxState.SENDING)
    return len(ids(view, select(outbox.c.id).where(sending)))


def with_sources(view: View, case_id: str) -> list[str]:
    """The case, and those that became part of it (`#join`, `#merge`): a backup may still have them apart."""
    found, left = [case_id], [case_id]
    while left:
        target = left.pop()
        into = f'{{"into":"{target}"}}'
        joined = select(audit.c.subject).where(audit.c.act == "case.joined", audit.c.detail == into)
        merged = select(merger.c.source_id).where(merger.c.target_id == target, merger.c.undone_at.is_(None))
        new = [one for one in (*ids(view, joined), *ids(view, merged)) if one not in found]
        found, left = found + new, left + new
    return found


def tombstones_of(view: View, case_ids: Sequence[str], beside: Sequence[str]) -> Tombstones:
    """What to note before the commit: these cases, their messages, and those beside them."""
    messages = [one for case_id in case_ids for one in messages_of(view, case_id)] + list(beside)
    found = []
    for chunk in chunks(messages):
        columns = select(journal.c.id, journal.c.content_hash, journal.c.identity_hash)
        for row in view.connection.execute(columns.where(journal.c.id.in_(chunk))):
            prints = tuple(one for one in (row.content_hash, row.identity_hash) if one is not None)
            found.append(Message(row.id, prints))
    return Tombstones(tuple(case_ids), tuple(found))


def messages_of(view: View, case_id: str) -> list[str]:
    """The ids of every message that the case holds."""
    return ids(view, select(journal.c.id).where(journal.c.case_id == case_id))


def token_hashes(view: View, case_id: str) -> set[bytes]:
    """The keyed hashes of every secret that was given out for this case, to anybody."""
    return set(view.connection.execute(select(token.c.hash).where(_given_for(case_id))).scalars())


def without_case(view: View) -> list[tuple[str, JournalState]]:
    """Messages that no case holds and that do not wait: (id, state). They are sealed by the intake key."""
    statement = select(journal.c.id, journal.c.state).where(
        journal.c.case_id.is_(None), journal.c.state != JournalState.WAITING, journal.c.wrapped_key.is_not(None)
    )
    return [(row.id, row.state) for row in view.connection.execute(statement.order_by(journal.c.id))]


def letters_without_case(view: View) -> list[str]:
    """Mail to staff that belongs to no case and is done with, by id: sealed by the intake key too."""
    done = outbox.c.state.not_in([*UNSENT, OutboxState.SENDING])
    statement = select(outbox.c.id).where(outbox.c.case_id.is_(None), done, outbox.c.sealed_envelope != b"")
    return ids(view, statement.order_by(outbox.c.id))


def erase(
    transaction: Transaction, case_id: str, messages: Sequence[str], letters: Sequence[str], who: str, now: datetime
) -> Erased:
    """Destroys a case; `messages` and `letters` are those beside it that speak of it. The caller commits.

    No letter may be in hand (`in_hand`). Erasing twice changes nothing the second time.
    """
    affected = [*messages_of(transaction, case_id), *messages]
    said = letters_about(transaction, outbox.c.case_id == case_id, affected, letters)
    cancelled = empty_letters(transaction, said, who, now)
    found = Erased(
        messages=destroy_messages(transaction, affected),
        letters=len(said),
        cancelled=cancelled,
        follow_ups=_end_follow_ups(transaction, case_id, who, now),
        notes=_delete(transaction, note, note.c.case_id == case_id),
        records=_delete(transaction, record, record.c.case_id == case_id),
    )
    _forget_people(transaction, case_id, affected)
    _destroy_key(transaction, case_id, found, who, now)
    return found


def _destroy_key(transaction: Transaction, case_id: str, found: Erased, who: str, now: datetime) -> None:
    alive = (cases.c.id == case_id) & cases.c.wrapped_key.is_not(None)
    values: dict[str, Any] = {"wrapped_key": None, "owner": None, "status": CaseStatus.CLOSED, "updated_at": now}
    if transaction.connection.execute(update(cases).where(alive).values(**values)).rowcount:
        transaction.record(AuditRow(now, who, "case.erased", case_id, None, asdict(found)))
    transaction.case_keys.pop(case_id, None)


def letters_about(
    view: View, condition: ColumnElement[bool], messages: Sequence[str], letters: Sequence[str]
) -> dict[str, OutboxState]:
    """What is outbound by that condition, what was made for nobody's case because of these messages, and these."""
    # ";" follows ":" in ASCII: between them lie all causes that begin with the id and a colon.
    nobodys = [
        outbox.c.case_id.is_(None) & or_(outbox.c.cause == one, outbox.c.cause.between(f"{one}:", f"{one};"))
        for one in messages
    ]
    found: dict[str, OutboxState] = {}
    for one in (condition, *nobodys, *(outbox.c.id.in_(chunk) for chunk in chunks(letters))):
        rows = view.connection.execute(select(outbox.c.id, outbox.c.state).where(one))
        found.update({row.id: row.state for row in rows})
    return found


def empty_letters(transaction: Transaction, letters: dict[str, OutboxState], who: str, now: datetime) -> int:
    """Destroys what letters say and whom they went to. Those not sent never leave; returns how many those are."""
    for letter_id, state in letters.items():
        values: dict[str, Any] = {
            "conversation_id": None,
            "recipient_hash": os.urandom(HASH),
            "message_id_hash": os.urandom(HASH),
            "slot": None,
            "author_hash": None,
            "sealed_envelope": b"",
            "sealed_draft": None,
            "sealed_bytes": None,
            "told_at": now,
        }
        if state in UNSENT:
            values |= {"state": OutboxState.CANCELLED, "reason": REASON, "ended_at": now, "hold": None}
            detail: dict[str, str | int | None] = {"from": state, "reason": REASON}
            transaction.record(AuditRow(now, who, "outbox.cancelled", letter_id, None, detail))
        transaction.connection.execute(update(outbox).where(outbox.c.id == letter_id).values(**values))
    for chunk in chunks(list(letters)):
        _delete(transaction, token, token.c.outbox_id.in_(chunk))
    return sum(state in UNSENT for state in letters.values())


def destroy_messages(transaction: Transaction, message_ids: Sequence[str]) -> int:
    """Destroys bytes, wraps and fingerprints; copies are known from now on (`was_erased`). What was in quarantine is
    done with, so that the journal's sums still agree.
    """
    connection = transaction.connection
    count = 0
    for chunk in chunks(message_ids):
        known = select(journal.c.id, journal.c.content_hash, journal.c.identity_hash, journal.c.state)
        alive = known.where(journal.c.id.in_(chunk), journal.c.wrapped_key.is_not(None))
        for row in connection.execute(alive).all():
            remember(transaction, (row.content_hash, row.identity_hash))
            unfinished = row.state in (JournalState.QUARANTINED, JournalState.WAITING)
            values: dict[str, Any] = {
                "wrapped_key": None,
                "content_hash": os.urandom(HASH),
                "identity_hash": None,
                "sealed_message_id": None,
                "conversation_id": None,
                "reason": REASON,
                "state": JournalState.PROCESSED if unfinished else row.state,
            }
            connection.execute(update(journal).where(journal.c.id == row.id).values(**values))
            count += 1
        _delete(transaction, journal_raw, journal_raw.c.id.in_(chunk))
        _delete(transaction, pending_notice, pending_notice.c.journal_id.in_(chunk))
    return count


def remember(transaction: Transaction, prints: Sequence[bytes | None]) -> None:
    """By these keyed hashes a copy of an erased message is known."""
    for one in prints:
        if one is not None and not _is_print(transaction, (one,)):
            transaction.connection.execute(insert(erased_message).values(hash=one))


def was_erased(view: View, message_id: str, identity: str) -> bool:
    """Whether a journaled message is a copy of one that was erased: by its bytes, or by its identity (RULES 3)."""
    content = view.connection.execute(select(journal.c.content_hash).where(journal.c.id == message_id)).scalar_one()
    return _is_print(view, (content, view.keys.hash("identity", identity)) if identity else (content,))


def _is_print(view: View, prints: Sequence[bytes]) -> bool:
    return bool(view.connection.execute(select(erased_message.c.hash).where(erased_message.c.hash.in_(prints))).first())


def _end_follow_ups(transaction: Transaction, case_id: str, who: str, now: datetime) -> int:
    of_case = follow_up.c.case_id == case_id
    ended = ids(transaction, select(follow_up.c.id).where(of_case, follow_up.c.ended_at.is_(None)))
    for row_id in ended:
        values = {"ended_at": now, "reason": REASON}
        transaction.connection.execute(update(follow_up).where(follow_up.c.id == row_id).values(**values))
        transaction.record(AuditRow(now, who, "follow-up.ended", row_id, None, {"reason": REASON}))
    transaction.connection.execute(update(follow_up).where(of_case).values(sealed_text=None))
    return len(ended)


def _forget_people(transaction: Transaction, case_id: str, message_ids: Sequence[str]) -> None:
    """Secrets and addresses of the case's correspondents. A STOP stays, without its tie to a message of the case: it
    protects the person.
    """
    _delete(transaction, token, _given_for(case_id))
    known = select(conversation.c.address_hash).where(conversation.c.case_id == case_id)
    _delete(transaction, pause, (pause.c.kind == str(Pause.MUTED)) & pause.c.hash.in_(known))
    _delete(transaction, conversation, conversation.c.case_id == case_id)
    transaction.connection.execute(update(alert).where(alert.c.case_id == case_id).values(case_id=None))
    for chunk in chunks([case_id, *message_ids]):
        transaction.connection.execute(update(contact).where(contact.c.cause.in_(chunk)).values(cause=None))


def _given_for(case_id: str) -> ColumnElement[bool]:
    conversations = select(conversation.c.id).where(conversation.c.case_id == case_id)
    letters = select(outbox.c.id).where(outbox.c.case_id == case_id)
    return or_(token.c.conversation_id.in_(conversations), token.c.outbox_id.in_(letters))


def _delete(transaction: Transaction, table: Table, condition: ColumnElement[bool]) -> int:
    return transaction.connection.execute(delete(table).where(condition)).rowcount


def ids(view: View, statement: Select[Any]) -> list[str]:
    """The one column of a statement."""
    return list(view.connection.execute(statement).scalars())


def chunks(found: Sequence[str]) -> Iterator[Sequence[str]]:
    """In pieces that fit one statement's parameters."""
    return (found[start : start + CHUNK] for start in range(0, len(found), CHUNK))
