"""`mailbot quarantine`: what could not be handled, whole and listed; shown, retried or discarded by an operator (RULES
10).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailbot.cli.options import config_option, json_option, optional_config_option, print_json, table

if TYPE_CHECKING:
    from storage.database import View
    from storage.journal import JournalRow


@click.group(invoke_without_command=True)
@optional_config_option
@json_option
@click.pass_context
def quarantine(context: click.Context, config_file: Path | None, as_json: bool) -> None:
    """Lists what is in quarantine, oldest first."""
    context.default_map = {name: {"config_file": config_file} for name in ("show", "retry", "discard")}
    if context.invoked_subcommand is not None:
        return
    if config_file is None:
        raise click.UsageError(
            "Missing option '--config' (or MAILBOT_CONFIG): expected a configuration file that exists."
        )
    from mailbot.cli.opened import opened_for_reading
    from storage import journal

    with opened_for_reading(config_file) as (_, database), database.view() as view:
        found = [
            {"id": row.id, "received_at": row.received_at, "reason": row.reason, "size": row.size}
            for row in journal.quarantined(view)
        ]
    if as_json:
        for one in found:
            print_json(one)
    else:
        table([list(one.values()) for one in found], ("id", "received_at", "reason", "size"))


@quarantine.command()
@click.argument("message_id", metavar="ID")
@click.option("--raw", type=click.Path(path_type=Path), metavar="FILE", help="Write the whole message to FILE (0600).")
@config_option
@json_option
def show(config_file: Path, message_id: str, raw: Path | None, as_json: bool) -> None:
    """Shows one message as text; that somebody looked is logged."""
    from mailbot.cli.opened import opened_for_reading
    from mailbot.compose import build_reader
    from mailbot.steps import Step
    from scheduler import Clock
    from storage import journal
    from storage.database import AuditRow

    with opened_for_reading(config_file) as (config, database):
        with database.transaction(Step.OPERATOR) as transaction:
            row = _find(transaction, message_id)
            content = journal.raw(transaction, row.id)
            transaction.record(
                AuditRow(Clock().now(), "operator", "message.shown", row.id, row.id, {"file": int(bool(raw))})
            )
        if raw is not None:
            _write_private(raw, content)
            _say(message_id, str(row.state), f"Written to {raw}, readable by you alone.", as_json)
            return
        with build_reader(config) as reader:
            reading = reader.read(content)
    if as_json:
        print_json({"id": row.id, "reason": row.reason, "text": reading.text})
        return
    for name, value in (("from", ", ".join(reading.from_)), ("subject", reading.subject), ("reason", row.reason)):
        click.echo(f"{name + ':':<10}{value}")
    click.echo(f"\n{reading.text}")


@quarantine.command()
@click.argument("message_id", metavar="ID")
@config_option
@json_option
def retry(config_file: Path, message_id: str, as_json: bool) -> None:
    """Has one message handled again, as if it lay in the inbox."""
    from mailbot.cli.opened import opened_for_reading
    from mailbot.steps import Step
    from scheduler import Clock
    from storage import journal

    with opened_for_reading(config_file) as (_, database), database.transaction(Step.OPERATOR) as transaction:
        journal.retry(transaction, _find(transaction, message_id), Clock().now(), "operator")
    _say(message_id, "waiting", "It waits to be handled again.", as_json)


@quarantine.command()
@click.argument("message_id", metavar="ID")
@config_option
@json_option
def discard(config_file: Path, message_id: str, as_json: bool) -> None:
    """Ends one message without handling it; its bytes stay in the journal."""
    from mailbot.cli.opened import opened_for_reading
    from mailbot.steps import Step
    from scheduler import Clock
    from storage import journal

    with opened_for_reading(config_file) as (_, database), database.transaction(Step.OPERATOR) as transaction:
        journal.discard(transaction, _find(transaction, message_id), Clock().now(), "operator")
    _say(message_id, "processed", "Discarded.", as_json)


def _say(message_id: str, state: str, sentence: str, as_json: bool) -> None:
    if as_json:
        print_json({"id": message_id, "state": state})
    else:
        click.echo(sentence)


def _find(view: View, message_id: str) -> JournalRow:
    from mailbot.model import JournalState
    from storage import journal

    row = journal.find(view, message_id)
    if row is None or row.state is not JournalState.QUARANTINED:
        raise click.ClickException(
            f"no message in quarantine has the id {message_id!r}; `mailbot quarantine` lists them"
        )
    return row


def _write_private(path: Path, content: bytes) -> None:
    """A file that an operator asked for by name: theirs alone, and never an overwritten one (promise 14)."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(
            f"--raw {path}: cannot be written ({error.strerror}); expected a new file"
        ) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
