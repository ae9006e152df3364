"""What a configuration has without any loop: its database and its calendar. For commands that only look, which start at
once.
"""

from __future__ import annotations

from mailbot.config import Config
from mailbot.errors import KeyMismatch
from scheduler import Office
from scheduler.zone import zone
from storage import rekeying
from storage.database import Database
from storage.keyfile import read_key


def open_database(config: Config) -> Database:
    """The database of a configuration, with its key. Of another key it says which file beside it is the right one."""
    try:
        return Database.open(config.storage.database, read_key(config.storage.key_file))
    except KeyMismatch as error:
        needed = rekeying.needed_key(config.storage.database, config.storage.key_file)
        raise KeyMismatch(f"{error}.{needed}") from error


def build_office(config: Config) -> Office:
    hours = config.hours
    return Office(
        zone=zone(config.service.time_zone),
        opens=hours.opens,
        closes=hours.closes,
        days=hours.days,
        holidays=hours.holidays,
        closures=hours.closures,
        open_days=hours.open_days,
    )
