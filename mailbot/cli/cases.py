"""`mailbot cases`: every case, oldest first."""

from __future__ import annotations

from pathlib import Path

import click

from mailbot.cli.options import config_option, json_option, print_json, table


@click.command()
@config_option
@json_option
def cases(config_file: Path, as_json: bool) -> None:
    """Lists the cases, oldest first. No address, no name of a person outside, no subject, no text."""
    from mailbot.casework.overview import case_json
    from mailbot.cli.opened import opened_for_reading
    from storage import cases as storage_cases

    with opened_for_reading(config_file) as (config, database), database.view() as view:
        found = [case_json(view, config.members(), case) for case in storage_cases.all_cases(view)]
    if as_json:
        for one in found:
            print_json(one)
        return
    columns = ("reference", "status", "stream", "language", "owner", "opened_at", "messages")
    table([[one[name] for name in columns] for one in found], columns)
