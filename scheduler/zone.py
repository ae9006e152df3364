"""Zone data: the newest there is, and one known fact to test it by (promise 8, F34).

British Columbia stopped changing its clocks in 2026. A machine whose system files are older (an old container image,
a host without security updates) opens the office an hour wrong all winter, silently. `zoneinfo` prefers the system's
files, so this module compares their release with the `tzdata` package's and takes the newer.
"""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import tzdata  # type: ignore[import-untyped]

from mailbot.errors import ConfigError


@lru_cache(maxsize=8)
def zone(name: str) -> ZoneInfo:
    """The zone called `name`, from the newer of the system's files and the package's. ConfigError where neither has it.

    A zone from the package cannot be pickled: pass the name to another process, not the zone.
    """
    packaged = _packaged(name) if system_release() <= tzdata.IANA_VERSION else None
    if packaged:
        return packaged
    try:
        return ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise ConfigError(f'service.time_zone = "{name}": expected a zone such as "America/Vancouver"') from problem


def system_release() -> str:
    """The release of the system's zone files, such as "2026b"; "" where they do not say: then the package's win."""
    for folder in zoneinfo.TZPATH:
        try:
            with Path(folder, "tzdata.zi").open(encoding="ascii", errors="replace") as lines:
                first = lines.readline().split()
        except OSError:
            continue
        if first[:2] == ["#", "version"]:
            return "".join(first[2:3])
    return ""


def zone_fact() -> str | None:
    """None where noon of 15 December 2026 in Vancouver is 19:00 UTC, as the law has it; else why to stop."""
    noon = datetime(2026, 12, 15, 12, tzinfo=zone("America/Vancouver")).astimezone(UTC)
    if noon == datetime(2026, 12, 15, 19, tzinfo=UTC):
        return None
    return (
        f"the zone data is too old: it takes noon of 15 December 2026 in Vancouver for {noon:%H:%M} UTC,"
        " which is 19:00 UTC; install tzdata 2026.2 or newer"
    )


def _packaged(name: str) -> ZoneInfo | None:
    parts = name.split("/")
    if not all(part and part.replace("_", "").replace("-", "").replace("+", "").isalnum() for part in parts):
        return None  # keeps "../" inside the package's folder
    entry = files("tzdata").joinpath("zoneinfo", *parts)
    if not entry.is_file():
        return None
    with entry.open("rb") as data:
        return ZoneInfo.from_file(data, key=name)
