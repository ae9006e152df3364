"""The process that reads hostile bytes: `python -m mailbot.reading.child`, one request after the other over its stdin
and stdout.

It gives up what it does not need before it sees the first byte: memory above 512 MB, core files, new files, writing
to any file, other processes. It never looks at a clock; the parent measures, and a timer of the kernel ends a message
that takes five seconds of its own. Where the parent is gone, it ends: at
the end of its stdin, or by an alarm if it hangs. PR_SET_PDEATHSIG was refused: it fires when the *thread* that
started the child ends.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import sys
from functools import lru_cache
from typing import Any, BinaryIO

from mailbot.errors import MessageError
from mailbot.reading import answer
from mailbot.reading.files import read_files
from mailbot.reading.limits import Limits
from mailbot.reading.message import read_message
from mailbot.reading.opening import open_part

MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 5
ORPHAN_SECONDS = 30


def main() -> None:
    """Serves requests until stdin ends, or until none came for the seconds of the one argument (0: for ever).

    An empty answer to no request says that the child is ready.
    """
    idle_seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    limit_this_process()
    # What was imported never becomes garbage, and a message leaves no cycles that could not wait.
    gc.freeze()
    gc.set_threshold(100_000)
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _say(answers, 0, b"")
    signal.alarm(idle_seconds)
    while serve(requests, answers):
        signal.alarm(idle_seconds)


def _say(answers: BinaryIO, number: int, body: bytes) -> None:
    answers.write(answer.REPLY.pack(number, len(body)) + body)
    answers.flush()


def limit_this_process() -> None:
    """Gives the limits up for good: the hard limits go down with the soft ones."""
    for which, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(which, (most, most))


def serve(requests: BinaryIO, answers: BinaryIO) -> bool:
    """Answers one request; False at the end of the input."""
    head = requests.read(answer.REQUEST.size)
    if len(head) < answer.REQUEST.size:
        return False
    number, settings_size, size = answer.REQUEST.unpack(head)
    settings = _understood(requests.read(settings_size))
    raw = requests.read(size)
    if len(raw) < size:
        return False
    signal.alarm(ORPHAN_SECONDS)
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
    if settings.get("attachment"):
        body = _attachment(raw, settings)
    else:
        body = _files(raw, settings) if settings["files"] else _read(raw, settings)
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.alarm(0)
    _say(answers, number, body)
    return True


@lru_cache(maxsize=4)
def _understood(settings: bytes) -> dict[str, Any]:
    """The settings of a request, which are the same for nearly all."""
    found: dict[str, Any] = json.loads(settings)
    return found


def _read(raw: bytes, settings: dict[str, Any]) -> bytes:
    internal = settings["internal_header"]
    try:
        reading = read_message(
            raw,
            trusted_ids=tuple(settings["trusted_ids"]),
            limits=Limits(**settings["limits"]),
            internal_header=tuple(internal) if internal else None,
        )
    except MessageError as error:
        return answer.failure_to_bytes(str(error))
    return answer.to_bytes(reading)


def _files(raw: bytes, settings: dict[str, Any]) -> bytes:
    return answer.files_to_bytes(read_files(raw, Limits(**settings["limits"])))


def _attachment(raw: bytes, settings: dict[str, Any]) -> bytes:
    try:
        found, data = open_part(raw, Limits(**settings["limits"]), settings["attachment"])
    except MessageError as error:
        return answer.failure_to_bytes(str(error))
    return answer.part_to_bytes(found, data)


if __name__ == "__main__":
    main()
