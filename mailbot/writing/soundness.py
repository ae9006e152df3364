"""Whether the letters keep the rules they were written under (LETTERS part 4), measured on every branch of every
letter.

In: loaded letters. Out: a `Finding` a file, with faults in words and the figures behind them. Nothing is sent or
stored. Reading grades are measured by the tests, whose tool is no dependency of the program.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files

from mailbot.writing import dates
from mailbot.writing.catalogue import Class, samples
from mailbot.writing.clock import Clock
from mailbot.writing.letters import Letters, Rendered, ServiceWords
from mailbot.writing.library import Source
from mailbot.writing.notice import Answer

LONGEST_SENTENCE = 20
MOST_LINES = 4  # and 911: five (rule 18)
PUBLIC = 90  # characters that a locked screen shows (rule 1)
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
        versions = [(fields, rendered) for fields, rendered in _versions(letters, source)]
        faults = [fault for fields, rendered in versions for fault in _faults(letters, source, fields, rendered)]
        yield Finding(
            source.letter.name,
            source.language,
            max(word_count(rendered.text) for _, rendered in versions),
            max(longest_sentence(rendered.text) for _, rendered in versions),
            tuple(dict.fromkeys(faults)),
            letters.library.why_unsent(source),
        )


def telling_names(service: ServiceWords) -> list[str]:
    """What a list of mail tells about the matter by sender name and address (rule 19): a warning, no letter's fault."""
    words = [word.rstrip("*") for lists in _lists().values() for word in lists["A"]]
    found = [f"service.sender_name says {word!r}" for word in words if _pattern(word + "*").search(service.sender_name)]
    found += [f"service.address says {word!r}" for word in words if len(word) > 3 and word in service.address.lower()]
    if service.sender_name.casefold() == service.name.casefold():
        found.append("service.sender_name is the name of the service; a neutral one is safer")
    return list(dict.fromkeys(found))


def word_count(text: str) -> int:
    """Words of a letter, help lines included: runs of characters with a letter or digit in them."""
    return sum(1 for word in text.split() if re.search(r"\w", word))


def longest_sentence(text: str) -> int:
    """Words in the longest sentence. A line ends one, and so does a stop before a capital letter."""
    pieces = (piece for line in text.split("\n") for piece in re.split(r"(?<=[.?!:])\s+(?=[A-ZÀ-Þ])", line))
    return max((word_count(piece) for piece in pieces), default=0)


def forbidden(text: str, language: str, letter_class: Class, names: tuple[str, ...] = ()) -> list[str]:
    """The words in a text that its class must not contain; `names` of help lines are taken out first."""
    for name in names:
        text = text.replace(name, " ")
    lists = _lists()[language]
    words = lists["all"] + (lists["A"] if letter_class is Class.ANYONE else [])
    return [word for word in words if _pattern(word).search(text)] + (["!"] if "!" in text else [])


def words_of_page(html: str) -> list[str]:
    """The words a person sees on a page, in order."""
    reader = _Page()
    reader.feed(html)
    return "".join(reader.seen).split()


def words_of_text(text: str) -> list[str]:
    """The words of a plain part without the marks that stand for looks, and without addresses behind links."""
    lines = (re.sub(r"^(?:- |> ?)", "", line) for line in text.split("\n"))
    return " ".join(re.sub(r": mailto:\S+$", "", line) for line in lines).split()


def _versions(letters: Letters, source: Source) -> Iterator[tuple[Mapping[str, object], Rendered]]:
    service = letters.service
    for telephone in (None, service.telephone or _SAMPLE_NUMBER):
        shelf = letters.with_service(replace(service, telephone=telephone))
        for fields in samples(source.letter, service.opens, service.closes):
            yield fields, shelf.written(source.letter.name, source.language, fields)


def _faults(letters: Letters, source: Source, fields: Mapping[str, object], rendered: Rendered) -> Iterator[str]:
    if words_of_text(rendered.text) != words_of_page(rendered.html):
        yield "the plain part and the page do not say the same words"
    limit = source.letter.limit
    if limit and word_count(rendered.text) > (limit * FRENCH_GROWTH if source.language == "fr" else limit):
        yield f"more than {limit} words" + (" and a fifth" if source.language == "fr" else "")
    match source.letter.letter_class:
        case Class.ANYONE:
            yield from _anyone_faults(letters, source, fields, rendered)
        case Class.ANSWER:
            yield from _answer_faults(letters, source, fields, rendered)


def _anyone_faults(letters: Letters, source: Source, fields: Mapping[str, object], rendered: Rendered) -> Iterator[str]:
    yield from _loud(letters, source, f"{rendered.subject}\n{rendered.text}")
    public = forbidden(f"{rendered.subject} {rendered.text[:PUBLIC]}", source.language, Class.ANYONE)
    yield from (f"forbidden word in what a locked screen shows: {word}" for word in public)
    yield from _hard(rendered.text, rendered.html)
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
    yield from _hard(ours, rendered.html)
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


def _hard(text: str, html: str) -> Iterator[str]:
    """What is hard to read, or asks to be tapped."""
    if longest_sentence(text) > LONGEST_SENTENCE:
        yield f"a sentence of more than {LONGEST_SENTENCE} words"
    if set(re.findall(r'(?:href|src)="([a-z]+:)', html)) - {"tel:"}:
        yield "the page links to something else than a telephone number"


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


@cache
def _lists() -> Mapping[str, Mapping[str, list[str]]]:
    return tomllib.loads((files("mailbot.writing") / "forbidden.toml").read_text(encoding="utf-8"))


@cache
def _pattern(word: str) -> re.Pattern[str]:
    end = r"\w*" if word.endswith("*") else r"(?!\w)"
    return re.compile(rf"(?<!\w){re.escape(word.rstrip('*'))}{end}", re.IGNORECASE)


class _Page(HTMLParser):
    """Collects visible text; an element that breaks a line separates words."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("style", "title")
        if tag not in ("a", "span", "strong"):
            self.seen.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.seen.append(data)
