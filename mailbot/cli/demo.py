"""`mailbot demo`: the whole story on embedded servers, in a temporary folder, without network or configuration.

Each sentence it prints about a mail was checked; it ends with 0 only if every one held. The mails themselves, as their
readers see them, are on the page that it writes.
"""

from __future__ import annotations

import shutil
import textwrap
from collections import Counter
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailbot.cli.options import json_option, print_json, unused_config_option
from mailbot.cli.status import show as show_status
from mailbot.errors import ConfigError

if TYPE_CHECKING:
    from mailbot.demo.scene import Scene
    from mailbot.demo.telling import Box, Cases, Ending, Status, Told

INTRODUCTION = """\
Three nights and two days of a support service, told in seconds. The people and the clock are invented. mailbot, its \
database, its mail servers and every mail are real: they live in this process and in a temporary folder. Nothing \
leaves this machine, and nothing but the page stays on it. Every line with a dash was checked against what happened \
before it was printed."""

MISSING = "the demo runs mail servers of its own; to install them: pip install 'mailbot[demo]'"
NARROWEST, WIDEST = 40, 92
PAGE = Path("mailbot-demo.html")


@click.command()
@click.option("--serve", is_flag=True, help="Keep the servers and the daemon up, for a mail program of your own.")
@click.option("--page", type=click.Path(dir_okay=False, path_type=Path), help=f"Where the page goes. [default: {PAGE}]")
@unused_config_option
@json_option
def demo(serve: bool, page: Path | None, as_json: bool) -> int:
    """Tells three nights and two days of a support service, on mail servers of its own.

    Needs no configuration and no network, and leaves nothing behind but a page that shows every mail (with --json only
    where --page names it). Ends with 1 where the story did not go as told. With --serve nothing is told: the servers
    stay up until Ctrl-C.
    """
    try:
        return _serve(as_json) if serve else _tell(as_json, page or (None if as_json else PAGE))
    except ModuleNotFoundError as missing:
        if (missing.name or "mailbot").partition(".")[0] == "mailbot":
            raise
        raise ConfigError(MISSING) from missing


def _serve(as_json: bool) -> int:
    from mailbot.cli.demo_serve import serve

    return serve(as_json)


def _tell(as_json: bool, file: Path | None) -> int:
    from mailbot.demo.page import refuse_other, render
    from mailbot.demo.telling import Told, tell

    if file is not None:
        refuse_other(file)
    told, terminal = Told(), Terminal()
    with closing(tell()) as events:  # also where the reader left, or Ctrl-C: the folder and the servers must go
        for event in events:
            told.hear(event)
            print_json(event.as_json()) if as_json else terminal.show(event)
    if file is not None:
        _write(file, render(told))
    if not as_json:
        terminal.end(told, file)
    return 0 if told.ending.as_told else 1


def _write(file: Path, page: str) -> None:
    try:
        file.write_text(page, "utf-8")
    except OSError as error:
        raise ConfigError(f"--page {file}: cannot be written ({error.strerror}); name another file") from error


class Terminal:
    """The story for people: plain lines that fit the terminal."""

    def __init__(self) -> None:
        self._width = max(NARROWEST, min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST))
        self._day: date | None = None

    def show(self, event: Scene | Box | Cases | Status | Ending) -> None:
        """A scene, as soon as it was played."""
        from mailbot.demo.scene import Scene

        if not isinstance(event, Scene):
            return
        if self._day is None:
            self._fold(INTRODUCTION)
        if event.at.date() != self._day:
            self._day = event.at.date()
            self._heading(f"{event.at:%A}, {event.at.day} {event.at:%B %Y}")
        self._scene(event)

    def end(self, told: Told, file: Path | None) -> None:
        """What each mailbox holds, what `status` says, whether all went as told, and where the page is."""
        self._heading("What each mailbox holds now")
        for box in told.boxes:
            self._box(box)
        self._heading("What `mailbot status` says")
        show_status(told.status.found)
        self._heading("The end")
        if told.ending.as_told:
            self._fold(
                f"The story went as told: {told.ending.scenes} scenes, {told.ending.sentences} sentences checked."
            )
        for difference in told.ending.differs:
            self._fold(difference, "NOT AS TOLD: ")
        if file is not None:
            click.echo(f"Every mail, as its reader sees it: {file.resolve()}")

    def _scene(self, scene: Scene) -> None:
        self._fold(scene.happens, f"{scene.at:%H:%M}  ", bold=True)
        for sentence, held in scene.outcomes:
            self._fold(sentence if held else f"NOT SO: {sentence}", "       - ")
        for difference in scene.differs:
            self._fold(f"NOT AS TOLD: {difference}", "       - ")
        click.echo()

    def _box(self, box: Box) -> None:
        """One mailbox in a line or two: its subjects, and how often each."""
        person = box.person
        self._fold(f"{person.name} ({person.address}, {person.about}): {_counted(len(box.mails))}", bold=True)
        subjects = Counter(subject.partition("] ")[2] or subject for subject in box.subjects)
        if subjects:
            self._fold(", ".join(_often(subject, count) for subject, count in subjects.items()), "  ")

    def _heading(self, text: str) -> None:
        click.echo()
        click.secho(text, bold=True)
        click.echo("-" * len(text))

    def _fold(self, text: str, before: str = "", *, bold: bool = False) -> None:
        after = " " * len(before)
        folded = textwrap.fill(
            text, self._width, initial_indent=before, subsequent_indent=after, break_on_hyphens=False
        )
        click.secho(folded, bold=bold)


def _counted(mails: int) -> str:
    return {0: "nothing", 1: "1 mail"}.get(mails, f"{mails} mails")


def _often(subject: str, count: int) -> str:
    return subject if count == 1 else f"{subject} (x{count})"
