"""`mailbot run --dry-run`: a whole pass on a copy of the database, with the mailbox only read and nothing sent.

The copy is encrypted like the original and lies beside it for the time of the rehearsal, or beside the key where the
original is on a server. So what is shown is what the
rules would do, not what a second program believes that they do.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import click

from mailbot.cli.options import print_json
from mailbot.compose import build, inbox_account
from mailbot.config import Config, load
from mailbot.installation import open_database
from mailbot.transport import Filed, How, Mailbox
from storage import cases, copies, journal, outbox
from storage.database import Database
from storage.keyfile import read_key


class OnlyLooking(Mailbox):
    """A mailbox in which nothing is made, marked or moved."""

    def create(self, name: str) -> None:
        """Not in a rehearsal."""

    def append(self, raw: bytes, folder: str, flags: Iterable[str] = (), received_at: datetime | None = None) -> None:
        """Not in a rehearsal."""

    def file_away(self, uids: Sequence[int], to: str) -> Filed:
        return Filed(How.REFUSED, tuple(uids))


def rehearse(config_file: Path, as_json: bool) -> int:
    """Says what a pass would do. The lease is not taken: a daemon may be at work meanwhile."""
    config = load(config_file)
    original = open_database(config)
    try:
        beside = config.storage.database_file or config.storage.key_file
        with tempfile.TemporaryDirectory(prefix=".dry-run-", dir=beside.parent) as folder:
            copy = Path(folder) / "copy.db"
            copy.touch(0o600)
            copies.write(original, copy)
            found = _rehearse(config, Database.open(f"sqlite:///{copy}", read_key(config.storage.key_file)))
    finally:
        original.close()
    if as_json:
        print_json(found)
    else:
        _say(found)
    return 0


def _rehearse(config: Config, copy: Database) -> dict[str, int]:
    house = build(config, copy, mailbox=OnlyLooking(inbox_account(config)))
    try:
        before = _numbers(copy)
        while house.watch.round() | house.process.round() | house.tick.round():
            pass
        after = _numbers(copy)
    finally:
        house.close()
    return {name: after[name] - before[name] for name in sorted(after | before) if after[name] != before[name]}


def _numbers(database: Database) -> Counter[str]:
    with database.view() as view:
        numbers = Counter({f"messages {state}": number for state, number in journal.counts(view).items()})
        numbers["cases opened"] = sum(cases.counts(view).values())
        numbers.update(f"{row.letter} to {row.role}" for row, _ in outbox.listing(view, everything=False))
    return numbers


def _say(found: dict[str, int]) -> None:
    if not found:
        click.echo("Nothing would be done.")
    for name, number in found.items():
        click.echo(f"{number:>+6}  {name}")
