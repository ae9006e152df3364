"""A letter that a member sends, between the act and the leaving: its words are fixed when `#letter` is understood.

The receipt shows them, and they leave as they were shown, whatever an operator changes in the files meanwhile. What is
added at the attempt are the crisis lines of an answer that leaves at night.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class FixedLetter:
    """`markup` is what the template said; `also` a reviewed sentence in the person's own language (rule 28)."""

    name: str
    language: str
    subject: str
    markup: str
    also: tuple[str, str] | None = None

    def packed(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)

    @classmethod
    def unpacked(cls, packed: dict[str, Any]) -> Self:
        also = packed.get("also")
        return cls(**(packed | {"also": (also[0], also[1]) if also else None}))
