"""`mailbot init DIR`: a folder with configuration, key and database, which loads as it is and says what to edit.

On a terminal it asks for what every installation must set; anywhere else it keeps the examples. Nothing is ever
overwritten: a second key would make the first one's database unreadable.
"""

from __future__ import annotations

import json
import re
import sys
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import click

from mailbot.cli.options import json_option, print_json, unused_config_option
from mailbot.errors import ConfigError

QUESTIONS = {
    "Example Intimate Images Support Service": "Full name of the service",
    "Support Service": "Bland name beside its address",
    "help@example.org": "Address that people write to",
    "imap.example.org": "IMAP host",
    "smtp.example.org": "Submission (SMTP) host",
    "First Person": "Name of the first member of staff",
    "first.person@example.org": "That person's address",
}
"""Each example in example.toml that is the operator's to replace, and how to ask for it."""

MARK = "  # EDIT"
ZONE = "America/Vancouver"


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@unused_config_option
@json_option
def init(folder: Path, as_json: bool) -> None:
    """Make DIR, a new or empty folder, with config.toml, mailbot.key and mailbot.db."""
    from mailbot.config import parse
    from scheduler.clock import Clock
    from scheduler.zone import zone
    from storage.install import create
    from storage.keyfile import write_key

    now = Clock().now()
    _refuse_unless_empty(folder)
    answers = _ask() if sys.stdin.isatty() and sys.stdout.isatty() and not as_json else {}
    text = written(answers, since=now.astimezone(zone(ZONE)))
    config_file = folder.absolute() / "config.toml"
    config = parse(text.encode(), config_file)  # a wrong answer is found before anything is made
    _make(config_file, text)
    write_key(config.storage.key_file)
    create(config.storage.database, config.storage.key_file, now)
    if as_json:
        paths = {"key": config.storage.key_file, "database": config.storage.database_file}
        print_json({"config": config_file} | paths)
    else:
        click.echo(_next_steps(config_file))


def written(answers: dict[str, str], since: datetime) -> str:
    """The text of example.toml with the answers in the examples' places, their marks gone, and `since` set."""
    example = (files("mailbot.config") / "example.toml").read_text("utf-8")
    lines = (_answered(line, answers) for line in example.splitlines(keepends=True))
    return re.sub(r"^#since = .*$", f"since = {since.isoformat(timespec='seconds')}", "".join(lines), flags=re.M)


def _answered(line: str, answers: dict[str, str]) -> str:
    if line.startswith("#"):
        return line
    # A JSON string is a TOML string, once the one control character that JSON leaves alone is escaped.
    quoted = {
        json.dumps(old): json.dumps(new, ensure_ascii=False).replace("\x7f", "\\u007f") for old, new in answers.items()
    }
    found = re.compile("|".join(map(re.escape, quoted)) or r"(?!)")
    answered = found.sub(lambda match: quoted[match[0]], line)
    return answered.replace(MARK, "") if answered != line else line


def _ask() -> dict[str, str]:
    click.echo("Enter alone keeps the example, to be edited later.")
    return {example: click.prompt(question, default=example) for example, question in QUESTIONS.items()}


def _refuse_unless_empty(folder: Path) -> None:
    try:
        occupied = folder.exists() and any(folder.iterdir())
    except OSError as problem:
        raise ConfigError(f"{folder}: expected a new or empty folder: {problem.strerror}") from problem
    if occupied:
        raise ConfigError(f"{folder}: expected a new or empty folder; this one is in use, and nothing was touched")


def _make(config_file: Path, text: str) -> None:
    try:
        config_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        config_file.touch(mode=0o600, exist_ok=False)
        config_file.write_text(text, "utf-8")
    except OSError as problem:
        raise ConfigError(f"{config_file}: cannot be written: {problem.strerror}") from problem


def _next_steps(config_file: Path) -> str:
    folder = config_file.parent
    return f"""\
Made {folder} with config.toml, mailbot.key and mailbot.db. Now:
  1. Edit the lines marked EDIT in {config_file}
  2. Write the mailbox's password into {folder / "password"} (mode 0600)
  3. Store a second copy of {folder / "mailbot.key"} in another place: without it nothing can be read
  4. mailbot check --config {config_file}"""
