"""`#note`: everything behind and below it is a private note for colleagues. Nothing of the message goes out."""

from __future__ import annotations

from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, CommandError, Moment, who, within
from storage import notes
from storage.database import Transaction


def parse(arguments: str, _moment: Moment) -> str:
    if not arguments.strip():
        raise CommandError("The note is empty: write it behind #note or below it.", "#note TEXT")
    return arguments.strip()


def apply(transaction: Transaction, _desk: Desk, acting: Acting, text: str) -> str:
    case, _ = within(acting)
    notes.add(transaction, case.id, text, who(transaction, acting.member), acting.inbound.id, acting.now)
    return f"A private note was kept in {case.reference}. Nothing of it goes out."


COMMAND = Command(
    "note",
    "Keeps the words behind and below it as a private note. Nothing goes out.",
    ("#note TEXT",),
    parse,
    apply,
    takes_rest=True,
)
