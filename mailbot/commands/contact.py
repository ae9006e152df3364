"""`#contact …`: whether mail may come to this person, how plainly, and where to (RULES 4 and 6, LETTERS J4).

`stop` and `change` silence the address of the conversation: tokens retire, waiting letters stop. `change` asks twice,
since it decides who reads everything from then on; the new address gets one letter, the old one nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches

from mailbot.casework import introduction, opening, safety, telephone
from mailbot.casework.desk import Desk
from mailbot.casework.opening import Matter
from mailbot.casework.telephone import Phone
from mailbot.commands.command import Acting, Command, CommandError, Moment, Told, an_address, who, within
from mailbot.model import Contact, Role
from mailbot.writing.dates import moment as in_words
from storage import cases, confirmations, contacts
from storage.cases import Case, Conversation
from storage.database import Transaction

FORMS = ("#contact safe|discreet|stop|resume", "#contact change ADDRESS", telephone.FORM)
WORDS = ("safe", "discreet", "stop", "resume", "change", "phone")
CODE_HOURS = 72


@dataclass(frozen=True, slots=True)
class Arguments:
    word: str
    address: str = ""
    code: str = ""
    phone: Phone | None = None


def parse(arguments: str, _moment: Moment) -> Arguments:
    word, *behind = arguments.split() or [""]
    word = word.lower()
    if word not in WORDS:
        near = get_close_matches(word, WORDS, 1)
        raise CommandError(
            "Contact is safe, discreet, stop, resume, change or phone.", f"#contact {near[0] if near else 'safe'}"
        )
    if word == "phone":
        return Arguments(word, phone=telephone.parse(" ".join(behind)))
    if word != "change":
        if behind:
            raise CommandError("Nothing can follow here.", f"#contact {word}")
        return Arguments(word)
    return _change(behind)


def _change(behind: list[str]) -> Arguments:
    if not 1 <= len(behind) <= 2:
        raise CommandError("Which address is the new one?", FORMS[1])
    return Arguments("change", an_address(behind[0], FORMS[1]), behind[1] if len(behind) == 2 else "")


def apply(transaction: Transaction, desk: Desk, acting: Acting, arguments: Arguments) -> str | Told:
    case, conversation = within(acting)
    if conversation.role is Role.GUARDIAN and arguments.word == str(Contact.SAFE):
        return _safe(transaction, desk, acting, conversation)
    if conversation.role is not Role.REQUESTER:
        raise CommandError("This is about the requester: answer a mail of that conversation.")
    if arguments.phone is not None:
        return telephone.record(transaction, acting, case.id, arguments.phone)
    match arguments.word:
        case "stop":
            return _stop(transaction, acting, case, conversation)
        case "resume":
            return _resume(transaction, acting, case, conversation)
        case "change" if arguments.code:
            return _confirmed(transaction, desk, acting, arguments)
        case "change":
            return _ask(transaction, desk, acting, arguments)
        case _:
            return _speak(transaction, desk, acting, case, conversation, Contact(arguments.word))


def _speak(
    transaction: Transaction, desk: Desk, acting: Acting, case: Case, conversation: Conversation, contact: Contact
) -> str:
    """`safe` or `discreet`."""
    if contacts.is_stopped(transaction, conversation.address, acting.now):
        raise CommandError("This address is stopped; it has to be resumed first.", "#contact resume")
    _set(transaction, acting, case, contact)
    if contact is Contact.SAFE:
        return _safe(transaction, desk, acting, conversation)
    return "Mail to this person says little from now on."


def _safe(transaction: Transaction, desk: Desk, acting: Acting, conversation: Conversation) -> str:
    """For this address alone, and for thirty days (G6)."""
    if contacts.is_stopped(transaction, conversation.address, acting.now):
        raise CommandError("This address is stopped; it has to be resumed first.", "#contact resume")
    name = who(transaction, acting.member)
    until = safety.record(transaction, conversation, name, acting.inbound.id, acting.now)
    until_words = in_words(until.astimezone(desk.office.zone), "en")
    return f"Mail to this person may speak plainly from now on, until {until_words}. Then ask again."


def _stop(transaction: Transaction, acting: Acting, case: Case, conversation: Conversation) -> str:
    _silence(transaction, acting, case, conversation)
    return "Nothing more goes to this address until it is resumed. Letters that waited for it are stopped."


def _silence(transaction: Transaction, acting: Acting, case: Case, conversation: Conversation) -> None:
    name = who(transaction, acting.member)
    opening.silence(transaction, Matter(case, conversation, "joined", True), None, acting.inbound.id, acting.now, name)


def _resume(transaction: Transaction, acting: Acting, case: Case, conversation: Conversation) -> str:
    """After a stop nobody knows whether mail is safe there. Old tokens stay retired, new letters carry a new one."""
    name, cause, now = who(transaction, acting.member), acting.inbound.id, acting.now
    if not contacts.resume(transaction, conversation.address, name, cause, now):
        raise CommandError("This address is not stopped.")
    introduction.new_token(transaction, conversation, cause, now)
    if case.contact is not Contact.DISCREET:
        _set(transaction, acting, case, Contact.UNASKED)
    return "Mail may go to this address again. Letters that were stopped still wait: each needs your word."


def _set(transaction: Transaction, acting: Acting, case: Case, contact: Contact) -> None:
    name = who(transaction, acting.member)
    cases.set_contact(transaction, case.id, contact, name, acting.inbound.id, acting.now)


def _ask(transaction: Transaction, desk: Desk, acting: Acting, arguments: Arguments) -> Told:
    """Nothing changes yet: the code comes back by the member's hand."""
    _refuse_address(transaction, desk, acting, arguments.address)
    expires = acting.now + timedelta(hours=CODE_HOURS)
    code = confirmations.ask(transaction, _matter(acting, arguments.address), expires)
    until = in_words(expires.astimezone(desk.office.zone), "en")
    line = f"#contact change {arguments.address} {code}"
    return Told(f"Nothing has changed yet. The link changes it, until {until}.", links=(("Yes, do it", line),))


def _confirmed(transaction: Transaction, desk: Desk, acting: Acting, arguments: Arguments) -> str:
    case, conversation = within(acting)
    _refuse_address(transaction, desk, acting, arguments.address)
    if not confirmations.confirm(transaction, _matter(acting, arguments.address), arguments.code, acting.now):
        raise CommandError(
            "This code is not for this change, or it was used, or its time is over.",
            f"#contact change {arguments.address}",
        )
    _silence(transaction, acting, case, conversation)
    _set(transaction, acting, case, Contact.UNASKED)
    introduction.write(transaction, desk, case, arguments.address, acting.inbound.id, acting.now)
    return "The new address gets one letter that asks for a reply. Nothing more goes to the address before."


def _matter(acting: Acting, address: str) -> tuple[str, ...]:
    case, _ = within(acting)
    return ("contact change", acting.member.key, case.id, address)


def _refuse_address(transaction: Transaction, desk: Desk, acting: Acting, address: str) -> None:
    _, conversation = within(acting)
    if desk.address.is_ours(address) or desk.member_at(address):
        raise CommandError("That is an address of ours.", FORMS[1])
    if address == conversation.address.lower():
        raise CommandError("That is the address this conversation has.", FORMS[1])
    if contacts.is_stopped(transaction, address, acting.now):
        raise CommandError("The new address is stopped: somebody there asked for no mail.", FORMS[1])


COMMAND = Command(
    "contact", "Says whether mail may come to this person, how plainly, and where to.", FORMS, parse, apply
)
