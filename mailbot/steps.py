"""Every durable step and every network write has a name, and happens inside `with step(NAME):`.

So a log can say where a message is, and the history test can kill the process just before and just after each of them.
A test reads the sources and fails when a commit or a network write stands outside such a block (tests/test_steps.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum


class Step(StrEnum):
    """Names of durable commits (`*.commit…`) and of network writes (imap.*, smtp.*)."""

    INSTALL = "install"
    TAKE_LEASE = "take-lease"
    WORKER_JOIN = "worker.commit-join"
    WORKER_END = "worker.commit-end"
    WATCH_FOLDER = "watch.commit-folder"
    WATCH_JOURNAL = "watch.commit-journal"
    WATCH_FILED = "watch.commit-filed"
    WATCH_LOOK = "watch.commit-look"
    PROCESS_ATTEMPT = "process.commit-attempt"
    PROCESS_MESSAGE = "process.commit-message"
    TICK = "tick.commit"
    TICK_RELEASE = "tick.commit-release"
    DELIVER_CLAIM = "deliver.commit-claim"
    DELIVER_BEGIN = "deliver.commit-begin"
    DELIVER_ANSWER = "deliver.commit-answer"
    DELIVER_RECOVER = "deliver.commit-recover"
    OPERATOR = "operator.commit"
    BACKUP = "backup.commit"
    RESTORE = "restore.commit"
    REKEY = "rekey.commit"
    PULSE = "pulse.commit"
    IMAP_CREATE = "imap.create"
    IMAP_APPEND = "imap.append"
    IMAP_MOVE = "imap.move"
    IMAP_COPY = "imap.copy"
    IMAP_FLAG = "imap.flag"
    IMAP_EXPUNGE = "imap.uid-expunge"
    SMTP_ENVELOPE = "smtp.envelope"
    SMTP_DATA = "smtp.data"


Hook = Callable[[str, Step], None]


def _nothing(moment: str, name: Step) -> None:
    """No observer."""


_hook: Hook = _nothing


def observe(hook: Hook) -> Hook:
    """Calls `hook("before"|"after", name)` around every step of this process from now on: for signs of life and for the
    history test. Returns the hook that was called until now.
    """
    global _hook
    _hook, before = hook, _hook
    return before


@contextmanager
def step(name: Step) -> Iterator[None]:
    """Marks a durable commit or a network write. "after" is told only where the block did not raise."""
    _hook("before", name)
    yield
    _hook("after", name)
