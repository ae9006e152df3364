"""`mailbot run --release`: shows what a restore holds back, and lets it go.

First the mailbox is read to the end, so that what the lost machine did shows (docs/backup.md). Then every letter is
listed with what becomes of it; on a terminal a person is asked, elsewhere the flag is the word. Where a daemon is at
work on the database, it has read the mailbox, and sends; else one pass does both.
"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailbot.cli.options import print_json, table
from mailbot.errors import LeaseTaken, Unreachable

if TYPE_CHECKING:
    from mailbot.casework.desk import Desk
    from mailbot.compose import House
    from storage.database import Database
    from storage.restored import Restored

UNREAD = (
    "the mailbox could not be read to its end; nothing was let go. Try again when `mailbot status` shows no trouble"
)
HEADINGS = {
    "leaves": "leave now, or at their time",
    "waits": "may have left before, and wait for a person (staff are told)",
    "left": "had left before, as the mailbox shows, and do not leave again",
}


def release(config_file: Path, as_json: bool, yes: bool) -> int:
    """Ends with 0 where everything was let go or nothing is held back, 1 where the mailbox was out of reach or the
    person said no.
    """
    from mailbot.compose import opened

    try:
        with opened(config_file) as house:
            return _alone(house, as_json, yes)
    except LeaseTaken:
        return _beside_a_daemon(config_file, as_json, yes)


def _alone(house: House, as_json: bool, yes: bool) -> int:
    from mailbot.cli.run import one_pass

    if _standing(house.database) is None:
        return _nothing(as_json)
    one_pass(house)
    if not _let_go(house.database, house.desk, house.clock.now(), as_json, yes):
        return 1
    return 0 if one_pass(house) else 1


def _beside_a_daemon(config_file: Path, as_json: bool, yes: bool) -> int:
    from mailbot.cli.opened import opened_for_reading
    from mailbot.compose import build_desk
    from scheduler import Clock

    with opened_for_reading(config_file) as (config, database):
        if _standing(database) is None:
            return _nothing(as_json)
        if not _let_go(database, build_desk(config), Clock().now(), as_json, yes):
            return 1
    if not as_json:
        click.echo("The mailbot at work sends from now on.")
    return 0


def _standing(database: Database) -> Restored | None:
    from storage import restored

    with database.view() as view:
        return restored.standing(view)


def _nothing(as_json: bool) -> int:
    if not as_json:
        click.echo("Nothing is held back: this database was not restored, or was let go already.")
    return 0


def _let_go(database: Database, desk: Desk, now: datetime, as_json: bool, yes: bool) -> bool:
    from mailbot.casework import release as casework
    from mailbot.cli.operator import name
    from mailbot.steps import Step

    with database.view() as view:
        if not casework.may_be_let_go(view):
            raise Unreachable(UNREAD)
        listed = casework.listing(view, desk)
    for one in listed if as_json else ():
        print_json(one)
    if not as_json:
        _show(listed)
    if not (yes or as_json) and sys.stdin.isatty() and sys.stdout.isatty() and not click.confirm("Let them go?"):
        return False
    with database.transaction(Step.OPERATOR) as transaction:
        casework.let_go(transaction, desk, name(), now)
    return True


def _show(listed: list[dict[str, object]]) -> None:
    counted = Counter(str(one["fate"]) for one in listed)
    for fate, heading in HEADINGS.items():
        click.echo(f"{counted[fate]} letters {heading}.")
    columns = ("fate", "id", "case", "role", "letter", "state", "release_at", "created_at")
    if listed:
        table([[one[name] for name in columns] for one in listed], columns)
