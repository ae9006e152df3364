"""`#cancel [ID]`: a waiting letter never leaves (RULES 8)."""

from __future__ import annotations

from mailbot.casework.desk import Desk
from mailbot.commands.chosen import changed, chosen
from mailbot.commands.command import Acting, Choice, Command, CommandError, Moment, an_id, who
from storage import holds
from storage.database import Transaction

FORM = "#cancel [ID]"


def parse(arguments: str, _moment: Moment) -> Choice:
    if not arguments:
        return Choice(None)
    letter = an_id(arguments)
    if letter is None:
        raise CommandError("An id has sixteen letters and digits; the receipt shows it.", "#cancel")
    return Choice(letter)


def apply(transaction: Transaction, _desk: Desk, acting: Acting, choice: Choice) -> str:
    row = chosen(transaction, acting, choice.letter, below=False)
    with changed():
        holds.cancel(transaction, row, who(transaction, acting.member), acting.inbound.id, acting.now)
    return "The letter is cancelled. It does not leave."


COMMAND = Command("cancel", "A letter that waits does not leave.", (FORM,), parse, apply, sends=True, repeats=True)
