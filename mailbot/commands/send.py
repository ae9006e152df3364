"""`#send now [ID]`: a waiting letter leaves at once, past hold, grace and stop (RULES 8)."""

from __future__ import annotations

from mailbot.casework import letter_by_hand
from mailbot.casework.desk import Desk
from mailbot.commands.chosen import changed, chosen, refuse_stopped
from mailbot.commands.command import Acting, Choice, Command, CommandError, Moment, an_id, who
from storage import holds
from storage.database import Transaction

FORM = "#send now [ID]"


def parse(arguments: str, _moment: Moment) -> Choice:
    words = arguments.split()
    if words[:1] and words[0].lower() == "now" and len(words) <= 2:
        letter = an_id(words[1]) if len(words) == 2 else None
        if len(words) == 1 or letter:
            return Choice(letter)
        raise CommandError("An id has sixteen letters and digits; the receipt shows it.", "#send now")
    raise CommandError("Only `now` can follow; for later there is #hold until.", "#send now")


def apply(transaction: Transaction, desk: Desk, acting: Acting, choice: Choice) -> str:
    row = chosen(transaction, acting, choice.letter, below=True)
    refuse_stopped(transaction, acting, row)
    letter_by_hand.refuse_untrue(transaction, desk, row, acting.now)
    with changed():
        holds.release_now(transaction, row, who(transaction, acting.member), acting.inbound.id, acting.now)
    late = "" if desk.office.is_open(acting.now) else " It is outside office hours, so it ends with crisis lines."
    return f"The letter leaves now.{late}"


COMMAND = Command(
    "send", "Sends the answer, or a letter that waits, at once.", (FORM,), parse, apply, sends=True, repeats=True
)
