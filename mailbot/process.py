"""process: every waiting message is read, recognised, handled and ended, in one transaction each (DESIGN "The way of
a message").

In: waiting journal rows, the newest batch first. Out: cases, follow-ups, letters and audit rows, and the end of each
message. A message that cannot be handled harms itself alone (promise 11): its savepoint is undone, its attempts are
counted, after the second it is quarantined and staff are told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from sqlalchemy.exc import InterfaceError, OperationalError

from mailbot import log
from mailbot.casework import answers, notices
from mailbot.casework.desk import Desk
from mailbot.errors import ConfigError, MessageError, OurError
from mailbot.handlers import HANDLERS, Author
from mailbot.model import Files, Inbound, JournalState, Place, Reading, Verdict
from mailbot.steps import Step
from scheduler import Clock
from storage import journal
from storage.database import Database, Transaction
from storage.journal import End, JournalRow

GROUP = 20
GROUP_BYTES = 8 * 1024 * 1024
MOST_ATTEMPTS = 2
RELEASED = "released"
PERSONS = frozenset({Author.REQUESTER, Author.JUNK, Author.NOBODY})
"""Whose mail stops what is held for them; a machine's and a member's does not (RULES 8)."""

logger = log.get("process")
ReadMessage = Callable[[bytes], Reading]
ReadFiles = Callable[[bytes], Files]


def _no_files(_raw: bytes) -> Files:
    return Files()


@dataclass(frozen=True, slots=True)
class Understood:
    """What reading made of one message; `files` of a member's message alone."""

    reading: Reading
    files: Files = Files()


@dataclass(frozen=True, slots=True)
class Process:
    """The loop `process`. `read` and `read_files` are reading's door: bytes in, what was understood out, or a
    MessageError.
    """

    database: Database
    clock: Clock
    desk: Desk
    read: ReadMessage
    read_files: ReadFiles = _no_files

    def round(self) -> bool:
        """Handles the next group; False when nothing waits. A group shares a commit only while a backlog waits (RULES
        14).
        """
        with self.database.view() as view:
            rows = _within_bytes(journal.waiting(view, GROUP))
            raws = [journal.raw(view, row.id) for row in rows]
        if not rows:
            return False
        found = [(row, self._read(row, raw)) for row, raw in zip(rows, raws, strict=True)]
        self._handle_group([(row, understood) for row, understood in found if understood])
        return True

    def _read(self, row: JournalRow, raw: bytes) -> Understood | None:
        """Reads one message in the child; a death is counted at once, so that it counts through a crash of ours (A56,
        F38).
        """
        try:
            reading = self.read(raw)
            member = len(reading.from_) == 1 and self.desk.member_at(reading.from_[0])
            return Understood(reading, self.read_files(raw) if member and reading.attachments else Files())
        except MessageError as error:
            self._count_failure(row, type(error).__name__)
            return None

    def _handle_group(self, group: Sequence[tuple[JournalRow, Understood]]) -> None:
        failed: list[tuple[JournalRow, str]] = []
        if group:
            with self.database.transaction(Step.PROCESS_MESSAGE) as transaction:
                for row, understood in group:
                    try:
                        with transaction.savepoint():
                            self._handle(transaction, row, understood)
                    except (OurError, ConfigError, OperationalError, InterfaceError):  # not the message's fault
                        raise
                    except Exception as error:  # noqa: BLE001 - one bad message harms one message
                        logger.exception("message failed", extra={"inbound": row.id})
                        failed.append((row, type(error).__name__))
        for row, reason in failed:
            self._count_failure(row, reason)

    def _handle(self, transaction: Transaction, row: JournalRow, understood: Understood) -> None:
        """The way of one message."""
        now = self.clock.now()
        inbound = _inbound(transaction, row, understood)
        twin = journal.twin(transaction, row, inbound.reading.identity)
        if twin is not None:
            ending = _seen_before(inbound, twin)
        else:
            author = recognise(self.desk, inbound)
            if author in PERSONS:
                answers.stop_for(transaction, self.desk, inbound, now)
            ending = HANDLERS[author](transaction, self.desk, inbound, now)
        if row.place is Place.QUARANTINE:
            ending = replace(ending, file_to=None)
        journal.end(transaction, row, ending, now)
        logger.info("message ended", extra={"inbound": row.id, "ending": str(ending.state), "reason": ending.reason})

    def _count_failure(self, row: JournalRow, reason: str) -> None:
        now = self.clock.now()
        with self.database.transaction(Step.PROCESS_ATTEMPT) as transaction:
            journal.count_attempt(transaction, row.id)
            if row.attempts + 1 >= MOST_ATTEMPTS:
                inbound = _inbound(transaction, row, Understood(Reading()))
                notices.set_aside(transaction, self.desk, inbound, f"could not be read ({reason})", now)
                file_to = Place.QUARANTINE if row.place is Place.INBOX else None
                journal.end(transaction, row, End(JournalState.QUARANTINED, reason, file_to=file_to), now)
        logger.warning("attempt failed", extra={"inbound": row.id, "count": row.attempts + 1, "reason": reason})


def recognise(desk: Desk, inbound: Inbound) -> Author:
    """Whose message this is, as far as handling goes: first that applies."""
    reading = inbound.reading
    if inbound.place is Place.JUNK:
        return Author.JUNK
    if reading.verdict is Verdict.QUARANTINE:
        return Author.NOBODY
    if reading.automated is not None:
        return Author.MACHINE
    if len(reading.from_) != 1:
        return Author.NOBODY
    if desk.address.is_ours(reading.from_[0]) or desk.member_at(reading.from_[0]):
        return Author.STAFF
    return Author.REQUESTER


def _inbound(transaction: Transaction, row: JournalRow, understood: Understood) -> Inbound:
    """What a handler sees. A message that a person released counts as lying in the inbox, wherever its copy is (RULES
    10).
    """
    return Inbound(
        id=row.id,
        place=Place.INBOX if row.reason == RELEASED else row.place,
        received_at=row.received_at,
        journaled_at=row.journaled_at,
        size=row.size,
        oversized=row.oversized,
        rescued=journal.was_imported(transaction, row),
        reading=understood.reading,
        files=understood.files,
    )


def _seen_before(inbound: Inbound, twin: JournalRow) -> End:
    """The same message again acts never again (RULES 3); it is filed away with what its twin belongs to."""
    return End(
        JournalState.SEEN_BEFORE,
        "seen before",
        case_id=twin.case_id,
        conversation_id=None,
        role=twin.role,
        identity=inbound.reading.identity,
        file_to=Place.DONE if inbound.place is Place.INBOX else None,
    )


def _within_bytes(rows: Sequence[JournalRow]) -> list[JournalRow]:
    """As many as fit the memory of a group, at least one: twenty of 60 MB must not be in memory at once."""
    sizes = accumulate(0 if row.oversized else row.size for row in rows)
    return [row for place, (row, size) in enumerate(zip(rows, sizes, strict=True)) if place == 0 or size <= GROUP_BYTES]
