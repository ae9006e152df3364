"""Dates and hours in words, per language (LETTERS rules 15 and 27).

In: aware instants in the office's zone, and wall-clock times. Out: words that stay true whenever they are read:
weekday, month in words, year, and the zone by name, never "tomorrow" and never an abbreviation. A further language is
one more row of `WORDING`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time

NBSP = "\u00a0"
# The zones of Canada by the names people use; another zone is named by its city, which is never wrong.
_ZONES = {
    "America/Vancouver": ("Pacific time", "heure du Pacifique"),
    "America/Edmonton": ("Mountain time", "heure des Rocheuses"),
    "America/Regina": ("Central time", "heure du Centre"),
    "America/Winnipeg": ("Central time", "heure du Centre"),
    "America/Toronto": ("Eastern time", "heure de l'Est"),
    "America/Halifax": ("Atlantic time", "heure de l'Atlantique"),
    "America/St_Johns": ("Newfoundland time", "heure de Terre-Neuve"),
}
_EN_MONTHS = [
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
]  # fmt: skip
_EN_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_FR_MONTHS = [
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet",
    "août", "septembre", "octobre", "novembre", "décembre",
]  # fmt: skip
_FR_DAYS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]


def _english_clock(at: time) -> str:
    return f"{(at.hour + 11) % 12 + 1}:{at.minute:02d} {'a.m.' if at.hour < 12 else 'p.m.'}"


def _english_day(at: datetime) -> str:
    return f"{_EN_DAYS[at.weekday()]}, {_EN_MONTHS[at.month - 1]} {at.day}, {at.year}"


def _french_clock(at: time) -> str:
    return f"{at.hour}{NBSP}h{NBSP}{at.minute:02d}" if at.minute else f"{at.hour}{NBSP}h"


def _french_day(at: datetime) -> str:
    number = "1er" if at.day == 1 else str(at.day)
    return f"le {_FR_DAYS[at.weekday()]} {number} {_FR_MONTHS[at.month - 1]} {at.year}"


@dataclass(frozen=True, slots=True)
class Wording:
    """How one language says a day, a time of day and a zone."""

    day: Callable[[datetime], str]
    clock: Callable[[time], str]
    moment: str
    hours: str
    zone_of: str
    zone_column: int


WORDING = {
    "en": Wording(_english_day, _english_clock, "{day}, at {clock}, {zone}", "{opens} to {closes}", "{city} time", 0),
    "fr": Wording(
        _french_day, _french_clock, "{day}, à {clock}, {zone}", "de {opens} à {closes}", "heure locale ({city})", 1
    ),
}


def moment(at: datetime, language: str) -> str:
    """`Wednesday, November 25, 2026, at 8:30 a.m., Pacific time`. `at` is aware and in the office's zone."""
    wording = WORDING[language]
    return wording.moment.format(day=wording.day(at), clock=wording.clock(at.time()), zone=zone(at, language))


def day(at: datetime, language: str) -> str:
    """The day of an instant, as `Wednesday, November 25, 2026`."""
    return WORDING[language].day(at)


def clock(at: time, language: str) -> str:
    """A time of day, as `8:30 a.m.` or `8 h 30`; the space inside does not break."""
    return WORDING[language].clock(at)


def hours(opens: time, closes: time, language: str) -> str:
    """The office hours, as `8:30 a.m. to 4:30 p.m.`"""
    wording = WORDING[language]
    return wording.hours.format(opens=wording.clock(opens), closes=wording.clock(closes))


def zone(at: datetime, language: str) -> str:
    """The zone of an instant by name, `Pacific time`; one without a name of ours by its city."""
    wording = WORDING[language]
    key = getattr(at.tzinfo, "key", None)
    if key in _ZONES:
        return _ZONES[key][wording.zone_column]
    if key and "/" in key:
        return wording.zone_of.format(city=key.rsplit("/", 1)[1].replace("_", " "))
    return at.tzname() or "UTC"
