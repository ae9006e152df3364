"""`Reader`: reads messages in a child process, so that one bad message harms one message (promise 11).

The child persists from message to message and is started when first needed. It gets an empty environment, no file but
its three pipes, and five seconds by the parent's monotonic clock. Whatever goes wrong with it (death, silence, too
much talk, nonsense), it is killed, `ReaderDied` is raised, and the next message gets a new child. One caller at a
time.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import IO, TypeVar, cast

from mailbot.errors import ReaderDied
from mailbot.model import Files, Reading
from mailbot.reading import answer
from mailbot.reading.limits import Limits

SECONDS = 5.0
_T = TypeVar("_T")
_CHUNK = 256 * 1024
_COMMAND = [sys.executable, "-I", "-m", "mailbot.reading.child"]


class Reader:
    """The door to reading. `trusted_ids`, `limits` and `internal_header` hold for every message; a context manager."""

    def __init__(
        self,
        trusted_ids: tuple[str, ...] = (),
        limits: Limits | None = None,
        internal_header: tuple[str, str] | None = None,
        seconds: float = SECONDS,
        command: list[str] | None = None,
    ) -> None:
        settings = {
            "trusted_ids": trusted_ids,
            "limits": asdict(limits or Limits()),
            "internal_header": internal_header,
        }
        self._settings = json.dumps({**settings, "files": False}).encode("utf-8")
        self._settings_for_files = json.dumps({**settings, "files": True}).encode("utf-8")
        self._seconds = seconds
        self._command = command or _COMMAND
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def warm(self) -> None:
        """Starts the child ahead of the first message."""
        if self._child is None or self._child.poll() is not None:
            self._start()

    def read(self, raw: bytes) -> Reading:
        """What the message says. `ReaderDied` where reading it killed, hung or confused the child; `MessageError`
        where it cannot be read.
        """
        return self._ask(raw, self._settings, answer.MOST_BYTES, answer.reading_from)

    def files(self, raw: bytes) -> Files:
        """The files of a staff answer: those that may leave, and the others with the reasons. `ReaderDied` as above."""
        return self._ask(raw, self._settings_for_files, answer.MOST_FILES_BYTES, answer.files_from)

    def _ask(self, raw: bytes, settings: bytes, most: int, understand: Callable[[bytes], _T]) -> _T:
        self.warm()
        deadline = time.monotonic() + self._seconds
        try:
            self._send(raw, settings, deadline)
            return understand(self._receive(most, deadline))
        except (ReaderDied, OSError) as error:
            self.close()
            raise ReaderDied("reader-died") from error

    def close(self) -> None:
        """Ends the child, whatever it is doing."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()
        child.wait()

    def _start(self) -> None:
        self.close()
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

    def _send(self, raw: bytes, settings: bytes, deadline: float) -> None:
        pipe, _ = self._pipes()
        for piece in (answer.REQUEST.pack(len(settings), len(raw)), settings, raw):
            view = memoryview(piece)
            while view:
                _wait(pipe.fileno(), select.POLLOUT, deadline)
                view = view[os.write(pipe.fileno(), view[:_CHUNK]) :]

    def _receive(self, most: int, deadline: float) -> bytes:
        size = answer.ANSWER.unpack(self._exactly(answer.ANSWER.size, deadline))[0]
        if size > most:
            raise ReaderDied("oversized")
        return self._exactly(size, deadline)

    def _exactly(self, size: int, deadline: float) -> bytes:
        _, pipe = self._pipes()
        pieces: list[bytes] = []
        while size:
            _wait(pipe.fileno(), select.POLLIN, deadline)
            piece = os.read(pipe.fileno(), min(size, _CHUNK))
            if not piece:
                raise ReaderDied("died")
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)


def _wait(descriptor: int, event: int, deadline: float) -> None:
    """Waits until the pipe is ready or the time is over."""
    poll = select.poll()
    poll.register(descriptor, event)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise ReaderDied("too slow")
