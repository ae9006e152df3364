"""Signs of life: when each loop of this process last did something, whatever came of it.

A loop that waits for a server inside its timeouts, or fails and tries again, lives. One that gives no sign for longer
than every timeout of ours is hung: a deadlock, a thread that died. Kept in memory, in monotonic seconds, so that
neither a full disk nor a wrong clock hides anything. Written by the loops, read by the keeper and by the figures.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

from mailbot.steps import Hook, Step, observe

LIMIT = 15 * 60.0
"""Seconds without a sign after which a loop is hung. The longest that a loop may rightly be silent is the answer to the
final dot, for which RFC 5321 4.5.3.2.6 gives a server ten minutes, and IDLE, nine."""


class Signs:
    """The signs of one process. A loop's thread carries the loop's name, so that its steps count as signs too."""

    def __init__(self, limit: float = LIMIT, seconds: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self.failures: Counter[str] = Counter()
        self._seconds = seconds
        self._last: dict[str, float] = {}
        self._troubles: dict[str, str] = {}

    # What loops say

    def give(self, loop: str) -> None:
        """The loop lives; the first sign enters it."""
        self._last[loop] = self._seconds()

    def end(self, loop: str) -> None:
        """The loop ended as it should: it is not missed."""
        self._last.pop(loop, None)

    def trouble(self, loop: str, what: str) -> None:
        """A round failed. `what`: a sentence without anything received."""
        self.failures[loop] += 1
        self._troubles[loop] = what
        self.give(loop)

    def well(self, loop: str) -> None:
        """A round succeeded."""
        self._troubles.pop(loop, None)
        self.give(loop)

    def listen(self) -> Hook:
        """Counts every step from now on as a sign of its thread's loop. Returns the observer until now, which hears on;
        `steps.observe` puts it back.
        """

        def hear(moment: str, name: Step) -> None:
            loop = threading.current_thread().name
            if loop in self._last:
                self.give(loop)
            before(moment, name)

        before = observe(hear)
        return before

    # What others ask

    def ages(self) -> dict[str, float]:
        """Seconds since each loop's last sign."""
        now = self._seconds()
        return {loop: now - at for loop, at in self._last.copy().items()}

    def hung(self) -> list[str]:
        """The loops that gave no sign for too long."""
        return [loop for loop, age in self.ages().items() if age > self.limit]

    def all_beat(self) -> bool:
        """Whether there are loops, and none of them is hung."""
        return bool(self._last) and not self.hung()

    def sentence(self) -> str:
        """How things stand, on one line."""
        hung = self.hung()
        if hung:
            return f"Hung: {', '.join(hung)}"
        troubles = [f"{loop}: {what}" for loop, what in sorted(self._troubles.copy().items())]
        return "; ".join(troubles) or ("At work: " + ", ".join(self._last.copy()) if self._last else "Starting")
