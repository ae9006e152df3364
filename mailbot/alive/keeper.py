"""The keeper: passes the loops' signs of life on, to the heartbeat file and to systemd, while all loops beat.

A thread of its own that touches neither database nor mail server, so that it cannot hang with what it watches. One
hung loop stops heartbeat and watchdog alike: a half-dead daemon must look dead, or nobody comes. Figures for
`[metrics]` have their own threads: their database may hang, and the watchdog must not hang with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from mailbot import log
from mailbot.alive.files import replace_file
from mailbot.alive.notify import Systemd
from mailbot.alive.signs import Signs
from mailbot.config import Config
from scheduler import Clock
from storage.database import Database

SECONDS = 10.0
FAREWELL = 5.0

logger = log.get("alive")


class Every:
    """Calls `act` at once and then every `seconds`, in a thread, while the `with` lasts."""

    def __init__(self, name: str, seconds: float, act: Callable[[], None]) -> None:
        self._seconds, self._act = seconds, act
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(FAREWELL)

    def _keep(self) -> None:
        while True:
            self._act()
            if self._ended.wait(self._seconds):
                return


class Keeper:
    """Says that all loops beat, or which does not."""

    def __init__(self, signs: Signs, heartbeat: Path, systemd: Systemd, now: Callable[[], datetime]) -> None:
        self.signs, self.heartbeat, self.systemd, self._now = signs, heartbeat, systemd, now
        self._hung: list[str] = []

    @property
    def seconds(self) -> float:
        """How often: three times within systemd's patience, so that one late message ends nobody."""
        return min(SECONDS, (self.systemd.watchdog_seconds or 3 * SECONDS) / 3)

    def look(self) -> None:
        """One look at the loops."""
        self.systemd.status(self.signs.sentence())
        if self.signs.all_beat():
            self.systemd.watchdog()
            self._beat()
        hung = self.signs.hung()
        for loop in set(hung) - set(self._hung):
            logger.error("loop hung", extra={"loop": loop, "seconds": int(self.signs.limit)})
        self._hung = hung

    def _beat(self) -> None:
        """An instant and nothing else, for everybody's eyes."""
        try:
            replace_file(self.heartbeat, f"{self._now().isoformat(timespec='seconds')}\n".encode(), 0o644)
        except OSError as error:
            logger.warning("heartbeat not written", extra={"reason": type(error).__name__})


@contextmanager
def kept(config: Config, database: Database, clock: Clock, signs: Signs, systemd: Systemd) -> Iterator[None]:
    """While the daemon runs: READY at the beginning, heartbeat and figures all along, STOPPING at the end."""
    keeper = Keeper(signs, heartbeat_file(config), systemd, clock.now)
    with ExitStack() as stack:
        if config.metrics.listen or config.metrics.text_file:
            from mailbot.alive.metrics import offered  # 90 ms that only those who want figures pay for

            stack.enter_context(offered(config, database, clock, signs))
        systemd.ready()
        stack.enter_context(Every("keeper", keeper.seconds, keeper.look))
        try:
            yield
        finally:
            systemd.stopping()


def heartbeat_file(config: Config) -> Path:
    """Beside the database; beside the key where the database is a server."""
    if config.storage.database.startswith("sqlite"):
        return Path(f"{config.storage.database_file}.heartbeat")
    return config.storage.key_file.with_name("mailbot.heartbeat")


def beats_here(config: Config, now: datetime) -> bool:
    """Whether a daemon on this machine has beaten within the last minute."""
    try:
        at = datetime.fromisoformat(heartbeat_file(config).read_text("ascii").strip())
    except (OSError, ValueError):
        return False
    return at.tzinfo is not None and abs(now - at) < timedelta(minutes=1)
