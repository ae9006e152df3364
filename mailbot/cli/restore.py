"""`mailbot restore FILE`: a backup becomes the database; nothing leaves until `mailbot run --release`."""

from __future__ import annotations

from pathlib import Path

import click

from mailbot.cli.options import config_option, json_option, print_json


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@config_option
@json_option
def restore(config_file: Path, file: Path, as_json: bool) -> None:
    """Puts a backup in place of a database that is empty or absent. The backup stays as it is.

    Whatever was erased since is destroyed again. Nothing leaves until `mailbot run --release`.
    """
    from mailbot import log
    from mailbot.config import load
    from scheduler import Clock
    from scheduler.zone import zone
    from storage.restoring import restore as put_back

    config = load(config_file)
    log.start(config.log.level, config.log.format)
    where, now = config.storage, Clock().now()
    office = zone(config.service.time_zone)
    found = put_back(file.absolute(), where.database, where.key_file, office, now)
    if as_json:
        print_json(
            {
                "file": file,
                "made_at": found.made_at,
                "messages": found.backup.messages,
                "cases": found.backup.cases,
                "letters": found.backup.letters,
                "doubtful": found.doubtful,
                "erased_again": found.erased,
                "schema_before": found.schema_before,
            }
        )
        return
    made = found.made_at.astimezone(office).isoformat(timespec="seconds")
    click.echo(f"Restored {found.backup.messages} messages and {found.backup.cases} cases from a backup of {made}.")
    if found.erased:
        click.echo(f"Destroyed again, since they were erased after that: {found.erased} cases and messages.")
    click.echo(f"{found.doubtful} letters waited in it and may have left since: none of them leaves by itself.")
    click.echo(
        "Nothing leaves until `mailbot run --release`. Until then mailbot reads mail and keeps what it would send."
    )
    click.echo("Before you start it, make sure that no other mailbot works on this mailbox.")
