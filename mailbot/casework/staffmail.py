"""Mail to staff: one message a person, with its own Message-ID and its own reply address (RULES 7).

Built whole in the transaction that has its cause, since it says what that transaction did. The reply address carries
a token for this person, this conversation and this purpose.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from mailbot.casework.desk import Desk
from mailbot.model import File, Member, Priority, Purpose, Role, new_id, new_secret
from mailbot.writing import Waiting, build_message, valid_message_id
from storage import outbox, pauses, tokens
from storage.cases import Case, Conversation
from storage.database import Transaction, View
from storage.outbox import Draft, Envelope
from storage.pauses import Pause


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told: a staff letter and its fields, because of which cause, about which conversation.

    `about` is the letter that the mail speaks of: commands sent to its address mean that one. `links` are labels with
    the command that each writes; those of `waiting` too. `answers` is the member's own message that this one answers,
    so that their program shows both together. `once`: the address of the links acts a single time.
    """

    letter: str
    fields: Mapping[str, Any]
    cause: str
    case: Case | None = None
    conversation: Conversation | None = None
    purpose: Purpose = Purpose.INSIDE
    about: str | None = None
    links: tuple[tuple[str, str], ...] = ()
    cancel: str | None = None
    answers: str | None = None
    once: bool = False
    waiting: tuple[Waiting, ...] = ()
    files: tuple[File, ...] = ()

    @property
    def has_links(self) -> bool:
        return bool(self.links or self.cancel or self.waiting)


def readers(desk: Desk, transaction: Transaction, case: Case | None, now: datetime) -> tuple[Member, ...]:
    """The case's owner, else everybody with role staff. Who is away is left out, unless nobody would be told."""
    owner = owner_of(desk, transaction, case)
    if owner and _is_there(transaction, owner, now):
        return (owner,)
    staff = desk.with_role(Role.STAFF)
    return tuple(one for one in staff if _is_there(transaction, one, now)) or staff


def _is_there(view: View, member: Member, now: datetime) -> bool:
    return not pauses.holds(view, Pause.AWAY, member.key, now)


def owner_of(desk: Desk, view: View, case: Case | None) -> Member | None:
    """The member whose case it is; None for a case of nobody, or of somebody who left."""
    if case is None or case.owner is None:
        return None
    return next((one for one in desk.with_role(Role.STAFF) if view.keys.hash("member", one.key) == case.owner), None)


def tell(
    transaction: Transaction, desk: Desk, telling: Telling, now: datetime, to: Iterable[Member] | None = None
) -> None:
    """Queues the letter for every reader, one message each; a reader who had it for this cause gets no second one."""
    for member in to if to is not None else readers(desk, transaction, telling.case, now):
        _tell_one(transaction, desk, telling, member, now)


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of one staff mail: its Message-ID, its reply address, the address of its links, its return path."""

    message: str = field(default_factory=new_secret)
    reply: str = field(default_factory=new_secret)
    links: str = field(default_factory=new_secret)
    back: str = field(default_factory=new_secret)


def _tell_one(transaction: Transaction, desk: Desk, telling: Telling, member: Member, now: datetime) -> None:
    secrets, outbox_id = Secrets(), new_id(now)
    message_id = desk.address.message_id(secrets.message)
    draft = Draft(
        id=outbox_id,
        cause=telling.cause,
        role=Role.STAFF,
        letter=telling.letter,
        language="en",
        priority=Priority.NOTICE,
        message_id=message_id,
        envelope=Envelope(to=member.address, mail_from=desk.address.return_path(secrets.back)),
        case_id=telling.case.id if telling.case else None,
        conversation_id=telling.conversation.id if telling.conversation else None,
        content=_content(transaction, desk, telling, member, secrets, now),
    )
    if outbox.add(transaction, draft, now) is not None:
        _give_tokens(transaction, telling, member, secrets, outbox_id)


def _content(
    transaction: Transaction, desk: Desk, telling: Telling, member: Member, secrets: Secrets, now: datetime
) -> bytes:
    address = desk.address
    thread = _thread(transaction, telling, member)
    return build_message(
        desk.letters.render(telling.letter, "en", _with_links(desk, telling, secrets.links)),
        sender_name=desk.sender_name,
        sender_address=address.plain,
        to=member.address,
        reply_to=address.reply_address(secrets.reply),
        message_id=address.message_id(secrets.message),
        date=now.astimezone(desk.office.zone),
        in_reply_to=thread[-1] if thread else None,
        references=thread,
        automatic="auto-generated",
        files=telling.files,
    )


def _thread(transaction: Transaction, telling: Telling, member: Member) -> tuple[str, ...]:
    """What this mail hangs on in the member's program: the conversation's last mails to them, and their own message.

    Several, since a program that splits off one of them (a reminder has another subject) still finds the rest.
    """
    before: tuple[str, ...] = ()
    if telling.conversation is not None:
        before = outbox.last_in_thread(transaction, member.address, telling.conversation.id)
    own = valid_message_id(telling.answers or "")
    return (*before, own) if own else before


def _with_links(desk: Desk, telling: Telling, secret: str) -> Mapping[str, Any]:
    """The fields with their action links: each opens a mail to an *inside* address, with its command written in (RULES
    7).
    """
    if not telling.has_links:
        return telling.fields
    reference = telling.case.reference if telling.case else None
    to = _Addressed(quote(desk.address.reply_address(secret), safe="@"), reference)
    made: dict[str, Any] = {"links": to.links(telling.links)}
    if telling.cancel:
        made["cancel"] = to.link("Cancel it", telling.cancel)
    if telling.waiting:
        made["waiting"] = tuple(replace(one, links=to.links(one.links)) for one in telling.waiting)
    return {name: replace(value, **made) for name, value in telling.fields.items()}


@dataclass(frozen=True, slots=True)
class _Addressed:
    """Where the links of one mail lead. They have a subject, since programs ask before they send a mail without one."""

    address: str
    reference: str | None

    def link(self, label: str, command: str) -> str:
        subject = label.partition(" (")[0] + (f" [{self.reference}]" if self.reference else "")
        return f"mailto:{self.address}?subject={quote(subject)}&body={quote(command)}"

    def links(self, steps: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return tuple((label, self.link(label, command)) for label, command in steps)


def _give_tokens(transaction: Transaction, telling: Telling, member: Member, secrets: Secrets, outbox_id: str) -> None:
    """The answer token of a notice names the notice; an inside token names the letter that the mail speaks of."""
    conversation_id = telling.conversation.id if telling.conversation else None
    about = outbox_id if telling.purpose is Purpose.ANSWER else telling.about
    for secret in (secrets.message, secrets.reply):
        tokens.give(
            transaction, secret, telling.purpose, conversation_id=conversation_id, outbox_id=about, member=member.key
        )
    if telling.has_links:
        tokens.give(
            transaction,
            secrets.links,
            Purpose.ONCE if telling.once else Purpose.INSIDE,
            conversation_id=conversation_id,
            outbox_id=telling.about,
            member=member.key,
        )
    tokens.give(transaction, secrets.back, Purpose.RETURN, outbox_id=outbox_id)
