"""Data files that an operator may replace: a file in the templates folder, else ours, checked whole before it is used.

In: folder, file name and a pydantic model. Out: the model, or a ConfigError that names file, key, value and what was
expected.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from mailbot.errors import ConfigError

Table = TypeVar("Table", bound=BaseModel)


def read_table(folder: Path | None, name: str, model: type[Table]) -> Table:
    """The file's content. Raises ConfigError."""
    own = folder / name if folder is not None else None
    try:
        raw = own.read_bytes() if own is not None and own.exists() else (files("templates") / name).read_bytes()
        return parse_table(raw.decode("utf-8-sig"), name, model)
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigError(f"{name}: expected a readable file in UTF-8") from fault


def parse_table(text: str, name: str, model: type[Table]) -> Table:
    """The content of a file's text. Raises ConfigError."""
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as fault:
        raise ConfigError(f"{name}: expected TOML: {fault}") from fault
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        key = ".".join(str(step) for step in first["loc"])
        raise ConfigError(f"{name}: {key} = {first['input']!r}: {first['msg']}") from fault
