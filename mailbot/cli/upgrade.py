"""`mailbot upgrade`: creates the schema of an empty database and writes the key's id, or migrates an older one."""

from __future__ import annotations

from pathlib import Path

import click

from mailbot.cli.options import config_option, json_option, print_json


@click.command()
@config_option
@json_option
def upgrade(config_file: Path, as_json: bool) -> None:
    """Creates the database's schema, or migrates an older one, in one transaction.

    An older SQLite database is first copied to a file beside it, which `erase` does not reach: delete it in time.
    """
    from mailbot.config import load
    from scheduler import Clock
    from storage import upgrade_copy
    from storage.install import upgrade as migrate

    config = load(config_file)
    copy = upgrade_copy.make(config.storage.database, config.storage.key_file)
    before, after = migrate(config.storage.database, config.storage.key_file, Clock().now())
    if as_json:
        print_json({"from": before, "to": after, "copy": copy})
    elif before == after:
        click.echo(f"The database has schema {after} already.")
    else:
        click.echo(f"The database has schema {after} now (before: {before or 'none'}).")
    if copy and not as_json:
        click.echo(f"As it was: {copy}. What is erased from now on stays in that file: delete it in time.")
