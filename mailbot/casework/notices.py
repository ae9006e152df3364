"""What staff are told of one message (RULES 7 and 10): the notice, the metadata line, and when a flood makes them
wait for a summary.

Urgent words raise a message here and nowhere else (LETTERS, rule 24): its first line, its place before the flood, and
the follow-ups that tell everybody when nobody acts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from mailbot.casework import answers, due, next_steps, staffmail, telephone, urgent
from mailbot.casework.desk import Desk
from mailbot.casework.hints import LANGUAGES
from mailbot.casework.next_steps import PERSONS, Step
from mailbot.casework.shown import planned
from mailbot.casework.staffmail import Telling
from mailbot.model import Contact, Inbound, Stream
from mailbot.writing import Alert, Notice, SetAside
from storage import journal, notices, outbox, pauses, rates
from storage.cases import Case, Conversation
from storage.database import Transaction, View
from storage.pauses import Pause

HOURLY, URGENT_HOURLY = "notices", "notices-urgent"
MOST_AN_HOUR = 20
MOST_URGENT_AN_HOUR = 40
"""Over that many, urgent words are a flood's own: they wait like the rest, and the alerts of their cases do not."""
MOST_OTHERS = 5


def notify(
    transaction: Transaction,
    desk: Desk,
    inbound: Inbound,
    notice: Notice,
    now: datetime,
    *,
    case: Case | None = None,
    conversation: Conversation | None = None,
    known: bool = False,
    links: tuple[Step, ...] = (),
) -> None:
    """Tells the case's readers of a message; strangers' messages over the hourly number wait for a summary."""
    raised = desk.urgent.found_in(inbound.reading)
    if raised and case is not None and notice.role in PERSONS:
        _start_clock(transaction, desk, inbound, case, now)
    excepted = known or (case is not None and case.stream is Stream.YOUTH)
    if not _goes_first(transaction, raised, now) and (
        _muted(transaction, inbound, now) or _must_wait(transaction, excepted, now)
    ):
        notices.defer(transaction, inbound.id, now)
        return
    tell_of(transaction, desk, inbound, notice, now, case=case, conversation=conversation, links=links)


def tell_of(
    transaction: Transaction,
    desk: Desk,
    inbound: Inbound,
    notice: Notice,
    now: datetime,
    *,
    case: Case | None = None,
    conversation: Conversation | None = None,
    links: tuple[Step, ...] = (),
) -> None:
    """The notice itself, whatever the hour's number. What waits in the conversation is shown with it: a member who
    reads one must not overlook the other (RULES 8).
    """
    telling = Telling(
        "staff-notice",
        {"notice": _completed(transaction, desk, inbound, notice, now, case, conversation)},
        inbound.id,
        case,
        conversation,
        notice.purpose,
        links=links,
        waiting=answers.waiting_in(transaction, desk, conversation, now) if conversation else (),
    )
    staffmail.tell(transaction, desk, telling, now)


def _completed(
    view: View,
    desk: Desk,
    inbound: Inbound,
    notice: Notice,
    now: datetime,
    case: Case | None,
    conversation: Conversation | None,
) -> Notice:
    """The notice with what the message, the lists and the case say beside what its handler found."""
    reading = inbound.reading
    raised = desk.urgent.found_in(reading)
    hints = tuple(desk.hints.of_person(reading)) if case is not None and notice.of_person else ()
    unanswered = conversation is not None and notice.of_person and _is_unanswered(view, conversation, inbound)
    before = ("The message before this one has no answer yet.",) if unanswered else ()
    phone = telephone.recorded(view, case.id, now) if case is not None else ""
    # STOP may be somebody else's word: a call is the way that is left (LETTERS, J4).
    call = (f"A number is recorded: {phone}.",) if phone and notice.contact is Contact.STOPPED and not raised else ()
    return replace(
        notice,
        warnings=(*notice.warnings, *call, *before, *hints),
        urgent=raised or "",
        phone=phone if raised else "",
        others=_bounded(_others(desk, inbound)),
        answers_to=_bounded(_answers_to(inbound)),
        due=planned(view, desk, case) if case is not None else (),
    )


def _bounded(addresses: list[str]) -> tuple[str, ...]:
    more = len(addresses) - MOST_OTHERS
    return (*addresses[:MOST_OTHERS], *((f"and {more} more",) if more > 0 else ()))


def _is_unanswered(view: View, conversation: Conversation, inbound: Inbound) -> bool:
    """Whether the message before this one was never answered: both want an answer then."""
    before = journal.newest_of_conversation(view, conversation.id)
    return before is not None and before.id != inbound.id and not outbox.answers_to(view, before.id)


def _start_clock(transaction: Transaction, desk: Desk, inbound: Inbound, case: Case, now: datetime) -> None:
    """Everybody hears of it where nobody acts; what came by night, at the opening too (J12)."""
    events = (urgent.EVENT,) if desk.office.is_open(now) else (urgent.EVENT, urgent.AT_NIGHT)
    due.happened(transaction, desk, case, events, inbound.id, now)


def alert(
    transaction: Transaction, desk: Desk, found: Alert, cause: str, now: datetime, case: Case | None = None
) -> None:
    """One line about something that is no message."""
    staffmail.tell(transaction, desk, Telling("alert", {"alert": found}, cause, case), now)


def set_aside(
    transaction: Transaction, desk: Desk, inbound: Inbound, reason: str, now: datetime, case: Case | None = None
) -> None:
    """One metadata line of a message that is not shown: junk, quarantined, or written by a machine."""
    raised = desk.urgent.found_in(inbound.reading)
    if not _goes_first(transaction, raised, now) and (
        _muted(transaction, inbound, now) or _must_wait(transaction, False, now)
    ):
        notices.defer(transaction, inbound.id, now)
        return
    message = SetAside(
        id=inbound.id,
        received_at=inbound.received_at.astimezone(desk.office.zone),
        size=inbound.size,
        reason=reason,
        reference=case.reference if case else None,
        urgent=raised or "",
    )
    links = next_steps.for_aside(inbound.id, reason)
    telling = Telling("staff-quarantine", {"message": message}, inbound.id, case, links=links)
    staffmail.tell(transaction, desk, telling, now)


def _goes_first(transaction: Transaction, raised: str | None, now: datetime) -> bool:
    """Urgent words are excepted from a flood and from `#mute`, as long as they are not the flood themselves."""
    if not raised or rates.in_last_hour(transaction, URGENT_HOURLY, now) >= MOST_URGENT_AN_HOUR:
        return False
    rates.count(transaction, URGENT_HOURLY, now)
    return True


def _muted(view: View, inbound: Inbound, now: datetime) -> bool:
    """Staff asked for summaries of this author's mails (`#mute`)."""
    authors = inbound.reading.from_
    return len(authors) == 1 and pauses.holds(view, Pause.MUTED, authors[0].lower(), now)


def _must_wait(transaction: Transaction, excepted: bool, now: datetime) -> bool:
    if excepted:
        return False
    if not has_room(transaction, now):
        return True
    rates.count(transaction, HOURLY, now)
    return False


def has_room(view: View, now: datetime) -> bool:
    """Whether this hour has single notices left: no flood, or no more."""
    return rates.in_last_hour(view, HOURLY, now) < MOST_AN_HOUR


def _others(desk: Desk, inbound: Inbound) -> list[str]:
    reading = inbound.reading
    author = _author(inbound)
    addressed = dict.fromkeys((*reading.to, *reading.cc))
    return [one for one in addressed if not desk.address.is_ours(one) and one.lower() != author]


def _answers_to(inbound: Inbound) -> list[str]:
    return [one for one in dict.fromkeys(inbound.reading.reply_to) if one.lower() != _author(inbound)]


def _author(inbound: Inbound) -> str:
    return inbound.reading.from_[0].lower() if inbound.reading.from_ else ""


def warnings(inbound: Inbound, found: Iterable[str]) -> tuple[str, ...]:
    """What staff should know before they answer: from the message itself, then what joining found. The notice names
    other addresses by itself.
    """
    reading = inbound.reading
    language = reading.language or ""
    own = (
        (reading.dmarc == "fail", "The sender's domain says this message is forged (dmarc=fail)."),
        (reading.dmarc == "none", "Nothing proves that the message comes from the domain it names."),
        (language not in ("", "en", "fr"), f"Language: {LANGUAGES.get(language, language)}, a guess."),
        (inbound.retaken, "mailbot was restored from a backup and read this again: it may have been answered already."),
        (inbound.oversized, "The message was too large to open. It lies whole in the quarantine folder."),
        (bool(reading.defects), "The message is not well formed; what you see was mended."),
    )
    return (*(sentence for applies, sentence in own if applies), *found)
