"""Dates and hours in words."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from mailbot.writing import dates

OPENING = datetime(2026, 11, 25, 8, 30, tzinfo=ZoneInfo("America/Vancouver"))
NBSP = "\u00a0"


def test_an_english_instant_names_weekday_month_year_and_zone() -> None:
    assert dates.moment(OPENING, "en") == "Wednesday, November 25, 2026, at 8:30 a.m., Pacific time"


def test_a_french_instant_is_written_the_french_way() -> None:
    expected = f"le mercredi 25 novembre 2026, à 8{NBSP}h{NBSP}30, heure du Pacifique"
    assert dates.moment(OPENING, "fr") == expected


def test_the_first_of_a_month_is_an_ordinal_in_french() -> None:
    assert dates.day(OPENING.replace(month=12, day=1), "fr") == "le mardi 1er décembre 2026"


@pytest.mark.parametrize(
    ("at", "english", "french"),
    [
        (time(0, 5), "12:05 a.m.", "0 h 05"),
        (time(8, 30), "8:30 a.m.", "8 h 30"),
        (time(12, 0), "12:00 p.m.", "12 h"),
        (time(16, 30), "4:30 p.m.", "16 h 30"),
        (time(23, 59), "11:59 p.m.", "23 h 59"),
    ],
)
def test_a_time_of_day_has_the_clock_of_its_language(at: time, english: str, french: str) -> None:
    assert dates.clock(at, "en") == english
    assert dates.clock(at, "fr") == french.replace(" ", NBSP)


def test_hours_are_a_span() -> None:
    assert dates.hours(time(8, 30), time(16, 30), "en") == "8:30 a.m. to 4:30 p.m."


@pytest.mark.parametrize(
    ("key", "name"),
    [("America/Toronto", "Eastern time"), ("Europe/Paris", "Paris time"), ("America/St_Johns", "Newfoundland time")],
)
def test_another_office_is_never_told_pacific_time(key: str, name: str) -> None:
    assert dates.zone(OPENING.astimezone(ZoneInfo(key)), "en") == name


def test_an_instant_without_a_named_zone_says_its_offset() -> None:
    assert dates.zone(datetime(2026, 11, 25, tzinfo=UTC), "en") == "UTC"
