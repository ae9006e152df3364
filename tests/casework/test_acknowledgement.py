"""Which acknowledgement goes (RULES 5): the first reason that applies, the office's half-open hours, one a night."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from loops.house import BY_DAY, VANCOUVER, a_reading, office

from mailbot.casework.acknowledgement import Situation, day_slot, decide, night_slot
from mailbot.model import Automated, Dmarc, Place
from scheduler import Office

DAY = timedelta(hours=24)
OFFICE = Office(VANCOUVER)


def situation(**changes: object) -> Situation:
    plain = Situation(
        reading=a_reading(), place=Place.INBOX, oversized=False, opens_case=True, stopped=False, says_stop=False,
        insider=False, rescued=False, open_now=True, now=BY_DAY, night="night:2026-11-23", night_taken=False,
        last_day_letter=None,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def at(instant: datetime, **changes: object) -> Situation:
    return situation(now=instant, open_now=OFFICE.is_open(instant), night=night_slot(OFFICE, instant), **changes)


REFUSALS: list[tuple[dict[str, object], str]] = [
    ({"says_stop": True}, "STOP"),
    ({"stopped": True}, "stopped"),
    *[({"reading": a_reading(automated=kind)}, f"machine mail ({kind})") for kind in Automated],
    ({"reading": a_reading(no_answer="auto-reply-subject")}, "looks automatic (auto-reply-subject)"),
    ({"insider": True}, "address of ours"),
    ({"reading": a_reading(from_=())}, "not exactly one author"),
    ({"reading": a_reading(from_=("a@example.net", "b@example.net"))}, "not exactly one author"),
    ({"reading": a_reading(dmarc=Dmarc.FAIL)}, "dmarc=fail"),
    ({"place": Place.JUNK}, "junk"),
    ({"rescued": True}, "older than the service's start"),
]


@pytest.mark.parametrize("open_now", [True, False], ids=["by day", "at night"])
@pytest.mark.parametrize(("change", "why"), REFUSALS, ids=[why for _, why in REFUSALS])
def test_none_goes_by_day_or_at_night_and_staff_read_why(change: dict[str, object], why: str, open_now: bool) -> None:
    chosen = decide(situation(open_now=open_now, **change), DAY)
    assert (chosen.letter, chosen.slot) == (None, None)
    assert chosen.why.startswith("none: ")
    assert why in chosen.why


def test_a_stop_is_the_first_reason_of_all() -> None:
    everything = {name: value for change, _ in reversed(REFUSALS) for name, value in change.items()}
    assert "STOP" in decide(situation(**everything), DAY).why


@pytest.mark.parametrize(("wall", "letter"), [
    ("2026-11-24 08:29:59", "ack-night"), ("2026-11-24 08:30:00", "ack-day"),
    ("2026-11-24 16:29:59", "ack-day"), ("2026-11-24 16:30:00", "ack-night"),
    ("2026-11-28 12:00:00", "ack-night"), ("2026-12-25 12:00:00", "ack-night"), ("2026-11-24 00:00:00", "ack-night"),
])  # fmt: skip
def test_the_letter_follows_the_offices_clock_to_the_second(wall: str, letter: str) -> None:
    assert decide(at(office(wall)), DAY).letter == letter


def test_an_oversized_mail_has_its_own_letter_by_day_and_at_night_in_the_same_slots() -> None:
    by_day, at_night = (decide(situation(oversized=True, open_now=now), DAY) for now in (True, False))
    assert (by_day.letter, by_day.at_night) == ("ack-oversized", False)
    assert (at_night.letter, at_night.slot, at_night.at_night) == ("ack-oversized", "night:2026-11-23", True)


def test_by_day_only_mail_that_opens_a_case_is_acknowledged_and_at_night_all() -> None:
    assert decide(situation(opens_case=False), DAY).letter is None
    assert decide(situation(opens_case=False, open_now=False), DAY).letter == "ack-night"


@pytest.mark.parametrize(("ago", "letter"), [
    (timedelta(0), None), (timedelta(hours=23, minutes=59, seconds=59), None), (timedelta(hours=24), "ack-day"),
])  # fmt: skip
def test_an_address_has_one_day_letter_in_the_throttle(ago: timedelta, letter: str | None) -> None:
    chosen = decide(situation(last_day_letter=BY_DAY - ago), DAY)
    assert chosen.letter == letter
    assert letter or "within 24 hours" in chosen.why


def test_the_night_has_its_letter_whatever_the_day_sent_and_only_one() -> None:
    assert decide(situation(open_now=False, last_day_letter=BY_DAY), DAY).letter == "ack-night"
    chosen = decide(situation(open_now=False, night_taken=True), DAY)
    assert (chosen.letter, chosen.why) == (None, "none: this address had its letter of this night")


@pytest.mark.parametrize(("wall", "night"), [
    ("2026-11-24 11:59:59", "2026-11-23"), ("2026-11-24 12:00:00", "2026-11-24"), ("2026-11-25 08:29", "2026-11-24"),
    ("2026-11-27 23:00", "2026-11-27"), ("2026-11-28 11:59", "2026-11-27"), ("2026-11-28 12:00", "2026-11-28"),
    ("2026-11-29 13:00", "2026-11-29"),
])  # fmt: skip
def test_a_night_is_from_noon_to_noon_on_weekends_too(wall: str, night: str) -> None:
    assert night_slot(OFFICE, office(wall)) == f"night:{night}"
    assert night_slot(OFFICE, office(wall).astimezone(UTC)) == f"night:{night}"


def test_two_day_letters_made_at_once_have_one_slot_and_those_a_day_apart_two() -> None:
    assert day_slot(BY_DAY, DAY) == day_slot(BY_DAY + timedelta(seconds=1), DAY)
    assert day_slot(BY_DAY, DAY) != day_slot(BY_DAY + DAY, DAY)


def test_the_reason_of_a_letter_that_goes_is_a_sentence_too() -> None:
    assert decide(situation(), DAY).why == "the day letter"
    assert "crisis lines" in decide(situation(open_now=False), DAY).why
