"""Every letter there is: its class, limits, and the closed list of fields it takes. The words are in templates/.

A letter is a row here and a file per language. Class and limits stand in code and not in a file's head, so that an
operator who overrides the words cannot lift the rules that keep a reader safe. Samples let every letter be rendered
before one is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from mailbot.model import Attachment, Contact, Purpose, Role
from mailbot.writing.clock import Clock
from mailbot.writing.notice import Alert, Notice, SetAside, Summary, Trouble


class Class(StrEnum):
    """Who may read a letter (LETTERS, first page). Later classes come with their letters."""

    ANYONE = "A"
    STAFF = "S"


@dataclass(frozen=True, slots=True)
class Letter:
    """One row. `fields` are what callers pass, by name and type; `limit` is the most words in English."""

    name: str
    letter_class: Class
    fields: Mapping[str, type]
    limit: int | None = None
    grade: int = 8

    @property
    def words(self) -> frozenset[str]:
        """The names its template may use."""
        return _CLOCK_WORDS if self.fields is ACKNOWLEDGEMENT else frozenset(self.fields) | {"language"}


ACKNOWLEDGEMENT: Mapping[str, type] = {"at": datetime, "next_opening": datetime, "next_closing": datetime}
_CLOCK_WORDS = frozenset({"hours", "day", "zone", "opens", "phone", "lines", "open", "closing_soon", "language"})

CATALOGUE: Mapping[str, Letter] = {
    letter.name: letter
    for letter in (
        Letter("ack-day", Class.ANYONE, ACKNOWLEDGEMENT, limit=140, grade=6),
        Letter("ack-night", Class.ANYONE, ACKNOWLEDGEMENT, limit=170, grade=6),
        Letter("ack-oversized", Class.ANYONE, ACKNOWLEDGEMENT, limit=160, grade=6),
        Letter("staff-notice", Class.STAFF, {"notice": Notice}),
        Letter("staff-quarantine", Class.STAFF, {"message": SetAside}),
        Letter("staff-summary", Class.STAFF, {"summary": Summary}),
        Letter("staff-trouble", Class.STAFF, {"trouble": Trouble}),
        Letter("alert", Class.STAFF, {"alert": Alert}, limit=60),
    )
}


def clock_samples(opens: time, closes: time) -> dict[str, dict[str, datetime]]:
    """Instants at which an acknowledgement must be true, named: around opening and closing, and over a weekend."""
    zone = ZoneInfo("America/Vancouver")
    tuesday = datetime(2026, 11, 24, tzinfo=zone)
    opening, closing = _at(tuesday, opens), _at(tuesday, closes)
    wednesday = opening + timedelta(days=1)
    friday = closing + timedelta(days=3)
    second = timedelta(seconds=1)
    return {
        "a second before opening": _clock(opening - second, opening, closing),
        "at opening": _clock(opening, wednesday, closing),
        "an hour before closing": _clock(closing - timedelta(hours=1), wednesday, closing),
        "a second before closing": _clock(closing - second, wednesday, closing),
        "at closing": _clock(closing, wednesday, closing + timedelta(days=1)),
        "Friday evening": _clock(friday, opening + timedelta(days=6), closing + timedelta(days=6)),
    }


def samples(letter: Letter, opens: time, closes: time) -> list[Mapping[str, object]]:
    """Fields for one rendering of each branch a letter has."""
    if letter.fields is ACKNOWLEDGEMENT:
        return [clock for clock in clock_samples(opens, closes).values() if _suits(letter.name, clock)]
    return [{name: value} for name in letter.fields for value in _STAFF_SAMPLES[name]]


def _suits(name: str, clock: Mapping[str, object]) -> bool:
    return name == "ack-oversized" or Clock.of(clock).open is (name == "ack-day")


def _clock(at: datetime, next_opening: datetime, next_closing: datetime) -> dict[str, datetime]:
    return {"at": at, "next_opening": next_opening, "next_closing": next_closing}


def _at(day: datetime, wall: time) -> datetime:
    return day.replace(hour=wall.hour, minute=wall.minute)


_WHEN = datetime(2026, 11, 24, 23, 10, tzinfo=ZoneInfo("America/Vancouver"))
_NOTICE = Notice(
    reference="7K2QMX",
    first_line_due="First answer due Wednesday, November 25, 2026, 4:30 p.m.",
    role=Role.REQUESTER,
    contact=Contact.UNASKED,
    kind="new",
    address="person@example.net",
    display_name="A person",
    subject="Hello",
    received_at=_WHEN,
    text="A first line.\n\nA second line.",
    attachments=(
        Attachment("scan.pdf", "application/pdf", 20480, False),
        Attachment(None, "image/jpeg", 3_500_000, True),
    ),
    warnings=("Others are in To or Cc.",),
    acknowledgement="The night acknowledgement goes to this person.",
    purpose=Purpose.ANSWER,
    links=(("Take it", "mailto:help@example.org?subject=take"),),
)
_BARE_NOTICE = Notice(
    reference="7K2QMX",
    first_line_due="Nothing is due",
    role=Role.RESPONDENT,
    contact=Contact.STOPPED,
    kind="joined",
    address="person@example.net",
    received_at=_WHEN,
    text="",
    acknowledgement="No acknowledgement: the address is stopped.",
    purpose=Purpose.INSIDE,
)
_MACHINE_NOTICE = Notice(
    reference="no case",
    first_line_due="Nothing is due",
    role=Role.REQUESTER,
    contact=Contact.UNASKED,
    kind="machine",
    address="robot@example.net",
    received_at=_WHEN,
    text="Your ticket is 4471.",
    acknowledgement="Acknowledgement: none.",
    purpose=Purpose.INSIDE,
)
_STAFF_SAMPLES: dict[str, tuple[object, ...]] = {
    "notice": (_NOTICE, _BARE_NOTICE, _MACHINE_NOTICE),
    "alert": (Alert("The server renumbered the folder INBOX", _WHEN, "Nothing to do", "7K2QMX"),),
    "message": (
        SetAside("m2abcdefghijklmn", _WHEN, 48_000_000, "oversized", "7K2QMX"),
        SetAside("m2abcdefghijklmn", _WHEN, 900, "junk"),
    ),
    "summary": (Summary(_WHEN, _WHEN + timedelta(minutes=15), 2, ("7K2QMX", "QQ9ZZT")),),
    "trouble": (
        Trouble("failed", "o2abcdefghijklmn", "ack-day", _WHEN, "7K2QMX"),
        Trouble("came back", "o2abcdefghijklmn", "ack-night", _WHEN, "7K2QMX", "5.1.1"),
        Trouble("uncertain", "o2abcdefghijklmn", "staff-notice", _WHEN),
    ),
}
