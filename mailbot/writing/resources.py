"""Places that help for longer, by need: counselling, legal help, Indigenous lines, youth, guardians.

In: the text of resources.toml, ours or the operator's. Out: entries in the words of one language. Unlike the lines of
an acknowledgement, one that nobody has verified stands in no letter: a person follows it in her own time, and a place
that is gone or serves somebody else is a door that shuts.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pydantic import Field

from mailbot.model import Line
from mailbot.writing.datafile import DataFile, Strict
from mailbot.writing.lines import PHONE, in_language
from mailbot.writing.rows import Audience

NEEDS = ("counselling", "legal", "indigenous", "youth", "guardian", "elsewhere")


class _Entry(Strict):
    id: str
    need: str = Field(pattern=f"^(?:{'|'.join(NEEDS)})$")
    name: dict[str, str]
    phone: str = Field(pattern=PHONE)
    whom: dict[str, str] = {}
    serves: list[Audience] = []
    source: str
    verified_on: date | None = None

    def serves_reader(self, audience: Audience | None) -> bool:
        return audience is None or not self.serves or audience in self.serves


class Resources(DataFile):
    """The whole file, checked."""

    place: list[_Entry]

    def for_letter(self, needs: tuple[str, ...], language: str, audience: Audience | None = None) -> tuple[Line, ...]:
        """The verified places for these needs that serve such a reader, in the order of the needs."""
        found = (entry for need in needs for entry in self.place if entry.need == need and entry.verified_on)
        return tuple(_line(entry, language) for entry in found if entry.serves_reader(audience))

    def as_if_verified(self) -> Resources:
        """With every place taken for verified: what a reviewer and `letters check` look at."""
        looked_up = date(2026, 1, 1)
        places = [entry.model_copy(update={"verified_on": entry.verified_on or looked_up}) for entry in self.place]
        return self.model_copy(update={"place": places})

    def names(self) -> Iterator[str]:
        """Every name a place has, in whatever language."""
        for entry in self.place:
            yield from entry.name.values()

    def unverified(self) -> list[str]:
        """Ids of places that nobody has called yet."""
        return [entry.id for entry in self.place if entry.verified_on is None]


def _line(entry: _Entry, language: str) -> Line:
    return Line(
        id=entry.id,
        name=in_language(entry.name, language),
        phone=entry.phone,
        text=None,
        whom=in_language(entry.whom, language) if entry.whom else "",
        hours="",
        verified_on=entry.verified_on.isoformat() if entry.verified_on else None,
    )
