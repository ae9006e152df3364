"""`mailbot attachment`: what a case's messages carry, and one of them opened, into a file and nowhere else (promise
12).

An attachment's id is its message's id and its number: ID-1 is the first. Opening one is logged with the operator's
name; a sealed one, which may be an intimate image, needs the operator's word besides.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailbot.cli.options import config_option, json_option, print_json, table

if TYPE_CHECKING:
    from mailbot.reading import Reader
    from storage.cases import Case
    from storage.database import Database
    from storage.journal import JournalRow

MEANS = "expected the id of an attachment as `mailbot attachment list REF` shows it: a message's id, a hyphen, a number"


@click.group()
def attachment() -> None:
    """What messages carry: listed, or opened into a file."""


@attachment.command("list")
@click.argument("reference", metavar="REF")
@config_option
@json_option
def list_(config_file: Path, reference: str, as_json: bool) -> None:
    """Lists the attachments of a case's messages, with their ids; that somebody looked is logged.

    Wanted are those that a member asked for with `#fetch`, which is refused for sealed ones, until one is opened.
    """
    from mailbot.cli.opened import opened_for_reading
    from mailbot.cli.record import record
    from mailbot.compose import build_reader
    from storage import cases

    with opened_for_reading(config_file) as (config, database):
        with database.view() as view:
            case = cases.find_by_reference(view, reference)
            if case is None:
                raise click.ClickException(f"no case has the reference {reference!r}; `mailbot cases` lists them")
        record(database, "attachments.listed", case.id)
        with build_reader(config) as reader:
            found = _listed(database, reader, case)
    if as_json:
        for one in found:
            print_json({name: value for name, value in one.items() if name != "name"})
    else:
        table([list(one.values()) for one in found], ("id", "type", "size", "sealed", "wanted", "name"))


def _listed(database: Database, reader: Reader, case: Case) -> list[dict[str, object]]:
    from storage import journal, wanted

    with database.view() as view:
        rows = [row for row in journal.of_case(view, case.id) if row.attachments]
        asked_for = wanted.wanted(view, [row.id for row in rows])
        raws = [(row.id, journal.raw(view, row.id)) for row in rows]
    return [
        {
            "id": f"{message_id}-{number}",
            "content_type": one.content_type,
            "size": one.size,
            "sealed": one.sealed,
            "wanted": (message_id, number) in asked_for,
            "name": one.filename,
        }
        for message_id, raw in raws
        for number, one in enumerate(reader.read(raw).attachments, 1)
    ]


@attachment.command("open")
@click.argument("attachment_id", metavar="ID")
@click.option("--output", required=True, type=click.Path(path_type=Path), metavar="FILE", help="A new file (0600).")
@click.option("--sealed", is_flag=True, help="Open it though it is sealed: it may show an intimate image.")
@config_option
@json_option
def open_(config_file: Path, attachment_id: str, output: Path, sealed: bool, as_json: bool) -> None:
    """Opens one attachment into a new file that only you can read; who opened it, and when, is logged.

    Sealed ones (pictures, films, archives) are opened with --sealed alone. Possessing some pictures is an offence:
    open one only where your authority and a reason are written down.
    """
    from mailbot.cli.opened import opened_for_reading
    from mailbot.cli.private_file import private_file
    from mailbot.cli.record import record
    from mailbot.compose import build_reader
    from mailbot.errors import MessageError, ReaderDied
    from storage import journal

    message_id, number = _split(attachment_id)
    with opened_for_reading(config_file) as (config, database):
        with database.view() as view:
            row = _find(journal.find(view, message_id), attachment_id)
            raw = journal.raw(view, message_id)
        with build_reader(config) as reader:
            try:
                count = len(reader.read(raw).attachments)
                if count >= number:
                    found, data = reader.attachment(raw, number)
            except ReaderDied as error:
                raise click.ClickException(f"message {message_id} could not be read; try again") from error
            except MessageError as error:
                raise click.ClickException(_why_not(row)) from error
        if number > count:
            raise click.ClickException(f"message {message_id} carries {count} attachments; there is no number {number}")
        if found.sealed and not sealed:
            raise click.UsageError(
                f"{attachment_id} is sealed: it may show an intimate image. To open it all the same, say --sealed"
            )
        with private_file(output, "--output") as file:
            record(database, "attachment.opened", message_id, number=number, sealed=int(found.sealed), size=len(data))
            file.write(data)
    if as_json:
        size = {"size": len(data), "sealed": found.sealed}
        print_json({"id": attachment_id, "file": output, "content_type": found.content_type} | size)
    else:
        click.echo(f"Written to {output}, {len(data)} bytes, readable by you alone. That you opened it is logged.")


def _split(attachment_id: str) -> tuple[str, int]:
    message_id, _, number = attachment_id.rpartition("-")
    if not message_id or not number.isascii() or not number.isdigit() or not int(number[:9]) > 0:
        raise click.UsageError(f"ID {attachment_id!r}: {MEANS}")
    return message_id, int(number[:9])


def _find(row: JournalRow | None, attachment_id: str) -> JournalRow:
    from storage.erasure import REASON

    if row is None:
        raise click.ClickException(f"no message has this id; {attachment_id!r}: {MEANS}")
    if row.reason == REASON:
        raise click.ClickException(f"message {row.id} was erased; nothing of it can be opened again")
    if row.oversized:
        raise click.ClickException(
            f"message {row.id} was too large to take in; it lies whole in the quarantine folder of the mailbox"
        )
    return row


def _why_not(row: JournalRow) -> str:
    return (
        "this one is no part of its own: it is written out in a text or lies inside another file, and is not cut out."
        f" The whole message {row.id} can be had with `mailbot export REF --sealed`"
    )
