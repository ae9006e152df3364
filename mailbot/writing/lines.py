"""Help lines: contacts that letters carry, from a data file that an operator verifies (LETTERS rule 18).

In: the text of lines.toml, ours or the operator's. Out: lines in the words of one language. A file that is not sound
raises ConfigError with its key; nothing is guessed and no number stands in code.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mailbot.errors import ConfigError
from mailbot.model import Line
from mailbot.writing.markup import Marked, escape

_PHONE = r"^[0-9](?:[0-9-]*[0-9])?$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Text(_Strict):
    """Where to send a text message, and the keyword of each language; without keywords any words do."""

    number: str = Field(pattern=_PHONE)
    keyword: dict[str, str] = {}


class _Entry(_Strict):
    id: str
    name: dict[str, str]
    phones: list[str] = Field(min_length=1)
    text: _Text | None = None
    whom: dict[str, str] = {}
    hours: str
    cost: str
    languages: str
    used: list[str]
    verified_on: date | None = None


class _Phrases(_Strict):
    or_: str = Field(alias="or")
    text: str
    call_or_text: str


class _Interpreters(_Strict):
    sentence: str
    reviewed_on: date | None = None


class HelpLines(_Strict):
    """The whole file, checked."""

    phrases: dict[str, _Phrases]
    line: list[_Entry]
    interpreters: dict[str, _Interpreters] = {}

    @classmethod
    def read(cls, text: str, file: str) -> Self:
        """Reads lines.toml. Raises ConfigError naming file and key."""
        try:
            return cls.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as fault:
            raise ConfigError(f"{file}: {fault}") from fault
        except ValidationError as fault:
            first = fault.errors(include_url=False, include_input=False)[0]
            key = ".".join(str(step) for step in first["loc"])
            raise ConfigError(f"{file}: {key}: {first['msg']}") from fault

    def for_letter(self, use: str, language: str) -> tuple[Line, ...]:
        """The lines of one use in one language, in the file's order."""
        phrases = self.phrases.get(language, self.phrases["en"])
        return tuple(_line(entry, phrases, language) for entry in self.line if use in entry.used)

    def interpreter(self, language: str) -> str | None:
        """The sentence that names the line with interpreters, or None: an unreviewed one is never sent."""
        found = self.interpreters.get(language)
        return found.sentence if found and found.reviewed_on else None

    def unverified(self) -> list[str]:
        """Ids of lines that nobody has called yet."""
        return [entry.id for entry in self.line if entry.verified_on is None]


def _line(entry: _Entry, phrases: _Phrases, language: str) -> Line:
    phone = f" {phrases.or_} ".join(entry.phones)
    text = _text(entry, phrases, language)
    if entry.text and entry.text.number in entry.phones:
        phone, text = phrases.call_or_text.format(number=entry.text.number), None
    return Line(
        id=entry.id,
        name=_in(entry.name, language),
        phone=phone,
        text=text,
        whom=_in(entry.whom, language) if entry.whom else "",
        hours=entry.hours,
        verified_on=entry.verified_on.isoformat() if entry.verified_on else None,
    )


def _text(entry: _Entry, phrases: _Phrases, language: str) -> str | None:
    keyword = entry.text.keyword.get(language) if entry.text else None
    return phrases.text.format(keyword=keyword, number=entry.text.number) if entry.text and keyword else None


def _in(words: Mapping[str, str], language: str) -> str:
    """Words of the language; a name that has none there is marked as English, for voices that read aloud."""
    if language in words:
        return words[language]
    return Marked(f"[{escape(words['en'])}]{{en}}")
