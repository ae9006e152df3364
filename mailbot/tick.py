"""tick: what is due by the clock (RULES 15). Called by one beat; the rows are the schedule.

In: the clock and the rows. Out: held letters that may leave, follow-ups, alerts, lines to staff about letters in
trouble, summaries of a flood, and the heartbeat that `status` reads. Each thing is done in a transaction with the row
that says it is done: a tick that is repeated after a crash tells nobody twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from mailbot.casework import alerts, due, flood, trouble
from mailbot.casework.acknowledgement import NIGHT
from mailbot.casework.desk import Desk
from mailbot.errors import MessageError
from mailbot.model import Hold, OutboxState, Reading
from mailbot.steps import Step
from mailbot.writing.changes import Changes
from scheduler import Clock, JumpWatch
from storage import folders, holds, integrity, journal, outbox, pulse, restored
from storage import notices as stored_notices
from storage.database import Database, Transaction
from storage.journal import JournalRow
from storage.outbox import NEVER, OutboxRow

IN_TROUBLE = (OutboxState.FAILED, OutboxState.UNCERTAIN, OutboxState.BOUNCED, OutboxState.COMPLAINED)
LATE = timedelta(hours=4)
CLOCK_JUMP = "clock"
NAP = 120.0
"""Seconds between two rounds after which the machine slept: a beat comes every ten."""


class Tick:
    """The loop `tick`."""

    def __init__(
        self, database: Database, clock: Clock, desk: Desk, jumps: JumpWatch, letters: Changes | None = None
    ) -> None:
        """`letters`: the operator's files, which are watched while those loaded at the start are in use."""
        self.letters = letters
        self.database = database
        self.clock = clock
        self.desk = desk
        self.jumps = jumps
        self.wants_look = False
        self.afterwards: Callable[[], None] = lambda: None
        """Called after every round that succeeded."""
        self._awake_since: datetime | None = None
        self._last_round = float("-inf")

    def round(self) -> bool:
        """Does what is due; False when nothing was."""
        now = self.clock.now()
        self._prove(now)
        paused = self.jumps.beat(now, self.clock.boottime())
        awake_since = self._wake(now)
        changed = not paused and self._release(now)
        with self.database.transaction(Step.TICK) as transaction:
            self._note_clock(transaction, paused, now)
            self._note_letters(transaction, now)
            changed |= self._tell_trouble(transaction, now)
            changed |= flood.summarise(transaction, self.desk, now) | stored_notices.drop_handled(transaction)
        changed |= self._follow_flood(now)
        if not paused:
            changed |= self._tell_alerts(awake_since, now)
            changed |= self._tell_due(now)
        with self.database.transaction(Step.TICK) as transaction:
            pulse.beat(transaction, "tick", now)
        self.afterwards()
        return changed

    def _wake(self, now: datetime) -> datetime:
        """Since when this process has been at work without sleeping."""
        boot = self.clock.boottime()
        if self._awake_since is None or boot - self._last_round > NAP:
            self._awake_since = now
        self._last_round = boot
        return self._awake_since

    def _prove(self, now: datetime) -> None:
        """Once a day the database is read through. Raises Damaged: nothing goes on then (F30)."""
        with self.database.view() as view:
            due = integrity.is_due(view, now)
        if due:
            integrity.prove(self.database, now)

    def _tell_alerts(self, awake_since: datetime, now: datetime) -> bool:
        with self.database.transaction(Step.TICK) as transaction:
            return alerts.look(transaction, self.desk, awake_since, now)

    def _tell_due(self, now: datetime) -> bool:
        """Apart from the rest, so that a row that cannot be told keeps nothing else back."""
        with self.database.transaction(Step.TICK) as transaction:
            return due.tell_due(transaction, self.desk, now)

    def _release(self, now: datetime) -> bool:
        """Lets go what is due, each message in its own transaction (F10); what came meanwhile must have been read
        (promise 8).
        """
        zone = self.desk.office.zone
        with self.database.view() as view:
            if restored.standing(view):
                return False
            due = [row for row in holds.due(view, now.astimezone(zone)) if self._may_leave(row, now)]
            read_until = folders.read_until(view) if due and not journal.waiting(view, 1) else None
        ready = [row for row in due if read_until and (at := holds.release_at(row, zone)) and read_until >= at]
        self.wants_look = len(ready) < len(due)
        for row in ready:
            with self.database.transaction(Step.TICK_RELEASE) as transaction:
                holds.release(transaction, row, self.clock.now())
        return bool(ready)

    def _may_leave(self, row: OutboxRow, now: datetime) -> bool:
        """After an opening that was slept over, or that a closure took away since, it waits for the next one. Grace
        was begun in office hours, and is no hold.
        """
        return row.hold is Hold.GRACE or self.desk.office.is_open(now)

    def _note_clock(self, transaction: Transaction, paused: bool, now: datetime) -> None:
        """A clock that jumped is a problem until ten minutes agree (F33)."""
        if paused:
            pulse.raise_problem(transaction, CLOCK_JUMP, "the clock jumped; releases wait until it is stable", now)
        else:
            pulse.end_problem(transaction, CLOCK_JUMP)

    def _note_letters(self, transaction: Transaction, now: datetime) -> None:
        """A file that the next start would refuse is a problem now, while the last good version is in use (F37)."""
        fault = self.letters.fault() if self.letters else None
        if fault:
            detail = f"{fault}; what was loaded at the start stays in use"
            pulse.raise_problem(transaction, "letters", detail[:200], now)
        else:
            pulse.end_problem(transaction, "letters")

    def _tell_trouble(self, transaction: Transaction, now: datetime) -> bool:
        """A letter that failed, came back, may be lost, or waits for four hours: a line in a staff mailbox (promise
        2). Supervisors hear of the worst kinds too, of a night letter at once.
        """
        found = outbox.untold(transaction, IN_TROUBLE)
        rows = [row for row in found if not _is_repeated_soon(row)]
        alerts.of_letters(transaction, [*rows, *(row for row in found if row.letter == NIGHT)], now)
        rows += [row for row in outbox.untold(transaction, (OutboxState.RETRY,)) if now - row.created_at >= LATE]
        for row in rows:
            trouble.tell_of(transaction, self.desk, row, now)
        return bool(rows)

    def _follow_flood(self, now: datetime) -> bool:
        """After a flood, the notices that it put off; each message is read again before its transaction begins."""
        with self.database.view() as view:
            rows = flood.ready(view, now)
        for row in rows:
            reading = self._read_again(row)
            with self.database.transaction(Step.TICK) as transaction:
                flood.follow(transaction, self.desk, row, reading, now)
        return bool(rows)

    def _read_again(self, row: JournalRow) -> Reading:
        """What a message says; of one that was oversized, or cannot be read any more, its notice says that much."""
        if row.oversized:
            return Reading()
        try:
            with self.database.view() as view:
                raw = journal.raw(view, row.id)
            return self.desk.read(raw)
        except (MessageError, LookupError):
            return Reading()


def _is_repeated_soon(row: OutboxRow) -> bool:
    """An uncertain letter whose one repeat is to come: staff hear when that is uncertain too (RULES 14, F8)."""
    return row.state is OutboxState.UNCERTAIN and row.next_attempt_at < NEVER
