"""A person wrote for help, for the first time or again, or a correspondent of their case did (RULES 4, 5 and 7). The
main way of mailbot, as a column of steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailbot.casework import acknowledgement, caps, letters, next_steps, notices, opening, safety, staffmail, stop
from mailbot.casework.acknowledgement import Acknowledgement, Situation
from mailbot.casework.answers import PERSONS
from mailbot.casework.desk import Desk
from mailbot.casework.joining import INSTITUTIONS
from mailbot.casework.opening import Matter
from mailbot.model import Contact, Dmarc, Inbound, JournalState, Place, Purpose
from mailbot.writing import Notice, valid_message_id
from storage import cases, contacts, outbox, rates
from storage.database import Transaction
from storage.journal import End

SILENCE = timedelta(hours=24)


def handle(transaction: Transaction, desk: Desk, inbound: Inbound, now: datetime) -> End:
    """Finds or opens the case, honours STOP, acknowledges, tells staff."""
    matter = opening.find_or_open(transaction, desk, inbound, now)
    stopping = _honour_stop(transaction, inbound, matter, now)
    if stopping.asked:
        matter = replace(matter, case=cases.find_case(transaction, matter.case.id))
    chosen = _acknowledge(transaction, desk, inbound, matter, stopping.asked, now)
    notice = _notice(transaction, desk, inbound, matter, chosen, stopping, now)
    notices.notify(
        transaction,
        desk,
        inbound,
        notice,
        now,
        case=matter.case,
        conversation=matter.conversation,
        known=matter.joined or (matter.known and inbound.reading.dmarc is Dmarc.PASS),
        links=_next(transaction, desk, inbound, matter, now),
    )
    return _end(inbound, matter)


@dataclass(frozen=True, slots=True)
class Stopping:
    """Whether the message says STOP, and what was done about it, as a sentence for staff."""

    asked: bool
    done: str = ""


def _honour_stop(transaction: Transaction, inbound: Inbound, matter: Matter, now: datetime) -> Stopping:
    reading = inbound.reading
    if matter.conversation.role not in PERSONS or not stop.says_stop(reading):
        return Stopping(False)
    sure = matter.joined or reading.dmarc is Dmarc.PASS
    opening.silence(transaction, matter, None if sure else now + SILENCE, inbound.id, now)
    if sure:
        return Stopping(True, "The person wrote STOP. Nothing more goes to this address until a person resumes it.")
    return Stopping(
        True,
        "Somebody wrote STOP in this person's name, unproven. Nothing goes to this address for 24 hours. You decide.",
    )


def _acknowledge(
    transaction: Transaction, desk: Desk, inbound: Inbound, matter: Matter, says_stop: bool, now: datetime
) -> Acknowledgement:
    """Decides by RULES 5 and queues the letter; over a cap a day letter is dropped, and staff read why."""
    chosen = acknowledgement.decide(_situation(transaction, desk, inbound, matter, says_stop, now), desk.throttle)
    trusted = matter.known or inbound.reading.dmarc is Dmarc.PASS
    if chosen.letter and not chosen.at_night:
        if not caps.room_for_automatic(transaction, desk.caps, trusted, now):
            rates.count(transaction, caps.DROPPED, now)
            return Acknowledgement(None, None, "none: this hour's limit of automatic letters is reached")
        caps.count_automatic(transaction, trusted, now)
    if chosen.letter and not letters.queue(
        transaction, desk, inbound, matter.case, matter.conversation, chosen, trusted, now
    ):
        return Acknowledgement(None, None, "none: this address had one already")
    if chosen.letter and inbound.retaken:
        return Acknowledgement(None, None, "none: it may have had one before the restore")
    return chosen


def _situation(
    transaction: Transaction, desk: Desk, inbound: Inbound, matter: Matter, says_stop: bool, now: datetime
) -> Situation:
    address = inbound.reading.from_[0]
    night = acknowledgement.night_slot(desk.office, now)
    return Situation(
        reading=inbound.reading,
        place=inbound.place,
        oversized=inbound.oversized,
        opens_case=not matter.joined,
        stopped=contacts.is_stopped(transaction, address.lower(), now),
        says_stop=says_stop,
        insider=False,
        institution=matter.conversation.role in INSTITUTIONS,
        rescued=inbound.rescued,
        open_now=desk.office.is_open(now),
        now=now,
        night=night,
        night_taken=outbox.slot_taken(transaction, address.lower(), night),
        last_day_letter=outbox.last_day_letter(transaction, address.lower()),
    )


def _notice(
    transaction: Transaction,
    desk: Desk,
    inbound: Inbound,
    matter: Matter,
    chosen: Acknowledgement,
    stopping: Stopping,
    now: datetime,
) -> Notice:
    reading = inbound.reading
    found = (stopping.done, *matter.warnings) if stopping.asked else matter.warnings
    return Notice(
        reference=matter.case.reference,
        first_line_due=_due(transaction, desk, matter, stopping),
        role=matter.conversation.role,
        # A new case knows nothing yet of an address that is stopped.
        contact=Contact.STOPPED if _silenced(transaction, matter, now) else _contact(transaction, matter, now),
        kind=matter.kind,
        address=reading.from_[0],
        display_name=reading.from_name,
        subject=reading.subject,
        received_at=inbound.received_at.astimezone(desk.office.zone),
        text=reading.text,
        attachments=reading.attachments,
        warnings=notices.warnings(inbound, found),
        acknowledgement=f"Acknowledgement: {chosen.why}.",
        purpose=Purpose.ANSWER,
        reply=reading.reply if matter.joined else "",
    )


def _next(
    transaction: Transaction, desk: Desk, inbound: Inbound, matter: Matter, now: datetime
) -> tuple[next_steps.Step, ...]:
    standing = next_steps.Standing(
        owned=staffmail.owner_of(desk, transaction, matter.case) is not None,
        contact=_contact(transaction, matter, now),
        silenced=_silenced(transaction, matter, now),
        reopened=matter.kind == "reopened",
        perhaps=matter.perhaps,
        quarantined=inbound.id if inbound.oversized else None,
        role=matter.conversation.role,
        urgent=desk.urgent.found_in(inbound.reading) is not None,
        application=desk.hints.may_be_application(inbound.reading),
    )
    return next_steps.after_mail(standing)


def _contact(transaction: Transaction, matter: Matter, now: datetime) -> Contact:
    """Mail recorded safe counts as unasked after its thirty days (G6)."""
    return safety.contact_of(transaction, matter.case, matter.conversation, now)


def _silenced(transaction: Transaction, matter: Matter, now: datetime) -> bool:
    return contacts.is_stopped(transaction, matter.conversation.address, now)


def _due(transaction: Transaction, desk: Desk, matter: Matter, stopping: Stopping) -> str:
    if stopping.asked:
        return "STOP: do not write to this address"
    return opening.due_sentence(transaction, desk, matter.case)


def _end(inbound: Inbound, matter: Matter) -> End:
    """An oversized message counts as quarantined, and lies whole in that folder (RULES 2 and 5)."""
    state = JournalState.QUARANTINED if inbound.oversized else JournalState.PROCESSED
    place = Place.QUARANTINE if inbound.oversized else Place.DONE
    return End(
        state,
        "oversized" if inbound.oversized else None,
        case_id=matter.case.id,
        conversation_id=matter.conversation.id,
        role=matter.conversation.role,
        attachments=len(inbound.reading.attachments),
        identity=inbound.reading.identity,
        message_id=valid_message_id(inbound.reading.message_id or ""),
        file_to=place if inbound.place in (Place.INBOX, Place.JUNK) else None,
    )
