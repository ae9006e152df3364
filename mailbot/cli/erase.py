"""`mailbot erase REF`: destroys a case's key and everything that leads to it, and says what it cannot reach (RULES 12).

On a terminal it asks for the reference once more. Elsewhere the reference on the command line is the word.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailbot.cli.options import config_option, json_option, print_json

if TYPE_CHECKING:
    from mailbot.casework.erasing import Erasure
    from storage.cases import Case
    from storage.database import Database

BEYOND = (
    "copies on the mail server: what was filed away into {done} and {quarantine} is the mailbox's, not mailbot's",
    "backups made before now: they still hold this case's key. `mailbot restore` and every start destroy it again,"
    " as long as {notes} is kept beside the key; else destroy those backups",
    "what has left: the person's mailbox, and the mailboxes of staff, platforms and others who were written to",
)
"""Shown after every erasure; docs/erasure.md says what to do about each."""


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--quarantined", is_flag=True, help="Also destroy messages in quarantine that name the person's address.")
@click.option("--yes", is_flag=True, help="Do not ask on a terminal.")
@config_option
@json_option
def erase(config_file: Path, reference: str, quarantined: bool, yes: bool, as_json: bool) -> int:
    """Destroys a case for ever: its key, its messages, its letters, its notes.

    What is left is a skeleton of ids, states and times, so that the numbers agree and the audit holds. Ends with 1
    where a letter of the case is being sent at this moment, or where the database is being read; then do it again.
    """
    from mailbot.cli.opened import opened_for_reading
    from storage import cases, erasure, scrubbing, tombstones

    with opened_for_reading(config_file) as (config, database):
        with database.view() as view:
            case = cases.find_by_reference(view, reference)
            if case is None:
                raise click.ClickException(f"no case has the reference {reference!r}; `mailbot cases` lists them")
            erased_before = erasure.is_erased(view, case.id)
        notes = tombstones.path_beside(config.storage.key_file)
        done = None
        if not erased_before:
            if not (yes or as_json) and sys.stdin.isatty() and sys.stdout.isatty():
                _ask(case)
            done = _erase(database, case, notes, quarantined)
        clean = scrubbing.scrub(database)
    names = {"done": config.inbox.done_folder, "quarantine": config.inbox.quarantine_folder, "notes": notes.name}
    beyond = [one.format(**names) for one in BEYOND]
    print_json(_as_json(case, done, beyond, clean)) if as_json else _show(case, done, beyond, clean)
    return 0 if clean else 1


def _ask(case: Case) -> None:
    click.echo(f"Case {case.reference}, opened {case.opened_at:%Y-%m-%d}, {case.status}. Nobody can bring it back.")
    if click.prompt("Type its reference to erase it", default="", show_default=False).strip() != case.reference:
        raise click.ClickException("that is not its reference; nothing was erased")


def _erase(database: Database, case: Case, notes: Path, quarantined: bool) -> Erasure:
    """One transaction. What is destroyed is noted before the commit: after a crash between the two, the next start
    destroys what the operator meant.
    """
    from mailbot.casework import erasing
    from mailbot.cli import operator
    from mailbot.steps import Step
    from scheduler import Clock
    from storage import tombstones

    with database.transaction(Step.OPERATOR) as transaction:
        found = erasing.erase(transaction, case, operator.name(), Clock().now(), quarantined=quarantined)
        if found is None:
            raise click.ClickException(
                f"a letter of {case.reference} is being sent at this moment; nothing was erased, try again in a minute"
                " (after a crash: when mailbot has run once)"
            )
        tombstones.note(notes, found.tombstones)
    return found


def _as_json(case: Case, done: Erasure | None, beyond: list[str], clean: bool) -> dict[str, object]:
    numbers = {name: getattr(done.erased, name) if done else 0 for name in _NUMBERS}
    return {
        "reference": case.reference,
        "erased": True,
        **numbers,
        "undecided": list(done.undecided) if done else [],
        "other_cases": list(done.other_cases) if done else [],
        "files_clean": clean,
        "beyond_reach": beyond,
    }


_NUMBERS = ("messages", "letters", "cancelled", "follow_ups", "notes", "records")


def _show(case: Case, done: Erasure | None, beyond: list[str], clean: bool) -> None:
    if done is None:
        click.echo(f"Case {case.reference} was erased before.")
    else:
        gone = done.erased
        click.echo(
            f"Case {case.reference} is erased: {gone.messages} messages, {gone.letters} letters"
            f" ({gone.cancelled} had not left), {gone.notes} notes, {gone.records} records,"
            f" {gone.follow_ups} follow-ups."
        )
        if done.undecided:
            click.echo(
                "\nIn quarantine, and naming the person's address; nobody has decided on them, so they stay:\n  "
                + "\n  ".join(done.undecided)
            )
        if done.other_cases:
            click.echo(f"\nThe same person has other cases, which stay: {', '.join(done.other_cases)}")
    click.echo("\nBeyond reach:")
    for one in beyond:
        click.echo(f"  - {one}")
    if not clean:
        click.echo("\nOthers work with the database: old pages may still lie in its files. Run this again.", err=True)
