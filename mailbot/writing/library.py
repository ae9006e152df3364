"""The files behind the letters: finds, reads and compiles them, ours and the operator's, and knows which may be sent.

In: an operator's folder or none. Out: a `Library` whose every template compiles and names only fields of its row in
the catalogue. Otherwise ConfigError with file, line and field; a file that no letter has is refused too, since it is
a misspelt one.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    Template,
    TemplateNotFound,
    TemplateSyntaxError,
    meta,
    nodes,
)
from pydantic import BaseModel, ConfigDict, ValidationError

from mailbot.errors import ConfigError
from mailbot.writing.catalogue import CATALOGUE, Letter
from mailbot.writing.dates import WORDING
from mailbot.writing.filters import FILTERS, harmless
from mailbot.writing.law import Law
from mailbot.writing.lines import HelpLines
from mailbot.writing.resources import Resources
from mailbot.writing.rows import Audience

ENGLISH = "en"
LINES = "lines.toml"
LAW = "law.toml"
PLACES = "resources.toml"
PAGE = "page.html.j2"
RULES = "followups.toml"
"""No letter, but it lies in the same folder; casework reads it."""


class Head(BaseModel):
    """The TOML at the top of a letter's file, inside its first Jinja comment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: str
    source_hash: str | None = None
    translator_role: str | None = None
    reviewed_on: date | None = None
    second_reviewer_role: str | None = None


@dataclass(frozen=True)
class Source:
    """One letter in one language. `source_hash` is of this file: what a translation of it must name. `ours`: it came
    with the program, whose tests have proved it.

    Compiled when it is first used: of many letters in many languages a start needs few.
    """

    letter: Letter
    language: str
    head: Head
    source_hash: str
    ours: bool
    environment: Environment

    @property
    def file(self) -> str:
        return file_of(self.letter.name, self.language)

    @cached_property
    def subject(self) -> Template:
        return self.environment.from_string(self.head.subject)

    @cached_property
    def body(self) -> Template:
        return self.environment.get_template(self.file)


@dataclass(frozen=True, slots=True)
class Library:
    """All letters of all languages, the page around them, and the data that they carry. `doubtful` are those that an
    operator's file may have broken.
    """

    sources: Mapping[tuple[str, str], Source]
    page: Template
    lines: HelpLines
    law: Law
    resources: Resources
    doubtful: tuple[Source, ...]

    def sendable(self, name: str, language: str) -> Source | None:
        """The file in that language, if it may go out: English always, another if reviewed for this English."""
        source = self.sources.get((name, language))
        return source if source and self.why_unsent(source) is None else None

    def why_unsent(self, source: Source) -> str | None:
        """Why a file is never sent, or None."""
        if source.language == ENGLISH:
            return None
        english = self.sources[source.letter.name, ENGLISH]
        if source.head.source_hash != english.source_hash:
            return f"the English has changed; source_hash is now {english.source_hash}"
        if source.head.reviewed_on is None:
            return "not reviewed"
        return None

    def unverified_in(self, letter: Letter, audience: Audience) -> list[str]:
        """What a letter to such a reader carries that nobody has verified, as ids. Places that nobody has verified
        stand in no letter.
        """
        lines = self.lines.for_letter(letter.lines, ENGLISH, audience) if letter.lines else ()
        found = [line.id for line in lines if line.verified_on is None]
        return found + (self.law.unverified() if letter.law else [])

    def unverified(self) -> list[str]:
        """What nobody has called or looked up yet, as FILE: ID."""
        files = ((LINES, self.lines), (LAW, self.law), (PLACES, self.resources))
        return [f"{file}: {one}" for file, data in files for one in data.unverified()]


def file_of(name: str, language: str) -> str:
    """Where a letter's words stand, from the templates folder."""
    return f"{language}/{name}.j2"


def open_library(folder: Path | None) -> Library:
    """Reads everything once. `folder` overrides file by file. Raises ConfigError."""
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"templates.dir: {folder} is not a folder")
    theirs = _theirs(folder)
    loader = _loader(folder)
    letters, pages = _environment(loader, page=False), _environment(loader, page=True)
    sources = {
        (letter.name, language): source
        for letter in CATALOGUE.values()
        for language in WORDING
        if (source := _source(letters, letter, language, theirs))
    }
    try:
        page, lines = pages.get_template(PAGE), HelpLines.read(_text(letters, LINES), LINES)
        law, places = Law.read(_text(letters, LAW), LAW), Resources.read(_text(letters, PLACES), PLACES)
    except TemplateSyntaxError as fault:
        raise ConfigError(f"{PAGE}: line {fault.lineno}: {fault.message}") from fault
    # The page and the data stand in every letter, or may.
    everything = bool(theirs & {PAGE, LINES, LAW, PLACES})
    doubtful = tuple(one for one in sources.values() if everything or not one.ours)
    return Library(sources, page, lines, law, places, doubtful)


def _theirs(folder: Path | None) -> frozenset[str]:
    """The files of the operator's folder. Raises ConfigError for one that no letter has."""
    if folder is None:
        return frozenset()
    known = {file_of(name, language) for name in CATALOGUE for language in WORDING} | {LINES, LAW, PLACES, PAGE, RULES}
    found = FileSystemLoader(folder).list_templates()
    for file in found:
        if file.endswith((".j2", ".toml")) and file not in known:
            raise ConfigError(f"{file}: no letter has this name")
    return frozenset(found)


def _loader(folder: Path | None) -> ChoiceLoader:
    ours = PackageLoader("templates", package_path="")
    return ChoiceLoader([ours] if folder is None else [FileSystemLoader(folder), ours])


def _environment(loader: ChoiceLoader, *, page: bool) -> Environment:
    """The page escapes for HTML; a letter escapes for our markup, by `harmless`."""
    if page:
        return Environment(
            loader=loader, undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
    environment = Environment(loader=loader, undefined=StrictUndefined, autoescape=False, finalize=harmless)  # noqa: S701
    environment.filters.update(FILTERS)
    return environment


def _source(environment: Environment, letter: Letter, language: str, theirs: frozenset[str]) -> Source | None:
    file = file_of(letter.name, language)
    try:
        text = _text(environment, file)
    except ConfigError:
        if language == ENGLISH:
            raise
        return None
    head = _head(text, file)
    source = Source(letter, language, head, _hash(head.subject, text), file not in theirs, environment)
    if not source.ours:
        check_fields(source)
    return source


def check_fields(source: Source) -> None:
    """Raises ConfigError where a file names a field that its letter has not, in any branch, or does not compile."""
    environment, file = source.environment, source.file
    try:
        _check_fields(environment, _text(environment, file), source.letter, file)
        _check_fields(environment, source.head.subject, source.letter, f"{file}: subject")
        environment.from_string(source.head.subject)
        environment.get_template(file)
    except TemplateSyntaxError as fault:
        raise ConfigError(f"{file}: line {fault.lineno}: {fault.message}") from fault


def _text(environment: Environment, file: str) -> str:
    assert environment.loader is not None  # noqa: S101 - given to it in _environment
    try:
        return environment.loader.get_source(environment, file)[0]
    except TemplateNotFound as fault:
        raise ConfigError(f"{file}: no such file") from fault
    except UnicodeDecodeError as fault:
        raise ConfigError(f"{file}: not UTF-8") from fault


def _head(text: str, file: str) -> Head:
    opened, _, rest = text.partition("{#")
    head, closed, _ = rest.partition("#}")
    if opened.strip() or not closed:
        raise ConfigError(f'{file}: line 1: expected a head, {{# subject = "…" #}}')
    try:
        return Head.model_validate(tomllib.loads(head))
    except tomllib.TOMLDecodeError as fault:
        raise ConfigError(f"{file}: head: {fault}") from fault
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        raise ConfigError(f"{file}: head: {'.'.join(map(str, first['loc']))}: {first['msg']}") from fault


def _check_fields(environment: Environment, text: str, letter: Letter, file: str) -> None:
    """Refuses a name that the letter's row does not list, in every branch, also in one that no sample takes."""
    tree = environment.parse(text)
    unknown = meta.find_undeclared_variables(tree) - letter.words
    for name in tree.find_all(nodes.Name):
        if name.name in unknown:
            allowed = ", ".join(sorted(letter.words))
            raise ConfigError(f"{file}: line {name.lineno}: unknown field {name.name!r}; this letter has {allowed}")


def _hash(subject: str, text: str) -> str:
    """Of the words a reader gets, so that a review noted in the head changes nothing."""
    words = text.partition("#}")[2].strip()
    return hashlib.sha256(f"{subject}\n{words}".encode()).hexdigest()[:16]
