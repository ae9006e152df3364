"""Cases and conversations (promise 4): one requester's matter, and its exchange with one correspondent.

A case's key is random and wrapped by the master key; it seals what the case holds. An address is found by its keyed
hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, bindparam, func, insert, select, update

from mailbot.model import CaseStatus, Contact, Role, Stream, new_id, new_reference, new_secret
from storage import sealing
from storage.database import AuditRow, Transaction, View
from storage.prepared import Prepared, PreparedInsert
from storage.schema import cases, conversation


@dataclass(frozen=True, slots=True)
class Case:
    """A case as the house sees it."""

    id: str
    reference: str
    status: CaseStatus
    stream: Stream
    language: str
    contact: Contact
    owner: bytes | None
    opened_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Conversation:
    """A case's exchange with one correspondent. `token` is its secret, `address` whom it reaches."""

    id: str
    case_id: str
    role: Role
    address: str
    token: str
    opened_at: datetime


CASE_COLUMNS = [cases.c[name] for name in Case.__dataclass_fields__]
_ADD = PreparedInsert(cases, or_nothing=True)
_BY_ID = Prepared(select(*CASE_COLUMNS).where(cases.c.id == bindparam("id")))
_WRAPPED_KEY = Prepared(select(cases.c.wrapped_key).where(cases.c.id == bindparam("id")))


def case_key(view: View, case_id: str) -> bytes:
    """The key that seals what a case holds. LookupError where the case was erased."""
    key = view.case_keys.get(case_id)
    if key is None:
        wrapped = _WRAPPED_KEY.scalar(view.connection, id=case_id)
        if wrapped is None:
            raise LookupError(case_id)
        key = view.case_keys[case_id] = view.keys.unwrap(wrapped)
    return key


def open_case(transaction: Transaction, language: str, cause: str, now: datetime) -> Case:
    """Opens a case with a fresh key and a fresh reference."""
    case = Case(new_id(now), "", CaseStatus.OPEN, Stream.UNKNOWN, language, Contact.UNASKED, None, now, now)
    wrapped = transaction.keys.wrap(sealing.new_key())
    reference = _insert_with_reference(transaction, case, wrapped)
    transaction.record(
        AuditRow(now, "mailbot", "case.opened", case.id, cause, {"reference": reference, "language": language})
    )
    return find_case(transaction, case.id)


def _insert_with_reference(transaction: Transaction, case: Case, wrapped: bytes) -> str:
    """References are short, so two may meet: the database's unique key decides, and another is drawn."""
    while True:
        reference = new_reference()
        if _ADD.write(
            transaction.connection,
            id=case.id,
            reference=reference,
            wrapped_key=wrapped,
            status=case.status,
            stream=case.stream,
            language=case.language,
            contact=case.contact,
            opened_at=case.opened_at,
            updated_at=case.updated_at,
        ):
            return reference


def find_case(view: View, case_id: str) -> Case:
    """One case by id; it must exist."""
    row = _BY_ID.first(view.connection, id=case_id)
    if row is None:
        raise LookupError(case_id)
    return Case(*row)


def find_by_reference(view: View, reference: str) -> Case | None:
    row = view.connection.execute(select(*CASE_COLUMNS).where(cases.c.reference == reference.upper())).first()
    return Case(**row._mapping) if row else None


def all_cases(view: View) -> list[Case]:
    """Every case, oldest first."""
    return [
        Case(**row._mapping)
        for row in view.connection.execute(select(*CASE_COLUMNS).order_by(cases.c.opened_at, cases.c.id))
    ]


def counts(view: View) -> dict[str, int]:
    """How many cases have each status."""
    found = dict.fromkeys((str(status) for status in CaseStatus), 0)
    found.update(
        {
            str(status): n
            for status, n in view.connection.execute(select(cases.c.status, func.count()).group_by(cases.c.status))
        }
    )
    return found


def touch(transaction: Transaction, case: Case, status: CaseStatus, cause: str, now: datetime) -> None:
    """New mail in a case: its status and its last change."""
    transaction.connection.execute(update(cases).where(cases.c.id == case.id).values(status=status, updated_at=now))
    detail: dict[str, str | int | None] = {"from": case.status, "to": status}
    transaction.record(AuditRow(now, "mailbot", "case.touched", case.id, cause, detail))


def set_status(transaction: Transaction, case: Case, status: CaseStatus, who: str, cause: str, now: datetime) -> None:
    """A person's word on where a case stands (`#status`)."""
    transaction.connection.execute(update(cases).where(cases.c.id == case.id).values(status=status, updated_at=now))
    detail: dict[str, str | int | None] = {"from": case.status, "to": status}
    transaction.record(AuditRow(now, who, "case.status", case.id, cause, detail))


def set_owner(transaction: Transaction, case_id: str, owner: bytes | None, who: str, cause: str, now: datetime) -> None:
    """Whose case it is, by the keyed hash of the member; None gives it back to the pool."""
    transaction.connection.execute(update(cases).where(cases.c.id == case_id).values(owner=owner, updated_at=now))
    detail: dict[str, str | int | None] = {"owner": owner.hex()[:12] if owner else None}
    transaction.record(AuditRow(now, who, "case.owner", case_id, cause, detail))


def set_contact(transaction: Transaction, case_id: str, contact: Contact, who: str, cause: str, now: datetime) -> None:
    """Whether mail to the person may come (`#contact`, STOP)."""
    transaction.connection.execute(update(cases).where(cases.c.id == case_id).values(contact=contact, updated_at=now))
    transaction.record(AuditRow(now, who, "case.contact", case_id, cause, {"contact": contact}))


def set_stream(transaction: Transaction, case_id: str, stream: Stream, who: str, cause: str, now: datetime) -> None:
    """Which services the person is for (`#stream`)."""
    transaction.connection.execute(update(cases).where(cases.c.id == case_id).values(stream=stream, updated_at=now))
    transaction.record(AuditRow(now, who, "case.stream", case_id, cause, {"stream": stream}))


def set_language(transaction: Transaction, case_id: str, code: str, who: str, cause: str, now: datetime) -> None:
    """The language of letters (`#language`)."""
    transaction.connection.execute(update(cases).where(cases.c.id == case_id).values(language=code, updated_at=now))
    transaction.record(AuditRow(now, who, "case.language", case_id, cause, {"language": code}))


def open_conversation(
    transaction: Transaction, case_id: str, role: Role, address: str, cause: str, now: datetime
) -> Conversation:
    """Opens a conversation with a fresh token; the caller registers the token (storage.tokens)."""
    found = Conversation(new_id(now), case_id, role, address, new_secret(), now)
    key = case_key(transaction, case_id)
    transaction.connection.execute(
        insert(conversation).values(
            id=found.id,
            case_id=case_id,
            role=role,
            address_hash=transaction.keys.hash("address", address),
            opened_at=now,
            sealed_address=sealing.seal(key, address.encode(), "conversation", "sealed_address", found.id),
            sealed_token=sealing.seal(key, found.token.encode(), "conversation", "sealed_token", found.id),
        )
    )
    transaction.record(
        AuditRow(now, "mailbot", "conversation.opened", found.id, cause, {"role": role, "case": case_id})
    )
    return found


def find_conversation(view: View, conversation_id: str) -> Conversation:
    """One conversation by id; it must exist."""
    return _conversation(
        view, view.connection.execute(select(conversation).where(conversation.c.id == conversation_id)).one()
    )


def conversations(view: View, case_id: str) -> list[Conversation]:
    """A case's conversations, oldest first."""
    statement = (
        select(conversation)
        .where(conversation.c.case_id == case_id)
        .order_by(conversation.c.opened_at, conversation.c.id)
    )
    return [_conversation(view, row) for row in view.connection.execute(statement)]


def conversations_with(view: View, address: str, limit: int | None = 20) -> list[tuple[str, str, Role]]:
    """Conversations with this exact address, newest first: (conversation id, case id, role). `limit` None: all."""
    statement = (
        select(conversation.c.id, conversation.c.case_id, conversation.c.role)
        .where(conversation.c.address_hash == view.keys.hash("address", address))
        .order_by(conversation.c.opened_at.desc())
        .limit(limit)
    )
    return [(row.id, row.case_id, row.role) for row in view.connection.execute(statement)]


def known_before(view: View, address: str, before: datetime) -> bool:
    """Whether a conversation with this exact address is older than that."""
    hashed = view.keys.hash("address", address)
    statement = select(conversation.c.id).where(
        conversation.c.address_hash == hashed, conversation.c.opened_at < before
    )
    return view.connection.execute(statement.limit(1)).first() is not None


def release_owners(transaction: Transaction, keep: set[bytes], now: datetime) -> None:
    """Cases of people who are no member any more go to the pool (RULES 9)."""
    owned = select(cases.c.id).where(cases.c.owner.is_not(None), cases.c.owner.not_in(keep))
    for case_id in list(transaction.connection.execute(owned).scalars()):
        set_owner(transaction, case_id, None, "mailbot", case_id, now)


def replace_token(transaction: Transaction, found: Conversation, cause: str, now: datetime) -> Conversation:
    """New letters of this conversation carry a new secret; the old ones' fate is storage.tokens' matter."""
    token = new_secret()
    sealed = sealing.seal(
        case_key(transaction, found.case_id), token.encode(), "conversation", "sealed_token", found.id
    )
    transaction.connection.execute(
        update(conversation).where(conversation.c.id == found.id).values(sealed_token=sealed)
    )
    transaction.record(AuditRow(now, "mailbot", "conversation.token", found.id, cause, {}))
    return Conversation(found.id, found.case_id, found.role, found.address, token, found.opened_at)


def _conversation(view: View, row: Row[tuple[object, ...]]) -> Conversation:
    key = case_key(view, row.case_id)
    address = sealing.unseal(key, row.sealed_address, "conversation", "sealed_address", row.id).decode()
    token = sealing.unseal(key, row.sealed_token, "conversation", "sealed_token", row.id).decode()
    return Conversation(row.id, row.case_id, row.role, address, token, row.opened_at)
