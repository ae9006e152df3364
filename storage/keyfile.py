"""The master key's file: one comment line, one line of base64, mode 0600. Without it nothing in the database can be
read.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from pathlib import Path

from mailbot.errors import ConfigError
from storage import sealing

COMMENT = "# mailbot key: keep a second copy in another place; without it nothing can be read"
LENGTH = 32


def write_key(path: Path) -> bytes:
    """Makes a new key and writes it durably; refuses to overwrite."""
    key = secrets.token_bytes(LENGTH)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ConfigError(f"key file {path}: exists already; a key is never overwritten") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{COMMENT}\n{base64.b64encode(key).decode()}\n")
        file.flush()
        os.fsync(file.fileno())
    return key


def read_key(path: Path) -> bytes:
    """The 32 bytes of the key. Raises ConfigError when the file is missing, readable by others (F35) or not a key."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except FileNotFoundError as error:
        raise ConfigError(
            f"storage.key_file = {path}: no such file; expected the key that `mailbot init` wrote"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"storage.key_file = {path}: cannot be read ({type(error).__name__})") from error
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError(
            f"storage.key_file = {path}: mode {stat.S_IMODE(mode):04o}; expected 0600, readable by the owner alone"
        )
    return _decode(path, text)


def where_else(path: Path, key_id: str) -> str:
    """A sentence on the file beside `path` that holds the key of this id, as a rekey leaves it; "" where none does."""
    for other in sorted(path.parent.glob(f"{path.name}.*")):
        try:
            if sealing.key_id(read_key(other)) == key_id:
                return f" The file {other} holds that key."
        except ConfigError:
            continue
    return ""


def _decode(path: Path, text: str) -> bytes:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    try:
        key = base64.b64decode(lines[0] if len(lines) == 1 else "", validate=True)
    except binascii.Error:
        key = b""
    if len(key) != LENGTH:
        raise ConfigError(
            f"storage.key_file = {path}: not a mailbot key; expected one line of base64 of {LENGTH} bytes"
        )
    return key
