"""Erases a case on an operator's word: everything it holds, and what speaks of it beside it (RULES 12).

The decision, what is found and what is destroyed share one transaction. Nobody outside is told, and staff read it in
the audit alone: a letter about an erasure would be one more copy.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from mailbot.casework import traces
from mailbot.casework.traces import Marks, Traces
from mailbot.model import Role
from storage import cases, erasure, journal, outbox
from storage.cases import Case
from storage.database import Transaction, View
from storage.erasure import Erased
from storage.tombstones import Tombstones


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was destroyed, what a person has to decide on, and the person's other cases by reference."""

    erased: Erased
    undecided: tuple[str, ...]
    other_cases: tuple[str, ...]
    tombstones: Tombstones


def erase(transaction: Transaction, case: Case, who: str, now: datetime, *, quarantined: bool) -> Erasure | None:
    """Destroys the case; None where one of its letters is being sent at this moment: nothing was changed then."""
    if erasure.in_hand(transaction, case.id):
        return None
    others = _other_cases(transaction, case)
    found = beside(transaction, case, quarantined=quarantined)
    case_ids = erasure.with_sources(transaction, case.id)
    notes = erasure.tombstones_of(transaction, case_ids, found.messages)
    gone = erasure.erase(transaction, case.id, found.messages, found.letters, who, now)
    for source in case_ids[1:]:
        erasure.erase(transaction, source, (), (), who, now)
    return Erasure(gone, found.undecided, others, notes)


def beside(view: View, case: Case, *, quarantined: bool) -> Traces:
    """What belongs to no case and speaks of this one: it shows its secrets, or a person's address that no other case
    has.
    """
    hashes = erasure.token_hashes(view, case.id)
    own = tuple(one for one in _addresses(view, case) if not _cases_with(view, one) - {case.id})
    marks = Marks(own, traces.secrets_among(hashes, lambda text: view.keys.hash("token", text)))
    return traces.find(
        marks,
        erasure.without_case(view),
        erasure.letters_without_case(view),
        lambda message_id: journal.raw(view, message_id),
        lambda outbox_id: _said(view, outbox_id),
        quarantined=quarantined,
    )


def _addresses(view: View, case: Case) -> tuple[str, ...]:
    """The requester's and guardian's: a platform's or a tribunal's address stands in other people's matters too."""
    persons = (Role.REQUESTER, Role.GUARDIAN)
    return tuple(one.address.lower() for one in cases.conversations(view, case.id) if one.role in persons)


def _other_cases(view: View, case: Case) -> tuple[str, ...]:
    """References of further cases with the same person, which stay as they are."""
    ids = {case_id for address in _addresses(view, case) for case_id in _cases_with(view, address)}
    return tuple(sorted(cases.find_case(view, one).reference for one in ids - {case.id}))


def _cases_with(view: View, address: str) -> set[str]:
    return {case_id for _, case_id, _ in cases.conversations_with(view, address, limit=None)}


def _said(view: View, outbox_id: str) -> bytes:
    """Everything that an outbound message holds: envelope, draft and bytes."""
    row = outbox.find(view, outbox_id)
    envelope, _ = outbox.envelope(view, row)
    kept = (outbox.written(view, row), outbox.content(view, row))
    return b"\n".join((json.dumps([envelope.to, envelope.mail_from]).encode(), *(one for one in kept if one)))
