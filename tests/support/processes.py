"""Programs of the system as private servers: find them, find a port, wait until they answer, end exactly them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from support.waiting import until

SECONDS = 20.0


def program(name: str) -> str | None:
    """Where `name` is, Debian's folder of system programs included; None where it is not installed."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def free_port() -> int:
    """A loopback port that nobody listened on a moment ago."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def start(command: list[str], port: int, log: Path) -> subprocess.Popen[bytes]:
    """Starts a server in a session of its own, since a master kills its group when it ends, and waits until `port`
    answers.

    It is told to end when this process does, however that comes about: no server outlives a killed test run.
    """
    command = ["setpriv", "--pdeathsig", "TERM", "--", *command]
    with log.open("ab") as out:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
    until(lambda: child.poll() is not None or answers(port), seconds=SECONDS)
    if child.poll() is not None:
        raise RuntimeError(f"{command[4]} ended with {child.returncode}: {log.read_text(errors='replace')[-2000:]}")
    return child


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


def end(child: subprocess.Popen[bytes]) -> None:
    """Asks the server to end and waits for it; kills its session where it does not."""
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait(SECONDS)
