"""`mailbot config`: the effective configuration, as a file that would say the same, secrets masked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from mailbot.cli.options import config_option, json_option, print_json


@click.command()
@config_option
@json_option
def config(config_file: Path, as_json: bool) -> None:
    """Show the effective configuration: defaults filled in, paths absolute, secrets masked."""
    from mailbot.config import load

    shown = load(config_file).shown()
    if as_json:
        print_json(shown)
    else:
        click.echo("\n".join(_lines(shown)))


def _lines(tables: dict[str, dict[str, Any]]) -> Iterator[str]:
    from mailbot.config.complaints import toml

    for name, keys in tables.items():
        yield f"[{name}]"
        yield from (f"{key} = {toml(value)}" for key, value in keys.items() if value is not None)
        yield ""
