"""Figures of the law that letters name: ages, fees, days (LETTERS, "law"). No legal advice is ever given.

In: the text of law.toml, ours or the operator's. Out: each figure by its id. They change by somebody's decision
elsewhere, so they stand in a data file with their source, and an operator says when they were looked up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from mailbot.writing.datafile import DataFile, Strict


class _Figure(Strict):
    id: str
    value: int
    what: str
    source: str
    verified_on: date | None = None


class Law(DataFile):
    """The whole file, checked."""

    figure: list[_Figure]

    @property
    def figures(self) -> Mapping[str, int]:
        """Every figure by its id, as letters name it."""
        return {figure.id: figure.value for figure in self.figure}

    def unverified(self) -> list[str]:
        """Ids of figures that nobody has looked up yet."""
        return [figure.id for figure in self.figure if figure.verified_on is None]
