"""The table of commands: the folder, the help and the page say the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from loops.house import BY_DAY, VANCOUVER

import mailbot.commands
from mailbot.commands import COMMANDS, Command, CommandError, Moment
from mailbot.commands.help import page
from scheduler import Office

MOMENT = Moment(BY_DAY, Office(VANCOUVER))
ROOT = Path(__file__).parents[2]
SHAPE = {"__init__", "command", "chosen", "lines"}


def test_every_command_is_one_file_and_every_file_one_command() -> None:
    files = {file.stem for file in Path(mailbot.commands.__path__[0]).glob("*.py")}
    assert files - SHAPE == set(COMMANDS)
    assert all(word == command.word for word, command in COMMANDS.items())


def test_the_page_of_commands_is_current() -> None:
    """Made by: python -c 'from mailbot.commands.help import page; print(page(), end="")' > docs/commands.md"""
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_every_command_has_a_sentence_and_forms_that_begin_with_its_word(command: Command) -> None:
    assert command.help.endswith(".")
    assert all(form.startswith(f"#{command.word}") for form in command.forms)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("typed", ["", "x", "until", "now", "change", "friday", "\n", "a" * 5000, "\x00", "( [ *"])
def test_whatever_is_typed_behind_a_word_parses_or_is_refused(command: Command, typed: str) -> None:
    assert _nearest(command, typed).startswith("#")


def _nearest(command: Command, typed: str) -> str:
    try:
        command.parse(typed, MOMENT)
    except CommandError as refused:
        return refused.nearest
    return "#"
