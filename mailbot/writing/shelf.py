"""One loaded library with the words of one service: from a letter's fields to its markup, its text and its page.

In: sources and data files that were read (`library.py`), fields that were checked (`letters.py`). Out: a frozen
`Rendered`, or the `FixedLetter` words of a letter that leaves later. What was finished once is kept, so it dies with
the library.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from functools import lru_cache

from jinja2 import TemplateError

from mailbot.errors import ConfigError
from mailbot.model import Line
from mailbot.writing import dates
from mailbot.writing.catalogue import ACKNOWLEDGEMENT, Letter, samples
from mailbot.writing.clock import Clock
from mailbot.writing.fixed_letter import FixedLetter
from mailbot.writing.library import ENGLISH, Library, Source
from mailbot.writing.markup import Block, Span, parse, plain
from mailbot.writing.notice import Answer, Crisis
from mailbot.writing.rows import Audience

_RIGHT_TO_LEFT = {"ar", "fa", "he", "ps", "ur", "yi"}


@dataclass(frozen=True, slots=True)
class ServiceWords:
    """What the configuration says about the service. Letters outside carry only the telephone number and the hours."""

    name: str
    address: str
    sender_name: str
    telephone: str | None
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter in words: subject in one line, plain part with LF, page. `language` is what it was really written in."""

    name: str
    subject: str
    text: str
    html: str
    language: str


class Shelf:
    """One loaded library with the words of one service; what was finished once is kept, so it dies with the library."""

    def __init__(self, library: Library, service: ServiceWords) -> None:
        self.library, self._service = library, service
        self._finished = lru_cache(maxsize=256)(self._finish_acknowledgement)

    def render(self, letter: Letter, language: str, fields: Mapping[str, object]) -> Rendered:
        source, also = self._chosen(letter, language)
        return self.write(source, fields, also if letter.fields is ACKNOWLEDGEMENT or letter.by_hand else None)

    def prepare(self, letter: Letter, language: str, fields: Mapping[str, object]) -> FixedLetter:
        source, also = self._chosen(letter, language)
        return self._prepared(source, self._words_by_hand(source, fields), also)

    def compose(self, prepared: FixedLetter, words: str, crisis: Crisis) -> Rendered:
        """The lines of an answer at night are those of the letter `answer`, and follow ours; none is said twice."""
        source = self.library.sendable("answer", prepared.language) or self.library.sources["answer", ENGLISH]
        fields = {"answer": Answer(words or "-", crisis), "lines": self._lines(source.language)}
        around = parse(source.body.render(fields, language=source.language))
        letter = _blocks(prepared)
        typed = tuple(block for block in around if block.kind == "typed" and words)
        lines = tuple(block for block in around if block.kind != "typed" and block not in letter)
        return self._page(prepared.name, prepared.language, prepared.subject, typed + letter + lines)

    def _chosen(self, letter: Letter, language: str) -> tuple[Source, tuple[str, str] | None]:
        """The file in that language if it may go out; else the English one, and that language's reviewed sentence."""
        source = self.library.sendable(letter.name, language)
        if source:
            return source, None
        sentence = self.library.lines.interpreter(language)
        return self.library.sources[letter.name, ENGLISH], (language, sentence) if sentence else None

    def write(self, source: Source, fields: Mapping[str, object], also: tuple[str, str] | None = None) -> Rendered:
        if source.letter.by_hand:
            return self.compose(self._prepared(source, self._words_by_hand(source, fields), also), "", "none")
        if source.letter.fields is ACKNOWLEDGEMENT:
            return self._finished(
                source.letter.name, source.language, _clock_words(Clock.of(fields), source.language), also
            )
        if "lines" in source.letter.words:
            fields = {**fields, "lines": self._lines(source.language)}
        return self._finish(source, fields, also)

    def prove(self, sources: Iterable[Source]) -> None:
        """Renders these letters with every sample, with and without a telephone number. Raises ConfigError."""
        bare = Shelf(self.library, replace(self._service, telephone=None))
        full = Shelf(self.library, replace(self._service, telephone=self._service.telephone or "250-555-0100"))
        for source in sources:
            for fields in samples(source.letter, self._service.opens, self._service.closes):
                for shelf in (bare, full):
                    try:
                        shelf.write(source, fields)
                    except (TemplateError, ValueError, TypeError, KeyError) as fault:
                        raise ConfigError(f"{source.file}: line {_line_of(fault)}: {fault}") from fault

    def _finish_acknowledgement(
        self, name: str, language: str, clock: tuple[tuple[str, object], ...], also: tuple[str, str] | None
    ) -> Rendered:
        words = dict(clock) | {
            "hours": dates.hours(self._service.opens, self._service.closes, language),
            "phone": self._service.telephone,
            "lines": self._lines(language),
        }
        return self._finish(self.library.sources[name, language], words, also)

    def _lines(self, language: str) -> tuple[Line, ...]:
        return self.library.lines.for_letter("acknowledgement", language)

    def _words_by_hand(self, source: Source, fields: Mapping[str, object]) -> dict[str, object]:
        """What a letter that a member sends may say: true at any hour, so without an opening or a day of its own."""
        letter, language = source.letter, source.language
        at, audience = fields["at"], fields.get("audience")
        assert isinstance(at, datetime)  # noqa: S101 - checked by the row
        reader = audience if isinstance(audience, Audience) else None
        words: dict[str, object] = {name: value for name, value in fields.items() if name != "at"}
        words["hours"] = dates.hours(self._service.opens, self._service.closes, language)
        words["zone"] = dates.zone(at, language)
        words["phone"] = self._service.telephone
        if letter.lines:
            words["lines"] = self.library.lines.for_letter(letter.lines, language, reader)
        if letter.needs:
            words["resources"] = self.library.resources.for_letter(letter.needs, language, reader)
        if letter.law:
            words["law"] = self.library.law.figures
        return words

    def _finish(self, source: Source, words: Mapping[str, object], also: tuple[str, str] | None) -> Rendered:
        prepared = self._prepared(source, words, also)
        return self._page(prepared.name, prepared.language, prepared.subject, _blocks(prepared))

    def _prepared(self, source: Source, words: Mapping[str, object], also: tuple[str, str] | None) -> FixedLetter:
        language = source.language
        subject = plain(parse(source.subject.render(words, language=language))).strip()
        return FixedLetter(source.letter.name, language, subject, source.body.render(words, language=language), also)

    def _page(self, name: str, language: str, subject: str, blocks: tuple[Block, ...]) -> Rendered:
        html = self.library.page.render(blocks=blocks, subject=subject, language=language, direction=_direction)
        return Rendered(name, subject, plain(blocks), html, language)


def _blocks(prepared: FixedLetter) -> tuple[Block, ...]:
    blocks = parse(prepared.markup)
    if prepared.also:
        code, sentence = prepared.also
        blocks += (Block("p", ((Span(sentence),),), lang=code),)
    return blocks


def _clock_words(clock: Clock, language: str) -> tuple[tuple[str, object], ...]:
    """The instants as words, hashable: two letters whose words are the same are the same letter."""
    return (
        ("open", clock.open),
        ("closing_soon", clock.closing_soon),
        ("opens", dates.moment(clock.next_opening, language)),
        ("day", dates.day(clock.next_closing, language)),
        ("zone", dates.zone(clock.at, language)),
    )


def _direction(language: str) -> str:
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"


def _line_of(fault: BaseException) -> int:
    """The line of a template in which a rendering failed: Jinja rewrites tracebacks so that they name it."""
    lines = [
        frame.lineno or 1
        for frame in traceback.extract_tb(fault.__traceback__)
        if frame.filename.endswith((".j2", "<template>"))
    ]
    return lines[-1] if lines else 1
