"""A flood of mail from strangers (RULES 7): summaries while it lasts, and afterwards, at a pace, a notice of its own
for every message whose case is still nobody's, so that each can be answered by Reply (docs/decisions/flood.md).

In: messages that were put off. Out: mail to staff, and what is told is put off no more, in one transaction.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mailbot.casework import next_steps, notices, opening
from mailbot.casework.desk import Desk
from mailbot.casework.next_steps import Standing
from mailbot.casework.staffmail import Telling, tell
from mailbot.model import Contact, Inbound, Purpose, Reading, new_id
from mailbot.writing import Notice, Summary
from storage import cases, contacts, journal, outbox, pauses, rates
from storage import notices as stored
from storage.cases import Case, Conversation
from storage.database import Transaction, View
from storage.journal import JournalRow
from storage.pauses import Pause

LETTER = "staff-summary"
QUARTER = timedelta(minutes=15)
MOST_NAMED = 2000
AN_HOUR = 10
HOURLY = "notices-late"
MUTED = timedelta(hours=1)
LATE = "This notice comes late, since many messages came at once"


def summarise(transaction: Transaction, desk: Desk, now: datetime) -> bool:
    """In a flood one summary a quarter of an hour, the first at once; False where nothing was to tell."""
    waiting = stored.deferred(transaction)
    last = outbox.last_of_letter(transaction, LETTER)
    if not waiting or (last is not None and now - last < QUARTER):
        return False
    zone = desk.office.zone
    references = list(dict.fromkeys(one.reference for one in waiting if one.reference))
    summary = Summary(
        since=waiting[0].at.astimezone(zone),
        until=now.astimezone(zone),
        count=len(waiting),
        references=tuple(references[:MOST_NAMED]),
        aside=sum(one.reference is None for one in waiting),
        more=max(0, len(references) - MOST_NAMED),
        an_hour=AN_HOUR,
    )
    links = next_steps.for_flood(references)
    tell(transaction, desk, Telling(LETTER, {"summary": summary}, f"summary:{new_id(now)}", links=links), now)
    stored.summarised(transaction, waiting, now)
    return True


def ready(view: View, now: datetime) -> list[JournalRow]:
    """The messages whose notice may follow now: none while the flood goes on."""
    if not notices.has_room(view, now):
        return []
    left = AN_HOUR - rates.in_last_hour(view, HOURLY, now)
    found = stored.to_follow(view, now, left) if left > 0 else []
    return [row for name in found if (row := journal.find(view, name))]


def follow(transaction: Transaction, desk: Desk, row: JournalRow, reading: Reading, now: datetime) -> None:
    """Tells of one message, unless somebody has its case by now; whose author is muted waits on."""
    conversation = cases.find_conversation(transaction, str(row.conversation_id))
    case = cases.find_case(transaction, conversation.case_id)
    if pauses.holds(transaction, Pause.MUTED, conversation.address, now):
        stored.put_off(transaction, row.id, now + MUTED)
        return
    if not stored.done(transaction, row.id):
        return
    rates.count(transaction, HOURLY, now)
    inbound = Inbound(row.id, row.place, row.received_at, row.journaled_at, row.size, row.oversized, reading=reading)
    silenced = contacts.is_stopped(transaction, conversation.address, now)
    notice = _notice(transaction, desk, inbound, case, conversation, silenced=silenced, opened=row.ended_at)
    perhaps = _perhaps(transaction, case, conversation)
    standing = Standing(
        owned=case.owner is not None,
        contact=case.contact,
        silenced=silenced,
        perhaps=perhaps,
        quarantined=row.id if row.oversized else None,
        role=conversation.role,
    )
    links = next_steps.after_mail(standing)
    notices.tell_of(transaction, desk, inbound, notice, now, case=case, conversation=conversation, links=links)


def _notice(
    view: View,
    desk: Desk,
    inbound: Inbound,
    case: Case,
    conversation: Conversation,
    *,
    silenced: bool,
    opened: datetime | None,
) -> Notice:
    reading, perhaps = inbound.reading, _perhaps(view, case, conversation)
    found = (f"Perhaps {perhaps}: the same address wrote there.",) if perhaps else ()
    joined = conversation.opened_at != opened
    return Notice(
        reference=case.reference,
        first_line_due=opening.due_sentence(view, desk, case),
        role=conversation.role,
        contact=Contact.STOPPED if silenced else case.contact,
        kind="joined" if joined else "new",
        address=conversation.address,
        display_name=reading.from_name,
        subject=reading.subject,
        received_at=inbound.received_at.astimezone(desk.office.zone),
        text=reading.text,
        attachments=reading.attachments,
        warnings=notices.warnings(inbound, found),
        acknowledgement=LATE,
        purpose=Purpose.ANSWER,
        reply=reading.reply if joined else "",
    )


def _perhaps(view: View, case: Case, conversation: Conversation) -> str | None:
    """The reference of the newest other case of the same address."""
    others = [case_id for _, case_id, _ in cases.conversations_with(view, conversation.address) if case_id != case.id]
    return cases.find_case(view, others[0]).reference if others else None
