"""The rules of letters that a member sends: classes A, B and G (LETTERS part 4).

In: one rendering and its fields. Out: faults in words, for `letters check`. Nothing here knows a case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mailbot.writing import dates
from mailbot.writing.letters import Letters, Rendered
from mailbot.writing.library import Source
from mailbot.writing.measures import PUBLIC, forbidden, hard, sentences, word_count
from mailbot.writing.rows import Class

MOST_IN_PARAGRAPH = 3
AVERAGE = 12
MOST_DISCREET = 5
_REPLY = {"en": ("reply", "write"), "fr": ("répond", "écri", "répon")}
_SERVICES = {"en": ("victim services",), "fr": ("services aux victimes",)}
"""Names of services, in which the word is no label (rule 8)."""
_SITE = re.compile(r"\b[\w-]+\.(?:ca|org|com|net)\b", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9](?:[0-9-]*[0-9])?")


def faults(letters: Letters, source: Source, fields: Mapping[str, object], rendered: Rendered) -> Iterator[str]:
    """What is wrong with one rendering; `letters` are those that made it, with their service's number or without."""
    yield from _loud(letters, source, rendered)
    yield from hard(rendered.text, rendered.html)
    yield from _dense(rendered.text, discreet=fields.get("discreet") is True)
    yield from _missing(letters, source, rendered)
    if fields.get("discreet") is True:
        yield from _discreet(letters, rendered)
    if source.letter.letter_class is Class.ANYONE and _SITE.search(rendered.text):
        yield "it names a site, and anybody may read it"


def _loud(letters: Letters, source: Source, rendered: Rendered) -> Iterator[str]:
    library, language = letters.library, source.language
    names = (*library.lines.names(), *library.resources.names(), *_SERVICES[language])
    words = f"{rendered.subject}\n{rendered.text}"
    yield from (f"forbidden word: {word}" for word in forbidden(words, language, source.letter.letter_class, names))
    public = forbidden(f"{rendered.subject} {rendered.text[:PUBLIC]}", language, Class.ANYONE)
    yield from (f"forbidden word in what a locked screen shows: {word}" for word in public)


def _dense(text: str, *, discreet: bool) -> Iterator[str]:
    """Paragraphs of three sentences, twelve words a sentence on average (rule 5). A discreet letter is one paragraph
    of five.
    """
    found = [sentences(line) for line in text.split("\n") if line.strip() and not _is_contact(line)]
    most = MOST_DISCREET if discreet else MOST_IN_PARAGRAPH
    if max(map(len, found)) > most:
        yield f"a paragraph of more than {most} sentences"
    whole = [one for line in found for one in line]
    if sum(map(word_count, whole)) > AVERAGE * len(whole):
        yield f"more than {AVERAGE} words a sentence on average"


def _missing(letters: Letters, source: Source, rendered: Rendered) -> Iterator[str]:
    """Every letter gives the hours, the number, and says that one can reply."""
    service, text = letters.service, rendered.text
    wanted = [dates.hours(service.opens, service.closes, source.language).rstrip(".")]
    wanted += [service.telephone] if service.telephone else []
    yield from (f"missing: {word}" for word in wanted if word not in text)
    if not any(word in text.lower() for word in _REPLY[source.language]):
        yield "it does not say that one can reply"


def _discreet(letters: Letters, rendered: Rendered) -> Iterator[str]:
    """Five sentences, no heading, no line but 911 (rule 20)."""
    count = sum(len(sentences(line)) for line in rendered.text.split("\n"))
    if count > MOST_DISCREET:
        yield f"{count} sentences in its discreet form; {MOST_DISCREET} at most"
    if re.search(r"<h[1-6]|<li>", rendered.html):
        yield "a heading or list in its discreet form"
    names = [name for name in letters.library.lines.names() if name in rendered.text]
    yield from (f"a help line in its discreet form: {name}" for name in names)


def _is_contact(line: str) -> bool:
    """A help line or place: a name, a number, for whom."""
    return line.startswith("- ") and bool(_NUMBER.search(line)) and bool(re.search(r"\d{2,}-|\d-\d", line))
