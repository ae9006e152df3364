"""The program's one clock, and the watch over it (RULES 1).

`Clock` is made once, at the composition root, and its instants are passed in everywhere else: never SQL's now(), file
times or the clock of a child process. `JumpWatch` holds releases back while the wall clock is not to be trusted: a
letter that leaves an hour early cannot be called back, one that leaves ten minutes late can be explained.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

TOLERANCE = 120.0
"""Seconds by which two clocks may differ: an NTP daemon steps a few seconds in ordinary life."""

AGREEMENT = 600.0
"""Seconds for which both clocks must agree after a jump."""


class Clock:
    """The wall clock and the clock that no administrator can set."""

    def now(self) -> datetime:
        """The instant, aware, in UTC. From `time.time()` and nothing else: one place decides what time it is."""
        return datetime.fromtimestamp(time.time(), UTC)

    def boottime(self) -> float:
        """Seconds since some fixed point, sleep of the machine included, untouched when the wall clock is set.

        Where the system has no CLOCK_BOOTTIME (macOS), the monotonic clock: there a laptop's sleep looks like a jump,
        which only delays.
        """
        if hasattr(time, "CLOCK_BOOTTIME"):
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        return time.monotonic()


class JumpWatch:
    """Compares wall clock and boot time between two beats of one process.

    `newest_stored` is the newest instant in the database, or None for an empty one. Time between two runs is no jump,
    unless the wall clock stands over two minutes *before* that instant.
    """

    def __init__(self, newest_stored: datetime | None) -> None:
        self._newest_stored = newest_stored
        self._last: tuple[datetime, float] | None = None
        self._trusted_from = float("-inf")

    def beat(self, now: datetime, boot: float) -> bool:
        """Notes one beat; True while releases pause: from a jump on, until ten minutes of boot time agreed."""
        if self._jumped(now, boot):
            self._trusted_from = boot + AGREEMENT
        self._last = (now, boot)
        return boot < self._trusted_from

    def _jumped(self, now: datetime, boot: float) -> bool:
        if self._last is None:
            behind = (self._newest_stored - now).total_seconds() if self._newest_stored else 0.0
            return behind > TOLERANCE
        last_now, last_boot = self._last
        return abs((now - last_now).total_seconds() - (boot - last_boot)) > TOLERANCE
