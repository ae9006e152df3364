"""Runs mailbot in this process and kills it, by SIGKILL, just before or just after a named step.

usage: killer.py LOG KILL -- ARGUMENTS OF MAILBOT KILL is "none", "before:NAME:N", "after:NAME:N" (the N-th time) or
"any:N" (the N-th moment, whatever its name). Every moment reached is appended to LOG.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from mailbot import steps
from mailbot.cli import main


def hook(log: str, kill: str) -> steps.Hook:
    """What is called around every step."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    lock = threading.Lock()
    wanted, _, number = kill.rpartition(":")
    left = int(number) if wanted else -1

    def reached(moment: str, name: steps.Step) -> None:
        nonlocal left
        with lock:
            os.write(descriptor, f"{moment}:{name}\n".encode())
            if wanted in ("any", f"{moment}:{name}"):
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

    return reached


if __name__ == "__main__":
    log, kill, arguments = sys.argv[1], sys.argv[2], sys.argv[4:]
    steps.observe(hook(log, kill))
    sys.argv = ["mailbot", *arguments]
    main()
