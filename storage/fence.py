"""The fence: what every commit of this process must still find in the database (RULES 1, F32).

On SQLite one number, raised by whoever takes the lease. Where several daemons share a database, each has a row in
`worker`, which another deletes when this one no longer answers; the number then stands for the daemon in charge, whose
watch and tick alone ask for it. Both are read below the writers' lock: nobody can change them before the commit.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, exists, select

from mailbot.errors import Fenced, NotInCharge
from mailbot.steps import Step
from storage.prepared import Prepared
from storage.schema import installation, worker

OF_ONE = frozenset(
    {Step.WATCH_FOLDER, Step.WATCH_JOURNAL, Step.WATCH_FILED, Step.WATCH_LOOK, Step.TICK, Step.TICK_RELEASE}
)
"""Commits of the loops that one daemon alone runs."""


_NUMBER = Prepared(select(installation.c.fence))
_OF_WORKER = Prepared(select(installation.c.fence, exists().where(worker.c.id == bindparam("worker")).label("known")))


@dataclass(slots=True)
class Fence:
    """`number`: of the lease, None without it. `worker`: this daemon's row, None where it works alone."""

    number: int | None = None
    worker: str | None = None

    def check(self, connection: Connection, name: Step) -> None:
        """Raises Fenced where another took over, NotInCharge where another runs this loop now."""
        if self.worker is not None:
            self._check_worker(connection, name)
        elif self.number is not None and _number(connection) != self.number:
            raise Fenced("another mailbot took this database over; nothing more was touched")

    def _check_worker(self, connection: Connection, name: Step) -> None:
        row = _OF_WORKER.first(connection, worker=self.worker)
        if row is None or not row[1]:
            raise Fenced("another mailbot ended this one's part, since it no longer answered; nothing more was touched")
        if name in OF_ONE and row[0] != self.number:
            raise NotInCharge("another mailbot is in charge of the mailbox and the clock; nothing was touched")


def _number(connection: Connection) -> int:
    return int(_NUMBER.scalar(connection))
