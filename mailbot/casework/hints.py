"""Hints for staff before they answer: whose mailbox it may be, and what the mail may be (RULES 7, LETTERS part 1).

In: templates/hints.toml, or the operator's file of that name, and one message. Out: sentences of ours. A hint changes
nothing; a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from mailbot.casework.phrases import Phrases
from mailbot.casework.tables import read_table
from mailbot.casework.urgent import PhraseList, newly_written, unreviewed
from mailbot.model import Reading

FILE = "hints.toml"
SCHOOL = "The address looks like a school's: others there may read what you send."
WORK = "The address may be an employer's or a school's: others there may read what you send."
APPLICATION = (
    "This may be an application or a response, with a deadline. We do not take those for the tribunal, and days may"
    " count: the person should hear it soon."
)
LANGUAGES = {
    "ar": "Arabic",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pa": "Punjabi",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "th": "Thai",
    "tl": "Filipino",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
"""English names of the languages that reading may guess."""


class _Domains(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    schools: list[str] = []
    personal: list[str] = []


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    applications: dict[str, PhraseList] = {}
    domains: _Domains = _Domains()


@dataclass(frozen=True, slots=True)
class Hints:
    """The lists, ready to be asked. Without any list nothing is hinted at."""

    applications: Phrases = Phrases()
    schools: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    unreviewed: tuple[str, ...] = ()

    def of_person(self, reading: Reading) -> Iterator[str]:
        """What the mail of a person may be, and whose mailbox it may come from."""
        domain = reading.from_[0].rpartition("@")[2].lower() if reading.from_ else ""
        if domain and is_in(domain, self.schools):
            yield SCHOOL
        elif domain and self.personal and not is_in(domain, self.personal):
            yield WORK
        if self.may_be_application(reading):
            yield APPLICATION

    def may_be_application(self, reading: Reading) -> bool:
        """By its words or the names of its files."""
        names = "\n".join(file.filename or "" for file in reading.attachments).replace("_", " ")
        return self.applications.found_in(f"{newly_written(reading)}\n{names}") is not None


def is_in(domain: str, patterns: Iterable[str]) -> bool:
    """Whether a domain, or one that it lies below, fits a pattern."""
    labels = domain.split(".")
    names = [".".join(labels[at:]) for at in range(len(labels))]
    return any(fnmatchcase(name, pattern) for pattern in patterns for name in names)


def load(folder: Path | None) -> Hints:
    """The lists of an operator's templates folder, else ours. Raises ConfigError."""
    found = read_table(folder, FILE, _File)
    phrases = [phrase for one in found.applications.values() for phrase in one.phrases]
    schools, personal = ([one.lower() for one in many] for many in (found.domains.schools, found.domains.personal))
    notes = tuple(unreviewed(f"{FILE}: applications", found.applications))
    return Hints(Phrases.of(phrases), tuple(schools), tuple(personal), notes)
