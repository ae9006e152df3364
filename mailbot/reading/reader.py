"""`Reader`: the door to reading, for one message or for many at once; all of it happens in child processes (promise
11).

One worker stays from message to message. While a backlog waits, `read_all` starts more, up to a core each; they end
with the backlog, so that an idle service pays for one. A message that kills, hangs or confuses its worker harms no
other: the worker is replaced, and `ReaderDied` stands in the message's place. One caller at a time.
"""

from __future__ import annotations

import json
import os
import select
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TypeVar

from mailbot.errors import MessageError, ReaderDied
from mailbot.model import Attachment, Files, Reading
from mailbot.reading import answer
from mailbot.reading.limits import Limits
from mailbot.reading.worker import SECONDS, Worker

ROOM = 64 * 1024
"""What an answer may hold besides the content of a part, which is never longer than its message."""
MOST_WORKERS = 4
BACKLOG = 8
"""From so many messages at once a further worker is worth its start, a quarter of a second of one core."""
IDLE_SECONDS = 30
"""How long a further worker outlives its last message; it is given none in the second half of that time."""
_AHEAD, _AHEAD_BYTES = 2, 48 * 1024
"""A worker is given its next message while it reads one, so that it never waits for us; together they fit a pipe, or
we would wait for it."""
_T = TypeVar("_T")


@dataclass(slots=True)
class _Round:
    """The messages of one call: those not yet given out, and what each worker was given and has not answered."""

    raws: Sequence[bytes]
    waiting: deque[int]
    found: dict[int, Reading | MessageError] = field(default_factory=dict)
    given: dict[Worker, deque[int]] = field(default_factory=dict)

    def may_give(self, worker: Worker) -> bool:
        given = self.given.setdefault(worker, deque())
        if not self.waiting or not given:
            return bool(self.waiting)
        return len(given) < _AHEAD and sum(len(self.raws[one]) for one in (*given, self.waiting[0])) <= _AHEAD_BYTES

    def died(self, worker: Worker, error: ReaderDied) -> None:
        """The message in hand was the end of the worker; what it was given besides is given out again."""
        first, *others = self.given[worker]
        self.found[first] = error
        self.given[worker].clear()
        self.waiting.extendleft(reversed(others))

    def busy(self) -> list[Worker]:
        return [worker for worker, given in self.given.items() if given]


class Reader:
    """`trusted_ids`, `limits` and `internal_header` hold for every message; a context manager.

    `workers`: how many children at most, a core each by default.
    """

    def __init__(
        self,
        trusted_ids: tuple[str, ...] = (),
        limits: Limits | None = None,
        internal_header: tuple[str, str] | None = None,
        seconds: float = SECONDS,
        command: list[str] | None = None,
        workers: int | None = None,
    ) -> None:
        settings = {
            "trusted_ids": trusted_ids,
            "limits": asdict(limits or Limits()),
            "internal_header": internal_header,
        }
        self._settings = json.dumps({**settings, "files": False}).encode("utf-8")
        self._settings_for_files = json.dumps({**settings, "files": True}).encode("utf-8")
        most = workers or min(MOST_WORKERS, len(os.sched_getaffinity(0)))
        self._first = Worker(seconds, command)
        self._further = [Worker(seconds, command, IDLE_SECONDS) for _ in range(most - 1)]
        self._further_used = 0.0
        self._was_backlog = False

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def warm(self) -> None:
        """Starts the worker that stays ahead of the first message."""
        self._first.warm()

    def read(self, raw: bytes) -> Reading:
        """What the message says. `ReaderDied` where reading it killed, hung or confused the child; `MessageError`
        where it cannot be read.
        """
        return self._ask(raw, self._settings, answer.MOST_BYTES, answer.reading_from)

    def read_all(self, raws: Sequence[bytes]) -> list[Reading | MessageError]:
        """What each message says, or the error that `read` would have raised for it, in their order."""
        these = _Round(raws, deque(range(len(raws))))
        for worker in self._crew(len(raws)):
            these.given[worker] = deque()
        self._give(these)
        while busy := these.busy():
            for worker in _ready(busy):
                self._take(worker, these)
        return [these.found[index] for index in range(len(raws))]

    def files(self, raw: bytes) -> Files:
        """The files of a staff answer: those that may leave, and the others with the reasons. `ReaderDied` as above."""
        return self._ask(raw, self._settings_for_files, answer.MOST_FILES_BYTES, answer.files_from)

    def attachment(self, raw: bytes, number: int) -> tuple[Attachment, bytes]:
        """One attachment, counted as `Reading.attachments` from 1, and its content. `MessageError` where it cannot be
        cut out of the message, `ReaderDied` as above.
        """
        settings = json.dumps({**json.loads(self._settings), "attachment": number}).encode("utf-8")
        return self._ask(raw, settings, len(raw) + ROOM, answer.part_from)

    def close(self) -> None:
        """Ends every worker, whatever it is doing."""
        self._first.close()
        self._rest()

    def _ask(self, raw: bytes, settings: bytes, most: int, understand: Callable[[bytes], _T]) -> _T:
        self._first.ask(raw, settings)
        try:
            return understand(self._first.answer(most))
        except ReaderDied:
            self._first.close()
            raise ReaderDied("reader-died") from None

    def _crew(self, messages: int) -> list[Worker]:
        """Who reads this time. The second full round in a row is a backlog; a single one is over before a further
        worker has started.
        """
        is_backlog, self._was_backlog = self._was_backlog, messages >= BACKLOG
        now = time.monotonic()
        if messages < BACKLOG or now - self._further_used > IDLE_SECONDS / 2:
            self._rest()
        if not (is_backlog and messages >= BACKLOG):
            return [self._first]
        self._further_used = now
        return [self._first, *self._further]

    def _rest(self) -> None:
        for worker in self._further:
            worker.close()

    def _give(self, these: _Round) -> None:
        """Gives every worker something to read, and then something ahead."""
        for _ in range(_AHEAD):
            for worker in these.given:
                if these.may_give(worker):
                    self._give_one(worker, these)

    def _give_one(self, worker: Worker, these: _Round) -> None:
        index = these.waiting.popleft()
        these.given[worker].append(index)
        try:
            worker.ask(these.raws[index], self._settings)
        except ReaderDied as error:
            these.died(worker, error)

    def _take(self, worker: Worker, these: _Round) -> None:
        """Takes an answer, and gives the next message out before the answer is looked at."""
        try:
            said = worker.answer(answer.MOST_BYTES)
        except ReaderDied as error:
            these.died(worker, error)
            self._give(these)
            return
        index = these.given[worker].popleft()
        self._give(these)
        try:
            these.found[index] = answer.reading_from(said)
        except ReaderDied as error:
            worker.close()
            these.given[worker].appendleft(index)
            these.died(worker, error)
            self._give(these)
        except MessageError as error:
            these.found[index] = error


def _ready(busy: list[Worker]) -> list[Worker]:
    """The workers that have answered, ended, or used up their time."""
    poll = select.poll()
    for worker in busy:
        poll.register(worker.fileno(), select.POLLIN)
    left = max(min(worker.deadline for worker in busy) - time.monotonic(), 0)
    ready = {descriptor for descriptor, _ in poll.poll(left * 1000 + 1)}
    now = time.monotonic()
    return [one for one in busy if one.fileno() in ready or one.deadline <= now]
