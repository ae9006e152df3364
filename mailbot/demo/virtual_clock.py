"""A clock that stands still until the story moves it: the demo's night passes in a second.

Wall clock and boot time move together, as on a machine that nobody tampers with: no jump is seen (RULES 1).
"""

from __future__ import annotations

from datetime import UTC, datetime

from scheduler import Clock


class VirtualClock(Clock):
    """Shows `start`, aware, until `move_to`."""

    def __init__(self, start: datetime) -> None:
        self._start = start.astimezone(UTC)
        self._now = self._start

    def now(self) -> datetime:
        return self._now

    def boottime(self) -> float:
        return (self._now - self._start).total_seconds()

    def move_to(self, instant: datetime) -> None:
        """Forward only; ValueError for an instant that has passed."""
        if instant < self._now:
            raise ValueError("a clock of the story does not go back")
        self._now = instant.astimezone(UTC)
