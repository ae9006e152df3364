"""The closure days of British Columbia's public service, written out by hand from the calendar, not from a library."""

from __future__ import annotations

from datetime import date

import pytest

from scheduler.holiday import closed_days

WEEKDAYS_OFF = {
    2026: "01-01 02-16 04-03 04-06 05-18 07-01 08-03 09-07 09-30 10-12 11-11 12-25 12-28",
    2027: "01-01 02-15 03-26 03-29 05-24 07-01 08-02 09-06 09-30 10-11 11-11 12-27 12-28",
    2028: "01-03 02-21 04-14 04-17 05-22 07-03 08-07 09-04 10-02 10-09 11-13 12-25 12-26",
    2029: "01-01 02-19 03-30 04-02 05-21 07-02 08-06 09-03 10-01 10-08 11-12 12-25 12-26",
    2030: "01-01 02-18 04-19 04-22 05-20 07-01 08-05 09-02 09-30 10-14 11-11 12-25 12-26",
}


@pytest.mark.parametrize("year", WEEKDAYS_OFF)
def test_exactly_these_weekdays_are_closed_in_british_columbia(year: int) -> None:
    golden = {date.fromisoformat(f"{year}-{day}") for day in WEEKDAYS_OFF[year].split()}
    assert {day for day in closed_days("CA-BC", year) if day.weekday() < 5} == golden


def test_an_office_without_a_calendar_keeps_no_holidays() -> None:
    assert closed_days("", 2026) == frozenset()


def test_an_unknown_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="XX"):
        closed_days("XX", 2026)
