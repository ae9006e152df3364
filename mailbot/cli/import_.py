"""`mailbot import`: mail from before `inbox.since` becomes closed cases (RULES 2).

Nobody is answered or told. A daemon may be at work meanwhile: each thread is one short transaction, and what is done
is never done again, so that the command can be stopped at any moment and called once more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailbot.cli.options import config_option, json_option, print_json

if TYPE_CHECKING:
    from mailbot.casework.desk import Desk
    from mailbot.casework.importing import Understood
    from mailbot.model import Inbound, Reading
    from mailbot.reading import Reader
    from storage.database import Database
    from storage.journal import JournalRow

UNREADABLE = "unreadable"


@click.command("import")
@config_option
@json_option
def import_(config_file: Path, as_json: bool) -> int:
    """Makes closed cases of the mail that came before inbox.since; nobody is answered or told.

    Messages of one person that name each other are one case. Junk, machines' and members' mail stays journaled without
    a case. Ends with 1 where a message could not be read; it stays as it is, for another time.
    """
    from mailbot.cli.opened import opened_for_reading
    from mailbot.compose import build_desk, build_reader

    with opened_for_reading(config_file) as (config, database), build_reader(config) as reader:
        desk = build_desk(config)
        found: dict[str, Understood] = {}
        aside: Counter[str] = Counter()
        unreadable: list[str] = []
        for message_id, what in _understood(database, desk, reader):
            if not isinstance(what, str):
                found[message_id] = what
            elif what == UNREADABLE:
                unreadable.append(message_id)
            else:
                aside[what] += _set_aside(database, message_id, what)
        numbers = _take_in(database, desk, found, aside)
    result = {**numbers, "set_aside": dict(sorted(aside.items())), "unreadable": unreadable}
    print_json(result) if as_json else _show(numbers, aside, unreadable)
    return 1 if unreadable else 0


def _understood(database: Database, desk: Desk, reader: Reader) -> Iterator[tuple[str, Understood | str]]:
    """Each waiting message, read in the child: what it says, or the word for why no case comes of it."""
    from mailbot.casework.importing import understand
    from mailbot.errors import MessageError
    from mailbot.handlers import Author
    from mailbot.model import Place
    from mailbot.process import recognise
    from storage import imports, journal

    with database.view() as view:
        waiting = imports.waiting(view)
    for message_id, place in waiting:
        if place is Place.JUNK:
            yield message_id, str(Author.JUNK)
            continue
        with database.view() as view:
            row, raw = journal.find(view, message_id), journal.raw(view, message_id)
        if row is None:
            continue
        try:
            reading = reader.read(raw)
        except MessageError:
            yield message_id, UNREADABLE
            continue
        author = recognise(desk, _inbound(row, reading))
        person = author is Author.REQUESTER
        yield message_id, understand(message_id, row.received_at, reading) if person else str(author)


def _inbound(row: JournalRow, reading: Reading) -> Inbound:
    from mailbot.model import Inbound

    return Inbound(row.id, row.place, row.received_at, row.journaled_at, row.size, row.oversized, reading=reading)


def _set_aside(database: Database, message_id: str, reason: str) -> int:
    from mailbot.cli import operator
    from mailbot.steps import Step
    from scheduler import Clock
    from storage import imports

    with database.transaction(Step.OPERATOR) as transaction:
        imports.set_aside(transaction, message_id, reason, operator.name(), Clock().now())
    return 1


def _take_in(database: Database, desk: Desk, found: dict[str, Understood], aside: Counter[str]) -> dict[str, int]:
    from mailbot.casework import importing, threads
    from mailbot.cli import operator
    from mailbot.steps import Step
    from scheduler import Clock
    from storage import imports

    with database.view() as view:
        addresses = {one.old.address for one in found.values()}
        known = {name: place for address in addresses for name, place in imports.known_ids(view, address).items()}
    numbers = {"messages": 0, "cases": 0, "joined": 0}
    clock, who = Clock(), operator.name()
    for thread in threads.together((one.old for one in found.values()), known):
        with database.transaction(Step.OPERATOR) as transaction:
            done = importing.take_in(transaction, desk, thread, found, who, clock.now())
        numbers["messages"] += done.taken
        numbers["cases"] += done.case_opened
        numbers["joined"] += 0 if done.case_opened else done.taken
        aside.update({importing.COPY: done.copies, importing.ERASED: done.erased})
    for reason in [reason for reason, count in aside.items() if not count]:
        del aside[reason]
    return numbers


def _show(numbers: dict[str, int], aside: Counter[str], unreadable: list[str]) -> None:
    click.echo(
        f"{numbers['messages']} messages became {numbers['cases']} closed cases"
        + (f"; {numbers['joined']} of them joined cases that were there." if numbers["joined"] else ".")
    )
    for reason, count in sorted(aside.items()):
        click.echo(f"{count} without a case: {reason}")
    for message_id in unreadable:
        click.echo(f"could not be read: {message_id}")
