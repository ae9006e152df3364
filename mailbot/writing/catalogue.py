"""Every letter there is: its class, limits, and the closed list of fields it takes. The words are in templates/.

A letter is a row here, or in the catalogue of its readers, and a file per language. Samples let every letter be
rendered before one is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from mailbot.writing import catalogue_person
from mailbot.writing.clock import Clock
from mailbot.writing.examples import EXAMPLES
from mailbot.writing.notice import (
    Alert,
    AlertOver,
    Answer,
    Door,
    Due,
    DueList,
    Fetched,
    Held,
    Line,
    Notice,
    Receipt,
    Refusal,
    SetAside,
    Summary,
    Trouble,
)
from mailbot.writing.rows import ACKNOWLEDGEMENT, Audience, Class, Letter

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
        Letter("staff-file", Class.STAFF, {"fetched": Fetched}, limit=120),
        Letter("alert", Class.STAFF, {"alert": Alert}, limit=60),
        Letter("alert-over", Class.STAFF, {"over": AlertOver}, limit=60),
        Letter("answer", Class.ANSWER, {"answer": Answer}),
        *catalogue_person.ROWS,
    )
}
BY_HAND: Mapping[str, Letter] = {name: letter for name, letter in CATALOGUE.items() if letter.by_hand}
"""The letters that `#letter` knows."""
__all__ = ["ACKNOWLEDGEMENT", "BY_HAND", "CATALOGUE", "Class", "Letter", "clock_samples", "samples"]


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
    if letter.by_hand:
        return list(_each(letter))
    return [{name: value} for name in letter.fields for value in EXAMPLES[name]] or [{}]


def _each(letter: Letter) -> Iterator[Mapping[str, object]]:
    """Every mixture of the examples: what one field leaves out another may bring in."""
    choices = [letter.spoken_to if kind is Audience else EXAMPLES[name] for name, kind in letter.fields.items()]
    for values in product(*choices):
        yield dict(zip(letter.fields, values, strict=True))


def _suits(name: str, clock: Mapping[str, object]) -> bool:
    return name in ("ack-oversized", "contact-confirm") or Clock.of(clock).open is (name == "ack-day")


def _clock(at: datetime, next_opening: datetime, next_closing: datetime) -> dict[str, datetime]:
    return {"at": at, "next_opening": next_opening, "next_closing": next_closing}


def _at(day: datetime, wall: time) -> datetime:
    return day.replace(hour=wall.hour, minute=wall.minute)
