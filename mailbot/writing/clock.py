"""The three instants an acknowledgement is told, and what follows from them.

They are aware and in the office's zone. Who calls knows the calendar; here only the words depend on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from mailbot.errors import OurError

NEARLY_CLOSING = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """`at`: when the bytes are fixed; the first opening after it; the first closing after it."""

    at: datetime
    next_opening: datetime
    next_closing: datetime

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> Self:
        """From a letter's fields. Raises OurError for an instant without a zone."""
        return cls(*(_aware(fields, name) for name in ("at", "next_opening", "next_closing")))

    @property
    def open(self) -> bool:
        """Whether the office is open: then the closing comes first. 08:30:00 is open, 16:30:00 is closed."""
        return self.next_closing < self.next_opening

    @property
    def closing_soon(self) -> bool:
        """Whether a person who reads the letter at once may still find the office closed (LETTERS rule 2)."""
        return self.open and self.next_closing - self.at < NEARLY_CLOSING


def _aware(fields: Mapping[str, object], name: str) -> datetime:
    value = fields[name]
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise OurError(f"field {name} is not an instant with a zone")
    return value
