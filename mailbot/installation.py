"""What a configuration has without any loop: its database and its calendar. For commands that only look, which start at
once.
"""

from __future__ import annotations

from mailbot.config import Config
from scheduler import Office
from scheduler.zone import zone
from storage.database import Database
from storage.keyfile import read_key


def open_database(config: Config) -> Database:
    """The database of a configuration, with its key."""
    return Database.open(config.storage.database, read_key(config.storage.key_file))


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
