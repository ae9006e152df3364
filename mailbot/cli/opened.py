"""The database opened for commands that look or mend: no lease, no mail server (promise 2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mailbot import log
from mailbot.config import Config, load
from mailbot.installation import open_database
from storage.database import Database


@contextmanager
def opened_for_reading(config_file: Path) -> Iterator[tuple[Config, Database]]:
    """Configuration and database; closed at the end."""
    config = load(config_file)
    log.start(config.log.level, config.log.format)
    database = open_database(config)
    try:
        yield config, database
    finally:
        database.close()
