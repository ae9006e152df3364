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

from mailbot.writing.clock import Clock
from mailbot.writing.examples import EXAMPLES
from mailbot.writing.notice import (
    Alert,
    AlertOver,
    Answer,
    Door,
    Due,
    DueList,
    Held,
    Line,
    Notice,
    Receipt,
    Refusal,
    SetAside,
    Summary,
    Trouble,
)


class Class(StrEnum):
    """Who may read a letter (LETTERS, first page). An answer has no class there: its words are a staff member's own.

    Later classes come with their letters.
    """

    ANYONE = "A"
    STAFF = "S"
    ANSWER = "answer"


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
        if self.fields is ACKNOWLEDGEMENT:
            return _CLOCK_WORDS
        ours = {"language", "lines"} if self.letter_class is Class.ANSWER else {"language"}
        return frozenset(self.fields) | ours


ACKNOWLEDGEMENT: Mapping[str, type] = {"at": datetime, "next_opening": datetime, "next_closing": datetime}
_CLOCK_WORDS = frozenset({"hours", "day", "zone", "opens", "phone", "lines", "open", "closing_soon", "language"})

CATALOGUE: Mapping[str, Letter] = {
    letter.name: letter
    for letter in (
        Letter("ack-day", Class.ANYONE, ACKNOWLEDGEMENT, limit=140, grade=6),
        Letter("ack-night", Class.ANYONE, ACKNOWLEDGEMENT, limit=170, grade=6),
        Letter("ack-oversized", Class.ANYONE, ACKNOWLEDGEMENT, limit=160, grade=6),
        Letter("contact-confirm", Class.ANYONE, ACKNOWLEDGEMENT, limit=60, grade=6),
        Letter("test-mail", Class.ANYONE, {}, limit=40, grade=6),
        Letter("staff-notice", Class.STAFF, {"notice": Notice}),
        Letter("staff-quarantine", Class.STAFF, {"message": SetAside}),
        Letter("staff-summary", Class.STAFF, {"summary": Summary}),
        Letter("staff-trouble", Class.STAFF, {"trouble": Trouble}),
        Letter("staff-receipt", Class.STAFF, {"receipt": Receipt}),
        Letter("staff-refusal", Class.STAFF, {"refusal": Refusal}),
        Letter("staff-held", Class.STAFF, {"held": Held}),
        Letter("staff-line", Class.STAFF, {"line": Line}, limit=60),
        Letter("staff-door", Class.STAFF, {"door": Door}, limit=90),
        Letter("staff-due", Class.STAFF, {"due": Due}),
        Letter("staff-due-list", Class.STAFF, {"due_list": DueList}),
        Letter("alert", Class.STAFF, {"alert": Alert}, limit=60),
        Letter("alert-over", Class.STAFF, {"over": AlertOver}, limit=60),
        Letter("answer", Class.ANSWER, {"answer": Answer}),
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
    return [{name: value} for name in letter.fields for value in EXAMPLES[name]] or [{}]


def _suits(name: str, clock: Mapping[str, object]) -> bool:
    return name in ("ack-oversized", "contact-confirm") or Clock.of(clock).open is (name == "ack-day")


def _clock(at: datetime, next_opening: datetime, next_closing: datetime) -> dict[str, datetime]:
    return {"at": at, "next_opening": next_opening, "next_closing": next_closing}


def _at(day: datetime, wall: time) -> datetime:
    return day.replace(hour=wall.hour, minute=wall.minute)
