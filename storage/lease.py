"""The lease: one mailbot at work on a database (RULES 1, F32).

On SQLite an fcntl lock on DATABASE.lock, opened once and never inherited: the kernel drops it with the process, and a
child that outlives its parent cannot hold it (an flock would stay). Taking the lease raises the fencing number that
every commit checks, so a daemon that was stopped and woken after another took over writes nothing.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass

from sqlalchemy import select, update

from mailbot.errors import LeaseTaken
from mailbot.steps import Step
from storage.database import Database
from storage.schema import installation


@dataclass(frozen=True, slots=True)
class Lease:
    """Held until `release`, or until the process ends."""

    descriptor: int
    fence: int

    def release(self) -> None:
        os.close(self.descriptor)


def take(database: Database) -> Lease:
    """Takes the lease or raises LeaseTaken, having touched nothing."""
    descriptor = _lock(database.engine.url.database or "")
    try:
        database.fence = fence = _raise_fence(database)
    except BaseException:
        os.close(descriptor)
        raise
    return Lease(descriptor, fence)


def _lock(path: str) -> int:
    descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise LeaseTaken("another mailbot is at work on this database; nothing was touched") from error
    return descriptor


def _raise_fence(database: Database) -> int:
    database.fence = None
    with database.transaction(Step.TAKE_LEASE) as transaction:
        connection = transaction.connection
        fence = int(connection.execute(select(installation.c.fence)).scalar_one()) + 1
        connection.execute(update(installation).values(fence=fence))
    return fence
