"""The table of commands agrees with the files, and every command takes what all take."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files

import click
import pytest

from mailbot.cli import COMMANDS


def command(name: str) -> click.Command:
    module, _, attribute = COMMANDS[name].target.partition(":")
    found = getattr(import_module(module), attribute)
    assert isinstance(found, click.Command)
    return found


def leaves(found: click.Command) -> Iterator[click.Command]:
    """The command, or the commands below a group."""
    if isinstance(found, click.Group):
        for below in found.commands.values():
            yield from leaves(below)
    else:
        yield found


def test_each_file_that_holds_a_command_of_its_name_is_in_the_table() -> None:
    stems = {entry.name.removesuffix(".py") for entry in files("mailbot.cli").iterdir() if entry.name.endswith(".py")}
    # A word that Python keeps for itself has an underscore behind it: import_.
    named = {stem.rstrip("_") for stem in stems - {"__init__"} if isinstance(_attribute(stem), click.Command)}
    assert {stem.replace("_", "-") for stem in named} == set(COMMANDS)


def _attribute(stem: str) -> object:
    return getattr(import_module(f"mailbot.cli.{stem}"), stem, None)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_and_takes_config_and_json(name: str) -> None:
    for leaf in leaves(command(name)):
        options = {option for parameter in leaf.params for option in parameter.opts}
        assert {"--config", "--json"} <= options
        assert leaf.help
