"""`#consent yes|no WHAT`: a person's yes or no for one purpose, with its date and the message it was said in (LETTERS,
rule 29). A silence is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, CommandError, Moment, who, within
from mailbot.model import Role
from mailbot.writing.dates import moment as in_words
from storage import journal, records
from storage.database import Transaction
from storage.journal import JournalRow
from storage.records import Kind

FORM = "#consent yes|no WHAT"
PURPOSES = ("c3p", "police", "tribunal", "agency", "dispatch", "request", "us-request")
"""What letters and conversations ask for. Another purpose may be recorded; it opens nothing."""
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Arguments:
    answer: str
    purpose: str


def parse(arguments: str, _moment: Moment) -> Arguments:
    answer, *words = arguments.lower().split() or [""]
    if answer not in ("yes", "no"):
        raise CommandError("A consent is yes or no.", f"#consent yes {' '.join(words or ['c3p'])[:LONGEST]}")
    purpose = " ".join(words)
    if not 0 < len(purpose) <= LONGEST:
        raise CommandError("For what? A word or two.", f"#consent {answer} c3p")
    near = get_close_matches(purpose, PURPOSES, 1, 0.75)
    if near and near[0] != purpose:
        # A slip here would be a consent that no letter finds, or one for something else.
        raise CommandError("That is nearly, but not quite, the word for it.", f"#consent {answer} {near[0]}")
    return Arguments(answer, purpose)


def apply(transaction: Transaction, desk: Desk, acting: Acting, arguments: Arguments) -> str:
    case, conversation = within(acting)
    if conversation.role not in (Role.REQUESTER, Role.GUARDIAN):
        raise CommandError("Only the person can consent: answer a mail of theirs.")
    said_in = journal.newest_of_conversation(transaction, conversation.id)
    records.add(
        transaction,
        case.id,
        Kind.CONSENT,
        {"answer": arguments.answer, "purpose": arguments.purpose, "said_in": said_in.id if said_in else None},
        who=who(transaction, acting.member),
        cause=acting.inbound.id,
        now=acting.now,
        about=arguments.purpose,
    )
    taken = "consents to" if arguments.answer == "yes" else "does not consent to"
    return f"The person {taken} {arguments.purpose}. {_said(desk, said_in)}"


def _said(desk: Desk, said_in: JournalRow | None) -> str:
    if said_in is None:
        return "There is no message of theirs: it is recorded as told by telephone."
    at = in_words(said_in.received_at.astimezone(desk.office.zone), "en")
    return f"Said in the message that came {at}."


COMMAND = Command("consent", "Records the person's yes or no for one purpose.", (FORM,), parse, apply, repeats=True)
