"""This process's part in the work on a database: shown to the others by a beat, in a thread of its own (RULES 1).

In: the lease. Out: whether watch and tick are this process's, and a call when that changed or when another's unfinished
letters fell to it. Where the database cannot be reached the charge is gone, since its lock is, and is asked for again;
where another ended this one's part, `ended` hears of it and nothing more is touched.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from mailbot import log
from mailbot.errors import DatabaseDown
from storage.lease import Lease

SECONDS = 3.0

logger = log.get("charge")


class Charge:
    """Beats while the `with` lasts, where daemons share the database; gives the part back at its end."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self.changed: Callable[[], None] = lambda: None
        """Called when a part fell to this process, or when it lost its own."""
        self.ended: Callable[[Exception], None] = lambda error: None
        """Called when nothing may be touched any more."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="charge", daemon=True)

    @property
    def shared(self) -> bool:
        """Whether other daemons may make work, and take some."""
        return self._lease.shared

    @property
    def in_charge(self) -> bool:
        """Whether watch and tick are this process's now."""
        return self._lease.in_charge

    def __enter__(self) -> Self:
        if self.shared:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self.shared:
            self._thread.join()
        self._lease.release()

    def _keep(self) -> None:
        while not self._stop.wait(SECONDS):
            try:
                self._beat()
            except Exception as error:  # noqa: BLE001 - without a beat the others end this process's part: end it first
                logger.error("part lost", extra={"reason": type(error).__name__})
                self.ended(error)
                return

    def _beat(self) -> None:
        was = self.in_charge
        try:
            if self._lease.beat():
                self.changed()
        except DatabaseDown as error:
            logger.warning("no beat", extra={"reason": str(error)})
            if was:
                self.changed()
