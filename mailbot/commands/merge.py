"""`#merge REF`: this case, with every conversation that it has, becomes part of another one. Asks twice, and can be
undone (`#unmerge`).

Nothing leaves by it, and each conversation keeps its correspondent. What was recorded holds for both from then on, the
more careful of the two where they differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from mailbot.casework.desk import Desk
from mailbot.casework.shown import line_of
from mailbot.commands.command import Acting, Command, CommandError, Moment, Shown, Told, who, within
from mailbot.commands.join import a_reference, another_case
from mailbot.model import CaseStatus, Contact, Stream
from mailbot.writing.dates import moment as in_words
from storage import cases, confirmations, merges
from storage.cases import Case
from storage.database import Transaction

FORM = "#merge REF"
CODE_HOURS = 72


@dataclass(frozen=True, slots=True)
class Arguments:
    reference: str
    code: str = ""


def parse(arguments: str, _moment: Moment) -> Arguments:
    reference, _, code = arguments.partition(" ")
    if len(code.split()) > 1:
        raise CommandError("One case at a time.", FORM)
    return Arguments(a_reference(reference, FORM), code.strip())


def apply(transaction: Transaction, desk: Desk, acting: Acting, arguments: Arguments) -> Told:
    case, _ = within(acting)
    target = another_case(transaction, case, arguments.reference, FORM, acting.now)
    matter = ("merge", acting.member.key, case.id, target.id)
    if not arguments.code:
        return _ask(transaction, desk, acting, target, matter)
    if not confirmations.confirm(transaction, matter, arguments.code, acting.now):
        raise CommandError(
            "This code is not for these two cases, or it was used, or its time is over.", f"#merge {target.reference}"
        )
    _merge(transaction, acting, case, target)
    sentence = f"{case.reference} is part of {target.reference} now, with every conversation, note and date."
    return Told(sentence, links=(("Take them apart again", f"#unmerge {case.reference}"),))


def _ask(transaction: Transaction, desk: Desk, acting: Acting, target: Case, matter: tuple[str, ...]) -> Told:
    """Nothing changes yet: the code comes back by the member's hand, who has seen both cases."""
    case, _ = within(acting)
    expires = acting.now + timedelta(hours=CODE_HOURS)
    code = confirmations.ask(transaction, matter, expires)
    both = tuple(line_of(transaction, desk, one) for one in (case, target))
    return Told(
        f"Nothing has changed yet. The link makes {case.reference} part of {target.reference}, until"
        f" {in_words(expires.astimezone(desk.office.zone), 'en')}.",
        (Shown("These two become one", both),),
        (("Yes, do it", f"#merge {target.reference} {code}"),),
    )


def _merge(transaction: Transaction, acting: Acting, case: Case, target: Case) -> None:
    name, cause, now = who(transaction, acting.member), acting.inbound.id, acting.now
    merges.merge(transaction, case, target, name, cause, now)
    if case.status is CaseStatus.OPEN and target.status is not CaseStatus.OPEN:
        cases.set_status(transaction, target, CaseStatus.OPEN, name, cause, now)
    cases.set_status(transaction, case, CaseStatus.CLOSED, name, cause, now)
    contact, stream = both_contact(case.contact, target.contact), both_stream(case.stream, target.stream)
    if contact is not target.contact:
        cases.set_contact(transaction, target.id, contact, name, cause, now)
    if stream is not target.stream:
        cases.set_stream(transaction, target.id, stream, name, cause, now)


def both_contact(one: Contact, other: Contact) -> Contact:
    """What holds for two: discreet if one is; safe or stopped only if both are. A stopped address stays stopped."""
    if one is other or Contact.DISCREET in (one, other):
        return one if one is other else Contact.DISCREET
    return Contact.UNASKED


def both_stream(one: Stream, other: Stream) -> Stream:
    """Young if one is, adult only if both are; a young person's and an adult's are never two of one."""
    if Stream.YOUTH in (one, other):
        return Stream.YOUTH
    return one if one is other else Stream.UNKNOWN


COMMAND = Command("merge", "Makes this case, with all its conversations, part of another one.", (FORM,), parse, apply)
