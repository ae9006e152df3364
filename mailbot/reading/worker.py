"""`Worker`: one child process that reads, its pipes, and its end (promise 11).

The child persists from message to message and is started when first needed. It gets an empty environment, no file but
its three pipes, and five seconds by the parent's monotonic clock for each message. Whatever goes wrong with it (death,
silence, too much talk), it is killed, `ReaderDied` is raised, and the next message gets a new child. One caller at a
time.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from typing import IO, cast

from mailbot.errors import ReaderDied
from mailbot.reading import answer

SECONDS = 5.0
START_SECONDS = 10.0
"""A busy machine may take long to start a child; that is not the message's fault, so it counts apart."""
_CHUNK = 256 * 1024
_COMMAND = [sys.executable, "-I", "-m", "mailbot.reading.child"]


class Worker:
    """One child. `ask` gives it a message, `answer` takes what it says.

    `idle_seconds`: after so long without a message the child ends by itself; 0 means that it stays.
    """

    def __init__(self, seconds: float = SECONDS, command: list[str] | None = None, idle_seconds: int = 0) -> None:
        self._seconds = seconds
        self._command = [*(command or _COMMAND), str(idle_seconds)]
        self._child: subprocess.Popen[bytes] | None = None
        self._is_starting = False
        self._asked = self._answered = 0
        self.deadline = 0.0
        """When the next answer must be there, by the monotonic clock."""

    def warm(self) -> None:
        """Starts the child if there is none."""
        if self._child is None or self._child.poll() is not None:
            self._start()

    def ask(self, raw: bytes, settings: bytes) -> None:
        """Sends one request; another may be unanswered still. `ReaderDied` where the child does not take it.

        A child that died over an earlier one is not replaced here: its answer would be taken for the other's.
        """
        if self._asked == self._answered:
            self.warm()
        try:
            if self._is_starting and _is_readable(self.fileno()):
                self._hear_that_it_is_ready()
            if self._asked == self._answered:
                self.deadline = time.monotonic() + (START_SECONDS if self._is_starting else self._seconds)
            self._asked += 1
            head = answer.REQUEST.pack(self._asked, len(settings), len(raw)) + settings
            if len(raw) <= _CHUNK:
                self._send(head + raw)
            else:
                self._send(head)
                self._send(raw)
        except (ReaderDied, OSError) as error:
            self.close()
            raise ReaderDied("reader-died") from error

    def answer(self, most: int) -> bytes:
        """What the child says to the earliest request not yet answered, at most so many bytes. `ReaderDied` where it
        says nothing in time, or too much.
        """
        try:
            said = self._receive(most)
        except (ReaderDied, OSError) as error:
            self.close()
            raise ReaderDied("reader-died") from error
        self.deadline = time.monotonic() + self._seconds
        return said

    def fileno(self) -> int:
        """The descriptor that becomes readable when the child answers or ends."""
        return self._pipes()[1].fileno()

    def close(self) -> None:
        """Ends the child, whatever it is doing."""
        child, self._child = self._child, None
        self._asked = self._answered = 0
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()
        child.wait()

    def _start(self) -> None:
        self.close()
        self._is_starting = True
        self._child = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env={},
            close_fds=True,
            start_new_session=True,
        )
        for pipe in self._pipes():
            os.set_blocking(pipe.fileno(), False)

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        child = cast("subprocess.Popen[bytes]", self._child)
        return cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)

    def _send(self, piece: bytes) -> None:
        pipe = self._pipes()[0].fileno()
        view = memoryview(piece)
        while view:
            try:
                view = view[os.write(pipe, view[:_CHUNK]) :]
            except BlockingIOError:
                _wait(pipe, select.POLLOUT, self.deadline)

    def _receive(self, most: int) -> bytes:
        if self._is_starting:
            self._hear_that_it_is_ready()
        self._answered += 1
        return self._frame(self._answered, most)

    def _hear_that_it_is_ready(self) -> None:
        self._frame(0, 0)
        self._is_starting = False
        self.deadline = time.monotonic() + self._seconds

    def _frame(self, number: int, most: int) -> bytes:
        found, size = answer.REPLY.unpack(self._exactly(answer.REPLY.size))
        if found != number or size > most:
            raise ReaderDied("nonsense")
        return self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        pipe = self._pipes()[1].fileno()
        pieces: list[bytes] = []
        while size:
            try:
                piece = os.read(pipe, min(size, _CHUNK))
            except BlockingIOError:
                _wait(pipe, select.POLLIN, self.deadline)
                continue
            if not piece:
                raise ReaderDied("died")
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)


def _is_readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _wait(descriptor: int, event: int, deadline: float) -> None:
    """Waits until the pipe is ready or the time is over."""
    poll = select.poll()
    poll.register(descriptor, event)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise ReaderDied("too slow")
