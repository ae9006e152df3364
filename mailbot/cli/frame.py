"""The frame around every command: finds it, runs it, and turns what goes wrong into one sentence and an exit code.

`errors.ENDINGS` has the codes. A traceback is never shown: its last line may hold something received.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import TracebackType

import click

from mailbot import __version__
from mailbot.cli import COMMANDS, help_text
from mailbot.errors import ENDINGS, MailbotError


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called; help and suggestions come from the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def get_help(self, ctx: click.Context) -> str:
        return help_text().rstrip()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand:
            raise click.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx) from None


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mailbot")
def cli() -> None:
    """The program; its help is `help_text`."""


def run() -> int:
    """Runs the command that was called; returns the program's exit code. Says what went wrong on stderr."""
    sys.excepthook = _say_where
    try:
        result = cli.main(prog_name="mailbot", standalone_mode=False)
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except MailbotError as problem:
        click.echo(f"mailbot: {_sentence(problem)}", err=True)
        return exit_code(problem)
    except click.Abort:
        return 130
    # A command may return its exit code; `ctx.exit(code)` arrives here as the code too.
    return result if isinstance(result, int) else 0


def exit_code(problem: MailbotError) -> int:
    """The exit code of an error: its own class's ending, or that of the nearest class above it."""
    return next(ENDINGS[kind].exit_code for kind in type(problem).__mro__ if kind in ENDINGS)


def _sentence(problem: MailbotError) -> str:
    """The error's own text, or its class's sentence."""
    return str(problem) or str(type(problem).__doc__)


def _say_where(kind: type[BaseException], _: BaseException, trace: TracebackType | None) -> None:
    """For what nobody foresaw: the kind of error and the places it came through, never its text (promise 14)."""
    import traceback

    frames = reversed(traceback.extract_tb(trace))
    places = " < ".join(f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno}" for frame in frames)
    click.echo(f"mailbot: this is a fault in mailbot itself: {kind.__name__} at {places}", err=True)
