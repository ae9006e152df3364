"""The configuration file: read once, checked whole, frozen.

In: the path of a TOML file. Out: a `Config` whose attributes are named like the TOML's tables and keys. A file
that is cut off, unknown, contradictory or incomplete raises ConfigError with every mistake on a line of its own,
and nothing of it is used. `example.toml` beside this file is the operator's manual page for all of it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mailbot.config.complaints import complaints
from mailbot.config.tables import Config
from mailbot.errors import ConfigError

__all__ = ["Config", "load", "parse"]


def load(path: Path) -> Config:
    """The configuration in `path`. ConfigError names each key, its value and what was expected, or a line."""
    try:
        raw = path.read_bytes()
    except OSError as problem:
        raise ConfigError(f"{path}: cannot be read: {problem.strerror}") from problem
    return parse(raw, path)


def parse(raw: bytes, path: Path) -> Config:
    """The same for the bytes of a file that will lie at `path`; the paths inside are relative to its folder."""
    table = _toml(raw, path)
    try:
        return Config.model_validate(table, context={"folder": path.absolute().parent})
    except ValidationError as problem:
        lines = complaints(problem)
    # Outside the handler: pydantic's own text would show values that ours masks.
    count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    raise ConfigError("\n  ".join([f"{path}: {count}", *lines]))


def _toml(raw: bytes, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        raise ConfigError(f"{path}: expected UTF-8 text (at line {line})") from None
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(f"{path}: expected TOML: {_with_line(str(problem), raw)}") from None
    except RecursionError:
        raise ConfigError(f"{path}: expected TOML with fewer brackets inside brackets") from None


def _with_line(complaint: str, raw: bytes) -> str:
    """tomllib says "(at end of document)" for a file that was cut off: there the last line is the place."""
    return complaint.replace("at end of document", f"at line {len(raw.splitlines())}, the end of the file")
