"""When the office is open, when it opens next, and how its time is counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.errors import ConfigError
from scheduler import Office
from scheduler.zone import zone

VANCOUVER = zone("America/Vancouver")
OFFICE = Office(VANCOUVER)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def wall(text: str, office: Office = OFFICE) -> datetime:
    """The instant at which the office's clock shows this."""
    return datetime.fromisoformat(text).replace(tzinfo=office.zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-11-24T08:29:59.999999", False),
        ("2026-11-24T08:30:00", True),
        ("2026-11-24T16:29:59.999999", True),
        ("2026-11-24T16:30:00", False),
        ("2026-11-24T02:00", False),
        ("2026-11-28T12:00", False),
        ("2026-12-25T12:00", False),
        ("2026-04-06T12:00", False),
    ],
)
def test_it_is_open_from_the_opening_on_and_closed_from_the_closing_on(moment: str, open_: bool) -> None:
    assert OFFICE.is_open(wall(moment)) is open_


def test_winter_and_summer_mornings_of_2026_begin_where_the_law_puts_them() -> None:
    assert OFFICE.is_open(datetime(2026, 2, 3, 16, 30, tzinfo=UTC))
    assert not OFFICE.is_open(datetime(2026, 2, 3, 16, 29, tzinfo=UTC))
    assert OFFICE.is_open(datetime(2026, 12, 15, 15, 30, tzinfo=UTC))
    assert not OFFICE.is_open(datetime(2026, 12, 15, 23, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-24T08:29:59", "2026-11-24T08:30"),
        ("2026-11-24T08:30", "2026-11-25T08:30"),
        ("2026-11-24T12:00", "2026-11-25T08:30"),
        ("2026-11-27T16:30", "2026-11-30T08:30"),
        ("2026-12-24T20:00", "2026-12-29T08:30"),
        ("2027-12-24T17:00", "2027-12-29T08:30"),
    ],
)
def test_the_next_opening_is_strictly_later_and_skips_weekends_and_holidays(moment: str, opening: str) -> None:
    assert OFFICE.next_opening(wall(moment)) == wall(opening)


@pytest.mark.parametrize(
    ("moment", "closing"),
    [
        ("2026-11-24T03:00", "2026-11-24T16:30"),
        ("2026-11-24T16:29:59", "2026-11-24T16:30"),
        ("2026-11-24T16:30", "2026-11-25T16:30"),
        ("2026-11-28T12:00", "2026-11-30T16:30"),
    ],
)
def test_the_next_closing_is_strictly_later(moment: str, closing: str) -> None:
    assert OFFICE.next_closing(wall(moment)) == wall(closing)


def test_a_closure_wins_over_an_open_day_and_an_open_day_over_a_holiday() -> None:
    office = Office(VANCOUVER, closures=(date(2026, 11, 24),), open_days=(date(2026, 11, 24), date(2026, 12, 25)))
    assert not office.is_open(wall("2026-11-24T12:00"))
    assert office.is_open(wall("2026-12-25T12:00"))


def test_an_open_saturday_is_open() -> None:
    office = Office(VANCOUVER, open_days=(date(2026, 11, 28),))
    assert office.next_opening(wall("2026-11-27T18:00")) == wall("2026-11-28T08:30")


@pytest.mark.parametrize(
    ("moment", "night"),
    [
        ("2026-11-24T11:59:59", date(2026, 11, 23)),
        ("2026-11-24T12:00", date(2026, 11, 24)),
        ("2026-11-24T23:59", date(2026, 11, 24)),
        ("2026-11-25T00:00", date(2026, 11, 24)),
        ("2026-11-25T08:30", date(2026, 11, 24)),
    ],
)
def test_a_night_runs_from_noon_to_noon_and_is_named_by_its_first_day(moment: str, night: date) -> None:
    assert OFFICE.night_of(wall(moment)) == night


@pytest.mark.parametrize(
    ("moment", "count", "due"),
    [
        ("2026-11-24T10:00", 1, "2026-11-25T10:00"),
        ("2026-11-27T10:00", 1, "2026-11-30T10:00"),
        ("2026-11-28T10:00", 1, "2026-11-30T10:00"),
        ("2026-12-24T15:00", 2, "2026-12-30T15:00"),
    ],
)
def test_business_days_are_counted_from_the_day_after(moment: str, count: int, due: str) -> None:
    assert OFFICE.add_business_days(wall(moment), count) == wall(due)


def test_no_business_days_cannot_be_added() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        OFFICE.add_business_days(wall("2026-11-24T10:00"), 0)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-11-24T10:00", "2026-11-24T12:00", 120),
        ("2026-11-24T16:00", "2026-11-25T09:00", 60),
        ("2026-11-27T16:00", "2026-11-30T08:30", 30),
        ("2026-11-27T20:00", "2026-11-29T20:00", 0),
        ("2026-11-24T12:00", "2026-11-24T10:00", 0),
        ("2026-11-24T10:00:00", "2026-11-24T10:00:59", 0),
        ("2026-12-24T00:00", "2026-12-30T00:00", 960),
    ],
)
def test_only_office_time_counts(start: str, end: str, minutes: int) -> None:
    assert OFFICE.office_minutes_between(wall(start), wall(end)) == minutes


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-24T10:00", 120, "2026-11-24T12:00"),
        ("2026-11-24T14:30", 120, "2026-11-24T16:30"),
        ("2026-11-24T14:31", 120, "2026-11-25T08:31"),
        ("2026-11-24T23:10", 120, "2026-11-25T10:30"),
        ("2026-11-24T03:00", 60, "2026-11-24T09:30"),
        ("2026-11-27T16:00", 480 + 31, "2026-12-01T08:31"),
        ("2026-12-24T16:00", 60, "2026-12-29T09:00"),
        ("2026-11-24T10:00:45", 1, "2026-11-24T10:01:45"),
    ],
)
def test_office_minutes_run_on_at_the_next_opening(start: str, minutes: int, end: str) -> None:
    assert OFFICE.add_office_minutes(wall(start), minutes) == wall(end)


def test_no_office_minutes_cannot_be_added() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        OFFICE.add_office_minutes(wall("2026-11-24T10:00"), 0)


@given(INSTANTS, st.integers(1, 60 * 24 * 5))
@settings(deadline=None, max_examples=100)
def test_the_minutes_added_are_the_minutes_that_went_by(instant: datetime, minutes: int) -> None:
    start = instant.replace(microsecond=0)
    assert OFFICE.office_minutes_between(start, OFFICE.add_office_minutes(start, minutes)) == minutes


def test_a_wall_time_that_the_clock_skips_is_taken_as_if_it_had_not_been_set_forward() -> None:
    office = Office(ZoneInfo("Europe/Berlin"), holidays="")
    assert office.at_wall(date(2026, 3, 29), time(2, 30)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert office.at_wall(date(2026, 10, 25), time(2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_opening_stays_on_the_wall_clock_over_a_change_of_the_clocks() -> None:
    office = Office(ZoneInfo("Europe/Berlin"), holidays="")
    friday_evening = wall("2026-03-27T20:00", office)
    assert office.next_opening(friday_evening) == datetime(2026, 3, 30, 6, 30, tzinfo=UTC)


def test_an_office_that_never_opens_is_a_mistake_in_the_configuration() -> None:
    with pytest.raises(ConfigError, match="ten years"):
        Office(VANCOUVER, days=()).next_opening(wall("2026-11-24T10:00"))


@given(INSTANTS)
@settings(deadline=None, max_examples=200)
def test_openings_and_closings_take_turns(instant: datetime) -> None:
    opening, closing = OFFICE.next_opening(instant), OFFICE.next_closing(instant)
    assert opening > instant
    assert closing > instant
    assert OFFICE.is_open(opening)
    assert not OFFICE.is_open(opening - timedelta(microseconds=1))
    assert not OFFICE.is_open(closing)
    assert OFFICE.is_open(closing - timedelta(microseconds=1))
    assert OFFICE.is_open(instant) == (closing < opening)


@given(INSTANTS, st.integers(0, 60 * 24 * 20))
@settings(deadline=None, max_examples=100)
def test_office_minutes_add_up(instant: datetime, later: int) -> None:
    start = instant.replace(second=0, microsecond=0)
    middle, end = start + timedelta(minutes=later // 3), start + timedelta(minutes=later)
    parts = OFFICE.office_minutes_between(start, middle) + OFFICE.office_minutes_between(middle, end)
    assert parts == OFFICE.office_minutes_between(start, end)
