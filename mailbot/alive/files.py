"""Small files that others watch: written whole or not at all, so that nobody ever reads half of one.

In: a path and bytes. Out: the file, with its mode, by a rename inside its folder. Not fsynced: after a power cut an old
file is a true one, since the time in it is old.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """Writes `content` beside `path` and renames it over. Raises OSError, and leaves the old file then."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)  # whatever the umask: who may read is said here
            file.write(content)
        os.replace(beside, path)
    except BaseException:
        with suppress(FileNotFoundError):
            beside.unlink()
        raise
