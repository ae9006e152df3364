"""Help lines: contacts that letters carry, from a data file that an operator verifies (LETTERS rule 18).

In: the text of lines.toml, ours or the operator's. Out: lines in the words of one language, those alone that serve the
person. A file that is not sound raises ConfigError with its key; nothing is guessed and no number stands in code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from pydantic import Field

from mailbot.model import Line
from mailbot.writing.datafile import DataFile, Strict
from mailbot.writing.markup import Marked, escape
from mailbot.writing.rows import Audience

PHONE = r"^[0-9](?:[0-9-]*[0-9])?$"
"""How a number is written: digits, with hyphens between them."""


class _Text(Strict):
    """Where to send a text message, and the keyword of each language; without keywords any words do."""

    number: str = Field(pattern=PHONE)
    keyword: dict[str, str] = {}


class _Entry(Strict):
    id: str
    name: dict[str, str]
    phones: list[str] = Field(min_length=1)
    text: _Text | None = None
    whom: dict[str, str] = {}
    hours: str
    cost: str
    languages: str
    used: list[str]
    serves: list[Audience] = []
    verified_on: date | None = None

    def stands_in(self, use: str, audience: Audience | None) -> bool:
        """Whether letters of that use carry it for such a reader; without `serves` it serves everybody."""
        return use in self.used and (audience is None or not self.serves or audience in self.serves)


class _Phrases(Strict):
    or_: str = Field(alias="or")
    text: str
    call_or_text: str


class _Interpreters(Strict):
    sentence: str
    reviewed_on: date | None = None


class HelpLines(DataFile):
    """The whole file, checked."""

    phrases: dict[str, _Phrases]
    line: list[_Entry]
    interpreters: dict[str, _Interpreters] = {}

    def for_letter(self, use: str, language: str, audience: Audience | None = None) -> tuple[Line, ...]:
        """The lines of one use in one language, in the file's order; with `audience` those that serve such a reader."""
        phrases = self.phrases.get(language, self.phrases["en"])
        return tuple(_line(entry, phrases, language) for entry in self.line if entry.stands_in(use, audience))

    def names(self) -> Iterator[str]:
        """Every name a line has, in whatever language: what a name says is no fault of a letter."""
        for entry in self.line:
            yield from entry.name.values()

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
        name=in_language(entry.name, language),
        phone=phone,
        text=text,
        whom=in_language(entry.whom, language) if entry.whom else "",
        hours=entry.hours,
        verified_on=entry.verified_on.isoformat() if entry.verified_on else None,
    )


def _text(entry: _Entry, phrases: _Phrases, language: str) -> str | None:
    keyword = entry.text.keyword.get(language) if entry.text else None
    return phrases.text.format(keyword=keyword, number=entry.text.number) if entry.text and keyword else None


def in_language(words: Mapping[str, str], language: str) -> str:
    """Words of the language; a name that has none there is marked as English, for voices that read aloud."""
    if language in words:
        return words[language]
    return Marked(f"[{escape(words['en'])}]{{en}}")
