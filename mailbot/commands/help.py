"""`#help [COMMAND]`: what there is and how it is written, from the commands themselves; `page` is docs/commands.md."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, CommandError, Moment, Shown, Told
from storage.database import Transaction

FORM = "#help [COMMAND]"
WHEN = (
    "WHEN is the office's clock: `tomorrow 9:00`, `friday`, `friday 2:30 pm`, `in 3 days`, `in 2 hours`,"
    " `2026-12-01 10:30`."
)
_PAGE = """\
# Staff commands

Lines that begin with `#` at the very top of an answer, one a line; what stands below them goes to the person. If one
line is wrong, nothing is done and nothing is sent: you get an answer that names the line, why, and the nearest form.

| command | what it does |
|---|---|
{rows}

{when}
A day alone means its opening, or the next one where the office stays closed. What can be read in two ways is refused,
and the receipt always says which instant was understood.

An `ID` has sixteen letters and digits and stands in the mail about it. Without one, `#send` and `#hold` mean the answer
below them if there is one, else the letter that the receipt speaks of; `#cancel` means that letter. With `#note`
nothing of the message goes out.

Sent to the service's own address and not as an answer, `#help` is answered; {anywhere} come back with a link to tap.
"""


def parse(arguments: str, _moment: Moment) -> str:
    word = arguments.lstrip("#").lower()
    if not word or word in _commands():
        return word
    near = get_close_matches(word, _commands(), 1)
    raise CommandError("There is no such command.", f"#help {near[0]}" if near else "#help")


def apply(_transaction: Transaction, _desk: Desk, _acting: Acting, word: str) -> Told:
    chosen = [_commands()[word]] if word else list(_commands().values())
    lines = tuple(f"{form}: {command.help}" for command in chosen for form in command.forms)
    return Told(WHEN.replace("`", ""), (Shown("Commands", lines),))


def page() -> str:
    """docs/commands.md, whole."""
    commands = _commands().values()
    rows = (f"| {'<br>'.join(f'`{_cell(form)}`' for form in command.forms)} | {command.help} |" for command in commands)
    anywhere = [f"`#{command.word}`" for command in commands if not command.needs_case and not command.reads]
    return _PAGE.format(rows="\n".join(rows), when=WHEN, anywhere=" and ".join(anywhere))


def _cell(form: str) -> str:
    return form.replace("|", "\\|")


def _commands() -> Mapping[str, Command]:
    # The table holds this command too, and is made after it.
    from mailbot.commands import COMMANDS

    return COMMANDS


COMMAND = Command("help", "Says what commands there are.", (FORM,), parse, apply, needs_case=False, reads=True)
