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
    if source.letter.letter_class is Class.STAFF:
        return
    names = tuple(line.name for line in letters.library.lines.for_letter("acknowledgement", "en"))
    found = forbidden(f"{rendered.subject}\n{rendered.text}", source.language, source.letter.letter_class, names)
    yield from (f"forbidden word: {word}" for word in found)
    public = forbidden(f"{rendered.subject} {rendered.text[:PUBLIC]}", source.language, Class.ANYONE)
    yield from (f"forbidden word in what a locked screen shows: {word}" for word in public)
    limit = source.letter.limit or 0
    if word_count(rendered.text) > (limit * FRENCH_GROWTH if source.language == "fr" else limit):
        yield f"more than {limit} words" + (" and a fifth" if source.language == "fr" else "")
    if longest_sentence(rendered.text) > LONGEST_SENTENCE:
        yield f"a sentence of more than {LONGEST_SENTENCE} words"
    if set(re.findall(r'(?:href|src)="([a-z]+:)', rendered.html)) - {"tel:"}:
        yield "the page links to something else than a telephone number"
    yield from _missing(letters, source, rendered)
    yield from _untrue(source, Clock.of(fields), rendered)


def _missing(letters: Letters, source: Source, rendered: Rendered) -> Iterator[str]:
    """What every acknowledgement carries, by day and by night."""
    lines = letters.library.lines.for_letter("acknowledgement", source.language)
    if not 1 <= len(lines) <= MOST_LINES:
        yield f"{len(lines)} help lines beside 911; expected 1 to {MOST_LINES}"
    service = letters.service
    numbers = (re.findall(r"[0-9][0-9-]{2,}", f"{line.phone} {line.text or ''}") for line in lines)
    wanted = [number for some in numbers for number in some]
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
