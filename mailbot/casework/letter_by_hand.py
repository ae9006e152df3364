"""A letter that a member sends with `#letter`: its words fixed at the act, and proved again when it is about to leave.

The receipt shows the words, so they are made then. Nothing in them depends on the hour; what they do depend on (gates,
records, data files, the calendar of calls) is asked anew at every attempt, and a letter that would say something else,
or might not go at all, stops for a person to decide (docs/decisions/letters-by-hand.md).
"""

from __future__ import annotations

import json
from datetime import datetime

from mailbot.casework import answers, gates, letter_fields, safety
from mailbot.casework.acting import CommandError
from mailbot.casework.desk import Desk
from mailbot.casework.gates import Refused, Situation
from mailbot.casework.letter_fields import Wanted
from mailbot.model import Contact, OutboxState, new_id
from mailbot.writing.catalogue import BY_HAND, Letter
from mailbot.writing.dates import moment
from mailbot.writing.fixed_letter import FixedLetter
from storage import cases, contacts, holds, outbox, records
from storage.cases import Conversation
from storage.database import Transaction, View
from storage.outbox import NEVER, OutboxRow
from storage.records import Kind

CHANGED = "what is on record has changed"


def prepare(view: View, desk: Desk, conversation: Conversation, name: str, now: datetime) -> FixedLetter:
    """The letter's words for this person. CommandError where it may not go, or a field has no data."""
    letter, situation = BY_HAND[name], situation_of(view, conversation, now)
    closed = gates.refusal(letter, situation)
    if closed:
        raise CommandError(closed.reason, closed.nearest)
    return write(view, desk, conversation, letter, situation, now)


def write(
    view: View, desk: Desk, conversation: Conversation, letter: Letter, situation: Situation, now: datetime
) -> FixedLetter:
    """The words, whatever the gates say: for a draft. CommandError where a field has no data."""
    fields = letter_fields.gather(view, desk, Wanted(letter, conversation, situation, now))
    case = cases.find_case(view, conversation.case_id)
    return desk.letters.prepare(letter.name, case.language, fields)


def prepare_to_leave(
    view: View, desk: Desk, conversation: Conversation, name: str, now: datetime, leaves: datetime
) -> FixedLetter:
    """The same, for a letter that waits until `leaves`: it must be allowed, and say the same, then."""
    prepared = prepare(view, desk, conversation, name, now)
    then = _prepared_then(view, desk, conversation, name, leaves) if leaves > now else prepared
    if then != prepared:
        at = moment(leaves.astimezone(desk.office.zone), "en")
        raise CommandError(f"It would leave on {at}, and would not be true then.", "#send now")
    return prepared


def _prepared_then(
    view: View, desk: Desk, conversation: Conversation, name: str, leaves: datetime
) -> FixedLetter | None:
    try:
        return prepare(view, desk, conversation, name, leaves)
    except CommandError:
        return None


def situation_of(view: View, conversation: Conversation, now: datetime) -> Situation:
    """What is recorded of this person, as it counts now."""
    case = cases.find_case(view, conversation.case_id)
    age = records.latest(view, case.id, Kind.AGE, now)
    facts = records.latest(view, case.id, Kind.FACTS, now)
    contact = safety.contact_of(view, case, conversation, now)
    return Situation(
        role=conversation.role,
        contact=contact,
        lapsed=contact is Contact.UNASKED and case.contact is Contact.SAFE,
        stopped=contacts.is_stopped(view, conversation.address, now),
        permitted=answers.guardian_permitted(view, conversation, now),
        stream=case.stream,
        age=age.value["age"] if age else None,
        facts=facts.value if facts else {},
    )


def prepared_of(view: View, row: OutboxRow) -> FixedLetter:
    """The words of a letter as they were fixed."""
    return FixedLetter.unpacked(json.loads(outbox.written(view, row) or b"{}")["letter"])


def why_not(view: View, desk: Desk, row: OutboxRow, now: datetime) -> Refused | None:
    """Why a letter that waits may not leave as it is, or None; also for letters that are no member's."""
    if row.letter not in BY_HAND or row.conversation_id is None:
        return None
    conversation = cases.find_conversation(view, row.conversation_id)
    again = f"#letter {row.letter}"
    try:
        fresh = prepare(view, desk, conversation, row.letter, now)
    except CommandError as error:
        return Refused(error.reason, error.nearest)
    if fresh != prepared_of(view, row):
        return Refused("The letter would say something else now: cancel it, and write it again.", again)
    return None


def refuse_untrue(view: View, desk: Desk, row: OutboxRow, now: datetime) -> None:
    """CommandError where a letter that somebody wants to let go may not go as it is."""
    closed = why_not(view, desk, row, now)
    if closed:
        raise CommandError(closed.reason, closed.nearest)


def keep_back(transaction: Transaction, desk: Desk, row: OutboxRow, now: datetime) -> bool:
    """At the attempt: a letter that may not leave as it is stops, and its author hears why. An uncertain one may have
    arrived: it stays so, and is not repeated.
    """
    closed = why_not(transaction, desk, row, now)
    if closed is None:
        return False
    if row.state is OutboxState.UNCERTAIN:
        outbox.postpone(transaction, row, NEVER)
        return True
    cause = new_id(now)
    holds.stop(transaction, row, CHANGED, cause, now)
    answers.tell_stopped(transaction, desk, outbox.find(transaction, row.id), f"{CHANGED}. {closed.reason}", cause, now)
    return True
