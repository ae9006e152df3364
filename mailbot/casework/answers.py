"""A staff answer: from a member's words to a message that waits for its moment (RULES 8).

It goes to the correspondent of the conversation and nobody else, in office hours, once, unless something happened
meanwhile that makes it dangerous: then it is stopped, and a person decides.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailbot.casework import joining, next_steps
from mailbot.casework.acting import Acting, CommandError, who
from mailbot.casework.desk import Desk
from mailbot.casework.staffmail import Telling, tell
from mailbot.casework.words import foreign
from mailbot.model import (
    File,
    Files,
    Hold,
    Inbound,
    Member,
    OutboxState,
    Priority,
    Purpose,
    Reading,
    Role,
    new_id,
    new_secret,
)
from mailbot.writing import Held, Waiting
from mailbot.writing.catalogue import BY_HAND
from mailbot.writing.dates import moment
from mailbot.writing.fixed_letter import FixedLetter
from scheduler import Office
from storage import cases, contacts, holds, journal, outbox, records, tokens
from storage.cases import Conversation
from storage.database import Transaction, View
from storage.outbox import Draft, Envelope, OutboxRow
from storage.records import Kind
from storage.restored import MAY_HAVE_LEFT

LETTER = "answer"
PERSONS = frozenset({Role.REQUESTER, Role.GUARDIAN})
FORWARDED = re.compile(r"\s*(?:fwd?|tr|wg)\s*:", re.IGNORECASE)
TRUSTED_DELAY = timedelta(minutes=15)
COLLEAGUE, STALE = "a colleague answered first", "newer mail came before it"
NEW_MAIL, CAME_BACK = "new mail came from the person", "a letter to this address came back"


@dataclass(frozen=True, slots=True)
class Timing:
    """When an answer leaves. `release` None: at once, or not before a person says so (`hold` STOPPED)."""

    hold: Hold | None
    release: datetime | None


def arrival(inbound: Inbound) -> datetime:
    """When the answer arrived: the server's word, where it is near our own (RULES 8)."""
    near = abs(inbound.journaled_at - inbound.received_at) <= TRUSTED_DELAY
    return inbound.received_at if near else inbound.journaled_at


def timing(office: Office, arrived: datetime, grace: timedelta) -> Timing:
    """In office hours after the grace, which never turns into a hold; outside them at the next opening."""
    if not office.is_open(arrived):
        return Timing(Hold.OFFICE, office.next_opening(arrived).astimezone(office.zone))
    if grace:
        return Timing(Hold.GRACE, (arrived + grace).astimezone(office.zone))
    return Timing(None, None)


def submit(
    transaction: Transaction,
    desk: Desk,
    acting: Acting,
    conversation: Conversation,
    words: str,
    letter: FixedLetter | None = None,
) -> str:
    """Queues, holds or stops the answer, or the letter below its words; returns its id. CommandError where it must not
    even wait. A letter was asked for its own permissions.
    """
    if contacts.is_stopped(transaction, conversation.address, acting.now):
        raise CommandError("Nothing may be sent to this address: it is stopped.", "#call tomorrow 10:00")
    permitted = conversation.role is not Role.GUARDIAN or guardian_permitted(transaction, conversation, acting.now)
    if words and not permitted:
        raise CommandError("The young person's permission to write to this guardian is not on record.")
    answered = _answered(transaction, acting, conversation)
    outbox_id = _queue(transaction, desk, acting, conversation, _packed(desk, words, acting, letter), answered, letter)
    row = outbox.find(transaction, outbox_id)
    stopped = _stop_reason(transaction, acting, conversation, answered)
    name = who(transaction, acting.member)
    if stopped:
        holds.stop(transaction, row, stopped, acting.inbound.id, acting.now)
        return outbox_id
    found = timing(desk.office, arrival(acting.inbound), desk.grace)
    if found.release is not None and found.hold is not None:
        holds.hold_until(transaction, row, found.release, name, acting.inbound.id, acting.now, found.hold)
    return outbox_id


def guardian_permitted(view: View, conversation: Conversation, now: datetime) -> bool:
    """Whether the young person's permission for this guardian's address holds now (FACTS, "Age")."""
    found = records.latest(view, conversation.case_id, Kind.GUARDIAN, now, about=conversation.address)
    return found is not None and found.value["answer"] == "yes"


def _answered(transaction: Transaction, acting: Acting, conversation: Conversation) -> str | None:
    """The inbound message whose notice was answered."""
    if acting.letter is None:
        return None
    cause = outbox.find(transaction, acting.letter).cause
    row = journal.find(transaction, cause)
    return row.id if row is not None and row.conversation_id == conversation.id else None


def _stop_reason(
    transaction: Transaction, acting: Acting, conversation: Conversation, answered: str | None
) -> str | None:
    """It was read again after a restore; or it is a second answer to the same message by another member, or an answer
    to a notice older than the newest mail.
    """
    if acting.inbound.retaken:
        return MAY_HAVE_LEFT
    author = transaction.keys.hash("member", acting.member.key)
    if answered and any(row.author_hash != author for row in others(transaction, acting, answered)):
        return COLLEAGUE
    newest = journal.newest_of_conversation(transaction, conversation.id)
    if answered and newest is not None and newest.id != answered:
        return STALE
    return None


def others(view: View, acting: Acting, answered: str) -> list[OutboxRow]:
    """Answers to the same inbound message that were not cancelled, this one apart."""
    return [
        row
        for row in outbox.answers_to(view, answered)
        if row.cause != acting.inbound.id and row.state is not OutboxState.CANCELLED
    ]


def leaves_at(desk: Desk, acting: Acting) -> datetime:
    """When an answer of this message would leave, if nothing stops it."""
    return timing(desk.office, arrival(acting.inbound), desk.grace).release or acting.now


def is_answer(row: OutboxRow) -> bool:
    """Whether a message carries a member's words, or is a letter that a member sent."""
    return row.letter == LETTER or row.letter in BY_HAND


def _queue(
    transaction: Transaction,
    desk: Desk,
    acting: Acting,
    conversation: Conversation,
    written: bytes,
    answered: str | None,
    letter: FixedLetter | None,
) -> str:
    address, outbox_id = desk.address, new_id(acting.now)
    message_secret, return_secret = new_secret(), new_secret()
    newest = journal.newest_of_conversation(transaction, conversation.id)
    draft = Draft(
        id=outbox_id,
        cause=acting.inbound.id,
        role=conversation.role,
        letter=letter.name if letter else LETTER,
        language=acting.case.language if acting.case else desk.language,
        priority=Priority.STAFF_ANSWER,
        message_id=address.message_id(message_secret),
        envelope=Envelope(
            to=conversation.address,
            mail_from=address.return_path(return_secret),
            reply_to=address.reply_address(conversation.token),
            in_reply_to=journal.message_id_of(transaction, newest) if newest else None,
        ),
        case_id=conversation.case_id,
        conversation_id=conversation.id,
        written=written,
        answers=answered,
        author_hash=transaction.keys.hash("member", acting.member.key),
        known=True,
    )
    if outbox.add(transaction, draft, acting.now) is None:
        raise CommandError("This message was sent on already.")
    tokens.give(transaction, message_secret, Purpose.CONVERSATION, conversation_id=conversation.id, outbox_id=outbox_id)
    tokens.give(transaction, return_secret, Purpose.RETURN, outbox_id=outbox_id)
    return outbox_id


def words_of(view: View, row: OutboxRow) -> str:
    """What a staff answer says, until and after it leaves; with a letter, all of the message."""
    return str(json.loads(outbox.written(view, row) or b"{}").get("words", ""))


def files_of(view: View, row: OutboxRow) -> tuple[File, ...]:
    """The files that leave with a staff answer."""
    packed = json.loads(outbox.written(view, row) or b"{}").get("files", [])
    return tuple(File(name, kind, base64.b64decode(data)) for name, kind, data in packed)


def own_words_of(view: View, row: OutboxRow) -> str:
    """What the member wrote above a letter; "" for a letter alone."""
    return str(json.loads(outbox.written(view, row) or b"{}").get("own", ""))


def _packed(desk: Desk, words: str, acting: Acting, letter: FixedLetter | None) -> bytes:
    files = acting.inbound.files.allowed
    packed = [(file.filename, file.content_type, base64.b64encode(file.data).decode()) for file in files]
    if letter is None:
        return json.dumps({"words": words, "files": packed}).encode()
    whole = desk.letters.compose(letter, words).text
    return json.dumps({"words": whole, "files": packed, "own": words, "letter": letter.packed()}).encode()


def doubtful_addressing(desk: Desk, member: Member, reading: Reading) -> str | None:
    """Why a message may not be meant for the person: a colleague is addressed too, or it is passed on.

    "Robin, can you take this one?" with the notice's address in Cc must never reach the person it speaks of. Other
    addresses in Cc get nothing, and keep nothing back (A3, A23).
    """
    addressed = {desk.member_at(address) for address in (*reading.to, *reading.cc)}
    if addressed - {None, member}:
        return "A colleague is in To or Cc: who is meant is not clear. To answer the person, write to the notice alone."
    if FORWARDED.match(reading.subject):
        return "The subject says that the message is passed on. To answer the person, reply to the notice."
    return None


def refused_files(files: Files) -> str | None:
    """Why a message with these files is not sent (RULES 8): nothing of it leaves, so that no half answer does."""
    if not files.refused:
        return None
    names = ", ".join(one.filename or "no name" for one in files.refused)
    return f"Only PDF and plain text files may leave, 10 MB each. Take these out and send it again: {names}"


def leaks(view: View, acting: Acting, words: str) -> str | None:
    """Why these words must not go out: another case's reference, or one of our secrets (A23)."""
    return foreign(
        words,
        acting.case.reference if acting.case else None,
        lambda reference: cases.find_by_reference(view, reference) is not None,
        lambda secret: bool(tokens.known(view, [secret])),
    )


def stop_for(transaction: Transaction, desk: Desk, inbound: Inbound, now: datetime) -> list[OutboxRow]:
    """New mail from a person stops what is held for them (RULES 8); returns it, for its authors to be told.

    By their address or their conversation's secret; whatever the folder, the class or the authentication of the mail.
    """
    found = _held_for(transaction, desk, inbound)
    stopping = [row for row in found if row.role in PERSONS and row.hold is not Hold.STOPPED]
    for row in stopping:
        holds.stop(transaction, row, NEW_MAIL, inbound.id, now)
    return stopping


def tell_of_stopped(
    transaction: Transaction, desk: Desk, stopped: list[OutboxRow], inbound: Inbound, now: datetime
) -> None:
    """Tells the authors of what new mail stopped, once it was handled: its notice shows what waits in the conversation,
    with its choices, so that who got one needs no second mail.
    """
    for row in stopped:
        author = author_of(transaction, desk, row)
        told = outbox.told_in(transaction, inbound.id, "staff-notice", row.conversation_id)
        hashes = {one.recipient_hash for one in told}
        if hashes if author is None else transaction.keys.hash("address", author.address) in hashes:
            continue
        tell_stopped(transaction, desk, row, NEW_MAIL, inbound.id, now)


def _held_for(transaction: Transaction, desk: Desk, inbound: Inbound) -> list[OutboxRow]:
    reading = inbound.reading
    rows = [row for address in reading.from_ for row in holds.held_to(transaction, address.lower())]
    shown = tokens.known(transaction, joining.secrets_of(reading, desk.address))
    persons = [token for token in shown.values() if token.purpose is Purpose.CONVERSATION]
    for conversation_id in {token.conversation_id for token in persons if token.conversation_id}:
        rows += holds.held_in(transaction, conversation_id)
    return list({row.id: row for row in rows}.values())


def tell_stopped(transaction: Transaction, desk: Desk, row: OutboxRow, reason: str, cause: str, now: datetime) -> None:
    """The author of a stopped letter reads why it waits, and decides with one tap."""
    case = cases.find_case(transaction, row.case_id) if row.case_id else None
    conversation = cases.find_conversation(transaction, row.conversation_id) if row.conversation_id else None
    author = author_of(transaction, desk, row)
    held = Held(case.reference if case else "no case", f"It waits because {reason}", words_of(transaction, row), ())
    silenced = contacts.is_stopped_hash(transaction, row.recipient_hash, now)
    links = next_steps.for_waiting(row.id, desk.office, now, silenced=silenced)
    telling = Telling("staff-held", {"held": held}, f"{row.id}:{cause}", case, conversation, about=row.id, links=links)
    tell(transaction, desk, telling, now, to=[author] if author else None)


def author_of(view: View, desk: Desk, row: OutboxRow) -> Member | None:
    """The member whose words these are; None for one who left."""
    return next((one for one in desk.members if view.keys.hash("member", one.key) == row.author_hash), None)


def waiting_in(view: View, desk: Desk, conversation: Conversation, now: datetime) -> tuple[Waiting, ...]:
    """The letters that wait in a conversation, as its notices show them: whose, why, and what can be done (RULES 8)."""
    silenced = contacts.is_stopped(view, conversation.address, now)
    return tuple(
        Waiting(
            whose=f"{author.name}'s answer" if (author := author_of(view, desk, row)) else "A colleague's answer",
            why=_why(desk, row),
            words=words_of(view, row),
            links=next_steps.for_waiting(row.id, desk.office, now, silenced=silenced),
        )
        for row in holds.held_in(view, conversation.id)
        if is_answer(row)
    )


def _why(desk: Desk, row: OutboxRow) -> str:
    release = holds.release_at(row, desk.office.zone)
    return f"waits until {moment(release, 'en')}" if release else f"waits because {row.reason}"
