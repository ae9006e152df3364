"""What staff are told of one message (RULES 7 and 10): the notice, the metadata line, and when a flood makes them
wait for a summary.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from mailbot.casework import answers, next_steps, staffmail
from mailbot.casework.desk import Desk
from mailbot.casework.next_steps import Step
from mailbot.casework.staffmail import Telling
from mailbot.model import Inbound, Stream
from mailbot.writing import Alert, Notice, SetAside
from storage import notices, pauses, rates
from storage.cases import Case, Conversation
from storage.database import Transaction
from storage.pauses import Pause

HOURLY = "notices"
MOST_AN_HOUR = 20


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
    """Tells the case's readers of a message; strangers' messages over the hourly number wait for a summary.

    What waits in the conversation is shown with it: a member who reads one must not overlook the other (RULES 8).
    """
    excepted = known or (case is not None and case.stream is Stream.YOUTH)
    if _muted(transaction, inbound, now) or _must_wait(transaction, excepted, now):
        notices.defer(transaction, inbound.id, now)
        return
    telling = Telling(
        "staff-notice",
        {"notice": notice},
        inbound.id,
        case,
        conversation,
        notice.purpose,
        links=links,
        waiting=answers.waiting_in(transaction, desk, conversation, now) if conversation else (),
    )
    staffmail.tell(transaction, desk, telling, now)


def alert(
    transaction: Transaction, desk: Desk, found: Alert, cause: str, now: datetime, case: Case | None = None
) -> None:
    """One line about something that is no message."""
    staffmail.tell(transaction, desk, Telling("alert", {"alert": found}, cause, case), now)


def set_aside(
    transaction: Transaction, desk: Desk, inbound: Inbound, reason: str, now: datetime, case: Case | None = None
) -> None:
    """One metadata line of a message that is not shown: junk, quarantined, or written by a machine."""
    if _muted(transaction, inbound, now) or _must_wait(transaction, False, now):
        notices.defer(transaction, inbound.id, now)
        return
    message = SetAside(
        id=inbound.id,
        received_at=inbound.received_at.astimezone(desk.office.zone),
        size=inbound.size,
        reason=reason,
        reference=case.reference if case else None,
    )
    links = next_steps.for_aside(inbound.id, reason)
    telling = Telling("staff-quarantine", {"message": message}, inbound.id, case, links=links)
    staffmail.tell(transaction, desk, telling, now)


def _muted(transaction: Transaction, inbound: Inbound, now: datetime) -> bool:
    """Staff asked for summaries of this author's mails (`#mute`)."""
    authors = inbound.reading.from_
    return len(authors) == 1 and pauses.holds(transaction, Pause.MUTED, authors[0].lower(), now)


def _must_wait(transaction: Transaction, excepted: bool, now: datetime) -> bool:
    if excepted:
        return False
    if rates.in_last_hour(transaction, HOURLY, now) >= MOST_AN_HOUR:
        return True
    rates.count(transaction, HOURLY, now)
    return False


def warnings(desk: Desk, inbound: Inbound, found: Iterable[str]) -> tuple[str, ...]:
    """What staff should know before they answer: from the message itself, then what joining found."""
    reading = inbound.reading
    author = reading.from_[0].lower() if reading.from_ else ""
    others = [a for a in (*reading.to, *reading.cc) if not desk.address.is_ours(a) and a.lower() != author]
    elsewhere = [a for a in reading.reply_to if a.lower() != author]
    own = (
        (bool(others), "Others are in To or Cc: they have read this message, and may read an answer that quotes it."),
        (bool(elsewhere), "The message asks for answers to another address. Yours goes to the address in From."),
        (reading.dmarc == "fail", "The sender's domain says this message is forged (dmarc=fail)."),
        (reading.dmarc == "none", "Nothing proves that the message comes from the domain it names."),
        (bool(reading.language) and reading.language not in ("en", "fr"), f"Language: {reading.language}, a guess."),
        (inbound.retaken, "mailbot was restored from a backup and read this again: it may have been answered already."),
        (inbound.oversized, "The message was too large to open. It lies whole in the quarantine folder."),
        (bool(reading.defects), "The message is not well formed; what you see was mended."),
    )
    return (*(sentence for applies, sentence in own if applies), *found)
