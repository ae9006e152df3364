"""What a letter is before it has words: its class, its subject's kind, its closed list of fields, its limits and gates.

A row stands in code and not in a file's head, so that an operator who overrides the words cannot lift the rules that
keep a reader safe. `catalogue.py` holds the table; the words are in templates/.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Class(StrEnum):
    """Who may read a letter (LETTERS, first page). An answer has no class there: its words are a staff member's own.

    Later classes come with their letters.
    """

    ANYONE = "A"
    SAFE = "B"
    GUARDIAN = "G"
    STAFF = "S"
    ANSWER = "answer"


class Gate(StrEnum):
    """What must be on record beyond a letter's class before a member's `#letter` sends it; `casework.gates` asks."""

    ADULT = "adult"
    YOUTH = "youth"
    YOUTH_WITH_GUARDIAN = "youth, 18 apart"
    EIGHTEEN = "eighteen"
    MINOR = "17 or under"
    HELD = "only held"
    WROTE_AS_GUARDIAN = "a guardian"
    PERMISSION = "permission"


class Audience(StrEnum):
    """Whom a letter speaks to, by what is recorded (FACTS, "Age"). UNKNOWN: it must be safe for a child."""

    ADULT = "adult"
    EIGHTEEN = "eighteen"
    MINOR = "minor"
    UNKNOWN = "unknown"


ACKNOWLEDGEMENT: Mapping[str, type] = {"at": datetime, "next_opening": datetime, "next_closing": datetime}
"""What an automatic letter is told: it is made at the attempt, and knows the clock."""
CLOCK_WORDS = frozenset({"hours", "day", "zone", "opens", "phone", "lines", "open", "closing_soon", "language"})
BY_HAND = frozenset({"language", "hours", "zone", "phone"})
"""What every letter that a member sends may say: it is true at any hour, so it knows no opening."""
_SPOKEN_TO: Mapping[Gate, tuple[Audience, ...]] = {
    Gate.ADULT: (Audience.ADULT, Audience.UNKNOWN),
    Gate.YOUTH: (Audience.MINOR, Audience.EIGHTEEN, Audience.UNKNOWN),
    Gate.YOUTH_WITH_GUARDIAN: (Audience.MINOR, Audience.UNKNOWN),
    Gate.EIGHTEEN: (Audience.EIGHTEEN,),
    Gate.MINOR: (Audience.MINOR,),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """One row. `fields` are what callers pass, by name and type; `limit` is the most words in English.

    `by_hand`: a member sends it with `#letter`, and `gates` say when. `lines` is the use under which lines.toml lists
    its help lines, `needs` the needs under which resources.toml lists its places; `law` lets it name figures of
    law.toml.
    """

    name: str
    letter_class: Class
    fields: Mapping[str, type]
    limit: int | None = None
    grade: int = 8
    by_hand: bool = False
    gates: tuple[Gate, ...] = ()
    lines: str | None = None
    needs: tuple[str, ...] = ()
    law: bool = False

    @property
    def words(self) -> frozenset[str]:
        """The names its template may use."""
        if self.fields is ACKNOWLEDGEMENT:
            return CLOCK_WORDS
        if not self.by_hand:
            ours = {"language", "lines"} if self.letter_class is Class.ANSWER else {"language"}
            return frozenset(self.fields) | ours
        data = {"lines": bool(self.lines), "resources": bool(self.needs), "law": self.law}
        return BY_HAND | (frozenset(self.fields) - {"at"}) | {name for name, has in data.items() if has}

    @property
    def spoken_to(self) -> tuple[Audience, ...]:
        """Whom it can reach at all."""
        return next((_SPOKEN_TO[gate] for gate in self.gates if gate in _SPOKEN_TO), tuple(Audience))
