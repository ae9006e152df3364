"""`#release ID`: a message in quarantine or junk is handled as if it lay in the inbox (RULES 10)."""

from __future__ import annotations

from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, CommandError, Moment, an_id, who
from mailbot.model import JournalState
from storage import journal
from storage.database import Transaction, View
from storage.journal import JournalRow

FORM = "#release ID"


def parse(arguments: str, _moment: Moment) -> str:
    return wanted(arguments, FORM)


def wanted(arguments: str, form: str) -> str:
    """The id of a message, as `#release` and `#discard` take it."""
    message_id = an_id(arguments)
    if message_id is None:
        raise CommandError("Which message? An id has sixteen letters and digits; the mail about it shows it.", form)
    return message_id


def in_quarantine(view: View, message_id: str) -> JournalRow:
    row = journal.find(view, message_id)
    if row is None or row.state is not JournalState.QUARANTINED:
        raise CommandError("No message with this id is in quarantine.")
    return row


def apply(transaction: Transaction, _desk: Desk, acting: Acting, message_id: str) -> str:
    row = in_quarantine(transaction, message_id)
    if row.case_id is not None:
        # An oversized message has its case already; handled twice it would have two.
        raise CommandError("This message belongs to a case already; only its size keeps it in quarantine.")
    journal.retry(transaction, row, acting.now, who(transaction, acting.member), acting.inbound.id)
    return "The message is handled now, as if it lay in the inbox."


COMMAND = Command(
    "release",
    "Has a message in quarantine or junk handled as if it lay in the inbox.",
    (FORM,),
    parse,
    apply,
    needs_case=False,
    repeats=True,
)
