"""`#join REF`: this case is part of another one. From a new address that makes a new conversation there (RULES 4)."""

from __future__ import annotations

import re
from datetime import datetime

from mailbot.casework import walls
from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, CommandError, Moment, who, within
from mailbot.model import CaseStatus, Contact, Role
from storage import cases, erasure, holds, joins
from storage.cases import Case, Conversation
from storage.database import Transaction, View

FORM = "#join REF"
_REFERENCE = re.compile(r"[2-9A-HJKMNP-Z]{6}")


def parse(arguments: str, _moment: Moment) -> str:
    return a_reference(arguments, FORM)


def a_reference(arguments: str, form: str) -> str:
    """A case's reference as a member typed it, in any letter case, with or without the subject's brackets."""
    reference = arguments.upper().strip("[]")
    if not _REFERENCE.fullmatch(reference):
        raise CommandError("A reference has six letters and digits; the subject of the mail shows it.", form)
    return reference


def apply(transaction: Transaction, _desk: Desk, acting: Acting, reference: str) -> str:
    case, conversation = within(acting)
    target = another_case(transaction, case, reference, FORM, acting.now)
    if conversation.role is not Role.REQUESTER or len(cases.conversations(transaction, case.id)) > 1:
        raise CommandError(
            "Only a case with one conversation, the requester's, can be joined to another.",
            f"#merge {target.reference}",
        )
    name, cause, now = who(transaction, acting.member), acting.inbound.id, acting.now
    elsewhere = _other_addresses(transaction, target, conversation)
    joins.move_all(transaction, case, target, name, cause, now)
    cases.set_status(transaction, case, CaseStatus.CLOSED, name, cause, now)
    cases.set_status(transaction, target, CaseStatus.OPEN, name, cause, now)
    if not elsewhere:
        return f"{case.reference} is part of {target.reference} now."
    for other in elsewhere:
        for row in holds.held_in(transaction, other.id):
            holds.stop(transaction, row, "the person wrote from another address", cause, now)
    if target.contact in (Contact.SAFE, Contact.STOPPED):
        # What was said about the old address says nothing about this one, nor about who writes from it.
        cases.set_contact(transaction, target.id, Contact.UNASKED, name, cause, now)
    return (
        f"{case.reference} is a new conversation of {target.reference} now. Letters held for the address before are"
        " stopped. Is that address to stay? If not, answer a mail of it with `#contact stop`."
    )


def another_case(view: View, case: Case, reference: str, form: str, now: datetime) -> Case:
    """The other case; refused where it is none, or where mail would cross a wall (promise 4)."""
    target = cases.find_by_reference(view, reference)
    if target is None:
        raise CommandError("No case has this reference.", form)
    if erasure.is_erased(view, target.id):
        raise CommandError("That case was erased.")
    if target.id == case.id:
        raise CommandError("That is this case.", form)
    if wall := walls.between(view, case, target, now):
        raise CommandError(*wall)
    refuse_in_hand(view, case, target)
    return target


def refuse_in_hand(view: View, *concerned: Case) -> None:
    """A letter that is being sent is sealed by its case's key: the key must not change under it."""
    if any(erasure.in_hand(view, one.id) for one in concerned):
        raise CommandError("A letter of one of these cases is being sent at this moment. Send this again in a minute.")


def _other_addresses(view: View, target: Case, conversation: Conversation) -> list[Conversation]:
    """The target's requester conversations, where none of them has this address; else nothing is new."""
    requesters = [one for one in cases.conversations(view, target.id) if one.role is Role.REQUESTER]
    known = any(one.address.lower() == conversation.address.lower() for one in requesters)
    return [] if known else requesters


COMMAND = Command("join", "Makes this case part of another one.", (FORM,), parse, apply)
