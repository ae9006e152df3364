"""What the commands share: `--config`, `--json`, and the two ways to print.

People get tables, programs get one JSON value a line. JSON is plain ASCII, so that no terminal, locale or line
separator inside a value can break a line in two.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

PIPE_WIDTH = 250
"""Columns of a table that no person looks at directly: wide enough that no cell is folded."""


def config_option(function: Function) -> Function:
    """Adds `--config FILE` (or MAILBOT_CONFIG) as `config_file: Path`, required; `config.load` opens it."""
    return _config(function, required=True)


def optional_config_option(function: Function) -> Function:
    """The same for commands that need none, as `config_file: Path | None`: None where the file does not exist."""
    return _config(function, callback=lambda ctx, option, path: path if path and path.exists() else None)


def unused_config_option(function: Function) -> Function:
    """Accepts `--config FILE` and ignores it, for commands that look at no configuration: every command takes it."""
    return _config(function, expose_value=False)


def _config(function: Function, **settings: Any) -> Function:
    return click.option(
        "--config",
        "config_file",
        envvar="MAILBOT_CONFIG",
        show_envvar=True,
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="The configuration file.",
        **settings,
    )(function)


def json_option(function: Function) -> Function:
    """Adds `--json` as `as_json: bool`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON value a line, for programs.")(function)


def print_json(value: object) -> None:
    """One value on one line, keys in the order given, instants in ISO 8601 with offset."""
    click.echo(json.dumps(value, default=_plain, ensure_ascii=True))


def _plain(value: object) -> object:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise TypeError("an instant without zone")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def table(rows: Iterable[Sequence[object]], columns: Sequence[str]) -> None:
    """A table for people: no markup is read in cells, None is an empty one, nothing is cut off in a pipe."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        drawn.add_row(*(Text("" if cell is None else str(cell), overflow="fold") for cell in row))
    Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH).print(drawn)
