"""`mailbot.erased`: what was erased for ever, noted beside the key and outside every backup of the database (RULES 12).

A backup made before an erasure still has the case's key, and a mailbox may show the messages again. `restore` and
every start of the daemon read this file first, and destroy again what it names. A line is `case ID`, or `message ID`
with the keyed hashes by which a copy is known; nothing in it says who. Lines are only ever added; the file is the
owner's alone, and durable before the erasure is.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from mailbot.errors import ConfigError

NAME = "mailbot.erased"
COMMENT = "# mailbot: what was erased; keep this file with the key, so that no backup brings it back"
_LINE = re.compile(
    r"(?:case (?P<case>[a-z2-7]{16})|message (?P<message>[a-z2-7]{16})(?P<prints>(?: [0-9a-f]{32}){0,2}))"
)


@dataclass(frozen=True, slots=True)
class Message:
    """An erased message: its id, and the keyed hashes by which a copy of it is known."""

    id: str
    prints: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Tombstones:
    """What was erased: cases by id; messages, since a backup may know them before they belonged to a case."""

    cases: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()


def path_beside(key_file: Path) -> Path:
    """Where the notes of an installation lie: beside its key, since both are needed to open a backup."""
    return key_file.with_name(NAME)


def note(path: Path, found: Tombstones) -> None:
    """Adds what is not noted yet, durably: after this neither a crash nor an old backup undoes the erasure.

    Raises ConfigError where the file cannot be written; the caller erases nothing then.
    """
    known = set(_lines(read(path)))
    lines = [line for line in _lines(found) if line not in known]
    if not lines:
        return
    try:
        _append(path, lines if path.exists() else [COMMENT, *lines])
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror}); nothing was erased") from error


def _lines(found: Tombstones) -> list[str]:
    messages = (" ".join(("message", one.id, *(each.hex() for each in one.prints))) for one in found.messages)
    return [*(f"case {one}" for one in found.cases), *messages]


def _append(path: Path, lines: list[str]) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        # A line that a crash cut off must not run into the next one.
        size = file.seek(0, os.SEEK_END)
        cut = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
        file.write(b"\n" * cut + "".join(f"{line}\n" for line in lines).encode("ascii"))
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(path: Path) -> Tombstones:
    """What was erased; nothing where no file is. Raises ConfigError, with the line's number, for a line of another
    form: it might be what names a case.
    """
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        return Tombstones()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({type(error).__name__})") from error
    cases, messages = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise ConfigError(
                f"{path}, line {number}: expected `case ID` or `message ID HASHES`, as `mailbot erase` wrote it; a line"
                " that a crash cut off can be taken out: that case was not erased yet"
            )
        if found["case"]:
            cases.append(found["case"])
        else:
            messages.append(Message(found["message"], tuple(map(bytes.fromhex, found["prints"].split()))))
    return Tombstones(tuple(dict.fromkeys(cases)), tuple(dict.fromkeys(messages)))
