"""The daemons that share one PostgreSQL: who is alive, who is in charge, and the end of one that is not (RULES 1, F32).

Each has a row in `worker`, raises its count of beats every few seconds on a session of its own, and one session holds
the lock of the charge. A daemon whose count stands still is ended by another: first its sessions, so that whatever it
had open is undone and its locks are free, then its row, which every commit of it must find. Counts are compared, never
clocks: those of two machines differ, and one that was asleep does not know for how long.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, delete, insert, select, update

from mailbot import log
from mailbot.errors import DatabaseDown, Fenced, LeaseTaken
from mailbot.steps import Step
from storage import postgresql
from storage.database import MODE, Database, translated
from storage.schema import installation, worker

BEAT_SECONDS = 3.0
MISSED = 5
"""Beats of ours in a row at which another's count stood still: 15 seconds, and a successor is in charge within 30."""
ENDING_SECONDS = 2.0
"""For how long the sessions of a process that was just killed may still be listed."""

RETURNING_SECONDS = 6.0
"""Within which a daemon that lost the server by its restart is back."""

logger = log.get("worker")


@dataclass(slots=True)
class Sight:
    """Another's count as it was last seen, and how often since it was the same."""

    beats: int
    still: int = 0


class Worker:
    """This process's part. `beat` is called by one thread; `in_charge` may be read by any."""

    shared = True

    def __init__(self, database: Database) -> None:
        self._database = database
        self._session: Connection | None = None
        self._charge = False
        self._others: dict[str, Sight] = {}

    @classmethod
    def join(cls, database: Database, *, stand_by: bool) -> Worker:
        """Joins those at work. Raises LeaseTaken where another is in charge, unless it may `stand_by`; nothing was
        touched then.
        """
        found = cls(database)
        try:
            found._join(stand_by)
        except BaseException:
            found._close_session()
            raise
        return found

    @property
    def in_charge(self) -> bool:
        return self._charge

    def beat(self) -> bool:
        """See `storage.lease.Lease`. A lost session ends the charge at once: its lock is gone with it."""
        try:
            session = self._session or self._return()
            with translated(session.engine):
                return self._beat(session)
        except DatabaseDown:
            self._close_session()
            raise

    def release(self) -> None:
        """Its row and its session end: what it did not finish is another's at once."""
        try:
            _end(self._database, [self._database.worker])
        except (DatabaseDown, Fenced) as error:
            logger.warning("row not removed", extra={"reason": type(error).__name__})
        self._close_session()

    # Joining

    def _join(self, stand_by: bool) -> None:
        session = self._open_session()
        with translated(session.engine):
            charge = _within(0 if stand_by else ENDING_SECONDS, lambda: postgresql.take_charge(session))
            if not charge and not stand_by:
                raise LeaseTaken("another mailbot is in charge of this database; nothing was touched")
            _add(self._database, postgresql.server_life(session))
            self._end_the_gone(session, patient=not stand_by)
        if charge:
            self._take_over()

    def _end_the_gone(self, session: Connection, *, patient: bool) -> None:
        """Ends at once those whose sessions are gone. Those of one just killed are listed for a moment, and one that
        lost them with the server's restart may come back: a pass, which does not beat for long, waits for both.
        """
        if self._ended(session) or not patient:
            return
        if not _within(ENDING_SECONDS, lambda: self._ended(session)) and self._sessionless(session):
            _within(RETURNING_SECONDS, lambda: not self._sessionless(session))
            self._end(self._sessionless(session))

    def _ended(self, session: Connection) -> bool:
        """Ends those whose sessions ended while the server went on; whether nobody else is left."""
        life = postgresql.server_life(session)
        self._end([name for name, of in self._sessionless(session).items() if of == life])
        return not _others(session, self._database.worker)

    def _sessionless(self, session: Connection) -> dict[str, str]:
        """Others without a session: the life of the server in which each had one, by name."""
        rows = _others(session, self._database.worker)
        found = postgresql.sessions_of(session, [row.id for row in rows])
        return {row.id: row.server for row in rows if not found[row.id]}

    def _end(self, workers: Collection[str]) -> None:
        if workers:
            _end(self._database, workers)

    def _take_over(self) -> None:
        self._database.raise_fence()
        self._charge = True
        logger.info("in charge", extra={"count": self._database.fence.number})

    # Beating

    def _beat(self, session: Connection) -> bool:
        statement = update(worker).where(worker.c.id == self._database.worker).values(beats=worker.c.beats + 1)
        if session.execute(statement).rowcount == 0:
            raise Fenced("another mailbot ended this one's part, since it no longer answered; nothing more was touched")
        ended = self._end_the_still(session)
        if self._charge:
            self._hold_number(session)
        elif postgresql.take_charge(session):
            self._take_over()
            return True
        return ended

    def _hold_number(self, session: Connection) -> None:
        """A predecessor without the lock may have raised the number after us: the lock decides, and it is ours."""
        if session.execute(select(installation.c.fence)).scalar_one() != self._database.fence.number:
            self._database.raise_fence()

    def _end_the_still(self, session: Connection) -> bool:
        rows = _others(session, self._database.worker)
        self._others = {row.id: _seen(self._others.get(row.id), row.beats) for row in rows}
        still = [name for name, sight in self._others.items() if sight.still >= MISSED]
        if still:
            found = postgresql.sessions_of(session, still)
            postgresql.end_sessions(session, [pid for pids in found.values() for pid in pids])
            self._end(still)
        return bool(still)

    # The session

    def _open_session(self) -> Connection:
        engine = self._database.engine
        options = {MODE: "session", "isolation_level": "AUTOCOMMIT"}
        with translated(engine):
            self._session = engine.connect().execution_options(**options)
        return self._session

    def _return(self) -> Connection:
        """Back after a lost session, as one that stands by; the row says which life of the server the new one is of."""
        session = self._open_session()
        with translated(session.engine):
            life = postgresql.server_life(session)
            session.execute(update(worker).where(worker.c.id == self._database.worker).values(server=life))
        return session

    def _close_session(self) -> None:
        self._charge = False
        self._database.fence.number = None
        self._others.clear()
        session, self._session = self._session, None
        if session is not None:
            session.invalidate()  # never back into the pool: it may hold the lock
            session.close()


def _seen(before: Sight | None, beats: int) -> Sight:
    if before is None or before.beats != beats:
        return Sight(beats)
    return Sight(beats, before.still + 1)


def _others(session: Connection, me: str) -> Sequence[Row[str, int, str]]:
    statement = select(worker.c.id, worker.c.beats, worker.c.server).where(worker.c.id != me)
    return session.execute(statement).all()


def _add(database: Database, life: str) -> None:
    with database.transaction(Step.WORKER_JOIN) as transaction:
        transaction.connection.execute(insert(worker).values(id=database.worker, beats=0, server=life))
    database.fence.worker = database.worker


def _end(database: Database, workers: Collection[str]) -> None:
    with database.transaction(Step.WORKER_END) as transaction:
        transaction.connection.execute(delete(worker).where(worker.c.id.in_(workers)))
    logger.warning("part ended", extra={"count": len(workers)})


def _within(seconds: float, probe: Callable[[], bool]) -> bool:
    """Whether it comes true within that time; asked once at least."""
    deadline = time.monotonic() + seconds
    while not probe():
        if time.monotonic() >= deadline:
            return False
        threading.Event().wait(0.1)
    return True
