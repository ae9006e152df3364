"""The lease: who looks after the mailbox and the clock of a database (RULES 1, F32).

On SQLite one mailbot works at all: an fcntl lock on DATABASE.lock, opened once and never inherited. The kernel drops it
with the process, and a child that outlives its parent cannot hold it (an flock would stay). On PostgreSQL any number
share the work, and one of them is in charge (`storage.workers`). Taking the lease raises the fencing number, so that a
daemon that was stopped and woken after another took over writes nothing.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from typing import Protocol

from mailbot.errors import LeaseTaken
from storage.database import Database


class Lease(Protocol):
    """This process's part in the work on a database."""

    @property
    def shared(self) -> bool:
        """Whether others may have a part too; then `beat` must be called every few seconds."""

    @property
    def in_charge(self) -> bool:
        """Whether watch and tick are this process's."""

    def beat(self) -> bool:
        """Shows that this process is alive, takes charge where nobody has it. True where a part has fallen to this one:
        the charge, or the rows of one that is gone. Raises Fenced where this process is the one that was gone.
        """

    def release(self) -> None:
        """Gives its part back."""


@dataclass(frozen=True, slots=True)
class FileLease:
    """The lease on a SQLite file, held until `release`, or until the process ends."""

    descriptor: int
    fence: int
    shared: bool = False
    in_charge: bool = True

    def beat(self) -> bool:
        return False

    def release(self) -> None:
        os.close(self.descriptor)


def take(database: Database, *, stand_by: bool = False) -> Lease:
    """Takes the lease or raises LeaseTaken, having touched nothing. `stand_by`: where daemons share a database, joins
    them though another is in charge.
    """
    if database.dialect.SHARED:
        from storage.workers import Worker

        return Worker.join(database, stand_by=stand_by)
    descriptor = lock_file(database.engine.url.database or "")
    try:
        number = database.raise_fence()
    except BaseException:
        os.close(descriptor)
        raise
    return FileLease(descriptor, number)


def lock_file(path: str) -> int:
    """Locks the file of a SQLite database until the descriptor is closed. Raises LeaseTaken."""
    descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise LeaseTaken("another mailbot is at work on this database; nothing was touched") from error
    return descriptor
