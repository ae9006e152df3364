"""Urgent words: a mail whose words may mean danger to a life is told first (LETTERS, rule 24 and J12).

In: templates/urgent.toml, or the file of that name in an operator's templates folder, and what a person newly wrote.
Out: the phrase that was found. It only raises: nothing here lowers a mail, changes a letter or calls anyone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, RootModel

from mailbot.casework.phrases import Phrases
from mailbot.casework.tables import read_table
from mailbot.model import Automated, Reading

FILE = "urgent.toml"
EVENT, AT_NIGHT = "urgent words", "urgent words by night"
RULE = "urgent"
"""Events that start follow-ups (followups.toml), and the one that tells all staff."""
_BY_MACHINES = frozenset({Automated.AUTO_REPLY, Automated.AUTO_GENERATED})
_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)


class PhraseList(BaseModel):
    """One language's list; `reviewed_on` is a person's word."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    phrases: list[str]
    reviewed_on: date | None = None


class _File(RootModel[dict[str, PhraseList]]):
    """A table a language."""


@dataclass(frozen=True, slots=True)
class UrgentWords:
    """All lists together: which language a mail is in does not matter."""

    phrases: Phrases = Phrases()
    unreviewed: tuple[str, ...] = ()

    def found_in(self, reading: Reading) -> str | None:
        """The phrase that makes a mail urgent. What is quoted may be our own letter; lists and reports are no person's
        words, but a machine may pass on what somebody wrote into a form.
        """
        if reading.automated is not None and reading.automated not in _BY_MACHINES:
            return None
        return self.phrases.found_in(newly_written(reading))


def newly_written(reading: Reading) -> str:
    """Subject and new words, without lines that are marked as quoted."""
    return f"{reading.subject}\n{_QUOTED.sub('', reading.reply or reading.text)}"


def load(folder: Path | None) -> UrgentWords:
    """The lists of an operator's templates folder, else ours. Raises ConfigError."""
    found = read_table(folder, FILE, _File).root
    return UrgentWords(Phrases.of(_all(found)), tuple(unreviewed(FILE, found)))


def _all(lists: Mapping[str, PhraseList]) -> Iterator[str]:
    for one in lists.values():
        yield from one.phrases


def unreviewed(where: str, lists: Mapping[str, PhraseList]) -> Iterator[str]:
    """The lists that nobody has reviewed, by file and language."""
    return (f"{where}: {language}" for language, one in lists.items() if one.reviewed_on is None)
