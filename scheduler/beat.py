"""The beat: one interval job of APScheduler, kept in memory, that asks what is due. The only importer of apscheduler.

A clock, not a store: with a store of its own APScheduler deletes a due job before it runs (a crash loses it) and
drops what is over a second late. What is due stands in rows of the database, and a beat that was missed, late or
doubled changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler


class Beat:
    """Calls one function again and again, in a thread of its own, never twice at once."""

    def __init__(self) -> None:
        self._scheduler: _SteadyScheduler | None = None

    def start(self, seconds: float, call: Callable[[], object]) -> None:
        """Calls `call` at once and then every `seconds`. What it raises is logged by kind; the beat goes on."""
        self._scheduler = _SteadyScheduler(seconds)
        self._scheduler.add_job(
            call,
            "interval",
            seconds=seconds,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        self._scheduler.start()

    def stop(self) -> None:
        """Ends the beat, after the call that is under way. Not to be called from inside `call`."""
        if self._scheduler:
            self._scheduler.shutdown(wait=True)
            self._scheduler = None


class _SteadyScheduler(BackgroundScheduler):  # type: ignore[misc]
    """APScheduler plans by the wall clock: set back by a day, it would sleep for a day (F33).

    So it never sleeps longer than one interval of the monotonic clock, and a job planned further away than that is
    taken to be due. `datetime.now` is APScheduler's clock, for this comparison alone.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(timezone=UTC, daemon=True)
        self._longest = timedelta(seconds=seconds)

    def _process_jobs(self) -> float:
        now = datetime.now(UTC)
        for job in self.get_jobs():
            if job.next_run_time > now + self._longest:
                job.modify(next_run_time=now)
        planned: float | None = super()._process_jobs()
        longest = self._longest.total_seconds()
        return longest if planned is None else min(planned, longest)
