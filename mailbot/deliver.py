"""deliver: claims what may leave, fixes its final bytes, sends it, and records the server's last answer (RULES 14,
promise 3).

In: rows of the outbox that are due. Out: each of them in the state that the answer gives it. Every letter is
committed as begun before the first byte of DATA; what is lost after that without an answer is `uncertain` and goes
once more, the same bytes with the same Message-ID. The answer to one letter and the beginning of the next share a
commit.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailbot import log
from mailbot.casework import caps, certificates, letter_by_hand, letters
from mailbot.casework.desk import Desk
from mailbot.errors import MessageError
from mailbot.model import OutboxState, Priority, Role
from mailbot.steps import Step
from mailbot.transport import Answer, Outcome, Submission
from scheduler import Clock
from storage import contacts, outbox, pulse, restored
from storage.database import Database, Transaction
from storage.outbox import NEVER, Envelope, OutboxRow

GROUP = 20
RETRY_MINUTES = (1, 5, 15, 30)
HOURLY = timedelta(hours=1)
GIVE_UP = timedelta(days=5)
NO_ROOM = timedelta(minutes=1)

UNFIT = Answer(Outcome.NEVER, None, "not fit to be sent", "mail")
"""The answer to a letter whose address or bytes no envelope can carry: it fails alone, and no server is asked."""

logger = log.get("deliver")


@dataclass(frozen=True, slots=True)
class Claimed:
    """One letter in hand since `at`, with what is sent. `fresh`: bytes of this attempt, stored when DATA begins."""

    row: OutboxRow
    envelope: Envelope
    data: bytes
    fresh: bool
    at: datetime


class Deliver:
    """The loop `deliver`. One connection, kept while letters wait; one recipient a transaction."""

    def __init__(self, database: Database, clock: Clock, desk: Desk, submission: Submission) -> None:
        self.database = database
        self.clock = clock
        self.desk = desk
        self.submission = submission
        self.stopping: Callable[[], bool] = lambda: False
        self._left: list[Claimed] = []
        self._answered: list[tuple[OutboxRow, Answer]] = []
        self.unsure = False
        """Whether rows may be in the hand of nobody: a colleague is gone, or the end of a commit of ours is unknown."""

    def recover(self) -> None:
        """What nobody has in hand any more, a killed daemon's or an earlier life's: what was begun is uncertain, what
        was only claimed waits again (F6 to F9). A living colleague's rows are its own.
        """
        mine = {letter.row.id for letter in self._left} | {row.id for row, _ in self._answered}
        with self.database.transaction(Step.DELIVER_RECOVER) as transaction:
            now = self.clock.now()
            for row in outbox.in_hand_of_nobody(transaction, self.database.worker):
                if row.id in mine:
                    continue
                if row.data_begun:
                    _uncertain(transaction, row, now, code=None)
                else:
                    _not_tried(transaction, row, now)
        self.unsure = False

    def round(self) -> bool:
        """Sends what is due, a group at a time; False when nothing was."""
        try:
            return self._round()
        except Exception:
            self.unsure = True
            raise

    def _round(self) -> bool:
        self._settle()
        if self.unsure:
            self.recover()
        with self.database.transaction(Step.DELIVER_CLAIM) as transaction:
            now = self.clock.now()
            held_back = restored.standing(transaction) is not None
            seen = [] if held_back else outbox.ready(transaction, now, GROUP)
            claimed = [letter for row in seen if (letter := self._claim(transaction, row, now))]
            if not claimed:
                pulse.beat(transaction, "deliver", now)
                if self.submission.connected:
                    certificates.note(transaction, "submission", self.submission.certificate_expires_at, now)
        self._left = claimed
        self._send_all()
        return bool(seen)

    def waits(self) -> bool:
        """Whether a letter may leave now; looks, and claims nothing."""
        with self.database.view() as view:
            return bool(outbox.ready(view, self.clock.now(), 1))

    def next_due(self) -> datetime | None:
        """When the earliest letter that waits is to be tried again."""
        with self.database.view() as view:
            return outbox.next_attempt_after(view, self.clock.now())

    def idle(self) -> None:
        """Nothing waits: the connection is given back."""
        self.submission.close()

    # Claiming

    def _claim(self, transaction: Transaction, row: OutboxRow, now: datetime) -> Claimed | None:
        """Takes one letter in hand, or says when it may be asked for again."""
        silent_until = contacts.stopped_until(transaction, row.recipient_hash, now)
        if row.role is not Role.STAFF and silent_until:
            _keep_silent(transaction, row, silent_until, now)
            return None
        if letter_by_hand.keep_back(transaction, self.desk, row, now):
            return None
        if not caps.room_to_send(transaction, self.desk.caps, row.priority, now):
            outbox.postpone(transaction, row, now + NO_ROOM)
            return None
        data = outbox.content(transaction, row)
        if data is None:
            return self._claim_unwritten(transaction, row, now)
        return self._take(transaction, row, data, now, fresh=False)

    def _claim_unwritten(self, transaction: Transaction, row: OutboxRow, now: datetime) -> Claimed | None:
        """A letter not yet begun: made now, so that it is true now; a night letter waits where its cap is reached, and
        is counted once.
        """
        true = letters.true_at_attempt(transaction, self.desk, row, now)
        if true is None:
            return None
        if _counts_at_night(row):
            if not caps.room_for_automatic(transaction, self.desk.caps, true.known, now):
                outbox.postpone(transaction, true, now + NO_ROOM)
                return None
            caps.count_automatic(transaction, true.known, now)
        try:
            data = letters.final_bytes(transaction, self.desk, true, now)
        except MessageError as error:
            reason = type(error).__name__
            outbox.move(transaction, true, OutboxState.FAILED, now, reason=reason, ended_at=now, told_at=None)
            return None
        return self._take(transaction, true, data, now, fresh=True)

    def _take(self, transaction: Transaction, row: OutboxRow, data: bytes, now: datetime, *, fresh: bool) -> Claimed:
        outbox.claim(transaction, row, now, self.database.worker)
        caps.count_send(transaction, row.priority, now)
        envelope, _ = outbox.envelope(transaction, row)
        return Claimed(outbox.find(transaction, row.id), envelope, data, fresh, now)

    # Sending

    def _send_all(self) -> None:
        """Sends in order. A server out of reach gives back what was not begun: nothing of it was sent."""
        try:
            while self._left and not self.stopping():
                letter = self._left[0]
                self._answered.append((letter.row, self._send(letter)))
                self._left.pop(0)
        finally:
            self._settle()

    def _send(self, letter: Claimed) -> Answer:
        try:
            return self.submission.send(
                mail_from=letter.envelope.mail_from,
                to=letter.envelope.to,
                data=letter.data,
                begin=self._beginning(letter),
            )
        except MessageError:
            return UNFIT

    def _beginning(self, letter: Claimed) -> Callable[[], None]:
        def begin() -> None:
            with self.database.transaction(Step.DELIVER_BEGIN) as transaction:
                self._record_answers(transaction)
                if letter.fresh:
                    outbox.fix(transaction, letter.row, letter.data)
                outbox.begin(transaction, letter.row.id)
            self._answered.clear()

        return begin

    def _settle(self) -> None:
        """Commits the last answers; what is still in hand goes back, or is uncertain where it was begun. What a full
        disk keeps from being written is kept here, and written by the next round; what a commit wrote whose end is not
        known is not written again (F29).
        """
        if not self._left and not self._answered:
            return
        with self.database.transaction(Step.DELIVER_ANSWER) as transaction:
            self._answered = [one for one in self._answered if self._in_hand(transaction, one[0])]
            self._record_answers(transaction)
            now = self.clock.now()
            for letter in self._left:
                if self._in_hand(transaction, letter.row):
                    _give_back(transaction, letter, now)
        self._left.clear()
        self._answered.clear()

    def _in_hand(self, transaction: Transaction, row: OutboxRow) -> bool:
        return outbox.is_in_hand(transaction, row, self.database.worker)

    def _record_answers(self, transaction: Transaction) -> None:
        for row, answer in self._answered:
            record(transaction, row, answer, self.clock.now())


def _give_back(transaction: Transaction, letter: Claimed, now: datetime) -> None:
    """What was not begun was not sent: it counts for no limit, and is no attempt."""
    row = outbox.find(transaction, letter.row.id)
    if row.data_begun:
        _uncertain(transaction, row, now, code=None)
        return
    given_back = _not_tried(transaction, row, now)
    caps.forget_send(transaction, row.priority, letter.at)
    if letter.fresh and _counts_at_night(given_back):
        caps.forget_automatic(transaction, row.known, letter.at)


def _not_tried(transaction: Transaction, row: OutboxRow, now: datetime) -> OutboxRow:
    outbox.move(transaction, row, OutboxState.QUEUED, now, attempts=row.attempts - 1)
    return outbox.find(transaction, row.id)


def _counts_at_night(row: OutboxRow) -> bool:
    """Whether this attempt is the one that counts for the limit of automatic letters."""
    return row.priority == Priority.NIGHT_LETTER and row.attempts == 0


def record(transaction: Transaction, row: OutboxRow, answer: Answer, now: datetime) -> None:
    """Moves a letter to where the server's answer puts it."""
    if answer.outcome is Outcome.SENT:
        outbox.move(transaction, row, OutboxState.SENT, now, last_code=answer.code, ended_at=now)
    elif answer.outcome is Outcome.UNCERTAIN:
        _uncertain(transaction, row, now, answer.code)
    elif answer.outcome is Outcome.NEVER or now - row.created_at >= GIVE_UP:
        _fail(transaction, row, now, answer)
    else:
        due = retry_at(row.attempts, now)
        outbox.move(transaction, row, OutboxState.RETRY, now, last_code=answer.code, next_attempt_at=due)
    logger.info(
        "answered", extra={"outbox": row.id, "ending": str(answer.outcome), "code": answer.code, "letter": row.letter}
    )


def retry_at(attempts: int, now: datetime) -> datetime:
    """After 1, 5, 15, 30 minutes, then hourly, with a tenth of jitter so that a server that returns is not stormed."""
    if attempts <= len(RETRY_MINUTES):
        return now + timedelta(minutes=RETRY_MINUTES[attempts - 1])
    return now + HOURLY * (0.9 + 0.2 * secrets.randbelow(1000) / 1000)


def _uncertain(transaction: Transaction, row: OutboxRow, now: datetime, code: int | None) -> None:
    """No answer after DATA began: one repeat at the next retry time, then a person decides (F8)."""
    due = NEVER if row.repeated else retry_at(row.attempts, now)
    outbox.move(transaction, row, OutboxState.UNCERTAIN, now, last_code=code, next_attempt_at=due, told_at=None)


def _fail(transaction: Transaction, row: OutboxRow, now: datetime, answer: Answer) -> None:
    reason = answer.enhanced or f"refused at {answer.stage}"
    outbox.move(
        transaction, row, OutboxState.FAILED, now, last_code=answer.code, reason=reason, ended_at=now, told_at=None
    )


def _keep_silent(transaction: Transaction, row: OutboxRow, until: datetime, now: datetime) -> None:
    """The address said STOP. Unproved, its letters wait the time out; an uncertain one may have arrived: it stays, and
    is not repeated; the others never leave.
    """
    if until < contacts.FOR_EVER or row.state is OutboxState.UNCERTAIN:
        outbox.postpone(transaction, row, until)
    else:
        outbox.move(transaction, row, OutboxState.CANCELLED, now, reason="stopped", ended_at=now)
