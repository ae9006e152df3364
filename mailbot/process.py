"""process: every waiting message is read, recognised, handled and ended, in one transaction each (DESIGN "The way of
a message").

In: waiting journal rows, the newest batch first. Out: cases, follow-ups, letters and audit rows, and the end of each
message. A message that cannot be handled harms itself alone (promise 11): its savepoint is undone, its attempts are
counted, after the second it is quarantined and staff are told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from mailbot import log
from mailbot.casework import answers, notices, selfmail
from mailbot.casework.desk import Desk
from mailbot.errors import ConfigError, MessageError, OurError
from mailbot.handlers import HANDLERS, Author
from mailbot.model import Automated, Files, Inbound, JournalState, Place, Reading, Verdict
from mailbot.steps import Step
from scheduler import Clock
from storage import erasure, journal, restored, retaken
from storage.database import Database, Transaction, View
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
ReadAll = Callable[[Sequence[bytes]], list[Reading | MessageError]]


def _no_files(_raw: bytes) -> Files:
    return Files()


@dataclass(frozen=True, slots=True)
class Understood:
    """What reading made of one message; `files` of a member's message alone."""

    reading: Reading
    files: Files = Files()


@dataclass(frozen=True, slots=True)
class Process:
    """The loop `process`. `read`, `read_files` and `read_all` are reading's door: bytes in, what was understood out, or
    a MessageError. `read_all` takes a group, so that a backlog may be read by several workers at once.
    """

    database: Database
    clock: Clock
    desk: Desk
    read: ReadMessage
    read_files: ReadFiles = _no_files
    read_all: ReadAll | None = None

    def round(self) -> bool:
        """Handles the next group; False when nothing waits. A group shares a commit only while a backlog waits (RULES
        14).
        """
        with self.database.claim(_take) as claim:
            if not claim.taken:
                return False
            group: list[tuple[JournalRow, Understood]] = []
            readings = self._readings([raw for _, raw in claim.taken])
            for (row, raw), reading in zip(claim.taken, readings, strict=True):
                try:
                    group.append((row, self._understood(raw, reading)))
                except MessageError as error:
                    # Counted at once, so that it counts through a crash of ours (A56, F38), in the transaction that
                    # holds the row; the rest of the group is taken in hand again.
                    with claim.writing(Step.PROCESS_ATTEMPT) as transaction:
                        self._count_failure(transaction, row, type(error).__name__)
                    return True
            with claim.writing(Step.PROCESS_MESSAGE) as transaction:
                self._handle_group(transaction, group)
        return True

    def _readings(self, raws: Sequence[bytes]) -> Iterable[Reading | MessageError]:
        """What each message of a group says; one after the other, as they are asked for, where the door takes no
        group.
        """
        return self.read_all(raws) if self.read_all else map(self._reading, raws)

    def _reading(self, raw: bytes) -> Reading | MessageError:
        try:
            return self.read(raw)
        except MessageError as error:
            return error

    def _understood(self, raw: bytes, reading: Reading | MessageError) -> Understood:
        """A reading, and the files of a member's message. Raises MessageError."""
        if isinstance(reading, MessageError):
            raise reading
        member = len(reading.from_) == 1 and self.desk.member_at(reading.from_[0])
        return Understood(reading, self.read_files(raw) if member and reading.attachments else Files())

    def _handle_group(self, transaction: Transaction, group: Sequence[tuple[JournalRow, Understood]]) -> None:
        for row, understood in group:
            try:
                with transaction.savepoint():
                    self._handle(transaction, row, understood)
            except (OurError, ConfigError):  # not the message's fault
                raise
            except Exception as error:  # noqa: BLE001 - one bad message harms one message
                logger.exception("message failed", extra={"inbound": row.id})
                self._count_failure(transaction, row, type(error).__name__)

    def _handle(self, transaction: Transaction, row: JournalRow, understood: Understood) -> None:
        """The way of one message."""
        now = self.clock.now()
        inbound = _inbound(transaction, row, understood)
        twin = journal.twin(transaction, row, inbound.reading.identity)
        if twin is not None:
            ending = _seen_before(inbound, twin)
        elif erasure.was_erased(transaction, row.id, inbound.reading.identity):
            ending = _erased_before(inbound)
        elif selfmail.is_ours(transaction.keys, self.desk.address, inbound.reading):
            ending = selfmail.ending(inbound)
        else:
            author = recognise(self.desk, inbound)
            if inbound.restoring:
                restored.note_proofs(transaction, _shown(inbound.reading), now)
            stopped = answers.stop_for(transaction, self.desk, inbound, now) if author in PERSONS else []
            ending = HANDLERS[author](transaction, self.desk, inbound, now)
            answers.tell_of_stopped(transaction, self.desk, stopped, inbound, now)
        if row.place is Place.QUARANTINE:
            ending = replace(ending, file_to=None)
        if inbound.retaken:
            restored.doubt_caused_by(transaction, row.id, now)
        journal.end(transaction, row, ending, now)
        if ending.reason == erasure.REASON:
            erasure.destroy_messages(transaction, [row.id])
        logger.info("message ended", extra={"inbound": row.id, "ending": str(ending.state), "reason": ending.reason})

    def _count_failure(self, transaction: Transaction, row: JournalRow, reason: str) -> None:
        """Counts an attempt that failed; after the second the message is set aside, and staff are told."""
        now = self.clock.now()
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
    if reading.automated is not None and not _may_be_a_person(desk, reading):
        return Author.MACHINE
    if len(reading.from_) != 1:
        return Author.NOBODY
    if desk.address.is_ours(reading.from_[0]) or desk.member_at(reading.from_[0]):
        return Author.STAFF
    return Author.REQUESTER


def _may_be_a_person(desk: Desk, reading: Reading) -> bool:
    """Whether nothing but the subject speaks for a machine. A subject may silence the answer; it must not keep what a
    person wrote from becoming a case. What a member's program sends in their absence is no such mail.
    """
    if reading.no_answer != "automatic-subject" or reading.automated is not Automated.AUTO_REPLY:
        return False
    return not any(desk.member_at(address) or desk.address.is_ours(address) for address in reading.from_)


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
        restoring=restored.standing(transaction) is not None,
        retaken=row.reason == retaken.RETAKEN,
        reading=understood.reading,
        files=understood.files,
    )


def _shown(reading: Reading) -> tuple[str, ...]:
    """Message-IDs of ours that nobody could name who had not got the letter."""
    return (*reading.in_reply_to, *reading.references, *reading.reported_ids)


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


def _take(view: View) -> list[tuple[JournalRow, bytes]]:
    """The next group, with its bytes."""
    return [(row, journal.raw(view, row.id)) for row in _within_bytes(journal.take(view, GROUP))]


def _erased_before(inbound: Inbound) -> End:
    """A copy of a message that was erased: it acts no more, and its bytes go too (RULES 12)."""
    return End(JournalState.SEEN_BEFORE, erasure.REASON, file_to=Place.DONE if inbound.place is Place.INBOX else None)


def _within_bytes(rows: Sequence[JournalRow]) -> list[JournalRow]:
    """As many as fit the memory of a group, at least one: twenty of 60 MB must not be in memory at once."""
    sizes = accumulate(0 if row.oversized else row.size for row in rows)
    return [row for place, (row, size) in enumerate(zip(rows, sizes, strict=True)) if place == 0 or size <= GROUP_BYTES]
