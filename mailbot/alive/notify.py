"""Messages to systemd (sd_notify(3)): ready, how things stand, the watchdog, stopping.

In: NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the environment. Out: datagrams. Without the variables nothing is
sent; a socket that takes none is a line in the log, since the mail matters more than its supervisor.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

from mailbot import log

logger = log.get("alive")


class Systemd:
    """The service manager that started us, if one did."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        path = environment.get("NOTIFY_SOCKET", "")
        # A leading @ is an abstract socket: on the wire its name begins with a zero byte (unix(7)).
        self._address = "\0" + path[1:] if path.startswith("@") else path
        self.watchdog_seconds = _watchdog_seconds(environment) if path else None
        """How long systemd waits for a sign before it ends us; None where it watches nobody, or not this process."""
        self._told = ""

    def ready(self) -> None:
        self._send("READY=1")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def watchdog(self) -> None:
        """We live: the time begins again."""
        if self.watchdog_seconds is not None:
            self._send("WATCHDOG=1")

    def status(self, sentence: str) -> None:
        """What `systemctl status` shows; sent until it was taken, when it changes."""
        if sentence != self._told and self._send("STATUS=" + " ".join(sentence.split())):
            self._told = sentence

    def _send(self, message: str) -> bool:
        """False where it was not taken."""
        if not self._address:
            return False
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                # A manager that reads nothing must not hold us up: the watchdog of the next round says it again.
                out.setblocking(False)
                out.sendto(message.encode(), self._address)
        except OSError as error:
            logger.warning("systemd not told", extra={"reason": type(error).__name__})
            return False
        return True


def _watchdog_seconds(environment: Mapping[str, str]) -> float | None:
    """WATCHDOG_USEC, where WATCHDOG_PID names nobody or this process (sd_watchdog_enabled(3))."""
    microseconds, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", str(os.getpid()))
    if not (microseconds.isascii() and microseconds.isdigit() and int(microseconds)) or pid != str(os.getpid()):
        return None
    return int(microseconds) / 1e6
