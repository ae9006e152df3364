"""`#discard ID`: a message in quarantine or junk is done with; its bytes stay in the journal (RULES 10)."""

from __future__ import annotations

from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, Moment, who
from mailbot.commands.release import in_quarantine, wanted
from storage import journal
from storage.database import Transaction

FORM = "#discard ID"


def parse(arguments: str, _moment: Moment) -> str:
    return wanted(arguments, FORM)


def apply(transaction: Transaction, _desk: Desk, acting: Acting, message_id: str) -> str:
    row = in_quarantine(transaction, message_id)
    journal.discard(transaction, row, acting.now, who(transaction, acting.member), acting.inbound.id)
    return "The message is discarded. It stays whole in the journal."


COMMAND = Command(
    "discard",
    "A message in quarantine or junk is done with, unhandled.",
    (FORM,),
    parse,
    apply,
    needs_case=False,
    repeats=True,
)
