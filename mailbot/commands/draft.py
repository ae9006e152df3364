"""`#draft NAME`: the text of a letter comes back to the member, to be changed and sent as an answer.

Nothing goes out.
"""

from __future__ import annotations

from mailbot.casework import gates, letter_by_hand
from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, CommandError, Moment, Shown, Told, within
from mailbot.commands.letter import doubts, name_of
from mailbot.writing.catalogue import BY_HAND
from storage.database import Transaction

FORM = "#draft NAME"


def parse(arguments: str, _moment: Moment) -> str:
    line, _, below = arguments.partition("\n")
    name = name_of(line, "draft")
    if below.strip():
        # They would be lost, or taken for an answer: a member who means that says #letter.
        raise CommandError("With #draft nothing goes out, and there are words below it.", f"#letter {name}")
    return name


def apply(transaction: Transaction, desk: Desk, acting: Acting, name: str) -> Told:
    _, conversation = within(acting)
    letter, situation = BY_HAND[name], letter_by_hand.situation_of(transaction, conversation, acting.now)
    draft = letter_by_hand.write(transaction, desk, conversation, letter, situation, acting.now)
    closed = gates.refusal(letter, situation)
    warning = f" As a letter it would be refused. {closed.reason}" if closed else ""
    rendered = desk.letters.compose(draft)
    how = "Nothing goes out. To send it changed, copy it into an answer to the notice."
    shown = Shown(f"Draft of {name}", words=rendered.text)
    return Told(f"{how}{warning}{doubts(desk, letter, situation)}", (shown,))


COMMAND = Command(
    "draft", "Shows the text of a letter, to be changed.", (FORM,), parse, apply, takes_rest=True, reads=True
)
