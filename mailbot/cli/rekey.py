"""`mailbot rekey`: another master key for the same database."""

from __future__ import annotations

from pathlib import Path

import click

from mailbot.cli.options import config_option, json_option, print_json


@click.command()
@config_option
@json_option
def rekey(config_file: Path, as_json: bool) -> None:
    """Makes a new key and wraps everything by it, in one transaction. The old key stays beside it, under another name.

    mailbot must not be at work. Interrupted, it says with which key the database opens; call it again to finish.
    """
    from mailbot import log
    from mailbot.cli import operator
    from mailbot.config import load
    from mailbot.installation import open_database
    from scheduler import Clock
    from storage import lease, rekeying, scrubbing

    config = load(config_file)
    log.start(config.log.level, config.log.format)
    key_file = config.storage.key_file
    if rekeying.finish(config.storage.database, key_file):
        _finished(key_file, as_json)
        return
    database = open_database(config)
    try:
        held = lease.take(database)
        try:
            found = rekeying.rekey(database, key_file, operator.name(), Clock().now())
        finally:
            held.release()
        clean = scrubbing.scrub(database)
    finally:
        database.close()
    if as_json:
        print_json(
            {"key": key_file, "key_id": found.key_id, "old_key": found.old_file, "cases": found.cases, "clean": clean}
        )
        return
    click.echo(f"{key_file} is a new key ({found.key_id}); {found.cases} cases' keys are wrapped by it.")
    click.echo(f"The old key is {found.old_file}. Backups made before now need it: keep it as long as you keep them.")
    click.echo("Store a second copy of the new key in another place, and make a backup now.")
    if not clean:
        click.echo(
            "The database's files still hold old wraps, since somebody reads it; the next rekey or erase ends them."
        )


def _finished(key_file: Path, as_json: bool) -> None:
    """An earlier one had committed; only the name was missing."""
    if as_json:
        print_json({"key": key_file, "finished": True})
        return
    click.echo(
        f"An interrupted rekey is finished: {key_file} is the new key now. Store a second copy in another place."
    )
