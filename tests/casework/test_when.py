"""WHEN in a staff member's words: what is understood, and what is refused with the nearest right form."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops.house import VANCOUVER, office

from mailbot.casework.acting import CommandError
from mailbot.casework.when import parse_when, parse_when_head
from scheduler import Office

OFFICE = Office(VANCOUVER)
TUESDAY = office("2026-11-24 10:00:30")


@pytest.mark.parametrize(("typed", "meant"), [
    ("tomorrow 9:00", "2026-11-25 09:00"),
    ("Tomorrow at 9:00", "2026-11-25 09:00"),
    ("tomorrow 9 am", "2026-11-25 09:00"),
    ("tomorrow 9am", "2026-11-25 09:00"),
    ("tomorrow, 9:30 p.m.", "2026-11-25 21:30"),
    ("tomorrow noon", "2026-11-25 12:00"),
    ("tomorrow 12 pm", "2026-11-25 12:00"),
    ("tomorrow 12:30 p.m.", "2026-11-25 12:30"),
    ("tomorrow 00:00", "2026-11-25 00:00"),
    ("tomorrow 02:30", "2026-11-25 02:30"),
    ("tomorrow 2:30 am", "2026-11-25 02:30"),
    ("tomorrow", "2026-11-25 08:30"),
    ("today 15:00", "2026-11-24 15:00"),
    ("today 10:01", "2026-11-24 10:01"),
    ("friday", "2026-11-27 08:30"),
    ("FRI", "2026-11-27 08:30"),
    ("friday 14:30", "2026-11-27 14:30"),
    ("monday 8:30", "2026-11-30 08:30"),
    ("thurs 8:30", "2026-11-26 08:30"),
    ("saturday", "2026-11-30 08:30"),
    ("saturday 10:00", "2026-11-28 10:00"),
    ("in 3 days", "2026-11-27 08:30"),
    ("in 3 days 14:30", "2026-11-27 14:30"),
    ("in 4 days", "2026-11-30 08:30"),
    ("in a week", "2026-12-01 08:30"),
    ("in 2 weeks", "2026-12-08 08:30"),
    ("in 2 hours", "2026-11-24 12:01"),
    ("in an hour", "2026-11-24 11:01"),
    ("in 1 minute", "2026-11-24 10:02"),
    ("2026-12-01", "2026-12-01 08:30"),
    ("2026-12-01 10:30", "2026-12-01 10:30"),
    ("2026-12-01T10:30", "2026-12-01 10:30"),
    ("2026-12-1 10:30", "2026-12-01 10:30"),
    ("2026-12-25", "2026-12-29 08:30"),
    ("2026\u201112\u201101 10:30", "2026-12-01 10:30"),
    ("tomorrow\u00a09:00", "2026-11-25 09:00"),
    ("  tomorrow   9:00 ", "2026-11-25 09:00"),
])  # fmt: skip
def test_is_understood(typed: str, meant: str) -> None:
    closed = Office(VANCOUVER, closures=(date(2026, 12, 28),))
    found = parse_when(typed, TUESDAY, closed)
    assert found == office(meant)
    assert found.tzinfo is VANCOUVER


@pytest.mark.parametrize(("typed", "nearest"), [
    ("", "2026-11-25 08:30"),
    ("soon", "2026-11-25 08:30"),
    ("next week", "2026-11-25 08:30"),
    ("next friday", "2026-11-25 08:30"),
    ("12/01/2026", "tomorrow 9:00"),
    ("10", "tomorrow 9:00"),
    ("9:00", "tomorrow 09:00"),
    ("15:00", "today 15:00"),
    ("noon", "today 12:00"),
    ("3 pm", "today 15:00"),
    ("tomorrow 9", "tomorrow 9:00"),
    ("tomorrow at 9", "tomorrow 9:00"),
    ("friday morning", "friday 8:30"),
    ("friday at lunch", "friday 8:30"),
    ("tomorrow 2:30", "tomorrow 14:30"),
    ("tomorrow 12 am", "tomorrow noon"),
    ("tomorrow midnight", "tomorrow 8:30"),
    ("tomorrow 25:00", "tomorrow 14:30"),
    ("tomorrow 9:75", "tomorrow 14:30"),
    ("tomorrow 14:30 pm", "tomorrow 14:30"),
    ("tuesday", "in 7 days"),
    ("tuesday 15:00", "today 15:00"),
    ("today", "2026-11-25 08:30"),
    ("today 09:00", "2026-11-25 08:30"),
    ("today 10:00", "2026-11-25 08:30"),
    ("2026-11-23 10:30", "2026-11-25 08:30"),
    ("2026-02-30", "2026-11-25 08:30"),
    ("2026-13-01", "2026-11-25 08:30"),
    ("2062-12-01", "2026-12-01"),
    ("2062-01-05", "2027-01-05"),
    ("in 0 days", "in 2 hours"),
    ("in 999 weeks", "2027-01-16"),
    ("in two days", "2026-11-25 08:30"),
    ("in 3 months", "2026-11-25 08:30"),
    ("friday 14:30 please", "2026-11-27 14:30"),
    ("friday or saturday", "friday 8:30"),
    ("\uff13 pm", "2026-11-25 08:30"),
])  # fmt: skip
def test_is_refused_with_the_nearest_form(typed: str, nearest: str) -> None:
    with pytest.raises(CommandError) as refused:
        parse_when(typed, TUESDAY, OFFICE)
    assert refused.value.nearest == nearest
    assert refused.value.reason.endswith((".", "?"))


def test_now_itself_is_past() -> None:
    with pytest.raises(CommandError, match="past"):
        parse_when("today 10:00", office("2026-11-24 10:00"), OFFICE)


def test_the_nearest_form_of_a_refusal_is_one_that_is_understood() -> None:
    for typed in ("soon", "10", "9:00", "15:00", "tomorrow 9", "friday morning", "tomorrow 2:30", "tuesday", "today"):
        with pytest.raises(CommandError) as refused:
            parse_when(typed, TUESDAY, OFFICE)
        assert parse_when(refused.value.nearest, TUESDAY, OFFICE) > TUESDAY


def test_words_behind_the_time_are_the_text_of_a_follow_up() -> None:
    assert parse_when_head("friday 14:30 ask about the form", TUESDAY, OFFICE) == (
        office("2026-11-27 14:30"), "ask about the form"
    )  # fmt: skip
    assert parse_when_head("friday: about the form", TUESDAY, OFFICE) == (office("2026-11-27 08:30"), "about the form")
    assert parse_when_head("in 2 hours - call", TUESDAY, OFFICE) == (office("2026-11-24 12:01"), "call")


@pytest.mark.parametrize("typed", ["friday 2 calls", "tomorrow 9 call", "friday morning call", "in 3 days 2 calls"])
def test_a_text_that_begins_like_a_time_is_refused(typed: str) -> None:
    with pytest.raises(CommandError):
        parse_when_head(typed, TUESDAY, OFFICE)


@pytest.mark.parametrize("typed", ["2027-03-14 02:30", "2026-11-01 01:30"])
def test_a_time_that_the_clock_shows_twice_or_never_is_refused(typed: str) -> None:
    changing = Office(ZoneInfo("America/Toronto"))
    with pytest.raises(CommandError, match="clocks change"):
        parse_when(typed, datetime(2026, 10, 20, 12, tzinfo=UTC), changing)


def test_a_span_of_hours_is_measured_on_the_clock_that_runs() -> None:
    """An hour before the clocks go forward, three hours later are four on the wall."""
    changing = Office(ZoneInfo("America/Toronto"))
    found = parse_when("in 3 hours", datetime(2027, 3, 14, 6, 0, tzinfo=UTC), changing)
    assert f"{found:%Y-%m-%d %H:%M}" == "2027-03-14 05:00"


_PIECES = st.sampled_from([
    "today", "tomorrow", "friday", "tue", "in", "3", "a", "days", "hours", "minute", "week", "at", "9", "9:00", "23:59",
    "12", "am", "p.m.", "noon", "2026-11-24", "2026-11-01", "9999-12-31", "0000-00-00", "T10:30", ",", "-", "next",
])  # fmt: skip
_ZONES = st.sampled_from(["America/Vancouver", "America/Toronto", "Australia/Lord_Howe", "UTC", "Pacific/Apia"])
_NOW = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.one_of(st.lists(_PIECES, max_size=6).map(" ".join), st.text(max_size=40)), _NOW, _ZONES)
def test_what_is_understood_is_never_past_and_never_an_error_of_ours(typed: str, now: datetime, zone: str) -> None:
    place = Office(ZoneInfo(zone))
    try:
        found = parse_when(typed, now, place)
    except CommandError:
        return
    assert found.astimezone(UTC) > now
    assert found.tzinfo is place.zone
    assert (found.second, found.microsecond, found.fold) == (0, 0, 0)
    # The wall clock alone gives the instant back, which is what is stored.
    assert found.astimezone(UTC).astimezone(place.zone).replace(tzinfo=None) == found.replace(tzinfo=None)
    assert found.astimezone(UTC) - now < timedelta(days=760)
