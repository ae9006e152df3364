"""`#unmerge [REF]`: takes a case out of this one again. Each has what it had; what came and left meanwhile stays with
its conversation, and what staff wrote meanwhile stays in this case.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mailbot.casework import due
from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, CommandError, Moment, who, within
from mailbot.commands.join import a_reference, refuse_in_hand
from mailbot.commands.merge import both_contact
from mailbot.model import CaseStatus
from storage import cases, followups, journal, merges
from storage.cases import Case
from storage.database import Transaction, View
from storage.merges import Merger

FORM = "#unmerge [REF]"


def parse(arguments: str, _moment: Moment) -> str:
    return a_reference(arguments, FORM) if arguments else ""


def apply(transaction: Transaction, desk: Desk, acting: Acting, reference: str) -> str:
    case, _ = within(acting)
    found = _chosen(transaction, case, reference)
    refuse_in_hand(transaction, case)
    name, cause, now = who(transaction, acting.member), acting.inbound.id, acting.now
    source = merges.undo(transaction, found, name, cause, now)
    changed = tuple(_restore(transaction, found, source, case, name, cause, now))
    _reopen(transaction, desk, found, source, name, cause, now)
    check = (
        f" While they were one, staff changed its {' and its '.join(changed)}: look at both cases." if changed else ""
    )
    return (
        f"{source.reference} is a case of its own again, with its conversations and what came and left in them since."
        f" What staff wrote since stays in {case.reference}.{check}"
    )


def _chosen(view: View, case: Case, reference: str) -> Merger:
    by_reference = {cases.find_case(view, one.source_id).reference: one for one in merges.standing(view, case.id)}
    if not by_reference:
        raise CommandError("No case was merged into this one.")
    if not reference and len(by_reference) > 1:
        raise CommandError("Several cases were merged into this one: name it.", f"#unmerge {list(by_reference)[-1]}")
    found = by_reference.get(reference) if reference else next(iter(by_reference.values()))
    if found is None:
        raise CommandError("That case was not merged into this one.", f"#unmerge {list(by_reference)[-1]}")
    return found


def _restore(
    transaction: Transaction, found: Merger, source: Case, target: Case, name: str, cause: str, now: datetime
) -> Iterator[str]:
    """How mail may speak, and the stream, as they were; what staff changed meanwhile stays, and is named."""
    if merges.changed_since(transaction, found, "case.contact"):
        # It was said of a person who seemed to be one: it is believed of both where it is the more careful.
        careful = both_contact(source.contact, target.contact)
        cases.set_contact(transaction, source.id, careful, name, cause, now)
        yield "contact"
    elif target.contact is not found.target_contact:
        cases.set_contact(transaction, target.id, found.target_contact, name, cause, now)
    if merges.changed_since(transaction, found, "case.stream"):
        yield "stream"
    elif target.stream is not found.target_stream:
        cases.set_stream(transaction, target.id, found.target_stream, name, cause, now)


def _reopen(
    transaction: Transaction, desk: Desk, found: Merger, source: Case, name: str, cause: str, now: datetime
) -> None:
    """It stands where it stood, or is open if mail came since. An open case must have something that brings it up."""
    came = any(row.journaled_at > found.merged_at for row in journal.of_case(transaction, source.id))
    status = CaseStatus.OPEN if came else found.source_status
    cases.set_status(transaction, source, status, name, cause, now)
    if status is CaseStatus.OPEN and not followups.of_case(transaction, source.id):
        case = cases.find_case(transaction, source.id)
        due.happened(transaction, desk, case, ("case opened", "mail from the person"), cause, now, name)


COMMAND = Command("unmerge", "Takes a merged case out of this one again.", (FORM,), parse, apply)
