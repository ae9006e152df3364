"""`mailbot outbox`: what waits to be sent, or everything with --all."""

from __future__ import annotations

from pathlib import Path

import click

from mailbot.cli.options import config_option, json_option, print_json, table


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also what was sent, delivered or cancelled.")
@config_option
@json_option
def outbox(config_file: Path, everything: bool, as_json: bool) -> None:
    """Lists every message not yet sent, delivered or cancelled."""
    from mailbot.cli.opened import opened_for_reading
    from scheduler.zone import zone
    from storage import holds as storage_holds
    from storage import outbox as storage_outbox

    with opened_for_reading(config_file) as (config, database), database.view() as view:
        office = zone(config.service.time_zone)
        found = [
            {
                "id": row.id,
                "case": reference,
                "role": row.role,
                "letter": row.letter,
                "state": row.state,
                "release_at": storage_holds.release_at(row, office),
                "attempts": row.attempts,
                "message_id": storage_outbox.shown_message_id(view, row),
            }
            for row, reference in storage_outbox.listing(view, everything=everything)
        ]
    if as_json:
        for one in found:
            print_json(one)
        return
    columns = ("id", "case", "role", "letter", "state", "release_at", "attempts")
    table([[one[name] for name in columns] for one in found], columns)
