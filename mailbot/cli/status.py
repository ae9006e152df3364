"""`mailbot status`: whether all is well, with reasons. Needs neither IMAP nor SMTP (promise 2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailbot.cli.options import config_option, json_option, print_json

if TYPE_CHECKING:
    from mailbot.config import Config

FREE_MEGABYTES = 100
"""Below this much room the next large mail may not find any."""
MEGABYTE = 1024 * 1024


@click.command()
@config_option
@json_option
def status(config_file: Path, as_json: bool) -> int:
    """Says whether all is well; ends with 1 and names every problem where it is not."""
    from mailbot.casework.health import status_json
    from mailbot.cli.opened import opened_for_reading
    from mailbot.installation import build_office
    from scheduler import Clock

    now = Clock().now()
    with opened_for_reading(config_file) as (config, database), database.view() as view:
        office = build_office(config)
        found = status_json(view, office, now, list(_machine(config)))
    print_json(found) if as_json else show(found)
    return 0 if found["ok"] else 1


def _machine(config: Config) -> Iterator[str]:
    """What is wrong around the database: old zone data, a disk that is nearly full (F27, F34)."""
    import shutil

    from mailbot.alive.keeper import heartbeat_file
    from scheduler.zone import zone_fact

    wrong = zone_fact()
    if wrong:
        yield f"zone: {wrong}"
    free = shutil.disk_usage(heartbeat_file(config).parent).free // MEGABYTE
    if free < FREE_MEGABYTES:
        yield f"disk: {free} MB are left for the database; expected {FREE_MEGABYTES} at least"


def show(found: dict[str, Any]) -> None:
    """The same for people, on the office's clock."""
    click.echo("All is well." if found["ok"] else "Not well:")
    for problem in found["problems"]:
        click.echo(f"  - {problem}")
    set_aside = found["journal"]["quarantined"]
    if set_aside:
        click.echo(f"{set_aside} in quarantine, junk included: `mailbot quarantine` lists them.")
    for name in ("journal", "outbox", "cases", "reconciled"):
        _line(name, {key: value for key, value in found[name].items() if value}, found)
    _line("last round", {key: _ago(value) for key, value in found["ages"].items()}, found)
    opening = {"next_opening": found["office"]["next_opening"]}
    _line("office", {"now": "open" if found["office"]["open"] else "closed", **opening}, found)
    _line("due", {"follow-ups": found["followups_due"]}, found)


def _line(name: str, values: dict[str, Any], found: dict[str, Any]) -> None:
    office = found["office"]["next_opening"].tzinfo
    parts = (f"{key.replace('_', ' ')} {_plain(value, office)}" for key, value in values.items())
    click.echo(f"{name + ':':<12}{', '.join(parts) or 'nothing'}")


def _plain(value: object, office: tzinfo) -> str:
    """Instants to the minute, on the office's clock."""
    return value.astimezone(office).strftime("%a %Y-%m-%d %H:%M") if isinstance(value, datetime) else str(value)


def _ago(seconds: float | None) -> str:
    if seconds is None:
        return "never"
    return f"{seconds:.0f} seconds ago" if seconds < 120 else f"{seconds / 60:.0f} minutes ago"
