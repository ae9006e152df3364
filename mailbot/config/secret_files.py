"""Secrets of the configuration: in a file of their own or in the environment, read when they are needed.

An error names the key and where it points, and never what stands there.
"""

from __future__ import annotations

import os
from pathlib import Path

from mailbot.errors import ConfigError


def one_line(key: str, file: Path | None, variable: str | None, what: str) -> str | None:
    """The secret of `key`_file or `key`_env, without the line end of its file; None where neither is set."""
    if file:
        secret, name, place = whole_file(f"{key}_file", file), f"{key}_file", str(file)
        secret = secret.removesuffix("\n").removesuffix("\r")
    elif variable:
        secret, name, place = os.environ.get(variable, ""), f"{key}_env", variable
    else:
        return None
    # A line end inside would end the sign-in command and begin another.
    if not secret or not {"\n", "\r", "\0"}.isdisjoint(secret):
        raise ConfigError(f'{name} = "{place}": expected {what} there, on one line')
    return secret


def whole_file(key: str, file: Path) -> str:
    """The text of the file that `key` names."""
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            return opened.read()
    except OSError as problem:
        why = problem.strerror
    except UnicodeDecodeError:
        why = "not UTF-8"
    raise ConfigError(f'{key} = "{file}": expected a file that can be read: {why}')


def replaced(file: Path, secret: str) -> bool:
    """Whether a new secret now stands in the place of the old one: whole, durable, mode 0600. False where the folder
    takes no files.
    """
    true = file.resolve()
    beside = true.with_name(f".{true.name}.new")
    try:
        beside.unlink(missing_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(f"{secret}\n")
            opened.flush()
            os.fsync(opened.fileno())
        beside.replace(true)
    except OSError:
        return False
    return True
