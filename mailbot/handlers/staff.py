"""Mail from a member's address, or from our own (promise 7, RULES 8 and 9). It acts only where it is proved, and it
acts once.

Everything in one savepoint: commands first, then the answer; a line that cannot be done undoes the whole message and is
explained. Whoever proves both address and token gets a receipt or an explanation for every message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mailbot.casework import answers, letter_by_hand, notices, ownership, receipts, words
from mailbot.casework.acting import Acting, CommandError
from mailbot.casework.desk import Desk
from mailbot.casework.proof import prove, staff_secrets
from mailbot.commands.command import Moment
from mailbot.commands.lines import Parsed, apply_all, before_letter, keeps_rest, letter_of, parse_all, split
from mailbot.model import Inbound, JournalState, Member, Place, Purpose
from storage import cases, rates, tokens
from storage.database import Transaction
from storage.journal import End
from storage.tokens import TokenRow

NOT_PROVED = "The mail server did not prove that this message comes from you."
INSIDE = "Nothing sent to this address goes outside; it is for commands. To answer the person, reply to the notice."
NO_CASE = "The message was not sent to an address that you were given, so nothing tells which case it is about."


def handle(transaction: Transaction, desk: Desk, inbound: Inbound, now: datetime) -> End:
    """Nothing outside and nothing changed, unless all of RULES 9 holds."""
    reading = inbound.reading
    member = desk.member_at(reading.from_[0])
    if member is None:
        return _ours(transaction, desk, inbound, now)
    shown = tokens.known(transaction, staff_secrets(reading, desk.address))
    proof = prove(reading, desk.proof, transaction.keys.hash("member", member.key), shown)
    if not proof.authenticated:
        return _unproved(transaction, desk, inbound, member, NOT_PROVED, now)
    if proof.token is None:
        return _without_token(transaction, desk, inbound, member, now)
    secret = next(secret for secret, token in shown.items() if token is proof.token)
    return _proved(transaction, desk, _acting(transaction, inbound, member, proof.token, now), secret)


def _ours(transaction: Transaction, desk: Desk, inbound: Inbound, now: datetime) -> End:
    notices.set_aside(transaction, desk, inbound, "from our own address", now)
    return _end(inbound, JournalState.QUARANTINED, "from our own address")


def _unproved(
    transaction: Transaction, desk: Desk, inbound: Inbound, member: Member, reason: str, now: datetime
) -> End:
    """One explanation an hour to the member's listed address, without a word of the message (A13)."""
    kind = "unproved:" + transaction.keys.hash("member", member.key).hex()[:6]
    if not rates.in_last_hour(transaction, kind, now):
        rates.count(transaction, kind, now)
        receipts.explain(transaction, desk, member, inbound, reason, now)
    return _end(inbound, JournalState.QUARANTINED, "staff mail without proof")


def _acting(transaction: Transaction, inbound: Inbound, member: Member, token: TokenRow, now: datetime) -> Acting:
    conversation = cases.find_conversation(transaction, token.conversation_id) if token.conversation_id else None
    case = cases.find_case(transaction, conversation.case_id) if conversation else None
    return Acting(member, inbound, token.purpose, case, conversation, token.outbox_id, None, now)


def _without_token(transaction: Transaction, desk: Desk, inbound: Inbound, member: Member, now: datetime) -> End:
    """Commands from anywhere: reading ones are answered, changing ones come back as a link to be sent (RULES 9)."""
    acting = Acting(member, inbound, Purpose.INSIDE, None, None, None, None, now)
    found = words.new_words(inbound.reading, member)
    lines = split(found.words)
    if found.refused or not lines.commands or lines.rest.strip():
        return _unproved(transaction, desk, inbound, member, NO_CASE, now)
    try:
        parsed = parse_all(lines, Moment(now, desk.office))
        if any(one.command.needs_case for one in parsed):
            return _unproved(transaction, desk, inbound, member, NO_CASE, now)
        if all(one.command.reads for one in parsed):
            receipts.tell(transaction, desk, acting, apply_all(transaction, desk, acting, parsed), found, None)
        else:
            receipts.offer(transaction, desk, acting, [one.command.offered(one.line, inbound) for one in parsed])
    except CommandError as error:
        receipts.refuse(transaction, desk, acting, error)
    return _end(inbound, JournalState.PROCESSED, "staff command")


def _proved(transaction: Transaction, desk: Desk, acting: Acting, secret: str) -> End:
    """The whole message or nothing of it. A link of commands from anywhere acts once (RULES 9)."""
    ending = _end(acting.inbound, JournalState.PROCESSED, "staff")
    try:
        with transaction.savepoint():
            _act(transaction, desk, acting)
            if acting.purpose is Purpose.ONCE:
                tokens.use_up(transaction, secret, acting.now)
    except CommandError as error:
        receipts.refuse(transaction, desk, acting, error)
        return replace(ending, reason="staff: refused")
    case = _afterwards(transaction, acting).case
    return replace(ending, case_id=case.id if case else None)


def _act(transaction: Transaction, desk: Desk, acting: Acting) -> None:
    """First the words below, since commands may be about them; then the commands, the owner, the receipt. A letter
    comes after the commands that record what it depends on.
    """
    found = words.new_words(acting.inbound.reading, acting.member)
    if found.refused:
        raise CommandError(found.refused)
    lines = split(found.words)
    parsed = parse_all(lines, Moment(acting.now, desk.office))
    answer = "" if keeps_rest(parsed) else lines.rest.strip()
    if not answer and not parsed:
        raise CommandError("There is nothing new in the message, so nothing was sent.")
    letter = letter_of(parsed)
    first = before_letter(parsed) if letter else ()
    done = apply_all(transaction, desk, acting, first)
    written = _afterwards(transaction, acting)
    answer_id = _answer(transaction, desk, written, answer, parsed) if answer or letter else None
    last = [one for one in parsed if one not in first]
    done += apply_all(transaction, desk, replace(written, below=answer_id), last)
    if answer or any(not one.command.reads for one in parsed):
        after = _afterwards(transaction, acting)
        ownership.take_if_free(transaction, desk, after, acting.case, answered=answer_id is not None)
    receipts.tell(transaction, desk, _afterwards(transaction, acting), done, found, answer_id)


def _afterwards(transaction: Transaction, acting: Acting) -> Acting:
    """`#join` moves a conversation into another case: what follows belongs there."""
    if acting.conversation is None:
        return acting
    conversation = cases.find_conversation(transaction, acting.conversation.id)
    return replace(acting, conversation=conversation, case=cases.find_case(transaction, conversation.case_id))


def _answer(transaction: Transaction, desk: Desk, acting: Acting, answer: str, parsed: Sequence[Parsed]) -> str:
    """What was newly written leaves as the service, if the address it was sent to is for that; a letter alone holds no
    word of the message, and is a command like others.
    """
    letter = letter_of(parsed)
    if acting.conversation is None or (answer and acting.purpose is not Purpose.ANSWER):
        raise CommandError(INSIDE)
    doubt = (
        answers.doubtful_addressing(desk, acting.member, acting.inbound.reading)
        or answers.refused_files(acting.inbound.files)
        or answers.leaks(transaction, acting, answer)
    )
    if doubt:
        raise CommandError(doubt)
    if letter is None:
        return answers.submit(transaction, desk, acting, acting.conversation, answer)
    decided = any(one.command.sends for one in parsed)
    leaves = acting.now if decided else answers.leaves_at(desk, acting)
    try:
        prepared = letter_by_hand.prepare_to_leave(
            transaction, desk, acting.conversation, letter.arguments, acting.now, leaves
        )
        return answers.submit(transaction, desk, acting, acting.conversation, answer, prepared)
    except CommandError as error:
        raise CommandError(error.reason, error.nearest, letter.line) from error


def _end(inbound: Inbound, state: JournalState, reason: str) -> End:
    to = Place.QUARANTINE if state is JournalState.QUARANTINED else Place.DONE
    return End(
        state,
        reason,
        identity=inbound.reading.identity,
        attachments=len(inbound.reading.attachments),
        file_to=to if inbound.place in (Place.INBOX, Place.JUNK) else None,
    )
