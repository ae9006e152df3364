"""Which acknowledgement goes, if any, and why (RULES 5, promises 9 and 10). Pure: data and `now` in, letter and reason
out.

What anybody else can see depends on the message, the configuration and the clock alone (promise 6): nothing here
knows a case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mailbot.model import Dmarc, Place, Reading
from scheduler.office import Office

DAY = "ack-day"
NIGHT = "ack-night"
OVERSIZED = "ack-oversized"
DAY_LETTERS = (DAY, OVERSIZED)


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the decision may depend on."""

    reading: Reading
    place: Place
    oversized: bool
    opens_case: bool
    stopped: bool
    says_stop: bool
    insider: bool
    rescued: bool
    open_now: bool
    now: datetime
    night: str
    night_taken: bool
    last_day_letter: datetime | None
    institution: bool = False


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """`letter` and its `slot`, or None and `why` not, as a sentence for staff."""

    letter: str | None
    slot: str | None
    why: str

    @property
    def at_night(self) -> bool:
        return self.slot is not None and self.slot.startswith("night:")


def night_slot(office: Office, now: datetime) -> str:
    """One night letter from noon to noon."""
    return f"night:{office.night_of(now).isoformat()}"


def day_slot(now: datetime, throttle: timedelta) -> str:
    """The unique key of a day letter: two made at once for one address collide; the throttle itself is
    `last_day_letter`.
    """
    return f"day:{int(now.timestamp() // throttle.total_seconds())}"


def decide(situation: Situation, throttle: timedelta) -> Acknowledgement:
    """First that applies, in the order of RULES 5."""
    refused = _refusal(situation)
    if refused:
        return Acknowledgement(None, None, refused)
    letter = OVERSIZED if situation.oversized else DAY if situation.open_now else NIGHT
    if not situation.open_now:
        if situation.night_taken:
            return Acknowledgement(None, None, "none: this address had its letter of this night")
        return Acknowledgement(letter, situation.night, "the night letter with crisis lines")
    if not situation.opens_case:
        return Acknowledgement(None, None, "none: by day only mail that opens a case is acknowledged")
    if situation.last_day_letter and situation.now - situation.last_day_letter < throttle:
        return Acknowledgement(
            None, None, f"none: this address had one within {int(throttle.total_seconds() // 3600)} hours"
        )
    return Acknowledgement(letter, day_slot(situation.now, throttle), "the day letter")


def _refusal(situation: Situation) -> str | None:
    reading = situation.reading
    reasons = (
        (situation.says_stop, "none: the message says STOP"),
        (situation.stopped, "none: this address is stopped"),
        (reading.automated is not None, f"none: machine mail ({reading.automated})"),
        (reading.no_answer is not None, f"none: looks automatic ({reading.no_answer})"),
        (situation.insider, "none: it comes from an address of ours"),
        (situation.institution, "none: an office writes, not a person"),
        (len(reading.from_) != 1, "none: not exactly one author"),
        (reading.dmarc is Dmarc.FAIL, "none: the sender's domain says it is forged (dmarc=fail)"),
        (situation.place is Place.JUNK, "none: it lay in the junk folder"),
        (situation.rescued, "none: it is older than the service's start here"),
    )
    return next((why for applies, why in reasons if applies), None)
