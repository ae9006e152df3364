"""Programs of the system as private servers: find them, find a port, wait until they answer, end exactly them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
from contextlib import closing
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


class Server:
    """A running server. It ends with this process, however that ends: no server outlives a killed test run."""

    def __init__(self, command: list[str], port: int, log: Path) -> None:
        """Starts it in a session of its own, since a master kills its group when it ends, and waits for its `port`."""
        with log.open("ab") as out:
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        # Not the kernel's parent-death signal: Postfix's master changes its user, which clears it.
        self._guard = subprocess.Popen(
            ["sh", "-c", 'read -r _; kill "$1"', "guard", str(self._child.pid)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        until(lambda: self._child.poll() is not None or answers(port), seconds=SECONDS)
        if self._child.poll() is not None:
            self.end()
            raise RuntimeError(f"{command[0]} ended by itself: {log.read_text(errors='replace')[-2000:]}")

    def end(self) -> None:
        """Asks it to end and waits; kills its session where it does not."""
        self._guard.kill()
        self._guard.communicate()
        self._child.terminate()
        try:
            self._child.wait(SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait(SECONDS)


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


def stop_at_rest(daemon: subprocess.Popen[str], database: Path) -> None:
    """Stops a daemon between two of its transactions: stopped inside one, it would keep SQLite's write lock, and what a
    test says about its successor would hang on luck.
    """

    def rests() -> bool:
        daemon.send_signal(signal.SIGSTOP)
        until(lambda: stopped(daemon.pid), seconds=SECONDS)
        if _writable(database):
            return True
        daemon.send_signal(signal.SIGCONT)
        return False

    until(rests, seconds=SECONDS)


def _writable(database: Path) -> bool:
    """Whether nobody is inside a writing transaction."""
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
        return True


def stopped(pid: int) -> bool:
    """Whether every thread of a process stands still: a signal takes effect a moment after it was sent."""
    states = [path.read_text().rpartition(")")[2].split()[0] for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(state == "T" for state in states)
