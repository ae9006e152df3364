"""The newest zone data wins, and one fact tells whether it is new enough."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import tzdata

from mailbot.errors import ConfigError
from scheduler.zone import system_release, zone, zone_fact

NOON = datetime(2026, 12, 15, 12)  # noqa: DTZ001  a wall time


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Path]:
    """System zone files of our own making, in which Vancouver is Honolulu: an hour's mistake that cannot be missed."""
    honolulu = Path(str(tzdata.__file__)).parent / "zoneinfo" / "Pacific" / "Honolulu"
    (tmp_path / "America").mkdir()
    (tmp_path / "America" / "Vancouver").write_bytes(honolulu.read_bytes())
    zoneinfo.reset_tzpath([str(tmp_path)])
    zoneinfo.ZoneInfo.clear_cache()
    zone.cache_clear()
    yield tmp_path
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()
    zone.cache_clear()


def test_noon_in_vancouver_in_december_2026_is_19_utc() -> None:
    assert NOON.replace(tzinfo=zone("America/Vancouver")).astimezone(UTC).hour == 19
    assert zone_fact() is None


def test_an_older_system_loses_to_the_package(system: Path) -> None:
    (system / "tzdata.zi").write_text("# version 2025b\n")
    assert system_release() == "2025b"
    assert zone_fact() is None


def test_a_system_that_does_not_say_its_release_loses_to_the_package(system: Path) -> None:
    assert system_release() == ""
    assert zone_fact() is None


def test_a_newer_system_wins_and_a_wrong_one_fails_the_fact(system: Path) -> None:
    (system / "tzdata.zi").write_text("# version 2099a\n")
    assert zone("America/Vancouver").utcoffset(NOON) == timedelta(hours=-10)
    assert "22:00 UTC" in str(zone_fact())


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../America/Vancouver", "America", "/etc/passwd"])
def test_a_zone_that_does_not_exist_is_a_mistake_in_the_configuration(name: str) -> None:
    with pytest.raises(ConfigError, match="time_zone"):
        zone(name)
