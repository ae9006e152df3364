"""What a member reads after each message they sent: a receipt or an explanation (promise 7, RULES 8).

Its address is *inside*: commands sent to it mean the letter it speaks of, and nothing written there goes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mailbot.casework import answers, next_steps, safety
from mailbot.casework.acting import Acting, CommandError, Told
from mailbot.casework.desk import Desk
from mailbot.casework.staffmail import Telling
from mailbot.casework.staffmail import tell as tell_staff
from mailbot.casework.words import NewWords
from mailbot.model import Contact, Hold, Inbound, Member, OutboxState, Purpose
from mailbot.writing import Receipt, Refusal
from storage import holds, outbox
from storage.database import Transaction, View
from storage.outbox import OutboxRow


def tell(
    transaction: Transaction,
    desk: Desk,
    acting: Acting,
    done: Sequence[Told],
    found: NewWords,
    answer_id: str | None,
) -> None:
    """The receipt of a message that acted: what was done, the exact text, to whom, when it leaves."""
    row = outbox.find(transaction, answer_id) if answer_id else None
    taps = tuple(link for told in done for link in told.links)
    leaves = holds.release_at(row, desk.office.zone) if row else None
    receipt = Receipt(
        reference=acting.case.reference if acting.case else None,
        role=acting.conversation.role if acting.conversation else None,
        state_line=_state_line(row, done, _who_answered(transaction, desk, acting, row)),
        leaves_at=leaves,
        words=_written(transaction, row) if row else None,
        cut=found.cut,
        done=tuple(told.sentence for told in done),
        shown=tuple(shown for told in done for shown in told.shown),
        attachments=tuple(file.filename for file in answers.files_of(transaction, row)) if row else (),
        note=_note(transaction, acting),
    )
    if row is None or row.state is not OutboxState.HELD:
        after = next_steps.after_answer() if row is not None and row.state is not OutboxState.CANCELLED else ()
        _send(transaction, desk, acting, receipt, answer_id, (*taps, *after))
        return
    *links, (_, cancel) = next_steps.for_waiting(row.id, desk.office, acting.now)
    more = (next_steps.NOTE, next_steps.FOLLOW_UP)
    _send(transaction, desk, acting, receipt, answer_id, (*taps, *links, *more), cancel)


def offer(transaction: Transaction, desk: Desk, acting: Acting, commands: Sequence[str]) -> None:
    """Changing commands from anywhere act when this mail's link is sent: one more tap (RULES 9)."""
    receipt = Receipt(
        reference=None,
        role=None,
        state_line="Nothing was done yet. Tap the link and send the mail that opens, if it was you.",
    )
    _send(transaction, desk, acting, receipt, None, (("Yes, do it", "\n".join(commands)),), once=True)


def refuse(transaction: Transaction, desk: Desk, acting: Acting, error: CommandError) -> None:
    """Nothing was done: which line, why, and the nearest right form."""
    refusal = Refusal(
        reference=acting.case.reference if acting.case else None,
        line=error.line or None,
        reason=error.reason,
        nearest=error.nearest,
    )
    telling = Telling(
        "staff-refusal",
        {"refusal": refusal},
        acting.inbound.id,
        acting.case,
        acting.conversation,
        about=acting.letter if acting.purpose is Purpose.INSIDE else None,
        answers=acting.inbound.reading.message_id,
    )
    tell_staff(transaction, desk, telling, acting.now, to=[acting.member])


def explain(transaction: Transaction, desk: Desk, member: Member, inbound: Inbound, reason: str, now: datetime) -> None:
    """To the member's listed address, of mail in their name that proved nothing: no word of it, no case (A13). With its
    id, so that who did not write it throws it away, and who did can have it looked for.
    """
    refusal = Refusal(None, None, reason, message=inbound.id)
    links = next_steps.for_unproved(inbound.id)
    telling = Telling("staff-refusal", {"refusal": refusal}, inbound.id, links=links)
    tell_staff(transaction, desk, telling, now, to=[member])


def _send(
    transaction: Transaction,
    desk: Desk,
    acting: Acting,
    receipt: Receipt,
    about: str | None,
    links: tuple[tuple[str, str], ...],
    cancel: str | None = None,
    *,
    once: bool = False,
) -> None:
    telling = Telling(
        "staff-receipt",
        {"receipt": receipt},
        acting.inbound.id,
        acting.case,
        acting.conversation,
        about=about or (acting.letter if acting.purpose is Purpose.INSIDE else None),
        links=links,
        cancel=cancel,
        once=once,
        answers=acting.inbound.reading.message_id,
    )
    tell_staff(transaction, desk, telling, acting.now, to=[acting.member])


def _state_line(row: OutboxRow | None, done: Sequence[Told], who_answered: str) -> str:
    if row is None:
        return f"Done: {len(done)} {'command' if len(done) == 1 else 'commands'}."
    if row.state is OutboxState.CANCELLED:
        return "Your answer was cancelled. It does not leave."
    if row.hold is Hold.STOPPED:
        return f"Your answer waits for you: {who_answered or row.reason}."
    if row.state is OutboxState.HELD:
        return "Nothing to do."
    return "Nothing to do. Your answer leaves now."


def _who_answered(view: View, desk: Desk, acting: Acting, row: OutboxRow | None) -> str:
    """The colleague whose answer to the same message came first, by name (RULES 8)."""
    if row is None or row.reason != answers.COLLEAGUE or not row.answers:
        return ""
    authors = [answers.author_of(view, desk, other) for other in answers.others(view, acting, row.answers)]
    names = dict.fromkeys(one.name for one in authors if one and one.key != acting.member.key)
    return f"{' and '.join(names)} answered first" if names else ""


def _written(transaction: Transaction, row: OutboxRow) -> str:
    return answers.words_of(transaction, row)


def _note(view: View, acting: Acting) -> str | None:
    """A warning that belongs to what was just done."""
    if acting.case is None or acting.conversation is None or acting.conversation.role not in answers.PERSONS:
        return None
    if safety.contact_of(view, acting.case, acting.conversation, acting.now) is Contact.UNASKED:
        return "Mail to this person is not recorded safe."
    return None
