"""`mailbot demo`: the whole story on embedded servers, in a temporary folder, without network or configuration.

Each sentence it prints about a mail was checked; it ends with 0 only if every one held.
"""

from __future__ import annotations

import shutil
import textwrap
from contextlib import closing
from datetime import date
from email.message import EmailMessage
from typing import TYPE_CHECKING

import click

from mailbot.cli.options import json_option, print_json, unused_config_option
from mailbot.cli.status import show as show_status
from mailbot.errors import ConfigError

if TYPE_CHECKING:
    from mailbot.demo.scene import Scene
    from mailbot.demo.telling import Box, Ending, Status

INTRODUCTION = """\
Three nights and two days of a support service, told in seconds. The people and the clock are invented. mailbot, its \
database, its mail servers and every mail are real: they live in this process and in a temporary folder. Nothing \
leaves this machine, and nothing stays on it. Every line with a dash was checked against what happened before it was \
printed."""

MISSING = "the demo runs mail servers of its own; to install them: pip install 'mailbot[demo]'"
NARROWEST, WIDEST = 40, 92
PARAGRAPHS = {"requester": 8, "staff": 2}
"""How much of a mail is shown: people outside have few, and the help lines are in them; staff have many."""


@click.command()
@click.option("--serve", is_flag=True, help="Keep the servers and the daemon up, for a mail program of your own.")
@unused_config_option
@json_option
def demo(serve: bool, as_json: bool) -> int:
    """Tells three nights and two days of a support service, on mail servers of its own.

    Needs no configuration and no network, and leaves nothing behind. Ends with 1 where the story did not go as told.
    With --serve nothing is told: the servers stay up until Ctrl-C.
    """
    try:
        return _serve(as_json) if serve else _tell(as_json)
    except ModuleNotFoundError as missing:
        if (missing.name or "mailbot").partition(".")[0] == "mailbot":
            raise
        raise ConfigError(MISSING) from missing


def _serve(as_json: bool) -> int:
    from mailbot.cli.demo_serve import serve

    return serve(as_json)


def _tell(as_json: bool) -> int:
    from mailbot.demo.telling import Ending, tell

    page, as_told = Page(), False
    with closing(tell()) as events:  # also where the reader left, or Ctrl-C: the folder and the servers must go
        for event in events:
            print_json(event.as_json()) if as_json else page.show(event)
            as_told = isinstance(event, Ending) and event.as_told
    return 0 if as_told else 1


class Page:
    """The story for people: plain lines that fit the terminal."""

    def __init__(self) -> None:
        self._width = max(NARROWEST, min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST))
        self._last: object = None
        self._day: date | None = None

    def show(self, event: Scene | Box | Status | Ending) -> None:
        """Prints one event, with a heading where a new part begins."""
        from mailbot.demo.scene import Scene
        from mailbot.demo.telling import Box, Status

        if self._last is None:
            self._write(INTRODUCTION)
        if isinstance(event, Scene):
            self._scene(event)
        elif isinstance(event, Box):
            before = self._last if isinstance(self._last, Box) else None
            if before is None:
                self._heading("What each mailbox holds now")
            self._box(event, before)
        elif isinstance(event, Status):
            self._heading("What `mailbot status` says")
            show_status(event.found)
        else:
            self._end(event)
        self._last = event

    def _scene(self, scene: Scene) -> None:
        if scene.at.date() != self._day:
            self._day = scene.at.date()
            self._heading(f"{scene.at:%A}, {scene.at.day} {scene.at:%B %Y}")
        self._write(scene.happens, f"{scene.at:%H:%M}  ", bold=True)
        for sentence, held in scene.outcomes:
            self._write(sentence if held else f"NOT SO: {sentence}", "       - ")
        for difference in scene.differs:
            self._write(f"NOT AS TOLD: {difference}", "       - ")
        click.echo()

    def _box(self, box: Box, before: Box | None) -> None:
        count = {0: "nothing", 1: "1 mail"}.get(len(box.mails), f"{len(box.mails)} mails")
        self._write(f"{box.person.name} ({box.person.address}, {box.person.about}): {count}", bold=True)
        if before is not None and before.looks_like(box):
            click.echo(f"  the same as {before.person.name}'s, each with a reply address of its own\n")
            return
        for mail, text in zip(box.mails, box.texts, strict=True):
            self._mail(mail, text, PARAGRAPHS[box.person.role])
        click.echo()

    def _mail(self, mail: EmailMessage, text: str, most: int) -> None:
        paragraphs = [line for line in text.splitlines() if line.strip()]
        click.echo()
        self._write(f"{mail['From']}, {mail['Date'].datetime:%A %H:%M}", "  From:    ")
        self._write(str(mail["Subject"]), "  Subject: ")
        for line in paragraphs[:most]:
            self._write(line, "  | ", following="  | ")
        if len(paragraphs) > most:
            click.echo("  | ...")

    def _end(self, end: Ending) -> None:
        self._heading("The end")
        if end.as_told:
            self._write(f"The story went as told: {end.scenes} scenes, {end.sentences} sentences checked.")
        for difference in end.differs:
            self._write(difference, "NOT AS TOLD: ")

    def _heading(self, text: str) -> None:
        click.echo()
        click.secho(text, bold=True)
        click.echo("-" * len(text))

    def _write(self, text: str, before: str = "", *, following: str | None = None, bold: bool = False) -> None:
        after = " " * len(before) if following is None else following
        folded = textwrap.fill(
            text, self._width, initial_indent=before, subsequent_indent=after, break_on_hyphens=False
        )
        click.secho(folded, bold=bold)
