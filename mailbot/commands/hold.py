"""`#hold until WHEN [ID]`: a letter waits until an office hour that the member names (RULES 8)."""

from __future__ import annotations

from datetime import UTC

from mailbot.casework import letter_by_hand
from mailbot.casework.desk import Desk
from mailbot.casework.when import form, parse_when
from mailbot.commands.chosen import changed, chosen, refuse_stopped
from mailbot.commands.command import Acting, Choice, Command, CommandError, Moment, an_id, who
from mailbot.writing.dates import moment as in_words
from storage import holds
from storage.database import Transaction

FORM = "#hold until WHEN [ID]"


def parse(arguments: str, moment: Moment) -> Choice:
    first, _, behind = arguments.partition(" ")
    if first.lower() != "until" or not behind:
        raise CommandError("Until when?", "#hold until tomorrow 9:00")
    words, letter = _without_id(behind)
    try:
        until = parse_when(words, moment.now, moment.office)
    except CommandError as error:
        raise CommandError(error.reason, f"#hold until {error.nearest}") from error
    if not moment.office.is_open(until):
        # Letters leave in office hours alone; only #send now is an exception, and it ends with crisis lines.
        later = moment.office.next_opening(until).astimezone(moment.office.zone)
        raise CommandError("The office is closed then.", f"#hold until {form(later)}")
    return Choice(letter, until)


def _without_id(words: str) -> tuple[str, str | None]:
    head, _, last = words.rpartition(" ")
    letter = an_id(last) if head else None
    return (head, letter) if letter else (words, None)


def apply(transaction: Transaction, desk: Desk, acting: Acting, choice: Choice) -> str:
    row = chosen(transaction, acting, choice.letter, below=True)
    refuse_stopped(transaction, acting, row)
    if choice.until is None:
        raise CommandError("Until when?", FORM)
    letter_by_hand.refuse_untrue(transaction, desk, row, choice.until.astimezone(UTC))
    with changed():
        holds.hold_until(transaction, row, choice.until, who(transaction, acting.member), acting.inbound.id, acting.now)
    return f"The letter waits until {in_words(choice.until, 'en')}."


COMMAND = Command(
    "hold", "Lets the answer, or a letter that waits, leave later.", (FORM,), parse, apply, sends=True, repeats=True
)
