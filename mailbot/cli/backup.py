"""`mailbot backup FILE`: a proved copy of the database in one file, while mailbot works."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from mailbot.cli.options import config_option, json_option, print_json


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@config_option
@json_option
def backup(config_file: Path, file: Path, as_json: bool) -> None:
    """Writes the whole database to FILE, a new file, and reads it back before it says done.

    FILE is as encrypted as the database. The key is not in it, nor the configuration: keep both elsewhere.
    """
    from mailbot.cli.opened import opened_for_reading
    from scheduler import Clock
    from storage import backups

    with opened_for_reading(config_file) as (config, database):
        found = backups.make(database, file.absolute(), Clock().now())
    if as_json:
        print_json({"file": file, **asdict(found)})
        return
    click.echo(f"{file}: {found.messages} messages, {found.cases} cases, {found.letters} letters, read back and sound.")
    click.echo(f"Audit: {found.acts} acts, head {found.head}")
    key_file = config.storage.key_file
    click.echo(
        f"It opens with the key {found.key_id} alone ({key_file}), which is not in it: keep that in another place,"
    )
    click.echo("with mailbot.erased beside it, if there is one.")
