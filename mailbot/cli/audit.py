"""`mailbot audit verify`: walks the chain of the audit log."""

from __future__ import annotations

from pathlib import Path

import click

from mailbot.cli.options import config_option, json_option, print_json


@click.group()
def audit() -> None:
    """The audit log: every act has a name."""


@audit.command()
@config_option
@json_option
def verify(config_file: Path, as_json: bool) -> int:
    """Walks the whole chain; ends with 1 where a row was changed, removed or put in."""
    from mailbot.cli.opened import opened_for_reading
    from storage import audit as storage_audit

    with opened_for_reading(config_file) as (_, database), database.view() as view:
        found = storage_audit.verify(view)
    if as_json:
        print_json({"rows": found.rows, "head": found.head, "broken_at": found.broken_at})
    elif found.broken_at is None:
        click.echo(f"{found.rows} rows hold together. Head: {found.head}")
    else:
        click.echo(f"The chain is broken at row {found.broken_at}; {found.rows} rows before it hold together.")
    return 0 if found.broken_at is None else 1
