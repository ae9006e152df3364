"""Whether the operator's letters, changed while mailbot runs, would still be taken at the next start (F37).

In: their folder, and how a start loads it. Out: the fault of the first file that is not sound, or None. What was loaded
at the start stays in use either way: a letter is never half old and half new.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mailbot.errors import ConfigError


class Changes:
    """Looks at the files' sizes and times, and loads them only where those have changed."""

    def __init__(self, folder: Path | None, load: Callable[[], object]) -> None:
        self._folder = folder
        self._load = load
        self._seen = self._look()
        self._fault: str | None = None

    def fault(self) -> str | None:
        """What the next start would refuse, with file and line."""
        now = self._look()
        if now != self._seen:
            self._seen = now
            self._fault = self._trial()
        return self._fault

    def _trial(self) -> str | None:
        try:
            self._load()
        except ConfigError as error:
            return str(error)
        return None

    def _look(self) -> object:
        if self._folder is None:
            return None
        try:
            files = sorted(path for path in self._folder.rglob("*") if path.is_file())
            return [(str(path), found.st_size, found.st_mtime_ns) for path in files if (found := path.stat())]
        except OSError as error:  # an editor replaces files by renaming them
            return type(error).__name__
