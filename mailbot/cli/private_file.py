"""A file that an operator asked for by name (promise 14): theirs alone, new, and never a terminal or a device."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mailbot.errors import ConfigError


@contextmanager
def private_file(path: Path, option: str) -> Iterator[IO[bytes]]:
    """Opens a new file, mode 0600, for writing, and makes it durable; one that could not be finished is taken away.

    Raises ConfigError, with the option's name, where something is there already or it cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(f"{option} {path}: {error.strerror}; expected the name of a new file") from error
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise ConfigError(f"{option} {path}: cannot be written ({error.strerror}); nothing was kept") from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
