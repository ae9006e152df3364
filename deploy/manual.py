"""The manual page of every command: `mailbot(1)`, `mailbot-check(1)`, `mailbot-quarantine-show(1)`, …

In: the commands' own help, as click knows it. Out: roff. No date: the same program gives the same pages on every day.
Why not click-man: docs/decisions/manual-pages.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc

import click
from roff import bold, heading, prose, tagged

from mailbot.cli import COMMANDS
from mailbot.cli.frame import cli

PURPOSE = "answer a support service's mail, and hand it to people"
PROGRAM = """\
mailbot answers the mail of a support service by day and night, and hands it to people. The people who write, staff and
supervisors have only their mail programs; operators have this program.

`mailbot init` makes a folder with configuration, key and database; `mailbot check` tries everything; `mailbot run` is
the daemon."""

ENDINGS = (
    ("0", "All is well, or done."),
    ("1", "A problem was found; it is named."),
    ("2", "Wrong usage or configuration; nothing was touched."),
    ("130", "Interrupted from the keyboard."),
)
ENVIRONMENT = (("MAILBOT_CONFIG", "The configuration file, where a command is called without `--config`."),)


def pages() -> Iterator[tuple[str, str]]:
    """Name and text of every page: the program's, then its commands' and theirs."""
    return _pages(click.Context(cli, info_name="mailbot"), PURPOSE)


def _pages(ctx: click.Context, purpose: str) -> Iterator[tuple[str, str]]:
    below = list(_below(ctx))
    yield _name(ctx), _page(ctx, purpose, below)
    for child, line in below:
        yield from _pages(child, line)


def _below(ctx: click.Context) -> Iterator[tuple[click.Context, str]]:
    """The commands of a group, each with the line that says what it does."""
    group = ctx.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if command is not None and not command.hidden:
            line = COMMANDS[name].help if ctx.parent is None else command.get_short_help_str(limit=100)
            yield click.Context(command, info_name=name, parent=ctx), line


def _page(ctx: click.Context, purpose: str, below: list[tuple[click.Context, str]]) -> str:
    usage = " ".join(ctx.command.collect_usage_pieces(ctx))
    help_text = PROGRAM if ctx.parent is None else cleandoc(ctx.command.help or "")
    parts = [
        heading(_name(ctx), 1, purpose.rstrip(".")),
        f".SH SYNOPSIS\n{bold(ctx.command_path)} {prose(usage)}\n",
        f".SH DESCRIPTION\n{prose(help_text)}\n",
        _section("OPTIONS", _options(ctx)),
        _section("COMMANDS", [(f"{_name(child)}(1)", line) for child, line in below]),
        _section("EXIT STATUS", ENDINGS),
        _section("ENVIRONMENT", ENVIRONMENT),
        f".SH SEE ALSO\n{prose(_see_also(ctx))}\n",
    ]
    return "".join(parts)


def _options(ctx: click.Context) -> list[tuple[str, str]]:
    shown = [one.get_help_record(ctx) for one in ctx.command.get_params(ctx) if isinstance(one, click.Option)]
    return [record for record in shown if record]


def _section(title: str, entries: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> str:
    return f".SH {title}\n" + "".join(tagged(*entry) for entry in entries) if entries else ""


def _see_also(ctx: click.Context) -> str:
    return "`mailbot.toml`(5)" if ctx.parent is None else f"`{_name(ctx.parent)}`(1), `mailbot.toml`(5)"


def _name(ctx: click.Context) -> str:
    return ctx.command_path.replace(" ", "-")
