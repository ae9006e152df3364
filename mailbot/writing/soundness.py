"""Whether the letters keep the rules they were written under (LETTERS part 4), measured on every branch of every
letter.

In: loaded letters. Out: a `Finding` a file, with faults in words and the figures behind them. Nothing is sent or
stored. Reading grades are measured by the tests, whose tool is no dependency of the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from mailbot.writing import by_hand, dates
from mailbot.writing.catalogue import Class, samples
from mailbot.writing.clock import Clock
from mailbot.writing.letters import Letters, Rendered, ServiceWords
from mailbot.writing.library import Source
from mailbot.writing.measures import (
    PUBLIC,
    forbidden,
    hard,
    has_word,
    longest_sentence,
    telling_words,
    word_count,
    words_of_page,
    words_of_text,
)
from mailbot.writing.notice import Answer

MOST_LINES = 4  # and 911: five (rule 18)
FRENCH_GROWTH = 1.2
_AUTOMATIC = {"en": "automatic", "fr": "automatique"}
_SAMPLE_NUMBER = "250-555-0100"


@dataclass(frozen=True, slots=True)
class Finding:
    """One file: its largest figures over all samples, and what is wrong with it."""

    letter: str
    language: str
    words: int
    longest_sentence: int
    faults: tuple[str, ...]
    unsent: str | None


def findings(letters: Letters) -> Iterator[Finding]:
    """Measures every file, those too that may not be sent yet."""
    for source in letters.library.sources.values():
        versions = list(_versions(letters, source))
        faults = [fault for shelf, fields, rendered in versions for fault in _faults(shelf, source, fields, rendered)]
        yield Finding(
            source.letter.name,
            source.language,
            max(word_count(rendered.text) for *_, rendered in versions),
            max(longest_sentence(rendered.text) for *_, rendered in versions),
            tuple(dict.fromkeys(faults)),
            letters.library.why_unsent(source),
        )


def telling_names(service: ServiceWords) -> list[str]:
    """What a list of mail tells about the matter by sender name and address (rule 19): a warning, no letter's fault."""
    words = [word.rstrip("*") for word in telling_words()]
    found = [f"service.sender_name says {word!r}" for word in words if has_word(service.sender_name, word + "*")]
    found += [f"service.address says {word!r}" for word in words if len(word) > 3 and word in service.address.lower()]
    if service.sender_name.casefold() == service.name.casefold():
        found.append("service.sender_name is the name of the service; a neutral one is safer")
    return list(dict.fromkeys(found))


def _versions(letters: Letters, source: Source) -> Iterator[tuple[Letters, Mapping[str, object], Rendered]]:
    """Every branch of a letter, with a telephone number and without, with verified places and without: what made it,
    its fields, its words.
    """
    service = letters.service
    shelves = [
        kind.with_service(replace(service, telephone=telephone))
        for kind in ((letters, letters.as_if_verified()) if source.letter.needs else (letters,))
        for telephone in (None, service.telephone or _SAMPLE_NUMBER)
    ]
    for shelf in shelves:
        for fields in samples(source.letter, service.opens, service.closes):
            yield shelf, fields, shelf.written(source.letter.name, source.language, fields)


def _faults(letters: Letters, source: Source, fields: Mapping[str, object], rendered: Rendered) -> Iterator[str]:
    if words_of_text(rendered.text) != words_of_page(rendered.html):
        yield "the plain part and the page do not say the same words"
    limit = source.letter.limit
    if limit and word_count(rendered.text) > (limit * FRENCH_GROWTH if source.language == "fr" else limit):
        yield f"more than {limit} words" + (" and a fifth" if source.language == "fr" else "")
    match source.letter.letter_class:
        case _ if source.letter.by_hand:
            yield from by_hand.faults(letters, source, fields, rendered)
        case Class.ANYONE:
            yield from _anyone_faults(letters, source, fields, rendered)
        case Class.ANSWER:
            yield from _answer_faults(letters, source, fields, rendered)


def _anyone_faults(letters: Letters, source: Source, fields: Mapping[str, object], rendered: Rendered) -> Iterator[str]:
    yield from _loud(letters, source, f"{rendered.subject}\n{rendered.text}")
    public = forbidden(f"{rendered.subject} {rendered.text[:PUBLIC]}", source.language, Class.ANYONE)
    yield from (f"forbidden word in what a locked screen shows: {word}" for word in public)
    yield from hard(rendered.text, rendered.html)
    if source.letter.name.startswith("ack-"):
        yield from _missing(letters, source, rendered)
        yield from _untrue(source, Clock.of(fields), rendered)


def _answer_faults(letters: Letters, source: Source, fields: Mapping[str, object], rendered: Rendered) -> Iterator[str]:
    """Only the subject and the crisis lines are ours; what the member wrote is not measured, and stays whole."""
    answer = fields["answer"]
    assert isinstance(answer, Answer)  # noqa: S101 - the catalogue's own sample
    if not rendered.text.startswith(f"{answer.words}\n"):
        yield "the words of the answer are not first, or not as they were written"
    ours = rendered.text.removeprefix(answer.words)
    yield from _loud(letters, source, f"{rendered.subject}\n{ours}")
    yield from hard(ours, rendered.html)
    numbers = _numbers(letters, source.language)
    every = ["911", *numbers]
    wanted = {"none": [], "911": ["911"], "full": every}[answer.crisis]
    yield from (f"missing: {number}" for number in wanted if number not in ours)
    yield from (f"too much: {number}" for number in every if number in ours and number not in wanted)
    if wanted and numbers and ours.find("911") > ours.find(numbers[0]) > -1:
        yield "911 does not come first"


def _loud(letters: Letters, source: Source, words: str) -> Iterator[str]:
    """Words that a letter anybody may read must not contain."""
    names = tuple(line.name for line in letters.library.lines.for_letter("acknowledgement", "en"))
    yield from (f"forbidden word: {word}" for word in forbidden(words, source.language, Class.ANYONE, names))


def _numbers(letters: Letters, language: str) -> list[str]:
    """Every number of the help lines, in their order."""
    lines = letters.library.lines.for_letter("acknowledgement", language)
    return [number for line in lines for number in re.findall(r"[0-9][0-9-]{2,}", f"{line.phone} {line.text or ''}")]


def _missing(letters: Letters, source: Source, rendered: Rendered) -> Iterator[str]:
    """What every acknowledgement carries, by day and by night."""
    lines = letters.library.lines.for_letter("acknowledgement", source.language)
    if not 1 <= len(lines) <= MOST_LINES:
        yield f"{len(lines)} help lines beside 911; expected 1 to {MOST_LINES}"
    service = letters.service
    wanted = _numbers(letters, source.language)
    wanted += ["911", "STOP", _AUTOMATIC[source.language], dates.hours(service.opens, service.closes, source.language)]
    yield from (f"missing: {word}" for word in wanted if word not in rendered.text)
    if wanted and rendered.text.find("911") > rendered.text.find(wanted[0]):
        yield "911 does not come first"


def _untrue(source: Source, clock: Clock, rendered: Rendered) -> Iterator[str]:
    """Under an hour before closing, and while the office is closed, the next opening is told; else it is not."""
    when = f"at {clock.at:%A %H:%M:%S} it"
    told = dates.moment(clock.next_opening, source.language) in rendered.text
    if told is (clock.open and not clock.closing_soon):
        yield f"{when} {'tells' if told else 'does not tell'} the next opening"
    if clock.open and dates.day(clock.next_closing, source.language) not in rendered.text:
        yield f"{when} does not tell the closing time"
