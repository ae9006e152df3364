"""`mailbot status`: whether all is well, with reasons. Needs neither IMAP nor SMTP (promise 2)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mailbot.cli.options import config_option, json_option, print_json


@click.command()
@config_option
@json_option
def status(config_file: Path, as_json: bool) -> int:
    """Says whether all is well; ends with 1 and names every problem where it is not."""
    from mailbot.casework.health import status_json
    from mailbot.cli.opened import opened_for_reading
    from mailbot.installation import build_office
    from scheduler import Clock

    with opened_for_reading(config_file) as (config, database), database.view() as view:
        found = status_json(view, build_office(config), Clock().now())
    print_json(found) if as_json else show(found)
    return 0 if found["ok"] else 1


def show(found: dict[str, Any]) -> None:
    """The same for people."""
    click.echo("All is well." if found["ok"] else "Not well:")
    for problem in found["problems"]:
        click.echo(f"  - {problem}")
    for name in ("journal", "outbox", "cases", "reconciled", "ages", "office"):
        parts = (
            f"{key.replace('_', ' ')} {'-' if value is None else value}"
            for key, value in found[name].items()
            if value != 0
        )
        click.echo(f"{name + ':':<12}{', '.join(parts) or 'nothing'}")
    click.echo(f"{'due:':<12}{found['followups_due']} follow-ups")
